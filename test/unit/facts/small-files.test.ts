import assert from 'node:assert/strict';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { snapshotFromEntries } from '../../../server/src/context/snapshot';
import type { ContextFacts } from '../../../server/src/context/types';
import { createSmallFiles } from '../../../server/src/facts/small-files';
import { inMemoryLog } from './in-memory-log';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-small-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const ready = (...paths: readonly string[]): ContextFacts => ({
  state: 'ready',
  snapshot: snapshotFromEntries(paths.map((path) => ({ path }))),
  ignoreFile: { text: '' },
});

test('a file that is asked for is read once, and again when it has changed', async () => {
  const file = join(folder, 'package.json');
  await writeFile(file, '{}');
  const files = createSmallFiles(folder, () => ready('package.json'), inMemoryLog());
  let changes = 0;
  files.onChange(() => {
    changes += 1;
  });
  files.request('package.json');
  files.request('package.json');
  await files.settled();
  const first = files.current();
  assert.equal(first.get('package.json'), '{}');
  assert.equal(changes, 1);
  files.fileEvents([join(folder, 'other'), file]);
  await files.settled();
  assert.equal(files.current(), first);
  await writeFile(file, '{"a":1}');
  files.fileEvents([folder]);
  files.fileEvents([file]);
  await files.settled();
  assert.equal(files.current().get('package.json'), '{"a":1}');
  assert.equal(first.get('package.json'), '{}');
  files.dispose();
});

test('what the index does not hold as a file is not opened', async () => {
  await writeFile(join(folder, 'secret'), 'x');
  const files = createSmallFiles(folder, () => ready('package.json'), inMemoryLog());
  for (const path of ['secret', '../outside', 'package.json']) files.request(path);
  await files.settled();
  assert.deepEqual(
    [...files.current()],
    [
      ['secret', undefined],
      ['../outside', undefined],
      ['package.json', undefined],
    ],
  );
  files.dispose();
});

test('a link that took the place of a file, and a file that grew large, are not read', {
  skip: process.platform === 'win32',
}, async () => {
  await writeFile(join(folder, 'target'), 'x');
  await symlink('target', join(folder, 'link'));
  await writeFile(join(folder, 'large'), 'x'.repeat(16_000_001));
  const files = createSmallFiles(folder, () => ready('link', 'large'), inMemoryLog());
  files.request('link');
  files.request('large');
  await files.settled();
  assert.equal(files.current().get('link'), undefined);
  assert.equal(files.current().get('large'), undefined);
  files.dispose();
});

test('before the index is there nothing is asked of the disk', async () => {
  const files = createSmallFiles(folder, () => ({ state: 'pending' }), inMemoryLog());
  files.request('package.json');
  await files.settled();
  assert.equal(files.current().has('package.json'), false);
  files.dispose();
});
