import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { builderCopy } from '../../../server/src/context/builder-copy';
import { recordTree } from '../../../server/src/context/recorded-tree';
import { type ListedEntry, snapshotFromEntries } from '../../../server/src/context/snapshot';
import type { ContextSnapshot, Selection } from '../../../server/src/context/types';
import { unnoticedChanges } from '../../../server/src/context/unnoticed-changes';
import { type BuiltContext, unsurePaths } from '../../../server/src/context/unsure-paths';

/** Each build begins so many milliseconds after the one before it. */
const pause = 100;

interface State {
  /** Mode of the directory `d`; absent: there is none. */
  readonly mode?: number;
  readonly text?: string;
  /** When `d/a` was written. */
  readonly mtime?: number;
}

function context({ mode, text = 'a', mtime = 1 }: State): ContextSnapshot {
  const times = { mtime, ctime: mtime };
  const sha256 = Buffer.from(text).toString('hex').padEnd(64, '0');
  const below: ListedEntry[] =
    mode === undefined
      ? []
      : [
          { path: 'd', type: 'directory', mode, times },
          { path: 'd/a', mode: 0o644, size: text.length, digests: { sha256 }, times },
        ];
  return snapshotFromEntries([
    { path: 'e', mode: 0o644, size: 1, digests: { sha256: '0'.repeat(64) }, times },
    ...below,
  ]);
}

const all: Selection = { sources: [{ path: '', wildcard: false }], exclude: [], parents: false, unpack: false };

/** What is open after builds of such states, one after the other. */
function afterBuilds(states: readonly State[]): BuiltContext {
  let built: BuiltContext | undefined;
  states.forEach((state, index) => {
    const snapshot = context(state);
    const before: BuiltContext = built ?? { tree: {}, builtAt: 0, unsure: [] };
    const { unnoticing } = builderCopy(snapshot, [all], before.tree, before.builtAt);
    built = {
      tree: recordTree(unnoticing, [all], 'sha256'),
      builtAt: (index + 1) * pause,
      unsure: unsurePaths(snapshot, [all], before),
    };
  });
  assert.ok(built);
  return built;
}

const open = { mode: 0o755 };
const closed = { mode: 0o700 };
const written = { mode: 0o755, text: 'b' };

describe('what the builder may have in another state than a record tells', () => {
  for (const [name, states, unsure] of [
    ['nothing, after one build', [open], []],
    ['a directory whose mode was changed', [open, closed], ['d']],
    ['a directory whose mode was put back', [open, closed, open], ['d']],
    ['nothing, once a build was without the directory', [open, closed, {}, open], []],
    ['a file that kept its time', [open, written], ['d/a']],
    ['a file that was put back and kept its time', [open, written, open], ['d/a']],
    ['nothing, once the file was written as files are', [open, written, { ...open, text: 'c', mtime: 250 }], []],
  ] as const) {
    it(name, () => assert.deepEqual(afterBuilds(states).unsure, unsure));
  }

  it('makes what takes it doubtful, with no digest that the builder is known to come to', () => {
    const { tree, builtAt, unsure } = afterBuilds([open, closed, open]);
    const changes = unnoticedChanges(context(open), all, tree, builtAt, unsure);
    assert.deepEqual(changes, { kind: 'some', paths: ['d'], digests: [] });
    const other: Selection = { ...all, sources: [{ path: 'e', wildcard: false }] };
    assert.deepEqual(unnoticedChanges(context(open), other, tree, builtAt, unsure), { kind: 'none' });
    assert.deepEqual(unnoticedChanges(context(open), all, tree, builtAt), { kind: 'none' });
  });
});
