import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { BuildRecord } from '../../../server/src/cache/types';
import { contentTree, digestsByPath, PackedDigests } from '../../../server/src/context/content-tree';
import { createRecordStore } from '../../../server/src/facts/record-store';
import { type ReadRecords, readRecordsInThread } from '../../../server/src/facts/record-thread';
import { bundleWorker } from './worker-bundle';

let folder = '';
let worker = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-records-'));
  worker = join(folder, 'worker.js');
  writeFileSync(worker, await bundleWorker());
});
after(() => rm(folder, { recursive: true, force: true }));

/** A store that reads large files in a thread, and what it has read there. */
function threadedStore(now?: () => number) {
  const answers: string[] = [];
  const inThread = readRecordsInThread(worker);
  const readLarge: ReadRecords = async (file, signal) => {
    const answer = await inThread(file, signal);
    answers.push(answer.kind);
    return answer;
  };
  return { store: createRecordStore(readLarge, now), answers };
}

const build = (at: string, more: Partial<BuildRecord> = {}): BuildRecord => ({
  at,
  target: null,
  platform: 'linux/amd64',
  scheme: 'sha256',
  steps: [],
  tree: {},
  bases: { __proto__x: 'sha256:1' },
  ...more,
});

const paths = Array.from({ length: 6_000 }, (_, index) => `dir${index % 70}/file ${index}.ü`);
const large = digestsByPath([
  ['link', 'l:../elsewhere'],
  ['__proto__', 'f:00'],
  ...paths.map((path, index) => [path, `f:${index.toString(16).padStart(64, '0')}`] as const),
]);

test('a large record is the same whether a thread has read it or not', async () => {
  const file = join(folder, 'large.json');
  const { store, answers } = threadedStore();
  await store.add(file, build('2026-01-01T00:00:00Z', { tree: { a: 'f:1', __proto__x: 'f:2' } }));
  assert.deepEqual(answers, []);
  await store.add(file, build('2026-01-02T00:00:00Z', { tree: large, unsure: ['a'] }));
  const threaded = await store.read(file);
  const here = await createRecordStore().read(file);
  assert.deepEqual(answers, ['ok']);
  assert.ok(threaded.kind === 'ok' && here.kind === 'ok');
  assert.equal(JSON.stringify(threaded), JSON.stringify(here));
  const [small, last] = threaded.value.builds;
  assert.ok(small !== undefined && last !== undefined && last.tree instanceof PackedDigests);
  assert.equal(contentTree(small.tree).digest('constructor'), undefined);
  assert.equal(small.bases.constructor, undefined);
  assert.deepEqual(contentTree(last.tree).names('dir7'), contentTree(large).names('dir7'));
  for (const path of ['link', '__proto__', ...paths]) {
    assert.equal(last.tree.digest(path), contentTree(large).digest(path));
  }
});

test('a large file that nobody has touched is not read again', async () => {
  const file = join(folder, 'untouched.json');
  await createRecordStore().add(file, build('2026-01-01T00:00:00Z', { tree: large }));
  const later = threadedStore(() => Date.now() + 10_000);
  const first = await later.store.read(file);
  assert.equal((await later.store.read(file)).kind, 'ok');
  assert.deepEqual(later.answers, ['ok']);
  // Another content of the same length, with the time that the file had.
  const { atime, mtime } = await stat(file);
  await writeFile(file, (await readFile(file, 'utf8')).replace('2026-01-01', '2026-02-02'));
  await utimes(file, atime, mtime);
  const second = await later.store.read(file);
  assert.deepEqual(later.answers, ['ok', 'ok']);
  assert.ok(first.kind === 'ok' && second.kind === 'ok');
  assert.deepEqual(
    [first.value.builds[0]?.at, second.value.builds[0]?.at],
    ['2026-01-01T00:00:00Z', '2026-02-02T00:00:00Z'],
  );
  // A file that is as new as this may change again without its times telling.
  const soon = threadedStore();
  await soon.store.read(file);
  await soon.store.read(file);
  assert.deepEqual(soon.answers, ['ok', 'ok']);
});

test('what a thread has read can be added to and written again', async () => {
  const file = join(folder, 'added.json');
  const { store, answers } = threadedStore();
  await store.add(file, build('2026-01-01T00:00:00Z', { tree: large }));
  await store.add(file, build('2026-01-02T00:00:00Z', { tree: large }));
  const added = await store.add(file, build('2026-01-03T00:00:00Z'));
  assert.deepEqual(answers, ['ok', 'ok']);
  assert.ok(added.kind === 'ok');
  assert.equal(JSON.stringify(await createRecordStore().read(file)), JSON.stringify(added));
});

test('a large file that is damaged is refused with the sentence that it would have here', async () => {
  const file = join(folder, 'damaged.json');
  for (const text of [
    `{"version":1,"builds":[${' '.repeat(400_000)}`,
    `{"version":1,${' '.repeat(400_000)}"builds":7}`,
  ]) {
    await writeFile(file, text);
    const { store, answers } = threadedStore();
    const answer = await store.read(file);
    assert.deepEqual(answers, ['failed']);
    assert.equal(answer.kind, 'failed');
    assert.deepEqual(answer, await createRecordStore().read(file));
  }
});

test('a thread that cannot be had, or is not wanted any more', async () => {
  const file = join(folder, 'no-thread.json');
  await createRecordStore().add(file, build('2026-01-01T00:00:00Z', { tree: large }));
  const store = createRecordStore(readRecordsInThread(join(folder, 'nowhere.js')));
  assert.deepEqual((await store.read(file)).kind, 'ok');
  const stop = new AbortController();
  const reading = threadedStore().store.read(file, stop.signal);
  stop.abort(new Error('not wanted'));
  await assert.rejects(reading, /not wanted/);
});
