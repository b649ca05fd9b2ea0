/** A build context as it would be if its ignore file left some paths out. */
import { joinPath, parentPath } from './paths';
import type { ContextSnapshot, Totals } from './types';

/**
 * The same snapshot without the given files and folders and all that lies below them; none of them may lie in another. Totals are
 * exact unless a hard link leads out of what is left out. Nothing is claimed of the digests of folders above it.
 */
export function withoutPaths(snapshot: ContextSnapshot, gone: readonly string[]): ContextSnapshot {
  const left = new Set(gone.filter((path) => snapshot.entry(path) !== undefined));
  const less = new Map<string, Totals>();
  for (const path of left) {
    const { bytes, files } = snapshot.totalsOf(path);
    for (let above = path; above !== ''; ) {
      above = parentPath(above);
      const before = less.get(above) ?? { bytes: 0, files: 0 };
      less.set(above, { bytes: before.bytes + bytes, files: before.files + files });
    }
  }
  const isGone = (path: string): boolean => {
    for (let at = path; at !== ''; at = parentPath(at)) if (left.has(at)) return true;
    return false;
  };
  const totalsOf = (path: string): Totals => {
    if (isGone(path)) return { bytes: 0, files: 0 };
    const { bytes, files } = snapshot.totalsOf(path);
    const taken = less.get(path) ?? { bytes: 0, files: 0 };
    return { bytes: bytes - taken.bytes, files: files - taken.files };
  };
  const { times } = snapshot;
  return {
    version: snapshot.version,
    unreadable: snapshot.unreadable.filter(({ path }) => !isGone(path)),
    totals: totalsOf(''),
    totalsOf,
    entry: (path) => (isGone(path) ? undefined : snapshot.entry(path)),
    children: (path) => {
      if (isGone(path)) return [];
      const children = snapshot.children(path);
      return less.has(path) ? children.filter(({ name }) => !left.has(joinPath(path, name))) : children;
    },
    digest: (path, scheme) => (isGone(path) || less.has(path) ? undefined : snapshot.digest(path, scheme)),
    archive: (path) => (isGone(path) ? undefined : snapshot.archive(path)),
    ...(times === undefined
      ? {}
      : { times: (path: string) => (isGone(path) ? undefined : times.call(snapshot, path)) }),
  };
}
