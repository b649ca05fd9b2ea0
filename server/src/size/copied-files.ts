/** What COPY and ADD of the build context put where: trees of the context under paths of the image. */
import { baseName, cleanPath } from '../build/paths';
import type { CopyOperation } from '../build/types';
import type { ContextSnapshot, SelectedRoot, SourceMatch } from '../context/types';
import type { PathSize } from '../report/types';
import { under } from './part';

/** A file or tree of the build context under a path of the image. */
export interface CopiedTree {
  /** Absolute and clean. */
  readonly destination: string;
  /** Path in the context. */
  readonly source: string;
  readonly directory: boolean;
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

/** The largest paths that a copy takes from the context, as the image will have them. */
export function placedPaths(
  trees: readonly CopiedTree[],
  match: SourceMatch,
  destination: string,
): readonly PathSize[] {
  return match.largest.map(({ path, size, type }) => {
    const tree = trees.find(
      ({ source, directory }) => path === source || (directory && (source === '' || path.startsWith(`${source}/`))),
    );
    if (tree === undefined) return { path: under(cleanPath(destination), baseName(path)), size, type };
    const relative = path === tree.source ? '' : tree.source === '' ? path : path.slice(tree.source.length + 1);
    return { path: under(tree.destination, relative), size, type };
  });
}
