/**
 * The tree of a commit as an immutable value: what a further commit changes makes new directories on the way to it and
 * shares all others, so that fifty commits of a large repository cost little more than one.
 */

/** A name in a tree that has nothing below it. One object stands for one path; it is shared between trees that have it alike. */
export interface TreeLeaf {
  /** `submodule`: a commit of another repository, named by `id`; its files are not in this one. */
  readonly kind: 'file' | 'symlink' | 'submodule';
  readonly executable: boolean;
  /** Object ID of the blob, or of the submodule's commit. */
  readonly id: string;
}

export interface TreeDirectory {
  readonly kind: 'directory';
  readonly children: ReadonlyMap<string, TreeNode>;
}

export type TreeNode = TreeLeaf | TreeDirectory;

/** What one commit did to a path; without a leaf, what was there is gone. */
export interface TreeChange {
  readonly path: string;
  readonly leaf: TreeLeaf | undefined;
}

/** A tree without anything in it. */
export const emptyTree: TreeDirectory = { kind: 'directory', children: new Map() };

/**
 * The tree with the changes made. A directory is there as long as something is below it, as in git. Of several changes to one
 * path the last holds.
 */
export function changeTree(root: TreeDirectory, changes: readonly TreeChange[]): TreeDirectory {
  if (changes.length === 0) return root;
  return changed(root, changes, 0);
}

function changed(directory: TreeDirectory, changes: readonly TreeChange[], start: number): TreeDirectory {
  const children = new Map(directory.children);
  const below = new Map<string, TreeChange[]>();
  const direct = new Map<string, TreeLeaf | undefined>();
  for (const change of changes) {
    const slash = change.path.indexOf('/', start);
    if (slash < 0) {
      direct.set(change.path.slice(start), change.leaf);
      continue;
    }
    const name = change.path.slice(start, slash);
    const group = below.get(name);
    if (group) group.push(change);
    else below.set(name, [change]);
  }
  // What is taken away comes first: a file may take the place of a directory, and the other way round.
  for (const [name, leaf] of direct) {
    if (leaf === undefined && children.get(name)?.kind !== 'directory') children.delete(name);
  }
  for (const [name, group] of below) {
    const before = children.get(name);
    const from = before?.kind === 'directory' ? before : emptyTree;
    const after = changed(from, group, start + name.length + 1);
    if (after.children.size > 0) children.set(name, after);
    else if (before?.kind === 'directory') children.delete(name);
  }
  for (const [name, leaf] of direct) if (leaf !== undefined) children.set(name, leaf);
  return { kind: 'directory', children };
}

/** What a tree has at a path; the empty path is the tree itself. */
export function nodeAt(root: TreeDirectory, path: string): TreeNode | undefined {
  let node: TreeNode | undefined = root;
  if (path === '') return node;
  for (const name of path.split('/')) {
    if (node?.kind !== 'directory') return undefined;
    node = node.children.get(name);
  }
  return node;
}
