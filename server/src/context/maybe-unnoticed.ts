/**
 * What the builder may not have noticed of a build context, going by times alone: it is sent a directory's new mode and does not hash it
 * again, and a file that has another content but the same size and modification time is not sent (see `builder-copy.ts`).
 */
import { pathAt, rowOf, typeAt } from './columns';
import { timesAt } from './entry-times';
import { sourceOf } from './snapshot';
import { resolveSources } from './source-roots';
import type { ContextSnapshot, Selection } from './types';

const pathLimit = 10;

/**
 * Paths in a selection, at most ten, that changed after a moment (milliseconds since the epoch) in a way that the builder may not have
 * noticed: directories that changed at all, as a change of the mode leaves no other trace, and files whose modification time is older than
 * the moment. Empty when times tell nothing. `isKnown`: of these paths it is known what the builder had of them.
 */
export function maybeUnnoticed(
  snapshot: ContextSnapshot,
  selection: Selection,
  since: number,
  isKnown: (path: string) => boolean,
): readonly string[] {
  const columns = sourceOf(snapshot)?.columns;
  if (columns === undefined) return [];
  const found = new Set<string>();
  const search = (row: number): void => {
    const times = row < 0 ? undefined : timesAt(columns, row);
    if (times === undefined || times.newest < since || found.size >= pathLimit) return;
    const { ctime, mtime } = times;
    const isDirectory = typeAt(columns, row) === 'directory';
    // The root's mode does not count.
    if (ctime >= since && (isDirectory ? row !== 0 : mtime < since)) {
      const path = pathAt(columns, row);
      if (!isKnown(path)) found.add(path);
    }
    if (!isDirectory) return;
    const first = columns.firstChild[row] ?? 0;
    for (let child = first; child < first + (columns.childCount[row] ?? 0); child += 1) search(child);
  };
  for (const { roots } of resolveSources(snapshot, selection).sources) {
    for (const { resolvedPath } of roots) search(rowOf(columns, resolvedPath));
  }
  return [...found];
}
