/**
 * What the builder's copy of a build context holds in a way that nobody can tell: where it did not notice a change, it goes on with what it
 * had; where its copy was thrown away before that build (a prune, a transfer that was broken off: source/local/source.go, snapshot), it
 * looked at the files themselves. What it had then stays in its copy, also when the files are put back as they were.
 */
import { builderCopy } from './builder-copy';
import type { DigestsByPath } from './content-tree';
import { directoriesAbove } from './paths';
import { resolveSources } from './source-roots';
import type { ContextSnapshot, Selection } from './types';

/** What is known of the builder's copy after the newest build of a context. */
export interface BuiltContext {
  /** Digests by path, see `recordTree`. */
  readonly tree: DigestsByPath;
  /** When that build began, in milliseconds since the epoch. */
  readonly builtAt: number;
  /** Paths in the tree of which it may have had another state. */
  readonly unsure: readonly string[];
}

/** Paths that a build of the selections takes now and of which it is open what the builder has of them after it, given the build before. */
export function unsurePaths(
  snapshot: ContextSnapshot,
  selections: readonly Selection[],
  { tree, builtAt, unsure }: BuiltContext,
): readonly string[] {
  const { directories, files } = builderCopy(snapshot, selections, tree, builtAt);
  const still = selections.flatMap((selection) => unsureIn(snapshot, selection, unsure, builtAt));
  return [...new Set([...directories, ...files, ...still])];
}

/**
 * The unsure paths that a selection takes still. What a build leaves out is gone from the copy, and comes into it as it is; a file that was
 * written since the build before is sent again.
 */
export function unsureIn(
  snapshot: ContextSnapshot,
  selection: Selection,
  unsure: readonly string[],
  builtAt: number,
): readonly string[] {
  if (unsure.length === 0) return [];
  const roots = resolveSources(snapshot, selection).sources.flatMap((source) => source.roots);
  const isTaken = (path: string): boolean =>
    roots.some(
      ({ resolvedPath }) =>
        resolvedPath === '' ||
        path === resolvedPath ||
        path.startsWith(`${resolvedPath}/`) ||
        (selection.parents && directoriesAbove(resolvedPath).includes(path)),
    );
  return unsure.filter((path) => {
    const type = snapshot.entry(path)?.type;
    if (type === 'directory') return isTaken(path);
    return type === 'file' && (snapshot.times?.(path)?.mtime ?? 0) < builtAt && isTaken(path);
  });
}
