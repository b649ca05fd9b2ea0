/** Bytes of an image that nobody sees, as the overlay has it and as dive counts them. */
import type { LayerEntry, SavedImage } from './image-archive';

const WHITEOUT = '.wh.';
/** Marks of the layer itself; the only one in images is `.wh..wh..opq`: the folder hides what lies below it. */
const MARK = '.wh..wh..';

const splitPath = (path: string): { folder: string; name: string } => {
  const cut = path.lastIndexOf('/');
  return { folder: path.slice(0, Math.max(cut, 0)), name: path.slice(cut + 1) };
};

const joinPath = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);

interface TreeNode {
  readonly name: string;
  readonly path: string;
  size: number;
  directory: boolean;
  readonly children: Map<string, TreeNode>;
}

const emptyNode = (name: string, path: string): TreeNode => ({
  name,
  path,
  size: 0,
  directory: false,
  children: new Map(),
});

/** The node at the path, made with its parents where they are missing; undefined for a mark, which becomes no node. */
function nodeAt(root: TreeNode, path: string): TreeNode | undefined {
  let node = root;
  for (const part of path.split('/')) {
    let child = node.children.get(part);
    if (child === undefined) {
      if (part.startsWith(MARK)) return undefined;
      child = emptyNode(part, joinPath(node.path, part));
      node.children.set(part, child);
    }
    node = child;
  }
  return node;
}

function treeOf(layer: readonly LayerEntry[]): TreeNode {
  const root = emptyNode('', '');
  for (const { path, size, type } of layer) {
    const node = nodeAt(root, path);
    if (node === undefined) continue;
    node.size = size;
    node.directory = type === 'directory';
  }
  return root;
}

/** All nodes below the root, children first, by name. */
function* childrenFirst(node: TreeNode): Generator<TreeNode> {
  const names = [...node.children.keys()].sort();
  for (const name of names) {
    const child = node.children.get(name);
    if (child === undefined) continue;
    yield* childrenFirst(child);
    yield child;
  }
}

function find(root: TreeNode, path: string): TreeNode | undefined {
  let node: TreeNode | undefined = root;
  for (const part of path.split('/')) node = node?.children.get(part);
  return node;
}

/** The path that a node stands for: a whiteout's is the one it deletes. */
function meant(node: TreeNode): string {
  return node.name.startsWith(WHITEOUT)
    ? joinPath(splitPath(node.path).folder, node.name.slice(WHITEOUT.length))
    : node.path;
}

/** Puts a layer on what lies below it. A file in a folder's place leaves the folder's children there, as dive does. */
function stack(below: TreeNode, layer: TreeNode): void {
  for (const node of childrenFirst(layer)) {
    const path = meant(node);
    if (node.name.startsWith(WHITEOUT)) {
      const { folder, name } = splitPath(path);
      (folder === '' ? below : find(below, folder))?.children.delete(name);
    } else {
      const target = nodeAt(below, path);
      if (target === undefined) continue;
      target.size = node.size;
      target.directory = node.directory;
    }
  }
}

function bytesBelow(node: TreeNode): number {
  let total = node.size;
  for (const child of childrenFirst(node)) total += child.size;
  return total;
}

/** The visible tree of what lies below, and a layer on it as the overlay shows them: deletions first, then what it holds. */
function overlay(below: TreeNode, layer: readonly LayerEntry[]): void {
  for (const { path } of layer) {
    const { folder, name } = splitPath(path);
    if (!name.startsWith(WHITEOUT)) continue;
    const parent = folder === '' ? below : find(below, folder);
    if (name.startsWith(MARK)) parent?.children.clear();
    else parent?.children.delete(name.slice(WHITEOUT.length));
  }
  for (const { path, size, type } of layer) {
    if (splitPath(path).name.startsWith(WHITEOUT)) continue;
    const node = nodeAt(below, path);
    if (node === undefined) continue;
    node.size = size;
    node.directory = type === 'directory';
    if (!node.directory) node.children.clear();
  }
}

/**
 * Bytes of files in lower layers that an upper one deletes or writes again: what all layers hold less what is visible
 * at the end. A file with several names counts at the first one alone.
 */
export function hiddenBytes(image: SavedImage): number {
  const visible = emptyNode('', '');
  let all = 0;
  for (const layer of image.layers) {
    for (const { size } of layer) all += size;
    overlay(visible, layer);
  }
  return all - bytesBelow(visible);
}

export interface DiveFigures {
  /** Bytes of all copies of what lies in, or is deleted by, more than one layer. */
  readonly wastedBytes: number;
  /** Score between 0 and 1. */
  readonly efficiency: number;
}

/**
 * Wasted bytes and efficiency by dive's rule (wagoodman/dive `filetree/efficiency.go`: Efficiency; `image/image.go`: Analyze):
 * only what has nothing below it in its layer counts; a deleted folder is one path that weighs what it held.
 */
export function diveFigures(image: SavedImage): DiveFigures {
  const paths = new Map<string, { count: number; total: number; smallest: number }>();
  const below = emptyNode('', '');
  for (const layer of image.layers) {
    const tree = treeOf(layer);
    for (const node of childrenFirst(tree)) {
      if (node.children.size > 0) continue;
      const path = meant(node);
      let size = node.size;
      if (node.name.startsWith(WHITEOUT)) {
        const hidden = find(below, path);
        // A whiteout of nothing ends dive's walk through the layer.
        if (hidden === undefined) break;
        size = hidden.directory ? bytesBelow(hidden) : 0;
      }
      const known = paths.get(path);
      if (known === undefined) paths.set(path, { count: 1, total: size, smallest: size });
      else {
        known.count++;
        known.total += size;
        known.smallest = Math.min(known.smallest, size);
      }
    }
    stack(below, tree);
  }
  let wastedBytes = 0;
  let smallest = 0;
  let total = 0;
  for (const path of paths.values()) {
    if (path.count > 1) wastedBytes += path.total;
    smallest += path.smallest;
    total += path.total;
  }
  return { wastedBytes, efficiency: total === 0 ? 1 : smallest / total };
}
