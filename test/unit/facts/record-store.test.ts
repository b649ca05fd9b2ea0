import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { BuildRecord } from '../../../server/src/cache/types';
import { contentTree } from '../../../server/src/context/content-tree';
import { parseRecordFile } from '../../../server/src/facts/record-file';
import { createRecordStore } from '../../../server/src/facts/record-store';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-records-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const store = createRecordStore();
const build = (at: string, tree: Readonly<Record<string, string>> = {}): BuildRecord => ({
  at,
  target: null,
  platform: 'linux/amd64',
  scheme: 'sha256',
  steps: [
    {
      stage: '#0',
      line: 2,
      instruction: 'RUN',
      text: 'RUN make',
      key: 'k',
      openKey: null,
      inputs: [{ name: 'command', value: 'v' }],
      duration: 1.5,
    },
  ],
  tree,
  bases: { 'node:20': 'sha256:1' },
});

test('what was added is read again, in order', async () => {
  const file = join(folder, 'deep', 'er', 'a.json');
  assert.deepEqual(await store.read(file), { kind: 'ok', value: { version: 1, builds: [] } });
  await store.add(file, build('2026-01-01T00:00:00Z', { 'src/a': 'd', __proto__x: 'e' }));
  await store.add(file, build('2026-01-02T00:00:00Z'));
  const read = await store.read(file);
  assert.ok(read.kind === 'ok');
  assert.deepEqual(
    read.value.builds.map(({ at }) => at),
    ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'],
  );
  assert.equal(JSON.stringify(read.value.builds[1]), JSON.stringify(build('2026-01-02T00:00:00Z')));
  assert.deepEqual(await readdir(join(folder, 'deep', 'er')), ['a.json']);
});

test('additions at the same time are all kept, the newest fifty in all', async () => {
  const file = join(folder, 'many.json');
  const times = Array.from({ length: 60 }, (_, index) => new Date(Date.UTC(2026, 0, 1, 0, index)).toISOString());
  await Promise.all(times.map((at) => store.add(file, build(at))));
  const read = await store.read(file);
  assert.ok(read.kind === 'ok');
  assert.deepEqual(
    read.value.builds.map(({ at }) => at),
    times.slice(10),
  );
});

const minuteOf = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
const past = (minute: number, more: Partial<BuildRecord> = {}): BuildRecord => ({
  ...build(minuteOf(minute)),
  reference: `build${minute}`,
  ...more,
});

test('builds of the engine are kept once each, as they were worked out first, in the order of time', async () => {
  const file = join(folder, 'merged.json');
  await Promise.all([store.merge(file, [past(2), past(1)]), store.merge(file, [past(3), past(1)])]);
  const again = await store.merge(file, [past(0), past(2, { bases: {} })]);
  assert.ok(again.kind === 'ok');
  assert.deepEqual(
    again.value.builds.map(({ reference }) => reference),
    ['build0', 'build1', 'build2', 'build3'],
  );
  const read = await store.read(file);
  assert.ok(read.kind === 'ok');
  assert.deepEqual(JSON.parse(JSON.stringify(read.value)), JSON.parse(JSON.stringify(again.value)));
  assert.deepEqual({ ...read.value.builds[2]?.bases }, { 'node:20': 'sha256:1' });
});

test('of the builds of the engine the newest fifty are kept, whenever they were found', async () => {
  const file = join(folder, 'fifty.json');
  const all = Array.from({ length: 60 }, (_, index) => past(index));
  await store.merge(file, all.slice(30));
  const merged = await store.merge(file, all.slice(0, 30));
  assert.ok(merged.kind === 'ok');
  assert.deepEqual(
    merged.value.builds.map(({ at }) => at),
    all.slice(10).map(({ at }) => at),
  );
});

test('everything that is known of a build of the engine is read again', async () => {
  const file = join(folder, 'whole.json');
  const [step] = build('').steps;
  assert.ok(step);
  const whole = past(1, {
    options: { 'force-network-mode': 'host' },
    contents: [
      { selection: 's', digest: 'd' },
      { selection: 't', digest: null, unseen: ['a'] },
    ],
    steps: [{ ...step, doubt: 'why', made: { from: 1, to: 2.5, description: 'RUN make' } }],
    configurations: { bb: { environment: ['A=1'], workdir: '/', user: 'u', onbuild: ['RUN x'], shell: ['/bin/bash'] } },
  });
  await store.merge(file, [whole]);
  const read = await store.read(file);
  assert.ok(read.kind === 'ok');
  // Maps are read without a prototype, and members in whatever order.
  assert.deepEqual(JSON.parse(JSON.stringify(read.value.builds)), JSON.parse(JSON.stringify([whole])));
});

test('what can not be merged into a damaged file leaves it as it is', async () => {
  const file = join(folder, 'broken.json');
  await writeFile(file, '{');
  const merged = await store.merge(file, [past(1)]);
  assert.ok(merged.kind === 'failed');
  assert.match(merged.reason, /broken\.json is damaged/);
  assert.equal(await readFile(file, 'utf8'), '{');
});

test('large content trees stay with the newest builds only', async () => {
  const file = join(folder, 'large.json');
  const tree = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, index) => [`${'p'.repeat(1_000)}${index}`, 'd'.repeat(64)]),
  );
  for (let day = 1; day <= 4; day += 1) await store.add(file, build(`2026-01-0${day}T00:00:00Z`, tree));
  const read = await store.read(file);
  assert.ok(read.kind === 'ok');
  assert.deepEqual(
    read.value.builds.map((each) => contentTree(each.tree).size),
    [0, 0, 10_000, 10_000],
  );
  const newest = read.value.builds[3];
  assert.ok(newest !== undefined);
  assert.deepEqual(new Map(contentTree(newest.tree).entries()), new Map(Object.entries(tree)));
  // As somebody else may have written it.
  const [first, second] = Object.entries(tree);
  const text = [second, first, first].map((entry) => `${entry?.join('\0')}\0`).join('');
  const other = parseRecordFile(JSON.stringify({ version: 1, builds: [{ ...newest, tree: text }] }), file);
  assert.ok(other.kind === 'ok');
  assert.deepEqual(
    other.value.builds.map((each) => Object.fromEntries(contentTree(each.tree).entries())),
    [Object.fromEntries([first, second].flatMap((entry) => (entry ? [entry] : [])))],
  );
});

test('a damaged file is named with the place of the fault, and left as it is', async (t) => {
  const good = { version: 1, builds: [build('2026-01-01T00:00:00Z')] };
  const cases: readonly (readonly [string, unknown, RegExp])[] = [
    ['no JSON', '{"version":1,', /is damaged/],
    [
      'a tree that is cut off',
      { version: 1, builds: [{ ...build('2026-01-01T00:00:00Z'), tree: 'a\0f644:00\0b' }] },
      /builds\[0\]\.tree: paths and digests expected/,
    ],
    ['empty', '', /is damaged/],
    ['null', null, /object expected/],
    ['no builds', { version: 1 }, /builds: list expected/],
    ['no version', { builds: [] }, /version: 1 expected/],
    ['newer', { version: 2, builds: [] }, /newer Strata \(version 2\)/],
    ['older', { version: 0, builds: [] }, /older Strata, by other rules for cache keys/],
    ['bad date', { ...good, builds: [{ ...good.builds[0], at: 'x' }] }, /builds\[0\]\.at: date expected/],
    ['bad scheme', { ...good, builds: [{ ...good.builds[0], scheme: 'md5' }] }, /builds\[0\]\.scheme/],
    ['bad step', { ...good, builds: [{ ...good.builds[0], steps: [{ line: 0 }] }] }, /builds\[0\]\.steps\[0\]\.line/],
    [
      'bad tree',
      { ...good, builds: [{ ...good.builds[0], tree: { a: 1 } }] },
      /builds\[0\]\.tree\["a"\]: text expected/,
    ],
  ];
  for (const [name, value, expected] of cases) {
    await t.test(name, async () => {
      const file = join(folder, 'damaged.json');
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      await writeFile(file, text);
      for (const answer of [await store.read(file), await store.add(file, build('2026-01-01T00:00:00Z'))]) {
        assert.ok(answer.kind === 'failed');
        assert.match(answer.reason, expected);
        assert.ok(answer.reason.includes(file));
      }
      assert.equal(await readFile(file, 'utf8'), text);
    });
  }
});

test('a byte order mark is no damage', () => {
  assert.equal(parseRecordFile('\uFEFF{"version":1,"builds":[]}', 'x').kind, 'ok');
});

test('a folder in place of the file, and one that must not be written', async () => {
  const read = await store.read(folder);
  assert.ok(read.kind === 'failed');
  assert.match(read.reason, /is a folder/);
  if (process.platform === 'win32' || process.getuid?.() === 0) return;
  const locked = join(folder, 'locked');
  await mkdir(locked);
  await chmod(locked, 0o500);
  const added = await store.add(join(locked, 'a.json'), build('2026-01-01T00:00:00Z'));
  assert.ok(added.kind === 'failed');
  assert.match(added.reason, /can't be written/);
});

test('each Dockerfile has a file of its own', () => {
  const one = store.fileFor('/s', '/a/Dockerfile');
  assert.equal(one, store.fileFor('/s', '/a/b/../Dockerfile'));
  assert.notEqual(one, store.fileFor('/s', '/b/Dockerfile'));
});
