/**
 * The build context as the builder has it. It keeps a copy of each context folder between builds and is sent what differs by
 * size, modification time, mode or link target (fsutil diff.go, sameFile and compareStat). A directory that was sent before
 * takes a new mode on its disk, but is not hashed again (fsutil diskwriter.go, HandleChange returns before NotifyCb): its old
 * mode stays in every later digest, whatever happens below it, until one transfer is without the directory. A file whose
 * content alone differs, with the same size and modification time, is not sent at all. Measured: docs/cache-model.md.
 */
import { modeAt, rowOf, typeAt } from './columns';
import { contentTree, type DigestsByPath } from './content-tree';
import { fromHex } from './hexadecimal';
import { directoriesAbove } from './paths';
import { headerOf } from './recorded-tree';
import { type RowSubstitute, withSubstitutes } from './row-changes';
import { createSnapshot, sourceOf } from './snapshot';
import { resolveSources } from './source-roots';
import type { ContextSnapshot, Selection } from './types';

export interface BuilderCopy {
  /** As the builder hashes it, when it still has what it was sent; the snapshot itself when nothing differs. */
  readonly snapshot: ContextSnapshot;
  /** The same when it has noticed nothing of `files` either. */
  readonly unnoticing: ContextSnapshot;
  /** Directories whose mode is hashed as it was. */
  readonly directories: readonly string[];
  /** Files that may be taken for unchanged: another content, the same mode, and a modification time from before the build. */
  readonly files: readonly string[];
}

/**
 * What the builder makes of selections, given the digests by path that it had after its newest build of the same context
 * (`recordTree` of the copy as it was then) and when that build began (milliseconds since the epoch). Directories whose
 * digests are as recorded are not opened.
 */
export function builderCopy(
  snapshot: ContextSnapshot,
  selections: readonly Selection[],
  recorded: DigestsByPath,
  builtAt: number,
): BuilderCopy {
  const source = sourceOf(snapshot);
  const none: BuilderCopy = { snapshot, unnoticing: snapshot, directories: [], files: [] };
  if (!source) return none;
  const { columns, extras } = source;
  const tree = contentTree(recorded);
  const directories = new Map<string, RowSubstitute>();
  const files = new Map<string, RowSubstitute>();
  const visited = new Set<string>();

  const compareDirectory = (path: string, before: string): void => {
    const mode = Number.parseInt(headerOf(before).slice(1), 8);
    const row = rowOf(columns, path);
    if (
      path !== '' &&
      before.startsWith('d') &&
      typeAt(columns, row) === 'directory' &&
      modeAt(columns, row) !== mode
    ) {
      directories.set(path, { mode });
    }
  };
  const compare = (path: string): void => {
    const before = tree.digest(path);
    const now = snapshot.digest(path, 'sha256');
    if (visited.has(path) || before === undefined || before === now) return;
    visited.add(path);
    const entry = snapshot.entry(path);
    if (entry?.type === 'directory') {
      compareDirectory(path, before);
      for (const child of snapshot.children(path)) compare(child.path);
    } else if (entry?.type === 'file' && now !== undefined && headerOf(before) === headerOf(now)) {
      const mtime = snapshot.times?.(path)?.mtime ?? Number.POSITIVE_INFINITY;
      if (mtime < builtAt) files.set(path, { content: fromHex(before.slice(before.indexOf(':') + 1), 32) });
    }
  };
  for (const selection of selections) {
    for (const root of resolveSources(snapshot, selection).sources.flatMap(({ roots }) => roots)) {
      compare(root.resolvedPath);
      for (const path of selection.parents ? directoriesAbove(root.resolvedPath) : []) {
        const before = tree.digest(path);
        if (before !== undefined) compareDirectory(path, before);
      }
    }
  }
  if (directories.size + files.size === 0) return none;
  const view = (substitutes: ReadonlyMap<string, RowSubstitute>): ContextSnapshot => {
    const rows = new Map([...substitutes].map(([path, substitute]) => [rowOf(columns, path), substitute]));
    return createSnapshot(withSubstitutes(columns, rows), extras);
  };
  const kept = directories.size === 0 ? snapshot : view(directories);
  return {
    snapshot: kept,
    unnoticing: files.size === 0 ? kept : view(new Map([...directories, ...files])),
    directories: [...directories.keys()],
    files: [...files.keys()],
  };
}
