/** What COPY and ADD of the build context put where: trees of the context under paths of the image. */
import { baseName, cleanPath } from '../build/paths';
import type { CopyOperation } from '../build/types';
import type { ContextEntry, ContextSnapshot, SelectedRoot, SourceMatch } from '../context/types';
import type { PathSize } from '../report/types';

/** A file or tree of the build context under a path of the image. */
export interface CopiedTree {
  /** Absolute and clean. */
  readonly destination: string;
  /** Path in the context. */
  readonly source: string;
  readonly directory: boolean;
}

/** A file in an image. */
export interface PlacedFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** `a/b` under `/app`: `/app/a/b`. */
export function under(destination: string, relative: string): string {
  return relative === '' ? destination : cleanPath(`${destination}/${relative}`);
}

/** True when the path is the folder or lies in it. */
export function isWithin(path: string, folder: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`);
}

/** True when COPY's destination names a folder: it ends in a slash, or is known to be one. */
function namesFolder(operation: CopyOperation, isDirectory: (path: string) => boolean): boolean {
  const { destination } = operation;
  return destination.endsWith('/') || destination.endsWith('/.') || isDirectory(cleanPath(destination));
}

function placedUnder(operation: CopyOperation, root: SelectedRoot, folder: boolean): string {
  const destination = cleanPath(operation.destination);
  if (operation.parents) {
    const source = operation.sources[root.source];
    const written = source?.kind === 'path' ? source.written : '';
    const pivot = written.indexOf('/./');
    const kept = pivot < 0 ? root.entry.path : root.entry.path.slice(cleanPath(`/${written.slice(0, pivot)}`).length);
    return under(destination, kept);
  }
  if (root.entry.type === 'directory') return destination;
  return folder ? under(destination, baseName(root.entry.path)) : destination;
}

/**
 * Where the matched sources come to lie: a directory's contents in the destination, a file in it or as it (tonistiigi/fsutil copy:
 * prepareTargetDir). `isDirectory` says whether a path is known to be a folder of the image.
 */
export function copiedTrees(
  operation: CopyOperation,
  match: SourceMatch,
  snapshot: ContextSnapshot,
  isDirectory: (path: string) => boolean,
): readonly CopiedTree[] {
  const folder = namesFolder(operation, isDirectory);
  return match.roots.map((root) => ({
    destination: placedUnder(operation, root, folder),
    source: root.resolvedPath,
    directory: (snapshot.entry(root.resolvedPath)?.type ?? root.entry.type) === 'directory',
  }));
}

/** The regular files of a tree with their paths in the image, deepest last. */
export function* filesOf(tree: CopiedTree, snapshot: ContextSnapshot): Generator<PlacedFile> {
  if (!tree.directory) {
    const entry = snapshot.entry(tree.source);
    if (entry?.type === 'file') yield { path: tree.destination, size: entry.size };
    return;
  }
  const open: { readonly folder: string; readonly destination: string }[] = [
    { folder: tree.source, destination: tree.destination },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const child of snapshot.children(next.folder)) {
      const destination = under(next.destination, child.name);
      if (child.type === 'directory') open.push({ folder: child.path, destination });
      else if (child.type === 'file') yield { path: destination, size: child.size };
    }
  }
}

/** The context entry that a tree puts at a path of the image, if it puts one there. */
export function entryAt(tree: CopiedTree, path: string, snapshot: ContextSnapshot): ContextEntry | undefined {
  if (path === tree.destination) return snapshot.entry(tree.source);
  if (!tree.directory || !isWithin(path, tree.destination)) return undefined;
  const relative = path.slice(tree.destination === '/' ? 1 : tree.destination.length + 1);
  return snapshot.entry(tree.source === '' ? relative : `${tree.source}/${relative}`);
}

const moves = new WeakMap<readonly PlacedFile[], Map<string, readonly PlacedFile[]>>();

/**
 * The files below a path of one stage, as `COPY --from` puts them into another: a single file in the destination when that is a folder,
 * else as it; a folder's files below the destination. The same list for the same question, so that later questions are answered once.
 */
export function movedFiles(
  files: readonly PlacedFile[],
  root: string,
  destination: string,
  folder: boolean,
): readonly PlacedFile[] {
  let known = moves.get(files);
  if (known === undefined) {
    known = new Map();
    moves.set(files, known);
  }
  const question = JSON.stringify([root, destination, folder]);
  const before = known.get(question);
  if (before !== undefined) return before;
  const single = files.length === 1 && files[0]?.path === root;
  const moved = files.map(({ path, size }): PlacedFile => {
    const relative = single ? (folder ? baseName(root) : '') : path.slice(root === '/' ? 1 : root.length + 1);
    return { path: under(destination, relative), size };
  });
  known.set(question, moved);
  return moved;
}

const largest = new WeakMap<readonly PlacedFile[], readonly PathSize[]>();

/** The largest of the files, at most twenty, biggest first. */
export function largestFiles(files: readonly PlacedFile[]): readonly PathSize[] {
  let known = largest.get(files);
  if (known === undefined) {
    known = files
      .toSorted((left, right) => right.size - left.size)
      .slice(0, 20)
      .map(({ path, size }) => ({ path, size, type: 'file' }));
    largest.set(files, known);
  }
  return known;
}
