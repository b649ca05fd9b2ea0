import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { layersOf, type Stage } from './run-layers';

const stage: Stage = {
  files: { '/a/one.txt': 'x'.repeat(5_000), '/a/two.txt': 'y'.repeat(600) },
  urls: { 'https://h/foo-1.2.tar.gz': 1_000_000, 'https://h/tool.tar.xz': 2_000_000, 'https://h/x.zip': 1_000_000 },
};

describe('archives', () => {
  test('what an archive holds that the step has made', () => {
    const [layer] = layersOf(
      ['tar -C / -cf /again.tar a && mkdir /b && tar -xf /again.tar -C /b && rm /again.tar'],
      stage,
    );
    assert.deepEqual([layer?.size.bytes, layer?.size.low, layer?.size.high], [5_600, 5_600, 5_600]);
  });

  test('one tar feeding another copies', () => {
    const [layer] = layersOf(['mkdir /b && tar -C /a -c . | tar -x -C /b'], stage);
    assert.equal(layer?.size.bytes, 5_600);
  });

  test('a downloaded archive is estimated by its size and compression', () => {
    for (const script of [
      'curl -fsSL https://h/tool.tar.xz | tar -xJ -C /opt',
      'cd /tmp && wget https://h/tool.tar.xz && tar xf tool.tar.xz -C /opt && rm tool.tar.xz',
      'curl -fsSLo /tmp/t.tar.xz https://h/tool.tar.xz; tar -C /opt -Jxvf /tmp/t.tar.xz --strip-components 1; rm -f /tmp/*.xz',
    ]) {
      const [layer] = layersOf([script], stage);
      assert.equal(layer?.size.basis, 'estimated', script);
      assert.ok((layer?.size.low ?? 0) >= 2 * 2_000_000 && (layer?.size.high ?? 0) <= 9 * 2_000_000, script);
      assert.ok(
        layer?.parts.every(([path]) => path === '/opt'),
        script,
      );
    }
  });

  test('a source that is unpacked, built elsewhere and removed leaves nothing', () => {
    for (const script of [
      'cd /usr/src && curl -fO https://h/foo-1.2.tar.gz && tar xzf foo-1.2.tar.gz && cd foo-1.2 && true && cd .. && rm -rf foo-1.2*',
      'wget https://h/unknown/bar.tgz; tar xzf bar.tgz; rm -rf bar.tgz bar-3',
      'V=$(curl h); curl -L https://h/v$V.tgz | tar xz; rm -rf foo-$V',
      'cd "$(mktemp -d)"; curl -L https://h/unknown.tgz | tar xz; rm -rf "$PWD"',
    ]) {
      const [layer] = layersOf([script], stage);
      assert.deepEqual([layer?.size.bytes, layer?.size.high, layer?.reasons], [0, 0, []], script);
    }
  });

  test('a folder of an archive moves with what it holds', () => {
    const [layer] = layersOf(
      ['cd /tmp && curl -O https://h/foo-1.2.tar.gz && tar xf foo-1.2.tar.gz && mv foo-1.2 /opt/foo && rm *.gz'],
      stage,
    );
    assert.deepEqual(
      layer?.parts.filter(([, bytes]) => bytes !== 0).map(([path]) => path),
      ['/opt/foo'],
    );
  });

  test('zip', () => {
    const [layer] = layersOf(
      ['wget -qO /tmp/x.zip https://h/x.zip && unzip -q /tmp/x.zip -d /opt/x && rm /tmp/x.zip'],
      stage,
    );
    assert.equal(layer?.size.basis, 'estimated');
    assert.ok((layer?.size.low ?? 0) >= 1_000_000);
  });

  test('a download that nobody has asked about has the range of its kind, one without a kind none', () => {
    const [archive, other, named] = layersOf(
      [
        'curl -L https://h/unknown.tgz | tar xz -C /opt',
        'curl -L https://h/unknown -o /opt/x',
        'curl -LO https://nodejs.org/dist/v20.1.0/node-v20.1.0-linux-x64.tar.xz && tar xf node-v20.1.0-linux-x64.tar.xz -C /usr/local && rm node-v*',
      ],
      stage,
    );
    assert.equal(archive?.size.basis, 'estimated');
    assert.ok((archive?.size.high ?? 0) > 50 * (archive?.size.low ?? 0));
    assert.equal(other?.size.bytes, null);
    assert.equal(other?.size.high, null);
    assert.ok((named?.size.high ?? 0) < 1.6 * (named?.size.low ?? 0));
  });

  test('members of an archive are a part of it', () => {
    const [layer] = layersOf(['curl -L https://h/tool.tar.xz | tar xJ -C /usr/bin tool'], stage);
    assert.equal(layer?.size.low, 0);
  });

  test('compressing and uncompressing', () => {
    const [packed, plain] = layersOf(
      ['gzip -9 /a/one.txt', 'curl -o /x.gz https://h/foo-1.2.tar.gz && gunzip /x.gz'],
      stage,
    );
    assert.deepEqual(
      packed?.parts.map(([path]) => path),
      ['/a/one.txt.gz'],
    );
    assert.deepEqual(
      plain?.parts.map(([path]) => path),
      ['/x'],
    );
    assert.ok((plain?.size.bytes ?? 0) > 1_000_000);
  });
});

describe('files of the base image', () => {
  test('an addition to a file that the base holds, and to one that nobody made', () => {
    const [known, fresh] = layersOf(['echo x >> /etc/bash.bashrc', 'echo x >> /etc/profile.d/mine.sh']);
    assert.equal(known?.size.bytes, 1_996);
    assert.equal(fresh?.size.bytes, 2);
  });

  test('sed of a file of the base', () => {
    const [layer] = layersOf(["sed -i 's/^session required/session optional/' /etc/pam.d/su"]);
    assert.equal(layer?.size.bytes, 2_259);
  });

  test("the builder's own files leave nothing", () => {
    const [layer] = layersOf(['echo "127.0.0.1 x" >> /etc/hosts; echo "nameserver 1.1.1.1" > /etc/resolv.conf']);
    assert.equal(layer?.size.high, 0);
  });

  test('a locale, a user on Ubuntu, an extension of PHP: estimated', () => {
    const [locale] = layersOf(['localedef -i en_US -c -f UTF-8 -A /usr/share/locale/locale.alias en_US.UTF-8']);
    assert.ok((locale?.size.low ?? 0) > 2_500_000);
    const [user] = layersOf(['useradd -m app'], { system: { distribution: 'ubuntu', codename: 'jammy' } });
    assert.ok((user?.size.bytes ?? 0) > 320_000);
    const [php] = layersOf(['docker-php-ext-install pdo_mysql && docker-php-ext-enable opcache']);
    assert.equal(php?.size.basis, 'estimated');
  });

  test('programs of other folders are not the system’s', () => {
    const [layer] = layersOf(['./install --prefix=/usr; ./configure; /opt/x/rm /y']);
    assert.deepEqual(layer?.unhandled, ['install', 'configure', 'rm']);
  });
});
