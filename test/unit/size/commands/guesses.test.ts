/** What nobody has seen before the build: a range that tells an order of magnitude, with where it is from. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { analyse } from '../../../../server/src/report/analyse';
import { factsOf, inputsOf } from '../../report/scenario';

/** The size of each RUN line as [low, high] in MB; undefined where it is not known. */
function rangesOf(...runs: readonly string[]) {
  const scene = { text: `FROM debian:bookworm-slim\n${runs.map((run) => `RUN ${run}\n`).join('')}` };
  const { report } = analyse(scene.text, inputsOf(scene), factsOf(scene));
  const steps = report.stages.flatMap((stage) => stage.steps);
  return steps.map(({ size }) =>
    size.bytes === null || size.high === null ? undefined : ([size.low / 1e6, size.high / 1e6] as const),
  );
}

describe('git', () => {
  test('a clone takes what public repositories take, less without its history', () => {
    const [full, shallow, bare, linux] = rangesOf(
      'git clone https://h/a/b /src',
      'git clone --depth 1 https://h/a/b /src2',
      'git clone --depth 1 https://h/a/b /src3 && rm -rf /src3/.git',
      'git clone https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git /linux',
    );
    assert.ok(full !== undefined && shallow !== undefined && bare !== undefined && linux !== undefined);
    assert.ok(shallow[1] < full[1] && bare[1] < shallow[1]);
    assert.ok(linux[0] > 1_000);
  });

  test('what the step itself has cloned is replaced by a checkout', () => {
    const [once, twice] = rangesOf(
      'git clone https://h/a/b /src',
      'git clone https://h/a/b /src2 && cd /src2 && git checkout v1 && git reset --hard v2',
    );
    assert.deepEqual(once, twice);
  });

  test('another commit in a later step is written anew', () => {
    const [, later] = rangesOf('git clone https://h/a/b /src', 'cd /src && git checkout v1');
    assert.ok(later !== undefined && later[0] > 0 && later[1] < 100);
  });
});

describe('programs by their folder', () => {
  test('those of /busybox are those of the system, those of a project are not', () => {
    const [system, project] = rangesOf(
      '/busybox/mkdir -p /data && /busybox/ln -s /busybox/sh /bin/sh',
      '/data/install -d /srv/x',
    );
    assert.deepEqual(system, [0, 0]);
    assert.equal(project, undefined);
  });
});

describe('downloads whose address tells no kind', () => {
  test('go by where they are put', () => {
    const [program, archive, data, page] = rangesOf(
      'curl -sSL -o /usr/local/bin/tool https://h/releases/latest/tool',
      'wget -O /opt/set.tar.gz https://h/download/latest',
      'curl -sSL -o /opt/image.mtd https://h/download/latest',
      'wget https://h',
    );
    assert.ok(program !== undefined && program[0] < 0.01 && program[1] > 50);
    assert.ok(archive !== undefined && archive[1] > 100);
    assert.equal(data, undefined);
    assert.ok(page !== undefined && page[1] < 2);
  });

  test('what tar reads is an archive', () => {
    const [unpacked, shown] = rangesOf(
      'mkdir /set && curl -sSL "https://h/download?edition=7&suffix=tar.gz" | tar -xz -C /set',
      'curl -sSL "https://h/download?edition=7" | frobnicate',
    );
    assert.ok(unpacked !== undefined && unpacked[0] > 0 && unpacked[1] > 100);
    assert.equal(shown, undefined);
  });
});

describe('/usr/local of a distribution’s own image', () => {
  test('holds what the steps put there and no more', () => {
    const [written, owned] = rangesOf(
      "printf 'hello' > /usr/local/bin/greet",
      'chown -R 1000 /usr/local/bin /usr/local/lib',
    );
    assert.deepEqual(written, [5e-6, 5e-6]);
    assert.deepEqual(owned, [5e-6, 5e-6]);
  });

  test('is not known in an image that stands on one', () => {
    const text = 'FROM python:3.12-slim-bookworm\nRUN chown -R 1000 /usr/local/bin\n';
    const { report } = analyse(text, inputsOf({ text }), factsOf({ text }));
    assert.equal(report.stages[0]?.steps[0]?.size.bytes, null);
  });

  test('is in doubt after a command that is not understood', () => {
    const [, owned] = rangesOf('cd /work && frobnicate', 'chown -R 1000 /usr/local/bin');
    assert.equal(owned, undefined);
  });
});

describe('steps after something that is not known', () => {
  test('packages leave home folders and /usr/local alone', () => {
    const [, home, local, system] = rangesOf(
      'apt-get update && apt-get install -y nothing-of-this-name',
      'useradd -m user && chown -R user /home/user',
      'mkdir -p /usr/local/tool && touch /usr/local/tool/x && chown -R 1000 /usr/local/tool',
      'chown -R 1000 /etc/nginx',
    );
    assert.ok(home !== undefined && home[1] < 1);
    assert.ok(local === undefined || local[1] < 1);
    assert.ok(system !== undefined && system[1] < 0.1);
  });

  test('a command that is not understood may have written anywhere it was told to', () => {
    const [first, then] = rangesOf('cd /work && frobnicate --into /srv/x', 'chown -R 1000 /srv/x');
    assert.equal(first, undefined);
    assert.equal(then, undefined);
  });
});

describe('compilers', () => {
  test('objects and programs of single files', () => {
    const [object, program, cross] = rangesOf(
      "printf 'int main(){return 0;}' > /a.c && gcc -c -Wall /a.c -o /a.o",
      'gcc -O2 -static /a.c -o /usr/local/bin/a',
      'x86_64-linux-gnu-as -o /exit.o /exit.s && x86_64-linux-gnu-ld -o /exit -s /exit.o && x86_64-linux-gnu-strip /exit',
    );
    assert.ok(object !== undefined && object[1] < 0.02);
    assert.ok(program !== undefined && program[0] >= 0.6);
    assert.ok(cross !== undefined && cross[1] < 3);
  });
});

describe('builds', () => {
  test('what make leaves goes with the folder that it leaves it in', () => {
    const [kept, gone] = rangesOf(
      'git clone https://h/a/b /src && cd /src && ./configure && make && make install',
      'git clone https://h/a/b /src2 && cd /src2 && ./configure && make && make install && rm -rf /src2',
    );
    assert.ok(kept !== undefined && gone !== undefined && gone[1] < 15 && kept[1] > gone[1]);
  });

  test('a program taken out of a folder whose files are not told apart is no more than all of it', () => {
    const [layer] = rangesOf('git clone https://h/a/b /src && cd /src && make && mv out /opt/out && rm -rf /src');
    assert.ok(layer !== undefined && layer[0] === 0 && layer[1] > 1 && layer[1] < 250);
  });
});

describe('what only the build knows', () => {
  test('is left out of sentences, labels and paths', () => {
    const text =
      'FROM debian:bookworm-slim\nARG VERSION\nRUN unzip tool_${VERSION}.zip\nRUN curl -O https://h/tool-${VERSION}.tar.gz && tar xf tool-${VERSION}.tar.gz\n';
    const { report } = analyse(text, inputsOf({ text }), factsOf({ text }));
    const steps = report.stages.flatMap((stage) => stage.steps);
    assert.ok(steps.some(({ size }) => size.evidence.join().includes('tool_….zip')));
    assert.ok(steps.some(({ contents }) => JSON.stringify(contents ?? []).includes('tool-….tar.gz')));
    assert.doesNotMatch(JSON.stringify(report), /[\uE000\uE001]/);
  });
});

describe('updatedb', () => {
  test('leaves a list of few megabytes, and nothing else comes into doubt', () => {
    const [list, home] = rangesOf('updatedb', 'useradd -m user && chown -R user /home/user');
    assert.ok(list !== undefined && list[1] <= 10);
    assert.ok(home !== undefined);
  });
});
