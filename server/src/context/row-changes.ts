/**
 * Changes of single rows. Saving a file leaves every name where it was, so the snapshot after it takes over all columns of
 * the one before and holds the changed rows beside them: a snapshot of 100,000 entries then costs a few hundred bytes.
 */
import {
  type DigestColumn,
  digestState,
  digestWidth,
  modeAt,
  packKind,
  type RowChange,
  type SnapshotColumns,
  sizeAt,
  type TimeColumns,
  typeAt,
} from './columns';
import { directoryContent } from './entry-digest';
import { timesAt } from './entry-times';
import type { DigestScheme, EntryTimes } from './types';

const schemes = ['sha256', 'git'] as const satisfies readonly DigestScheme[];

/** More changed rows than this are not kept beside the columns. */
export const changeLimit = 2_048;

/** Some rows of columns as they travel between threads; each array follows the order of `rows`. */
export interface ChangedRows {
  readonly rows: Uint32Array<ArrayBuffer>;
  readonly kinds: Uint16Array<ArrayBuffer>;
  readonly sizes: Float64Array<ArrayBuffer>;
  readonly digests: SnapshotColumns['digests'];
  readonly times?: TimeColumns;
}

/** What columns without changes beside them hold in these rows. */
export function takeRows(columns: SnapshotColumns, rows: readonly number[]): ChangedRows {
  const digests: { [Scheme in DigestScheme]?: DigestColumn } = {};
  for (const scheme of schemes) {
    const column = columns.digests[scheme];
    if (!column) continue;
    const width = digestWidth[scheme];
    const bytes = new Uint8Array(rows.length * width);
    for (const [index, row] of rows.entries()) {
      bytes.set(column.bytes.subarray(row * width, (row + 1) * width), index * width);
    }
    digests[scheme] = { bytes, states: Uint8Array.from(rows, (row) => column.states[row] ?? 0) };
  }
  return {
    rows: Uint32Array.from(rows),
    kinds: Uint16Array.from(rows, (row) => columns.kinds[row] ?? 0),
    sizes: Float64Array.from(rows, (row) => columns.sizes[row] ?? 0),
    digests,
    ...(columns.times && { times: takeTimes(columns.times, rows) }),
  };
}

function takeTimes({ mtimes, ctimes }: TimeColumns, rows: readonly number[]): TimeColumns {
  return {
    mtimes: Float64Array.from(rows, (row) => mtimes[row] ?? 0),
    ctimes: Float64Array.from(rows, (row) => ctimes[row] ?? 0),
  };
}

/** Columns in which these rows are changed. Shares all buffers with the columns it is made from, which stay as they are. */
export function withRows(columns: SnapshotColumns, changed: ChangedRows): SnapshotColumns {
  if (changed.rows.length === 0) return columns;
  const changes = new Map(columns.changes);
  const times = changedTimes(columns, changed);
  for (const [index, row] of changed.rows.entries()) {
    const digests: { -readonly [Scheme in keyof RowChange['digests']]: RowChange['digests'][Scheme] } = {};
    for (const scheme of schemes) {
      const column = changed.digests[scheme];
      if (!column) continue;
      const width = digestWidth[scheme];
      digests[scheme] = {
        state: column.states[index] ?? 0,
        bytes: column.bytes.subarray(index * width, (index + 1) * width),
      };
    }
    const rowTimes = times.get(row);
    changes.set(row, {
      kind: changed.kinds[index] ?? 0,
      size: changed.sizes[index] ?? 0,
      digests,
      ...(rowTimes && { times: rowTimes }),
    });
  }
  const result = { ...columns, changes };
  return changes.size > changeLimit ? withChangesWritten(result) : result;
}

/** Another mode of a row, or other content of a file. */
export interface RowSubstitute {
  readonly mode?: number;
  /** SHA-256 of the content. */
  readonly content?: Uint8Array;
}

/** Columns in which rows have other modes or contents, with the SHA-256 digests of the directories above that follow from them. */
export function withSubstitutes(
  columns: SnapshotColumns,
  substitutes: ReadonlyMap<number, RowSubstitute>,
): SnapshotColumns {
  const changes = new Map(columns.changes);
  const result = { ...columns, changes };
  const above = new Set<number>();
  const change = (row: number, mode: number, digest: RowChange['digests']['sha256']): void => {
    const times = timesAt(columns, row);
    changes.set(row, {
      kind: packKind(typeAt(columns, row), mode),
      size: sizeAt(columns, row),
      digests: { ...columns.changes?.get(row)?.digests, ...(digest && { sha256: digest }) },
      ...(times && { times }),
    });
  };
  for (const [row, { mode, content }] of substitutes) {
    change(row, mode ?? modeAt(columns, row), content && { state: digestState.known, bytes: content });
    for (let at = row; at !== 0; ) {
      at = columns.parents[at] ?? 0;
      above.add(at);
    }
  }
  // What is below a directory lies behind it.
  for (const row of [...above].sort((a, b) => b - a)) {
    const { state, bytes } = directoryContent(result, row, 'sha256');
    change(row, modeAt(result, row), { state, bytes: bytes ?? new Uint8Array(digestWidth.sha256) });
  }
  return result;
}

/** Times of the changed rows. A directory's newest only grows: too late a time is doubt, too early a one would be a lie. */
function changedTimes(columns: SnapshotColumns, changed: ChangedRows): ReadonlyMap<number, EntryTimes> {
  const result = new Map<number, EntryTimes>();
  if (!changed.times) return result;
  for (const [index, row] of changed.rows.entries()) {
    const ctime = changed.times.ctimes[index] ?? 0;
    const isDirectory = (columns.childCount[row] ?? 0) > 0;
    const before = isDirectory ? (timesAt(columns, row)?.newest ?? 0) : 0;
    result.set(row, { mtime: changed.times.mtimes[index] ?? 0, ctime, newest: Math.max(ctime, before) });
  }
  for (const [row, { ctime }] of [...result]) {
    for (let at = row; at !== 0; ) {
      at = columns.parents[at] ?? 0;
      const above = result.get(at) ?? timesAt(columns, at);
      if (above && above.newest < ctime) result.set(at, { ...above, newest: ctime });
    }
  }
  return result;
}

/** Columns with other digests throughout; changed rows keep their modes, sizes and times. */
export function withAllDigests(columns: SnapshotColumns, digests: SnapshotColumns['digests']): SnapshotColumns {
  if (!columns.changes) return { ...columns, digests };
  const changes = new Map<number, RowChange>();
  for (const [row, change] of columns.changes) changes.set(row, { ...change, digests: {} });
  return { ...columns, digests, changes };
}

/** The same with the changes in columns of their own. */
function withChangesWritten(columns: SnapshotColumns): SnapshotColumns {
  const { changes, ...rest } = columns;
  if (!changes) return columns;
  const kinds = columns.kinds.slice();
  const sizes = columns.sizes.slice();
  const times = columns.times && { mtimes: columns.times.mtimes.slice(), ctimes: columns.times.ctimes.slice() };
  const digests: { [Scheme in DigestScheme]?: DigestColumn } = {};
  for (const scheme of schemes) {
    const column = columns.digests[scheme];
    if (column) digests[scheme] = { bytes: column.bytes.slice(), states: column.states.slice() };
  }
  for (const [row, change] of changes) {
    kinds[row] = change.kind;
    sizes[row] = change.size;
    if (times && change.times) {
      times.mtimes[row] = change.times.mtime;
      times.ctimes[row] = change.times.ctime;
    }
    for (const scheme of schemes) {
      const known = change.digests[scheme];
      const column = digests[scheme];
      if (!known || !column) continue;
      column.states[row] = known.state;
      column.bytes.set(known.bytes, row * digestWidth[scheme]);
    }
  }
  return { ...rest, kinds, sizes, digests, ...(times && { times }) };
}
