/** `strata analyze --forecast`, as people run it. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { withForecastCommits } from '../../../server/src/cli/command-analyze';
import type { Report } from '../../../server/src/report/types';
import { importHistory, put } from '../facts/imported-history';
import { type TemporaryRepository, temporaryRepository } from '../facts/temporary-repository';
import { bundleProgram, type Program } from './bundled-program';

let program: Program;
let repository: TemporaryRepository;

before(async () => {
  program = await bundleProgram();
  repository = await temporaryRepository();
  importHistory(repository.folder, [
    {
      changes: [put('app/Dockerfile', 'FROM scratch\nCOPY src /src\nRUN make\n'), put('app/src/a', '1'), put('b', '1')],
    },
    { changes: [put('app/src/a', '2')] },
    { changes: [put('b', '2')] },
    { changes: [] },
    { changes: [put('app/Dockerfile', 'FROM scratch\nCOPY src /src\nRUN make it\n')] },
  ]);
  repository.git('checkout', '--quiet', 'main');
});
after(async () => {
  program.remove();
  await repository.remove();
});

const forecastOf = (report: Report) => report.stages[0]?.steps.map(({ line, forecast }) => [line, forecast]);

test('json: the share of each step, and the whole; with any baseline', async () => {
  for (const baseline of ['none', 'auto', 'git', 'git:HEAD~1']) {
    const words = ['analyze', '--forecast', join(repository.folder, 'app'), '--format', 'json', '--baseline', baseline];
    const { code, output, errors } = await program.run(words);
    assert.deepEqual([code, errors], [0, ''], baseline);
    const report: Report = JSON.parse(output);
    assert.deepEqual(forecastOf(report), [
      [2, { kept: 3, commits: 4 }],
      [3, { kept: 2, commits: 4 }],
    ]);
    assert.deepEqual(report.forecast, {
      commits: 4,
      since: '2023-11-15T22:13:20.000Z',
      secondsPerCommit: null,
      unmeasured: 2,
      note: 'Commits that can be compared: 4, as the history has no more.',
    });
  }
});

test('a number of commits; text that is not saved shows what is known of its steps', async () => {
  const { output } = await program.run(
    ['analyze', '--forecast=2', '--format', 'json', '--context', join(repository.folder, 'app'), '-'],
    { input: 'FROM scratch\nLABEL a=b\nCOPY src /src\nRUN make it all\n' },
  );
  const report: Report = JSON.parse(output);
  assert.deepEqual(forecastOf(report), [
    [2, undefined],
    [3, { kept: 2, commits: 2 }],
    [4, { kept: 1, commits: 2 }],
  ]);
  assert.equal(report.forecast?.commits, 2);
});

test('text and Markdown have a column, and a line for the whole', async () => {
  const words = ['analyze', '--forecast', '3', join(repository.folder, 'app')];
  const text = await program.run(words);
  assert.match(text.output, /CACHE +KEPT/);
  assert.match(text.output, /last 3 commits/);
  assert.match(text.output, /COPY src \/src .* 3\/3$/m);
  assert.match(text.output, /RUN make it .* 2\/3$/m);
  const markdown = await program.run([...words, '--format', 'markdown']);
  assert.match(markdown.output, /^\| 3 \| `RUN make it` .*\| 2\/3 \|$/m);
  assert.match(markdown.output, /^- \*\*forecast\*\* .*last 3 commits/m);
  const without = await program.run(['analyze', join(repository.folder, 'app')]);
  assert.doesNotMatch(without.output, /KEPT|commits/);
});

test('where there is no history the reason is on stderr, and nothing else is lost', async () => {
  const plain = await mkdtemp(join(tmpdir(), 'strata-plain-'));
  try {
    await mkdir(join(plain, 'src'));
    await writeFile(join(plain, 'Dockerfile'), 'FROM scratch\nCOPY src /\n');
    const { code, output, errors } = await program.run(['analyze', plain, '--forecast', '--format', 'json']);
    assert.equal(code, 0);
    assert.match(errors, /^strata: no forecast: .* is in no git repository\.\n$/);
    const report: Report = JSON.parse(output);
    assert.equal(report.forecast, undefined);
    assert.equal(report.stages[0]?.steps.length, 1);
  } finally {
    await rm(plain, { recursive: true, force: true });
  }
});

test('a repository without commits, and a Dockerfile that is in none', async () => {
  const fresh = await temporaryRepository();
  try {
    await fresh.write({ Dockerfile: 'FROM scratch\n' });
    const words = ['analyze', fresh.folder, '--forecast', '--baseline', 'none'];
    const empty = await program.run(words);
    assert.equal(empty.code, 0);
    assert.match(empty.errors, /^strata: no forecast: The repository of .* has no commit yet\.\n$/);
    importHistory(fresh.folder, [{ changes: [put('a', '1')] }, { changes: [put('a', '2')] }]);
    const untracked = await program.run(words);
    assert.equal(untracked.errors, 'strata: no forecast: Dockerfile is in none of the commits looked at (1).\n');
  } finally {
    await fresh.remove();
  }
});

test('a number that is none is bad usage', async () => {
  for (const number of ['0', '-1', '1.5', 'x', '100000']) {
    const { code, output, errors } = await program.run(['analyze', `--forecast=${number}`, repository.folder]);
    assert.deepEqual([code, output], [2, ''], number);
    assert.match(errors, /--forecast/);
  }
});

test('a Dockerfile behind a bare --forecast is not taken for a number', () => {
  assert.deepEqual(withForecastCommits(['analyze', '--forecast', 'app']), ['analyze', '--forecast', '50', 'app']);
  assert.deepEqual(withForecastCommits(['analyze', '--forecast', '7', 'app']), ['analyze', '--forecast', '7', 'app']);
  assert.deepEqual(withForecastCommits(['analyze', 'app', '--forecast']), ['analyze', 'app', '--forecast', '50']);
});
