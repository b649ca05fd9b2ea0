import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ForecastHistory, replay } from '../../../server/src/cache/forecast';
import { columnsFromEntries, createSnapshot } from '../../../server/src/context/snapshot';
import type { ContextSnapshot } from '../../../server/src/context/types';
import { type ForecastQuestion, readForecast } from '../../../server/src/facts/forecast-reading';
import { createGit } from '../../../server/src/facts/git';
import { keptOfTree } from '../../../server/src/facts/git-tree';
import { type ImportedChange, type ImportedCommit, importHistory, put, remove } from './imported-history';
import { type TemporaryRepository, temporaryRepository } from './temporary-repository';

const never = new AbortController().signal;
const build = { buildArguments: {}, platform: 'linux/amd64' };
const submodule = 'c'.repeat(40);

async function withRepository(use: (repository: TemporaryRepository) => Promise<void>): Promise<void> {
  const repository = await temporaryRepository();
  try {
    await use(repository);
  } finally {
    await repository.remove();
  }
}

function questionFor(folder: string, revision: string, more: Partial<ForecastQuestion> = {}): ForecastQuestion {
  return { root: folder, prefix: '', dockerfile: 'Dockerfile', revision, commits: 50, build, triggers: {}, ...more };
}

async function historyOf(
  commits: readonly ImportedCommit[],
  more: Partial<ForecastQuestion> = {},
): Promise<ForecastHistory> {
  let history: ForecastHistory | undefined;
  await withRepository(async ({ folder }) => {
    const revision = importHistory(folder, commits);
    const answer = await readForecast(questionFor(folder, revision, more), never);
    assert.ok(answer.kind === 'ok', answer.kind === 'failed' ? answer.reason : '');
    history = answer.value;
  });
  assert.ok(history);
  return history;
}

const outcomes = (history: ForecastHistory) => history.commits.map((commit) => commit.outcomes);

const dockerfile = 'FROM a\nCOPY src /src\nRUN make\n';
const first = { changes: [put('Dockerfile', dockerfile), put('src/a', '1'), put('docs/d', '1')] };

test('what a commit touches runs again, and what stands on it; all else is kept', async () => {
  const history = await historyOf([
    first,
    { changes: [put('docs/d', '2')] },
    { changes: [put('src/a', '2')] },
    { changes: [] },
    { changes: [put('Dockerfile', dockerfile.replace('make', 'make all'))] },
    // Back to what was built before.
    { changes: [put('src/a', '1'), put('Dockerfile', dockerfile)] },
  ]);
  assert.deepEqual(outcomes(history), ['kk', 'rr', 'kk', 'kr', 'kk']);
  assert.deepEqual(history.versions[0], [
    { stage: '#0', instruction: 'COPY', text: 'COPY src /src' },
    { stage: '#0', instruction: 'RUN', text: 'RUN make' },
  ]);
  assert.equal(history.since, new Date((1_700_000_000 + 86_400) * 1000).toISOString());
  assert.equal(history.note, 'Commits that can be compared: 5, as the history has no more.');
});

test('the commit before the window was built; no more than the window is looked at', async () => {
  const history = await historyOf(
    [first, { changes: [put('src/a', '2')] }, { changes: [put('src/a', '1')] }, { changes: [put('src/a', '2')] }],
    { commits: 2 },
  );
  // The key of the first commit is not known any more, that of the second is.
  assert.deepEqual(outcomes(history), ['rr', 'kk']);
  assert.equal(history.note, undefined);
});

test('a merge counts as one commit, with what it changed against its first parent', async () => {
  const history = await historyOf([
    first,
    { changes: [put('src/side', '1')], parents: [0] },
    { changes: [put('docs/d', '2')], parents: [0] },
    { changes: [put('src/side', '1')], parents: [2, 1] },
    { changes: [put('docs/d', '3')] },
  ]);
  assert.deepEqual(outcomes(history), ['kk', 'rr', 'kk']);
});

test('an ignore file counts as it was in each commit; the own one of the Dockerfile comes first', async () => {
  const history = await historyOf([
    {
      changes: [
        put('Dockerfile', 'FROM a\nCOPY . /\n'),
        put('.dockerignore', 'docs\nDockerfile*\n.dockerignore\n'),
        put('docs/d', '1'),
        put('x', '1'),
      ],
    },
    { changes: [put('docs/d', '2')] },
    { changes: [put('.dockerignore', 'Dockerfile*\n.dockerignore\n')] },
    { changes: [put('docs/d', '3')] },
    { changes: [put('Dockerfile.dockerignore', 'docs\nDockerfile*\n.dockerignore\n')] },
    { changes: [put('.dockerignore', 'x\n')] },
  ]);
  assert.deepEqual(outcomes(history), ['k', 'r', 'r', 'k', 'k']);
});

test('a Dockerfile that was renamed or absent: earlier commits have none, and the note says so', async () => {
  const history = await historyOf([
    { changes: [put('src/a', '1')] },
    { changes: [put('old/Dockerfile', dockerfile)] },
    { changes: [put('Dockerfile', dockerfile), remove('old/Dockerfile')] },
    { changes: [put('src/a', '2')] },
    { changes: [remove('Dockerfile')] },
    { changes: [put('Dockerfile', dockerfile)] },
  ]);
  assert.deepEqual(outcomes(history), ['', 'rr', 'rr', '', 'kk']);
  assert.deepEqual(
    history.commits.map(({ version }) => version),
    [null, 0, 0, null, 0],
  );
  assert.match(history.note ?? '', /Commits that have Dockerfile: 3\.$/);
});

test('a Dockerfile that no commit has: the reason', async () => {
  await withRepository(async ({ folder }) => {
    const revision = importHistory(folder, [first, { changes: [] }]);
    const answer = await readForecast(questionFor(folder, revision, { dockerfile: 'app/Dockerfile' }), never);
    assert.deepEqual(answer, { kind: 'failed', reason: 'app/Dockerfile is in none of the commits looked at (1).' });
  });
});

test('one commit has nothing before it to be compared with', async () => {
  await withRepository(async ({ folder }) => {
    const revision = importHistory(folder, [first]);
    const answer = await readForecast(questionFor(folder, revision), never);
    assert.deepEqual(answer, {
      kind: 'failed',
      reason: 'Commits that can be compared: 0, as the history has no more.',
    });
  });
});

test('a shallow clone has fewer commits, and says so', async () => {
  await withRepository(async ({ folder, git }) => {
    importHistory(folder, [
      first,
      { changes: [] },
      { changes: [put('src/a', '2')] },
      { changes: [put('docs/d', '2')] },
    ]);
    git('clone', '--quiet', '--depth', '3', `file://${folder}`, 'shallow');
    const revision = git('rev-parse', 'HEAD').trim();
    const answer = await readForecast(questionFor(`${folder}/shallow`, revision), never);
    assert.ok(answer.kind === 'ok');
    assert.deepEqual(outcomes(answer.value), ['rr', 'kk']);
    assert.match(answer.value.note ?? '', /^Commits that can be compared: 2, as the clone is shallow/);
  });
});

test('a Dockerfile outside of its context; a context that is a folder, and was not always there', async () => {
  const history = await historyOf(
    [
      { changes: [put('docker/Dockerfile', 'FROM a\nCOPY . /\n'), put('other', '1')] },
      { changes: [put('app/x', '1')] },
      { changes: [put('other', '2')] },
      { changes: [put('app/x', '2')] },
      { changes: [put('docker/Dockerfile.dockerignore', 'x\n')] },
      { changes: [put('app/x', '3')] },
    ],
    { prefix: 'app/', dockerfile: 'docker/Dockerfile' },
  );
  assert.deepEqual(outcomes(history), ['r', 'k', 'r', 'k', 'k']);
});

test("a submodule's commit is its content", async () => {
  const text = 'FROM a\nCOPY module/lib /lib\nCOPY . /\n';
  const history = await historyOf([
    { changes: [put('Dockerfile', text), put('module', submodule, '160000')] },
    { changes: [put('x', '1')] },
    { changes: [put('module', 'd'.repeat(40), '160000')] },
    { changes: [] },
  ]);
  assert.deepEqual(outcomes(history), ['kr', 'rr', 'kk']);
});

test('links count by where they lead to; a Dockerfile that is a link is followed', async () => {
  const history = await historyOf([
    {
      changes: [
        put('docker/real', 'FROM a\nCOPY link /\n'),
        put('Dockerfile', 'docker/real', '120000'),
        put('link', 'src/a', '120000'),
        put('src/a', '1'),
        put('src/b', '3'),
      ],
    },
    { changes: [put('src/a', '2')] },
    { changes: [put('link', 'src/b', '120000')] },
    { changes: [put('docker/real', 'FROM a\nCOPY link /\nRUN b\n')] },
  ]);
  assert.deepEqual(outcomes(history), ['r', 'r', 'kr']);
});

test('modes count; names that are not UTF-8 stay apart', { skip: process.platform === 'win32' }, async () => {
  const history = await historyOf([
    {
      changes: [
        put('Dockerfile', 'FROM a\nCOPY src /\n'),
        put('src/a\\377', '1'),
        put('src/a\\376', '2'),
        put('src/ü', '1'),
      ],
    },
    { changes: [put('src/a\\377', '2'), put('src/a\\376', '1')] },
    { changes: [put('src/a\\377', '1'), put('src/a\\376', '2')] },
    { changes: [put('src/ü', '1', '100755')] },
  ]);
  assert.deepEqual(outcomes(history), ['r', 'k', 'r']);
});

test('what is not committed can not be told; a remote file is taken to stay', async () => {
  const history = await historyOf([
    { changes: [put('Dockerfile', 'FROM a\nADD https://example.com/x /\nRUN a\nCOPY dist /\nRUN b\n')] },
    { changes: [put('x', '1')] },
    { changes: [put('dist', '1')] },
  ]);
  assert.deepEqual(outcomes(history), ['kk??', 'kkrr']);
});

test('the target decides which steps there are; ONBUILD of a base adds some', async () => {
  const text = 'FROM a AS one\nCOPY src /\nFROM b\nRUN two\n';
  const commits = [{ changes: [put('Dockerfile', text), put('src/a', '1')] }, { changes: [put('src/a', '2')] }];
  assert.deepEqual(outcomes(await historyOf(commits)), ['k']);
  assert.deepEqual(outcomes(await historyOf(commits, { build: { ...build, target: 'one' } })), ['r']);
  assert.deepEqual(outcomes(await historyOf(commits, { triggers: { b: ['COPY . /'] } })), ['rr']);
});

test('cancelling ends the wait', async () => {
  await assert.rejects(readForecast(questionFor('/', 'HEAD'), AbortSignal.abort(new Error('enough'))), /enough/);
});

/** The same by reading every commit on its own. */
async function naive(question: ForecastQuestion): Promise<Pick<ForecastHistory, 'versions' | 'commits' | 'keys'>> {
  const { root, prefix, revision, dockerfile: path } = question;
  const git = createGit();
  const { execFileSync } = await import('node:child_process');
  const listed = execFileSync('git', ['rev-list', '--first-parent', `--max-count=${question.commits + 1}`, revision], {
    cwd: root,
    encoding: 'utf8',
  });
  const states = await Promise.all(
    listed
      .trim()
      .split('\n')
      .reverse()
      .map(async (commit): Promise<{ dockerfile: string; snapshot: ContextSnapshot } | undefined> => {
        const tree = await git.tree(root, commit, prefix, never);
        const texts = await git.texts(root, commit, [path, `${path}.dockerignore`, `${prefix}.dockerignore`], never);
        assert.ok(texts.kind === 'ok');
        // A context that is a file in some commit has nothing in it.
        const entriesOf = tree.kind === 'ok' ? tree.value : [];
        const [text, own, other] = texts.value;
        if (text === undefined) return undefined;
        const { entries, unknown } = keptOfTree(entriesOf, own ?? other ?? '');
        return { dockerfile: text, snapshot: createSnapshot(columnsFromEntries(entries, new Set(unknown))) };
      }),
  );
  return replay(states, question);
}

const texts = [
  'FROM a\nCOPY . /\nRUN x\n',
  'FROM a\nCOPY src /src\nRUN x\nCOPY --exclude=**/y . /\n',
  'FROM a AS one\nCOPY src/* /src/\nRUN x\nFROM b\nRUN --mount=type=bind,source=docs,target=/d y\nCOPY --from=one /src /\n',
  'FROM a\nCOPY app/link /\nCOPY --parents src/./sub/* *a /\n',
  'FROM a\nCOPY link f* /x/\nRUN x\n',
];
const ignores = ['', 'docs\n', '**/y\n', 'src/*\n!src/x\n', '*\n!src\n', 'app\n!app/f\n'];
const paths = [
  'a',
  'b',
  'src',
  'src/x',
  'src/y',
  'src/sub/z',
  'src/sub/y',
  'docs/d',
  'docs',
  'app/f',
  'app/g/h',
  'app/link',
  'link',
];

/** A small generator with a seed (mulberry32), so that a failure can be had again. */
function generator(seed: number): <Value>(values: readonly Value[]) => Value {
  let state = seed;
  return <Value>(values: readonly Value[]) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    const value = values[((mixed ^ (mixed >>> 14)) >>> 0) % values.length];
    assert.ok(value !== undefined);
    return value;
  };
}

function randomHistory(seed: number): readonly ImportedCommit[] {
  const pick = generator(seed);
  const change = (): ImportedChange => {
    switch (pick(['file', 'file', 'file', 'delete', 'mode', 'link', 'text', 'ignore'] as const)) {
      case 'file':
        return put(pick(paths), pick(['1', '2', '3']));
      case 'mode':
        return put(pick(paths), pick(['1', '2']), '100755');
      case 'delete':
        return remove(pick([...paths, 'Dockerfile', 'app/.dockerignore', 'Dockerfile.dockerignore']));
      case 'link':
        return put(pick(paths), pick(['src', '../src', 'nowhere', 'b', 'f']), '120000');
      case 'text':
        return put(pick(['Dockerfile', 'app/Dockerfile']), pick(texts));
      case 'ignore':
        return put(pick(['.dockerignore', 'app/.dockerignore', 'Dockerfile.dockerignore']), pick(ignores));
    }
  };
  const changes = (count: number) => Array.from({ length: count }, change);
  const start = [
    put('Dockerfile', pick(texts)),
    put('app/Dockerfile', pick(texts)),
    ...['a', 'b', 'f', 'src/x', 'src/y', 'src/sub/z', 'docs/d', 'app/f', 'app/link', 'app/g/h'].map((path) =>
      put(path, '1'),
    ),
    put('link', 'src', '120000'),
    ...changes(3),
  ];
  const later = Array.from({ length: 25 }, (_, index): ImportedCommit => {
    const merge = index > 2 && pick([false, false, false, true]);
    return { changes: changes(pick([0, 1, 1, 2, 4])), ...(merge && { parents: [index, index - 2] }) };
  });
  return [{ changes: start }, ...later];
}

test('random histories: the same as reading every commit on its own', async () => {
  const counts: Record<string, number> = {};
  for (let seed = 1; seed <= 5; seed++) {
    await withRepository(async ({ folder }) => {
      const revision = importHistory(folder, randomHistory(seed));
      for (const [prefix, path] of [
        ['', 'Dockerfile'],
        ['app/', 'app/Dockerfile'],
        ['src/', 'Dockerfile'],
      ] as const) {
        const question = questionFor(folder, revision, { prefix, dockerfile: path, commits: 15 });
        const answer = await readForecast(question, never);
        const expected = await naive(question);
        if (answer.kind === 'failed') {
          assert.ok(expected.commits.every(({ version }) => version === null));
          continue;
        }
        const { versions, commits, keys } = answer.value;
        const sorted = <Of extends { readonly keys: readonly string[] }>(each: Of) => ({
          ...each,
          keys: each.keys.toSorted(),
        });
        assert.deepEqual(sorted({ versions, commits, keys }), sorted(expected), `seed ${seed}, context ${prefix}`);
        for (const letter of outcomes(answer.value).join('')) counts[letter] = (counts[letter] ?? 0) + 1;
      }
    });
  }
  // The histories have something to tell apart.
  assert.ok((counts.k ?? 0) > 100 && (counts.r ?? 0) > 40, JSON.stringify(counts));
});

test('manifests that a commit changes are kept with it, of any folder that is not ignored', async () => {
  const history = await historyOf([
    {
      changes: [
        ...first.changes,
        put('package.json', '1'),
        put('.dockerignore', 'old\n'),
        put('old/package.json', '1'),
      ],
    },
    { changes: [put('src/a', '2')] },
    { changes: [put('package.json', '2'), put('web/go.mod', '1'), put('old/package.json', '2')] },
    { changes: [remove('web/go.mod'), put('docs/d', '3')] },
  ]);
  assert.deepEqual(
    history.commits.map(({ manifests }) => manifests),
    [undefined, ['package.json', 'web/go.mod'], ['web/go.mod']],
  );
});
