/** A build context as git would give it back: git keeps no folder that has no file below it. */

import { sha256Hex } from '../sha256';
import { digestWidth, pathAt, typeAt } from './columns';
import { directoryHeader } from './entry-digest';
import { parentPath } from './paths';
import { sourceOf } from './snapshot';
import type { ContextEntry, ContextSnapshot } from './types';

/**
 * The same entries with the digests of the scheme `git` that they would have without folders that hold nothing; the snapshot itself when
 * there are none, or when nothing tells.
 */
export function withoutEmptyFolders(snapshot: ContextSnapshot): ContextSnapshot {
  const gone = emptyFolders(snapshot);
  if (gone.size === 0) return snapshot;
  const touched = new Set<string>();
  for (const path of gone) {
    for (let above = path; above !== ''; ) {
      above = parentPath(above);
      touched.add(above);
    }
  }
  const digests = new Map<string, string | undefined>();
  const entry = (path: string): ContextEntry | undefined => (gone.has(path) ? undefined : snapshot.entry(path));
  const children = (path: string): readonly ContextEntry[] =>
    touched.has(path) ? snapshot.children(path).filter((child) => !gone.has(child.path)) : snapshot.children(path);
  const digestOf = (path: string): string | undefined => {
    if (gone.has(path)) return undefined;
    if (!touched.has(path)) return snapshot.digest(path, 'git');
    if (!digests.has(path)) digests.set(path, folderDigest(path));
    return digests.get(path);
  };
  const folderDigest = (path: string): string | undefined => {
    let text = '';
    for (const child of children(path)) {
      const digest = digestOf(child.path);
      if (digest === undefined) return undefined;
      text += `${child.name}\0${digest}\0`;
    }
    const header = path === '' ? 'd' : directoryHeader(0o755, 'git');
    return `${header}:${sha256Hex(text).slice(0, digestWidth.git * 2)}`;
  };
  return { ...snapshot, entry, children, digest: (path, scheme) => (scheme === 'git' ? digestOf(path) : undefined) };
}

/** Paths of folders below which there are only folders. */
function emptyFolders(snapshot: ContextSnapshot): ReadonlySet<string> {
  const source = sourceOf(snapshot);
  const found = new Set<string>();
  if (source === undefined) return found;
  const { columns } = source;
  const empty = new Set<number>();
  // What is below a folder lies behind it.
  for (let row = columns.count - 1; row > 0; row -= 1) {
    if (typeAt(columns, row) !== 'directory') continue;
    const first = columns.firstChild[row] ?? 0;
    const end = first + (columns.childCount[row] ?? 0);
    let holds = false;
    for (let child = first; child < end && !holds; child += 1) holds = !empty.has(child);
    if (!holds) empty.add(row);
  }
  for (const row of empty) found.add(pathAt(columns, row));
  return found;
}
