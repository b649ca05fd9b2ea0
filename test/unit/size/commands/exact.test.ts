import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { layersOf, type Stage } from './run-layers';

const filler = (bytes: number): string => 'x'.repeat(bytes - 1).concat('\n');

const tree: Stage = {
  files: {
    '/app/main.js': filler(10_000),
    '/app/util.js': filler(2_500),
    '/app/test/a.test.js': filler(700),
    '/app/test/b.test.js': filler(800),
    '/app/docs/guide.md': filler(4_200),
    '/app/config.ini': 'port=80\nhost=localhost\nport=80\n',
    '/big.bin': filler(300_000),
  },
};

/** Bytes of each layer as `docker history` shows them; the commands were run in Debian bookworm and busybox. */
const cases: readonly (readonly [name: string, scripts: readonly string[], bytes: readonly number[], stage?: Stage])[] =
  [
    ['rm', ['rm -rf /app/test', 'echo hello > /f && rm /f'], [0, 0], tree],
    ['rm with patterns', ['cp -r /app /b; rm -f /b/*.js /b/test/[ab].test.js /b/nothing*'], [4_231], tree],
    ['mv of a lower file', ['mv /app/main.js /srv/', 'mv /app /app2'], [10_000, 8_231], tree],
    ['mv within a layer', ['echo hello > /a && mv /a /b && mkdir /c && mv /b /c/'], [6]],
    ['mv of what a pattern matches', ['mkdir /x && mv /app/*.js /x/ && rm -rf /x'], [0], tree],
    [
      'cp',
      ['cp /app/main.js /copy.js', 'cp -a /app/. /dot/', 'cp main.js util.js docs/'],
      [10_000, 18_231, 12_500],
      tree,
    ],
    [
      'ln',
      ['ln -s /big.bin /link', 'ln /big.bin /hard', 'cp /big.bin /b1 && ln /b1 /b2 && ln -s b1 /b3'],
      [0, 300_000, 300_000],
      tree,
    ],
    ['mkdir and touch', ['mkdir -p /a/b /d && touch /a/x', 'touch /big.bin', 'touch /new'], [0, 300_000, 0], tree],
    [
      'chown and chmod',
      ['chown -R 1000:1000 /app', 'chmod 600 main.js', 'chmod -x util.js', 'chmod -R a+rX /app'],
      [18_231, 10_000, 2_500, 18_231],
      tree,
    ],
    ['chmod of what the layer wrote', ['cp /big.bin /x && chmod +x /x && chown 1:1 /x'], [300_000], tree],
    [
      'echo',
      ['echo one > /f && echo two >> /f', 'echo three >> /f', ': > /f', 'echo -n xyz > /g', 'echo "a\\tb" > /h'],
      [8, 14, 0, 3, 4],
    ],
    ['echo of ash', ['echo "a\\tb" > /h', 'echo -e "a\\tb" > /h'], [5, 4], { system: { distribution: 'alpine' } }],
    ['printf', [`printf 'abc' > /g`, `printf '%s\\n' a b c > /l`, `printf '%-5s|%03d' ab 7 > /m`], [3, 6, 9]],
    [
      'cat',
      ['cat config.ini config.ini > /h', 'cat > /i < config.ini', `cat > /j <<'EOF'\nkey=$value\nEOF`],
      [62, 31, 11],
      tree,
    ],
    ['letters outside ASCII', ['echo "é€😀" > /f'], [10]],
    ['tee', ['echo abc | tee /a /b', 'echo abc | tee -a /a > /dev/null', 'tee /c <<EOF\nx\nEOF'], [8, 8, 2]],
    [
      'a group',
      ['{ echo a; echo bc; } > /f', '{ set -e; echo a; echo bc; } | tee /g', '(echo abc; cat /f) | tr a-z A-Z > /h'],
      [5, 5, 9],
    ],
    [
      'head, dd, truncate',
      [
        'head -c 5000 /dev/zero > /a',
        'dd if=/dev/zero of=/d bs=1K count=300',
        'truncate -s 1M /t',
        'truncate -s 0 /big.bin',
      ],
      [5_000, 307_200, 1_048_576, 0],
      tree,
    ],
    [
      'sed -i',
      [
        "sed -i 's/80/90/' config.ini",
        "sed -i 's/localhost/0.0.0.0/' config.ini",
        "sed -i -e '/host/d' config.ini",
        "sed -i 's/a/b/' /big.bin",
      ],
      [31, 29, 16, 300_000],
      tree,
    ],
    [
      'install',
      [
        'install -m 755 main.js /usr/bin/main',
        'install -d /a/b',
        'install -D -m 644 util.js /x/y/util.js',
        'install -t /usr/local/bin main.js util.js',
      ],
      [10_000, 0, 2_500, 12_500],
      tree,
    ],
    [
      'find',
      [
        `find /app -name '*.md' -delete`,
        `cp -r /app /y && find /y -type f -name '*.test.js' -exec rm -f {} +`,
        `cp -r /app /z && find /z -name '*.js' | xargs rm -f`,
      ],
      [0, 12_531, 31],
      tree,
    ],
    [
      'a download that is removed',
      [
        'curl -fsSL -o /tmp/x.tgz http://h/x.tgz && rm /tmp/x.tgz',
        'V=$(curl -s h); wget -q http://h/$V.deb && rm $V.deb',
      ],
      [0, 0],
    ],
    [
      'a download',
      [
        'curl -fsSLo /usr/bin/x http://h/x && chmod +x /usr/bin/x',
        'cd /opt && wget -q http://h/x',
        'curl -O http://h/x',
      ],
      [1_234, 1_234, 1_234],
      { urls: { 'http://h/x': 1_234 } },
    ],
    [
      'groupadd and useradd',
      ['groupadd -r app && useradd -r -g app app', 'useradd -m -s /bin/bash joe'],
      [
        445 + 434 + 372 + 364 + 872 + 839 + 492 + 474,
        457 + 445 + 380 + 372 + 909 + 872 + 517 + 492 + 34 + 220 + 3526 + 807,
      ],
    ],
    [
      'adduser',
      [`adduser --disabled-password --gecos '' jane`, 'adduser --system --group sysu', 'addgroup --system sysg'],
      [
        434 + 13 + 4 + (434 + 13) + (364 + 9 + 4) + (364 + 9) + (839 + 42) + (839 + 39) + (474 + 26) + 474 + 36 + 4_553,
        451 + 12 + 451 + (377 + 9) + 377 + (881 + 47) + 881 + (500 + 19) + 500,
        463 + 12 + 463 + (386 + 9) + 386,
      ],
    ],
    [
      'usermod',
      ['groupadd g', 'usermod -aG g root', `echo 'root:x' | chpasswd`],
      [434 + 444 + 364 + 370, 444 + 448 + 370 + 374, 474 + 72],
    ],
    [
      'what may run',
      [
        'if [ "$(uname -m)" = x86_64 ]; then head -c 1000 /dev/zero > /a; else head -c 9 /dev/zero > /b; fi',
        '[ -n "" ] && echo x > /f; true',
      ],
      [1_000, 0],
    ],
    ['nothing', ['echo hi; ls -la / | grep x; sleep 1; id; node --version; export X=1; cd /tmp; true'], [0]],
  ];

describe('file commands, to the byte', () => {
  for (const [name, scripts, bytes, stage] of cases) {
    test(name, () => {
      const layers = layersOf(scripts, stage);
      const seen = layers.map(({ size }) => [size.bytes, size.low, size.high]);
      assert.deepEqual(
        seen,
        bytes.map((value) => [value, value, value]),
        JSON.stringify(layers, undefined, 1),
      );
      assert.deepEqual(
        layers.flatMap(({ unhandled }) => unhandled),
        [],
      );
    });
  }
});
