import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CommitContexts } from '../../../server/src/context/commit-snapshot';
import {
  changeTree,
  emptyTree,
  nodeAt,
  type TreeChange,
  type TreeDirectory,
  type TreeLeaf,
} from '../../../server/src/context/commit-tree';

const leaf = (id: string, kind: TreeLeaf['kind'] = 'file'): TreeLeaf => ({ kind, executable: false, id });

function listed(tree: TreeDirectory, above = ''): readonly (readonly [string, string])[] {
  return [...tree.children].flatMap(([name, node]) =>
    node.kind === 'directory' ? listed(node, `${above}${name}/`) : [[above + name, node.id] as const],
  );
}

test('changes in any order of files and folders that take the place of each other', () => {
  const path = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
  const target = fc.dictionary(path, fc.constantFrom('1', '2'), { maxKeys: 8 });
  /** What a tree can hold: nothing below a file. */
  const possible = (files: Readonly<Record<string, string>>) =>
    new Map(
      Object.entries(files).filter(([file]) => !Object.keys(files).some((other) => file.startsWith(`${other}/`))),
    );
  fc.assert(
    fc.property(fc.array(target, { maxLength: 5 }), (states) => {
      let tree = emptyTree;
      let before = new Map<string, string>();
      for (const state of states.map(possible)) {
        const changes: TreeChange[] = [
          ...[...state]
            .filter(([file, id]) => before.get(file) !== id)
            .map(([file, id]) => ({ path: file, leaf: leaf(id) })),
          ...[...before.keys()].filter((file) => !state.has(file)).map((file) => ({ path: file, leaf: undefined })),
        ];
        tree = changeTree(tree, changes);
        before = state;
        assert.deepEqual(new Map(listed(tree)), state);
      }
    }),
  );
});

test('what is not changed is shared', () => {
  const first = changeTree(
    emptyTree,
    ['a/x', 'b/y', 'b/c/z'].map((path) => ({ path, leaf: leaf('1') })),
  );
  const second = changeTree(first, [{ path: 'b/y', leaf: leaf('2') }]);
  assert.equal(nodeAt(second, 'a'), nodeAt(first, 'a'));
  assert.equal(nodeAt(second, 'b/c'), nodeAt(first, 'b/c'));
  assert.notEqual(nodeAt(second, 'b'), nodeAt(first, 'b'));
  assert.equal(changeTree(second, []), second);
  assert.equal(nodeAt(second, 'b/y/z'), undefined);
});

test('a context is the same object where an ignore file hides the difference of nothing', () => {
  const contexts = new CommitContexts((blob) => `to ${blob}`);
  const first = changeTree(emptyTree, [
    { path: 'a', leaf: leaf('1') },
    { path: 'docs/x', leaf: leaf('1') },
    { path: 'link', leaf: leaf('2', 'symlink') },
    { path: 'module', leaf: leaf('3', 'submodule') },
  ]);
  const context = contexts.of(first, 'docs\n');
  assert.equal(contexts.of(first, 'docs\n'), context);
  assert.notEqual(contexts.of(first, ''), context);
  assert.deepEqual(
    context.children('').map(({ path, type }) => [path, type]),
    [
      ['a', 'file'],
      ['link', 'symlink'],
      ['module', 'directory'],
    ],
  );
  assert.equal(context.entry('link')?.linkTarget, 'to 2');
  assert.equal(context.entry('docs/x'), undefined);
  assert.equal(context.digest('', 'sha256'), undefined);
  // What is inside a submodule goes with its commit.
  assert.equal(context.entry('module/deep/file')?.type, 'file');
  const second = contexts.of(changeTree(first, [{ path: 'module', leaf: leaf('4', 'submodule') }]), 'docs\n');
  for (const path of ['module', 'module/deep/file', ''])
    assert.notEqual(second.digest(path, 'git'), context.digest(path, 'git'), path);
  assert.equal(second.digest('a', 'git'), context.digest('a', 'git'));
  // Hidden changes leave the digest as it is.
  const third = contexts.of(changeTree(first, [{ path: 'docs/x', leaf: leaf('9') }]), 'docs\n');
  assert.equal(third.digest('', 'git'), context.digest('', 'git'));
});
