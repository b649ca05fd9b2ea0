import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { ForecastHistory } from '../../../server/src/cache/forecast';
import { createForecast, type ForecastOptions } from '../../../server/src/facts/forecast-source';
import { createForecastStore, historyFrom } from '../../../server/src/facts/forecast-store';
import type { ForecastRequest } from '../../../server/src/report/facts';
import { inMemoryClock } from './in-memory-clock';
import { inMemoryGit } from './in-memory-git';
import { inMemoryLog } from './in-memory-log';
import { temporaryFolder } from './temporary-folder';

const request: ForecastRequest = {
  commits: 50,
  build: { buildArguments: {}, platform: 'linux/amd64' },
  triggers: {},
};
const history = (since: string): ForecastHistory => ({
  versions: [[{ stage: '#0', instruction: 'RUN', text: 'RUN x' }]],
  commits: [
    { version: 0, outcomes: 'k' },
    { version: null, outcomes: '' },
  ],
  keys: ['a'],
  since,
});

function surroundings() {
  const clock = inMemoryClock();
  const log = inMemoryLog();
  const git = inMemoryGit('/repo');
  const watchers = new Set<() => void>();
  const asked: string[] = [];
  const options: ForecastOptions = {
    dockerfilePath: '/repo/app/Dockerfile',
    contextPath: '/repo/app',
    git,
    clock,
    log,
    watchGit: (_, listener) => {
      watchers.add(listener);
      return { dispose: () => void watchers.delete(listener) };
    },
    readForecast: async ({ revision, dockerfile, prefix }) => {
      asked.push(`${revision} ${prefix} ${dockerfile}`);
      return { kind: 'ok', value: history(revision) };
    },
  };
  const somethingInGit = (): void => {
    for (const listener of watchers) listener();
    clock.advance(1_000);
  };
  return { options, clock, log, git, asked, watchers, somethingInGit };
}

test('nothing is read until somebody asks, and the same is read once', async () => {
  const { options, git, asked, somethingInGit } = surroundings();
  git.commitFiles({ revision: 'one', files: {} });
  const source = createForecast(options);
  await source.settled();
  assert.equal(source.current(), undefined);
  source.request(request);
  assert.deepEqual(source.current(), { request, state: 'pending' });
  source.request({ ...request });
  await source.settled();
  assert.deepEqual(source.current(), { request, state: 'ready', history: history('one') });
  const before = source.current();
  somethingInGit();
  source.recheck();
  await source.settled();
  assert.equal(source.current(), before);
  assert.deepEqual(asked, ['one app/ app/Dockerfile']);
});

test('when HEAD moves the history is read anew; until then the one before stays, and a known one is not read again', async () => {
  const { options, git, asked, somethingInGit } = surroundings();
  git.commitFiles({ revision: 'one', files: {} });
  const source = createForecast(options);
  let changes = 0;
  source.onChange(() => {
    changes += 1;
  });
  source.request(request);
  await source.settled();
  git.commitFiles({ revision: 'two', files: {} });
  somethingInGit();
  assert.equal(source.current()?.state, 'ready');
  await source.settled();
  assert.deepEqual(source.current(), { request, state: 'ready', history: history('two') });
  git.commitFiles({ revision: 'one', files: {} });
  somethingInGit();
  await source.settled();
  assert.deepEqual(source.current(), { request, state: 'ready', history: history('one') });
  assert.equal(asked.length, 2);
  assert.equal(changes, 4);
});

test('no repository, no commit, another repository, SHA-256, a failure: each has its reason', async () => {
  const reasonOf = async (options: ForecastOptions): Promise<string> => {
    const source = createForecast(options);
    source.request(request);
    await source.settled();
    const facts = source.current();
    source.dispose();
    return facts?.state === 'absent' ? facts.reason : '';
  };
  const { options, git } = surroundings();
  assert.match(await reasonOf({ ...options, contextPath: '/elsewhere' }), /is in no git repository/);
  assert.match(await reasonOf({ ...options, dockerfilePath: '/elsewhere/Dockerfile' }), /is in no git repository/);
  assert.equal(await reasonOf(options), 'no HEAD');
  git.commitFiles({ revision: 'a'.repeat(64), files: {} });
  assert.match(await reasonOf(options), /SHA-256/);
  git.commitFiles({ revision: 'b', files: {} });
  const inModule = {
    ...git,
    locate: async (folder: string) => ({
      kind: 'ok' as const,
      value: { root: folder, gitFolder: `${folder}/.git`, prefix: '' },
    }),
  };
  assert.match(
    await reasonOf({ ...options, git: inModule, dockerfilePath: '/repo/Dockerfile' }),
    /not in the same git repository/,
  );
  assert.equal(await reasonOf({ ...options, readForecast: async () => ({ kind: 'failed', reason: 'late' }) }), 'late');
  assert.equal(await reasonOf({ ...options, readForecast: () => Promise.reject(new Error('broken')) }), 'broken');
});

test('another request ends what was begun for the one before; disposing ends everything', async () => {
  const { options, git, log, watchers } = surroundings();
  git.commitFiles({ revision: 'one', files: {} });
  let stopped = 0;
  const source = createForecast({
    ...options,
    readForecast: ({ commits }, signal) =>
      commits === 7
        ? Promise.resolve({ kind: 'ok', value: history('seven') })
        : new Promise((_, reject) => {
            signal.addEventListener('abort', () => {
              stopped += 1;
              reject(signal.reason);
            });
          }),
  });
  source.request(request);
  for (let count = 0; count < 10; count++) await turn();
  const seven = { ...request, commits: 7 };
  source.request(seven);
  await source.settled();
  assert.deepEqual(source.current(), { request: seven, state: 'ready', history: history('seven') });
  assert.equal(stopped, 1);
  source.request(request);
  for (let count = 0; count < 10; count++) await turn();
  assert.equal(watchers.size, 1);
  source.dispose();
  await source.settled();
  assert.deepEqual([stopped, watchers.size], [2, 0]);
  assert.deepEqual(log.warnings, []);
});

test('a history outlives the session; for another commit, or damaged, it is read anew', async (context) => {
  const folder = temporaryFolder(context);
  const { options, git, asked, log } = surroundings();
  git.commitFiles({ revision: 'one', files: {} });
  const answer = async () => {
    const store = createForecastStore(folder, options.dockerfilePath, log);
    const source = createForecast({ ...options, store });
    source.request({ ...request, build: { ...request.build, buildArguments: { TOKEN: 'secret' } } });
    await source.settled();
    const facts = source.current();
    source.dispose();
    assert.ok(facts?.state === 'ready');
    return facts.history;
  };
  assert.deepEqual(await answer(), history('one'));
  assert.deepEqual(await answer(), history('one'));
  assert.equal(asked.length, 1);
  const { readdirSync } = await import('node:fs');
  const file = join(folder, 'forecasts', readdirSync(join(folder, 'forecasts'))[0] ?? '');
  assert.doesNotMatch(await readFile(file, 'utf8'), /secret/);
  await writeFile(file, '{"version":1,');
  assert.deepEqual(await answer(), history('one'));
  assert.equal(asked.length, 2);
  git.commitFiles({ revision: 'two', files: {} });
  assert.deepEqual(await answer(), history('two'));
  assert.equal(asked.length, 3);
});

test('a stored history is checked in every member', () => {
  const good = history('x');
  assert.deepEqual(historyFrom(JSON.parse(JSON.stringify({ ...good, note: 'n' }))), { ...good, note: 'n' });
  const [commit] = good.commits;
  const named = { ...good, commits: [{ ...commit, manifests: ['package.json'] }] };
  assert.deepEqual(historyFrom(JSON.parse(JSON.stringify(named))), named);
  for (const bad of [
    null,
    [],
    {},
    { ...good, since: 1 },
    { ...good, versions: [[{ stage: 1 }]] },
    { ...good, versions: ['x'] },
    { ...good, commits: [{ version: 0, outcomes: 'kk' }] },
    { ...good, commits: [{ version: 0, outcomes: 'x' }] },
    { ...good, commits: [{ version: 4, outcomes: 'k' }] },
    { ...good, commits: [{ version: null, outcomes: 'k' }] },
  ]) {
    assert.equal(historyFrom(bad), undefined, JSON.stringify(bad));
  }
});
