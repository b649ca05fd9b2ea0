import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Report } from '../../../server/src/report/types';
import { answers, fakeEngine, rawServer } from '../facts/fake-engine-server';
import { temporaryRepository } from '../facts/temporary-repository';
import { bundleProgram, type Program } from './bundled-program';

const dockerfile = ['FROM node:20 AS app', 'WORKDIR /app', 'COPY src ./src', 'RUN npm run a', 'RUN npm run b', ''].join(
  '\n',
);

let program: Program;
let folder = '';

before(async () => {
  program = await bundleProgram();
  folder = await realpath(await mkdtemp(join(tmpdir(), 'strata-cli-')));
  await mkdir(join(folder, 'src'));
  await writeFile(join(folder, 'Dockerfile'), dockerfile);
  await writeFile(join(folder, 'src', 'a.js'), 'x'.repeat(1234));
});
after(async () => {
  program.remove();
  await rm(folder, { recursive: true, force: true });
});

async function analyzed(...words: readonly string[]): Promise<Report> {
  const { code, output, errors } = await program.run(['analyze', '--format', 'json', ...words]);
  assert.equal(errors, '');
  assert.equal(code, 0);
  return JSON.parse(output);
}

test('json is the report, and nothing else on standard output', async () => {
  const report = await analyzed(folder);
  assert.equal(report.version, 1);
  assert.equal(report.dockerfile, join(folder, 'Dockerfile'));
  assert.deepEqual(report.context, { path: folder, state: 'ready' });
  assert.deepEqual(
    report.stages[0]?.steps.map(({ line, instruction }) => [line, instruction]),
    [
      [2, 'WORKDIR'],
      [3, 'COPY'],
      [4, 'RUN'],
      [5, 'RUN'],
    ],
  );
  const copy = report.stages[0]?.steps[1];
  assert.deepEqual([copy?.size.bytes, copy?.size.basis], [1234, 'exact']);
  assert.equal(report.stages[0]?.base.layers !== undefined, true);
});

test('text, Markdown and SARIF name the same lines', async () => {
  const text = await program.run(['analyze', folder]);
  assert.match(text.output, /COPY src \.\/src .* 1\.23 kB/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour would be such
  assert.doesNotMatch(text.output, /\u001b/);
  const color = await program.run(['analyze', folder], { environment: { FORCE_COLOR: '1' } });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour is such
  assert.match(color.output, /\u001b\[1m/);
  const markdown = await program.run(['analyze', folder, '--format', 'markdown']);
  assert.match(markdown.output, /^\| 3 \| `COPY src \.\/src` \| \d+ \| 1\.23 kB \|/m);
  const sarif = await program.run(['analyze', folder, '--format', 'sarif']);
  assert.equal(JSON.parse(sarif.output).version, '2.1.0');
});

test('a Dockerfile from standard input, build arguments from the environment', async () => {
  const { code, output } = await program.run(
    ['analyze', '-', '--context', folder, '--format', 'json', '--build-arg', 'TAG'],
    {
      input: 'ARG TAG=1\nFROM alpine:$TAG\nCOPY src /\n',
      environment: { TAG: '3.20' },
    },
  );
  assert.equal(code, 0);
  const report: Report = JSON.parse(output);
  assert.equal(report.stages[0]?.base.image, 'alpine:3.20');
  assert.deepEqual(report.buildArgs, { TAG: '3.20' });
  assert.equal(report.stages[0]?.steps[0]?.size.bytes, 1234);
});

test('a recorded state is cached; what changes after it is named', async () => {
  const file = join(folder, 'record.json');
  for (const builds of [1, 2]) {
    const { code, errors } = await program.run(['record', folder, '--output', file]);
    assert.equal(code, 0);
    assert.ok(errors.includes(builds === 1 ? '1 build' : '2 builds'), errors);
  }
  const statuses = (report: Report) => report.stages[0]?.steps.map(({ cache }) => cache.status);
  assert.deepEqual(statuses(await analyzed(folder, '--baseline', `record:${file}`)), [
    'cached',
    'cached',
    'cached',
    'cached',
  ]);
  await writeFile(join(folder, 'src', 'a.js'), 'y'.repeat(1234));
  const changed = await analyzed(folder, '--baseline', `record:${file}`);
  assert.deepEqual(statuses(changed), ['cached', 'rebuilds', 'rebuilds', 'rebuilds']);
  assert.deepEqual(changed.stages[0]?.steps[1]?.cache.cause?.paths, ['src/a.js']);
});

test('a record file that the build itself would read is said', async () => {
  const place = join(folder, 'whole');
  await mkdir(place);
  await writeFile(join(place, 'Dockerfile'), 'FROM busybox\nCOPY . /\n');
  const told = await program.run(['record', place, '--output', join(place, 'record.json')]);
  assert.match(told.errors, /name it in \.dockerignore/);
  await writeFile(join(place, '.dockerignore'), 'record.json\n');
  const quiet = await program.run(['record', place, '--output', join(place, 'record.json')]);
  assert.doesNotMatch(quiet.errors, /dockerignore/);
});

test('git stands for what was built last', async () => {
  const repository = await temporaryRepository();
  try {
    const first = await repository.commit({ 'app/Dockerfile': dockerfile, 'app/src/a.js': '1', other: '1' });
    const path = join(repository.folder, 'app');
    const clean = await analyzed(path);
    assert.equal(clean.baseline.kind, 'git');
    assert.deepEqual(
      clean.stages[0]?.steps.map(({ cache }) => cache.status),
      ['cached', 'cached', 'cached', 'cached'],
    );
    await repository.write({ 'app/src/a.js': '2', other: '2' });
    const edited = await analyzed(path);
    assert.deepEqual(
      edited.stages[0]?.steps.map(({ cache }) => cache.status),
      ['cached', 'rebuilds', 'rebuilds', 'rebuilds'],
    );
    await repository.commit({}, 'second');
    assert.equal((await analyzed(path)).stages[0]?.steps[1]?.cache.status, 'cached');
    // The commit at HEAD may have been built too.
    assert.equal((await analyzed(path, '--baseline', `git:${first}`)).stages[0]?.steps[1]?.cache.status, 'may rebuild');
  } finally {
    await repository.remove();
  }
});

test('a refactoring is listed, printed, and written', async () => {
  const place = join(folder, 'refactor');
  await mkdir(place);
  const file = join(place, 'Dockerfile');
  await writeFile(file, 'FROM busybox\r\nRUN a\r\nRUN b\r\n');
  const list = await program.run(['refactor', file, '--list', '--format', 'json']);
  assert.equal(list.code, 0);
  const offers: readonly {
    readonly id: string;
    readonly line: number;
    readonly effect: { readonly layers: number };
  }[] = JSON.parse(list.output);
  const [merge] = offers;
  assert.ok(merge);
  assert.equal(merge.effect.layers, -1);
  const shown = await program.run(['refactor', file, '--apply', merge.id]);
  assert.match(shown.output, /^FROM busybox\r\nRUN a && \\\r\n +b\r\n$/);
  assert.equal(await readFile(file, 'utf8'), 'FROM busybox\r\nRUN a\r\nRUN b\r\n');
  const written = await program.run(['refactor', file, '--apply', merge.id, '--write']);
  assert.equal(written.output, '');
  assert.equal(await readFile(file, 'utf8'), shown.output);
});

test('all that leaves the image as it is at once', async () => {
  const place = join(folder, 'fix-all');
  await mkdir(place);
  const file = join(place, 'Dockerfile');
  await writeFile(join(place, 'a'), '');
  await writeFile(file, 'FROM busybox\nADD a /a\nRUN dd if=/dev/zero of=/b bs=1000 count=9\nRUN rm /b\n');
  const shown = await program.run(['refactor', file, '--apply', 'fix-all']);
  assert.match(shown.output, /^FROM busybox\nCOPY a \/a\nRUN dd [^\n]* && \\\n +rm \/b\n$/);
  assert.match(shown.errors, /Applied: .*merge-run:3|Applied: .*move-rm:4/);
  const written = await program.run(['refactor', file, '--apply', 'fix-all', '--write']);
  assert.equal(written.code, 0);
  assert.equal(await readFile(file, 'utf8'), shown.output);
  const again = await program.run(['refactor', file, '--apply', 'fix-all', '--format', 'json']);
  assert.deepEqual(JSON.parse(again.output), {
    id: 'fix-all',
    title: 'Nothing to apply',
    text: shown.output,
    files: [],
  });
});

test('lines are added to the ignore file that holds, and to no other text than they were made for', async () => {
  const place = join(folder, 'ignoring');
  const dockerfilePath = join(place, 'docker', 'app.Dockerfile');
  await mkdir(join(place, 'docker'), { recursive: true });
  await mkdir(join(place, '.git'));
  await writeFile(join(place, '.git', 'HEAD'), 'x'.repeat(3000));
  await writeFile(join(place, '.dockerignore'), 'not/read\n');
  await writeFile(dockerfilePath, 'FROM busybox\nCOPY . /app\n');
  const own = `${dockerfilePath}.dockerignore`;
  const latin = Buffer.from([0x23, 0xe9, 0x0d, 0x0a]);
  await writeFile(own, latin);
  const asked = ['refactor', dockerfilePath, '--context', place];
  const shown = await program.run([...asked, '--apply', 'extend-dockerignore:2']);
  assert.equal(shown.output, 'FROM busybox\nCOPY . /app\n');
  assert.match(shown.errors, /would add to docker\/app\.Dockerfile\.dockerignore: \.git\n/);
  const written = await program.run([...asked, '--apply', 'extend-dockerignore:2', '--write']);
  assert.equal(written.code, 0, written.errors);
  assert.deepEqual(await readFile(own), Buffer.concat([latin, Buffer.from('.git\r\n')]));
  assert.equal(await readFile(join(place, '.dockerignore'), 'utf8'), 'not/read\n');
  const again = await program.run([...asked, '--list', '--format', 'json']);
  assert.doesNotMatch(again.output, /dockerignore/);
});

test('thresholds end with 1 and one line', async () => {
  const broken = join(folder, 'broken.Dockerfile');
  await writeFile(broken, 'FROM busybox\nFRUN x\n');
  const found = await program.run(['analyze', broken, '--context', folder, '--fail-on', 'error']);
  assert.equal(found.code, 1);
  assert.match(found.errors, /^strata: \d+ findings? .*\n$/);
  const small = await program.run(['analyze', folder, '--max-size', '1kB']);
  assert.equal(small.code, 1);
  assert.match(small.errors, /more than 1 kB/);
  const large = await program.run(['analyze', folder, '--max-size', '100GB']);
  assert.equal(large.code, 0);
});

test('bad input ends with 2 and one line that names the place', { concurrency: 4 }, async (t) => {
  const corrupt = join(folder, 'corrupt.json');
  await writeFile(corrupt, '{"version":1,"builds":[{}]}');
  await writeFile(join(folder, 'file'), '');
  await mkdir(join(folder, 'empty'));
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['missing Dockerfile', ['analyze', join(folder, 'nope')], /no Dockerfile at .*nope/],
    ['folder without one', ['analyze', join(folder, 'empty')], /no Dockerfile at .*empty.Dockerfile/],
    ['below a file', ['analyze', join(folder, 'file', 'x')], /no Dockerfile at/],
    ['missing context', ['analyze', folder, '--context', join(folder, 'nope')], /nope does not exist/],
    ['context is a file', ['analyze', folder, '--context', join(folder, 'file')], /is a file/],
    ['unknown target', ['analyze', folder, '--target', 'x'], /no stage "x"\. It has: app/],
    ['unknown format', ['analyze', folder, '--format', 'xml'], /'xml' is invalid/],
    ['unknown baseline', ['analyze', folder, '--baseline', 'x'], /"x" is no baseline/],
    ['missing record', ['analyze', folder, '--baseline', `record:${join(folder, 'none')}`], /no record file/],
    [
      'corrupt record',
      ['analyze', folder, '--baseline', `record:${corrupt}`],
      /corrupt\.json is damaged: builds\[0\]\.at/,
    ],
    ['corrupt record gains nothing', ['record', folder, '--output', corrupt], /corrupt\.json is damaged/],
    ['record into a folder', ['record', folder, '--output', folder], /is a folder/],
    ['unknown revision', ['analyze', folder, '--baseline', 'git:nope'], /git/],
    ['no output', ['record', folder], /--output/],
    ['no choice', ['refactor', folder], /--list or --apply/],
    ['unknown refactoring', ['refactor', folder, '--apply', 'x'], /no refactoring "x"/],
    ['unknown command', ['frobnicate'], /unknown command/],
    ['unknown option', ['analyze', '--frobnicate'], /unknown option/],
    ['malformed build argument', ['analyze', folder, '--build-arg', '=x'], /NAME=VALUE/],
    ['malformed platform', ['analyze', folder, '--platform', 'x'], /OS\/ARCH/],
    ['lsp without stdio', ['lsp'], /--stdio/],
  ];
  await Promise.all(
    cases.map(([name, words, expected]) =>
      t.test(name, async () => {
        const { code, output, errors } = await program.run(words);
        assert.match(errors, expected);
        assert.equal(errors.trimEnd().split('\n').length, 1, errors);
        assert.equal(output, '');
        assert.equal(code, 2);
      }),
    ),
  );
});

test('odd files are analysed for what can be understood', async (t) => {
  const odd: readonly (readonly [string, string | Buffer])[] = [
    ['empty', ''],
    ['NUL bytes', 'FROM a\0b\nRUN \0\n'],
    ['a line of ten megabytes', `FROM busybox\nRUN ${'x'.repeat(10_000_000)}\n`],
    ['a cycle of stages', 'FROM b AS a\nFROM a AS b\nCOPY --from=c / /\n'],
    ['half typed', 'FROM'],
    ['terminal controls', 'FROM busybox\nRUN \u001b[2J\u009b2J\n'],
  ];
  for (const [name, text] of odd) {
    await t.test(name, async () => {
      const file = join(folder, 'odd.Dockerfile');
      await writeFile(file, text);
      const { code, output } = await program.run(['analyze', file, '--context', folder]);
      assert.equal(code, 0);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none may reach the terminal
      assert.doesNotMatch(output, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    });
  }
  await t.test('bytes that are not UTF-8 are said, with their line', async () => {
    const file = join(folder, 'odd.Dockerfile');
    await writeFile(file, Buffer.concat([Buffer.from('FROM busybox\nRUN echo '), Buffer.from([0xff, 0xfe, 0x0a])]));
    const { code, errors } = await program.run(['analyze', file, '--context', folder]);
    assert.equal(code, 0);
    assert.match(errors, /odd\.Dockerfile, line 2: bytes that are not UTF-8/);
  });
});

test('a loop of links in the context is no trouble', { skip: process.platform === 'win32' }, async () => {
  const place = join(folder, 'loop');
  await mkdir(place);
  await writeFile(join(place, 'Dockerfile'), 'FROM busybox\nCOPY . /\n');
  await symlink('.', join(place, 'self'));
  await symlink('b', join(place, 'a'));
  await symlink('a', join(place, 'b'));
  const report = await analyzed(place);
  assert.equal(report.stages[0]?.steps[0]?.size.basis, 'exact');
});

test('an engine that answers is read, one that hangs is given up', async () => {
  const server = await fakeEngine(
    answers({
      '/version': { ApiVersion: '1.47' },
      '/info': { Driver: 'overlay2', ServerVersion: '1' },
      '/images/json': [{ Id: 'sha256:1', Created: 1, RepoTags: ['node:20'] }],
      '/images/sha256%3A1/json': { Id: 'sha256:1', Size: 4321, RootFS: { Layers: ['sha256:2'] } },
      '/images/node%3A20/json': { Id: 'sha256:1', Size: 4321, RootFS: { Layers: ['sha256:2'] } },
      '/images/sha256%3A1/history': [{ CreatedBy: 'ADD x', Size: 4321 }],
      '/system/df': { BuildCache: [] },
    }),
  );
  const read = await analyzed(folder, '--socket', server.socket);
  await server.close();
  assert.equal(read.stages[0]?.base.size.bytes, 4321);
  assert.equal(read.stages[0]?.base.layers, 1);

  const silent = await rawServer(() => undefined);
  const report = await analyzed(folder, '--socket', silent.socket);
  await silent.close();
  assert.notEqual(report.stages[0]?.base.size.bytes, 4321);
});

test('help and version', async () => {
  for (const words of [[], ['--help'], ['help', 'analyze'], ['analyze', '--help']]) {
    const { code, output, errors } = await program.run(words);
    assert.equal(code, 0, words.join(' '));
    assert.equal(errors, '');
    assert.match(output, /Usage: strata/);
  }
  const { output } = await program.run(['--version']);
  assert.match(output, /^\d+\.\d+\.\d+\n$/);
});

test('the language server answers over standard input and output', async () => {
  const say = (value: object): string => {
    const text = JSON.stringify({ jsonrpc: '2.0', ...value });
    return `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
  };
  const initialize = { id: 1, method: 'initialize', params: { processId: null, rootUri: null, capabilities: {} } };
  const { code, output } = await program.run(['lsp', '--stdio'], {
    input: say(initialize),
    // The server ends when it is told to; a client that hangs up earlier gets no answer.
    inputAfter: { output: /serverInfo/, input: say({ id: 2, method: 'shutdown' }) + say({ method: 'exit' }) },
  });
  assert.match(output, /"serverInfo":\{"name":"strata"/);
  assert.equal(code, 0);
});
