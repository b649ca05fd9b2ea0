import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { snapshotFromEntries } from '../../../server/src/context/snapshot';
import { withoutEmptyFolders } from '../../../server/src/context/without-empty-folders';

const digest = (text: string) => ({ git: text.padStart(40, '0') });
const file = (path: string, content = '1') => ({ path, digests: digest(content) });
const folder = (path: string) => ({ path, type: 'directory' as const });

test('a folder below which there are only folders is as if it were not there', () => {
  const files = [file('a.txt'), file('dir/one.txt', '2')];
  const kept = snapshotFromEntries(files);
  const all = snapshotFromEntries([...files, folder('dir/empty'), folder('spare/inner/deep')]);
  assert.notEqual(all.digest('', 'git'), kept.digest('', 'git'));
  const seen = withoutEmptyFolders(all);
  assert.equal(seen.digest('', 'git'), kept.digest('', 'git'));
  assert.equal(seen.digest('dir', 'git'), kept.digest('dir', 'git'));
  assert.equal(seen.digest('spare', 'git'), undefined);
  assert.equal(seen.entry('spare/inner'), undefined);
  assert.deepEqual(
    seen.children('').map(({ name }) => name),
    ['a.txt', 'dir'],
  );
});

test('where every folder holds something the snapshot stays what it is', () => {
  const snapshot = snapshotFromEntries([file('a/b/c.txt')]);
  assert.equal(withoutEmptyFolders(snapshot), snapshot);
});

test('any tree has the digests of its files alone', () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  fc.assert(
    fc.property(fc.uniqueArray(path, { maxLength: 6 }), fc.uniqueArray(path, { maxLength: 6 }), (files, folders) => {
      // Files have names of their own, so that none is a folder too.
      const listed = files.map((each) => file(`${each}/f.txt`));
      const all = snapshotFromEntries([...listed, ...folders.map(folder)]);
      assert.equal(withoutEmptyFolders(all).digest('', 'git'), snapshotFromEntries(listed).digest('', 'git'));
    }),
  );
});
