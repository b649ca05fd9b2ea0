/** A build context as it would be if its ignore file left some paths out. */
import { baseName, compareBytewise, joinPath, parentPath } from './paths';
import type { ContextEntry, ContextSnapshot, Totals } from './types';

/** What other lines in an ignore file change of the build context. */
export interface ContextChange {
  /** Paths that are left out; none lies in another. */
  readonly gone: readonly string[];
  /** The ignore file itself, which is sent like any other file: its size in bytes then. */
  readonly written?: { readonly path: string; readonly bytes: number };
}

/**
 * The same snapshot without the given files and folders and all that lies below them, and with the file that says so. Totals are
 * exact unless a hard link leads out of what is left out. Nothing is claimed of the digests of folders above it.
 */
export function withChange(snapshot: ContextSnapshot, { gone, written }: ContextChange): ContextSnapshot {
  const left = new Set(gone.filter((path) => snapshot.entry(path) !== undefined));
  const less = new Map<string, Totals>();
  const lessAbove = (path: string, { bytes, files }: Totals): void => {
    for (let above = path; above !== ''; ) {
      above = parentPath(above);
      const before = less.get(above) ?? { bytes: 0, files: 0 };
      less.set(above, { bytes: before.bytes + bytes, files: before.files + files });
    }
  };
  for (const path of left) lessAbove(path, snapshot.totalsOf(path));
  const isGone = (path: string): boolean => {
    for (let at = path; at !== ''; at = parentPath(at)) if (left.has(at)) return true;
    return false;
  };
  const file: ContextEntry | undefined =
    written === undefined || isGone(written.path)
      ? undefined
      : { path: written.path, name: baseName(written.path), type: 'file', mode: 0o644, size: written.bytes };
  if (file !== undefined) {
    const { bytes, files } = snapshot.totalsOf(file.path);
    lessAbove(file.path, { bytes: bytes - file.size, files: files - 1 });
  }
  const totalsOf = (path: string): Totals => {
    if (isGone(path)) return { bytes: 0, files: 0 };
    if (path === file?.path) return { bytes: file.size, files: 1 };
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
    entry: (path) => (isGone(path) ? undefined : path === file?.path ? file : snapshot.entry(path)),
    children: (path) => {
      if (isGone(path)) return [];
      const children = snapshot.children(path);
      if (!less.has(path)) return children;
      const kept = children.filter(({ name }) => !left.has(joinPath(path, name)));
      if (file === undefined || parentPath(file.path) !== path) return kept;
      const others = kept.filter(({ name }) => name !== file.name);
      return [...others, file].sort((one, other) => compareBytewise(one.name, other.name));
    },
    digest: (path, scheme) =>
      isGone(path) || less.has(path) || path === file?.path ? undefined : snapshot.digest(path, scheme),
    archive: (path) => (isGone(path) ? undefined : snapshot.archive(path)),
    ...(times === undefined
      ? {}
      : { times: (path: string) => (isGone(path) ? undefined : times.call(snapshot, path)) }),
  };
}
