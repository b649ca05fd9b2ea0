import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modesOutsideGit } from '../../../server/src/context/modes-outside-git';
import { snapshotFromEntries } from '../../../server/src/context/snapshot';

const committed = 1_000_000;
const before = committed - 60_000;
const after = committed + 60_000;
const whole = { sources: [{ path: '', wildcard: false }], exclude: [], parents: false, unpack: false };

const rows: readonly (readonly [
  name: string,
  entry: { readonly type?: 'directory'; readonly mode: number; readonly ctime: number; readonly mtime: number },
  told: boolean,
])[] = [
  ['written after the commit, as a checkout would', { mode: 0o644, ctime: after, mtime: after }, false],
  ['of another umask', { mode: 0o664, ctime: after, mtime: after }, false],
  ['private since', { mode: 0o600, ctime: after, mtime: after }, true],
  ['private before', { mode: 0o600, ctime: before, mtime: before }, false],
  ['given the usual mode since', { mode: 0o644, ctime: after, mtime: before }, true],
  ['a folder with another mode', { type: 'directory', mode: 0o700, ctime: after, mtime: after }, true],
  ['a folder given the usual mode since', { type: 'directory', mode: 0o755, ctime: after, mtime: before }, true],
  ['a folder into which something was written', { type: 'directory', mode: 0o755, ctime: after, mtime: after }, false],
];

for (const [name, { type, mode, ctime, mtime }, told] of rows) {
  test(`a mode that git may not have kept: ${name}`, () => {
    const snapshot = snapshotFromEntries([{ path: 'a', ...(type && { type }), mode, times: { ctime, mtime } }]);
    assert.deepEqual(modesOutsideGit(snapshot, whole, committed), told ? ['a'] : []);
  });
}
