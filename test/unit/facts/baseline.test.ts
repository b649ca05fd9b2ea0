import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Baseline, BuildRecord } from '../../../server/src/cache/types';
import { type BaselineOptions, createBaseline } from '../../../server/src/facts/baseline';
import { describeChoice, parseBaselineChoice } from '../../../server/src/facts/baseline-choice';
import { unpackBlobs } from '../../../server/src/facts/blob-list';
import { readCommit } from '../../../server/src/facts/commit-contents';
import { Listeners } from '../../../server/src/facts/listeners';
import { inMemoryClock } from './in-memory-clock';
import { inMemoryGit } from './in-memory-git';
import { inMemoryLog } from './in-memory-log';
import { inMemoryRecords } from './in-memory-records';

const record = (at: string): BuildRecord => ({
  at,
  target: null,
  platform: 'linux/amd64',
  scheme: 'sha256',
  steps: [],
  tree: {},
  bases: {},
});

function surroundings() {
  const clock = inMemoryClock();
  const log = inMemoryLog();
  const git = inMemoryGit('/repo');
  const records = inMemoryRecords();
  const watchers = new Set<() => void>();
  const blobs: ReadonlyMap<string, string>[] = [];
  const options: BaselineOptions = {
    engine: { absent: 'no engine' },
    choice: { kind: 'auto' },
    dockerfilePath: '/repo/app/Dockerfile',
    contextPath: '/repo/app',
    storagePath: '/storage',
    git,
    records,
    clock,
    log,
    watchGit: (_, listener) => {
      watchers.add(listener);
      return { dispose: () => void watchers.delete(listener) };
    },
    takeBlobs: (next) => void blobs.push(unpackBlobs(next)),
    readCommit: (question, signal) => readCommit(git, question, signal),
  };
  const somethingInGit = (): void => {
    for (const listener of watchers) listener();
    clock.advance(1_000);
  };
  return { options, clock, log, git, records, blobs, watchers, somethingInGit };
}

test('what --baseline takes', () => {
  for (const text of ['auto', 'git', 'git:v1', 'record', 'record:a:b.json', 'engine', 'none']) {
    const choice = parseBaselineChoice(text);
    assert.ok(choice, text);
    assert.equal(describeChoice(choice), text);
  }
  for (const text of ['', 'git:', 'record:', 'auto:x', 'Git', 'http://x']) {
    assert.equal(parseBaselineChoice(text), undefined, text);
  }
});

test('auto takes the record when there is one, else git, else says why not', async () => {
  const { options, git, records } = surroundings();
  const none = createBaseline({ ...options, contextPath: '/elsewhere' });
  assert.deepEqual(none.current(), { kind: 'pending' });
  await none.settled();
  assert.deepEqual(none.current(), { kind: 'none', reason: '/elsewhere is in no git repository.' });

  git.commitFiles({ revision: 'aaaaaaaaaa', files: { 'app/Dockerfile': 'FROM a' } });
  const fromGit = createBaseline(options);
  await fromGit.settled();
  const current = fromGit.current();
  assert.equal(current.kind, 'git');

  await records.add(records.fileFor('/storage', '/repo/app/Dockerfile'), record('2026-01-01T00:00:00Z'));
  const fromRecord = createBaseline(options);
  await fromRecord.settled();
  assert.equal(fromRecord.current().kind, 'record');
  for (const each of [none, fromGit, fromRecord]) each.dispose();
});

test('a new commit is noticed; anything else in git leaves the same object', async () => {
  const { options, git, blobs, somethingInGit, watchers } = surroundings();
  git.commitFiles({ revision: 'aaaaaaaaaa', files: { 'app/Dockerfile': 'FROM a', 'app/x': '1', 'app/y': '1' } });
  git.modify(['app/y']);
  const baseline = createBaseline(options);
  await baseline.settled();
  const first = baseline.current();
  assert.deepEqual([...(blobs[0]?.keys() ?? [])], ['Dockerfile', 'x']);
  somethingInGit();
  await baseline.settled();
  assert.equal(baseline.current(), first);
  assert.equal(blobs.length, 1);

  git.commitFiles({ revision: 'bbbbbbbbbb', files: { 'app/Dockerfile': 'FROM b' } });
  somethingInGit();
  await baseline.settled();
  const second = baseline.current();
  assert.ok(second.kind === 'git');
  assert.equal(second.dockerfile, 'FROM b');
  assert.equal(blobs.length, 2);
  baseline.dispose();
  assert.equal(watchers.size, 0);
});

test('a repository that appears later is found when files change', async () => {
  const { options, clock, git } = surroundings();
  const baseline = createBaseline(options);
  await baseline.settled();
  assert.equal(baseline.current().kind, 'none');
  git.commitFiles({ revision: 'aaaaaaaaaa', files: { 'app/Dockerfile': 'FROM a' } });
  baseline.fileEvents(['/repo/app/Dockerfile']);
  clock.advance(1_000);
  await baseline.settled();
  assert.equal(baseline.current().kind, 'git');
  baseline.dispose();
});

test('recording a build makes it the baseline and tells listeners', async () => {
  const { options } = surroundings();
  const baseline = createBaseline(options);
  await baseline.settled();
  let changes = 0;
  baseline.onChange(() => {
    changes += 1;
  });
  const added = await baseline.add(record('2026-01-01T00:00:00Z'));
  assert.ok(added.kind === 'ok');
  assert.equal(added.value.builds, 1);
  assert.equal(baseline.current().kind, 'record');
  assert.equal(changes, 1);
  baseline.dispose();
});

test('a damaged record is a reason in the log; auto goes on to git', async () => {
  const { options, git, log, records } = surroundings();
  const file = records.fileFor('/storage', '/repo/app/Dockerfile');
  records.damage(file, `The record file ${file} is damaged`);
  git.commitFiles({ revision: 'aaaaaaaaaa', files: { 'app/Dockerfile': 'FROM a' } });
  const baseline = createBaseline(options);
  await baseline.settled();
  assert.equal(baseline.current().kind, 'git');
  assert.match(log.warnings.join(), /is damaged/);
  baseline.dispose();
});

/** An engine's builds that are set. */
function remembered() {
  const changed = new Listeners();
  let current: Baseline = { kind: 'pending' };
  let knows = false;
  return {
    current: () => current,
    knowsContext: () => knows,
    glance: () => undefined,
    readOlder: () => undefined,
    onChange: (listener: () => void) => changed.add(listener),
    settled: async () => undefined,
    dispose: () => undefined,
    become(next: Baseline, knowsContext: boolean) {
      current = next;
      knows = knowsContext;
      changed.emit();
    },
  };
}

const fromEngine: Baseline = {
  kind: 'engine',
  label: 'engine',
  builds: [],
  results: { kind: 'assumed' },
  fragments: new Set(),
  options: {},
};

test('auto takes what the engine remembers of this folder before all else, and waits for it', async () => {
  const { options, git } = surroundings();
  git.commitFiles({ revision: 'aaaaaaaaaa', files: { 'app/Dockerfile': 'FROM a' } });
  const engine = remembered();
  const baseline = createBaseline({ ...options, engine });
  const kinds: string[] = [];
  baseline.onChange(() => kinds.push(baseline.current().kind));
  await baseline.settled();
  assert.equal(baseline.current().kind, 'pending');
  for (const [next, knows] of [
    [{ kind: 'none', reason: 'no engine' }, false],
    [fromEngine, true],
    [{ ...fromEngine }, false],
  ] as const) {
    engine.become(next, knows);
    await baseline.settled();
  }
  assert.deepEqual(kinds, ['git', 'engine', 'git']);
  baseline.dispose();
  engine.become(fromEngine, true);
  await baseline.settled();
  assert.equal(baseline.current().kind, 'git');
});

test('the engine alone is the baseline where it is chosen, whatever it knows', async () => {
  const { options, git } = surroundings();
  git.commitFiles({ revision: 'aaaaaaaaaa', files: { 'app/Dockerfile': 'FROM a' } });
  const engine = remembered();
  const baseline = createBaseline({ ...options, engine, choice: { kind: 'engine' } });
  engine.become(fromEngine, false);
  await baseline.settled();
  assert.equal(baseline.current(), fromEngine);
  engine.become({ kind: 'none', reason: 'no engine' }, false);
  await baseline.settled();
  assert.deepEqual(baseline.current(), { kind: 'none', reason: 'no engine' });
  baseline.dispose();
  const without = createBaseline({ ...options, choice: { kind: 'engine' } });
  await without.settled();
  assert.deepEqual(without.current(), { kind: 'none', reason: 'no engine' });
  without.dispose();
});

test('without a place to keep records there is a reason', async () => {
  const { options } = surroundings();
  const { storagePath: _, ...rest } = options;
  const baseline = createBaseline({ ...rest, choice: { kind: 'record' } });
  await baseline.settled();
  assert.equal(baseline.current().kind, 'none');
  assert.equal((await baseline.add(record('2026-01-01T00:00:00Z'))).kind, 'failed');
  baseline.dispose();
});

test('nothing is told after disposing', async () => {
  const { options, git } = surroundings();
  git.commitFiles({ revision: 'aaaaaaaaaa', files: { 'app/Dockerfile': 'FROM a' } });
  const baseline = createBaseline(options);
  baseline.onChange(() => assert.fail('told'));
  baseline.dispose();
  await turn();
  assert.deepEqual(baseline.current(), { kind: 'pending' });
});
