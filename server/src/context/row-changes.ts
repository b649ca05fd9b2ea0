/**
 * Changes of single rows. Saving a file leaves every name where it was, so the snapshot after it takes over all columns of
 * the one before and holds the changed rows beside them: a snapshot of 100,000 entries then costs a few hundred bytes.
 */
import { type DigestColumn, digestWidth, type RowChange, type SnapshotColumns } from './columns';
import type { DigestScheme } from './types';

const schemes = ['sha256', 'git'] as const satisfies readonly DigestScheme[];

/** More changed rows than this are not kept beside the columns. */
export const changeLimit = 2_048;

/** Some rows of columns as they travel between threads; each array follows the order of `rows`. */
export interface ChangedRows {
  readonly rows: Uint32Array<ArrayBuffer>;
  readonly kinds: Uint16Array<ArrayBuffer>;
  readonly sizes: Float64Array<ArrayBuffer>;
  readonly digests: SnapshotColumns['digests'];
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
  };
}

/** Columns in which these rows are changed. Shares all buffers with the columns it is made from, which stay as they are. */
export function withRows(columns: SnapshotColumns, changed: ChangedRows): SnapshotColumns {
  if (changed.rows.length === 0) return columns;
  const changes = new Map(columns.changes);
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
    changes.set(row, { kind: changed.kinds[index] ?? 0, size: changed.sizes[index] ?? 0, digests });
  }
  const result = { ...columns, changes };
  return changes.size > changeLimit ? withChangesWritten(result) : result;
}

/** Columns with other digests throughout; changed rows keep their modes and sizes. */
export function withAllDigests(columns: SnapshotColumns, digests: SnapshotColumns['digests']): SnapshotColumns {
  if (!columns.changes) return { ...columns, digests };
  const changes = new Map<number, RowChange>();
  for (const [row, { kind, size }] of columns.changes) changes.set(row, { kind, size, digests: {} });
  return { ...columns, digests, changes };
}

/** The same with the changes in columns of their own. */
function withChangesWritten(columns: SnapshotColumns): SnapshotColumns {
  const { changes, ...rest } = columns;
  if (!changes) return columns;
  const kinds = columns.kinds.slice();
  const sizes = columns.sizes.slice();
  const digests: { [Scheme in DigestScheme]?: DigestColumn } = {};
  for (const scheme of schemes) {
    const column = columns.digests[scheme];
    if (column) digests[scheme] = { bytes: column.bytes.slice(), states: column.states.slice() };
  }
  for (const [row, change] of changes) {
    kinds[row] = change.kind;
    sizes[row] = change.size;
    for (const scheme of schemes) {
      const known = change.digests[scheme];
      const column = digests[scheme];
      if (!known || !column) continue;
      column.states[row] = known.state;
      column.bytes.set(known.bytes, row * digestWidth[scheme]);
    }
  }
  return { ...rest, kinds, sizes, digests };
}
