/** When entries were last changed, and of directories, when anything below them was. */
import type { SnapshotColumns, TimeColumns } from './columns';
import type { EntryTimes } from './types';

/** The latest change time at or below each row; made once for the columns of many snapshots. */
const newestByColumns = new WeakMap<TimeColumns, Float64Array>();

function newestOf(times: TimeColumns, parents: Uint32Array): Float64Array {
  const known = newestByColumns.get(times);
  if (known) return known;
  const newest = Float64Array.from(times.ctimes);
  // What is below a directory lies behind it.
  for (let row = newest.length - 1; row > 0; row--) {
    const parent = parents[row] ?? 0;
    if ((newest[row] ?? 0) > (newest[parent] ?? 0)) newest[parent] = newest[row] ?? 0;
  }
  newestByColumns.set(times, newest);
  return newest;
}

/** The times of a row; undefined where entries have none. */
export function timesAt(columns: SnapshotColumns, row: number): EntryTimes | undefined {
  const { times } = columns;
  if (!times) return undefined;
  const change = columns.changes?.get(row)?.times;
  if (change) return change;
  return {
    mtime: times.mtimes[row] ?? 0,
    ctime: times.ctimes[row] ?? 0,
    newest: newestOf(times, columns.parents)[row] ?? 0,
  };
}
