/** Entries of a selection that changed after a moment, going by their change times alone. */
import { modeAt, pathAt, rowOf, typeAt } from './columns';
import { timesAt } from './entry-times';
import { sourceOf } from './snapshot';
import { resolveSources } from './source-roots';
import type { ContextSnapshot, EntryType, Selection } from './types';

export interface ChangedEntry {
  /** Path in the context; never the root. */
  readonly path: string;
  readonly type: EntryType;
  readonly mode: number;
  /** Milliseconds since the epoch. */
  readonly ctime: number;
  readonly mtime: number;
}

const pathLimit = 10;

/**
 * Paths in a selection, at most ten, whose change time is not before a moment (milliseconds since the epoch) and that concern the caller.
 * Directories below which nothing changed are not opened. Empty when times tell nothing.
 */
export function changedSince(
  snapshot: ContextSnapshot,
  selection: Selection,
  since: number,
  concerns: (entry: ChangedEntry) => boolean,
): readonly string[] {
  const columns = sourceOf(snapshot)?.columns;
  if (columns === undefined) return [];
  const found = new Set<string>();
  const search = (row: number): void => {
    const times = row < 0 ? undefined : timesAt(columns, row);
    if (times === undefined || times.newest < since || found.size >= pathLimit) return;
    const { ctime, mtime } = times;
    const type = typeAt(columns, row);
    if (row !== 0 && ctime >= since) {
      const path = pathAt(columns, row);
      if (concerns({ path, type, mode: modeAt(columns, row), ctime, mtime })) found.add(path);
    }
    if (type !== 'directory') return;
    const first = columns.firstChild[row] ?? 0;
    for (let child = first; child < first + (columns.childCount[row] ?? 0); child += 1) search(child);
  };
  for (const { roots } of resolveSources(snapshot, selection).sources) {
    for (const { resolvedPath } of roots) search(rowOf(columns, resolvedPath));
  }
  return [...found];
}
