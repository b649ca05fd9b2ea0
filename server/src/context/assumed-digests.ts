/**
 * Digests that nobody has made: assumptions on which contents are equal, in place of reading them. Two assumptions hold the truth between
 * them. Where `distinct` finds two contents equal, they are: each file then has contents of its own, equal only to themselves. Where
 * `alike` finds them different, they differ: each file then holds what every file of its size holds. An answer that is the same under both
 * is the answer that reading would give.
 */
import {
  type DigestColumn,
  digestState,
  digestWidth,
  emptyDigests,
  type RowChange,
  type SnapshotColumns,
  sizeAt,
  typeAt,
} from './columns';
import { createSnapshot, sourceOf } from './snapshot';
import type { Assumption, ContextSnapshot } from './types';

/**
 * The snapshot with assumed digests of the scheme `sha256`. Digests that are `distinct` are those of one version of a snapshot: with any
 * other they have nothing in common. Undefined for a snapshot that has no columns.
 */
export function withAssumedDigests(snapshot: ContextSnapshot, assumption: Assumption): ContextSnapshot | undefined {
  const source = sourceOf(snapshot);
  if (source === undefined) return undefined;
  const { columns, extras } = source;
  const { changes, ...unchanged } = columns;
  const stripped = changes && new Map([...changes].map(([row, change]) => [row, withoutSha256(change)]));
  return createSnapshot(
    {
      ...unchanged,
      digests: { ...columns.digests, sha256: assumedColumn(columns, assumption, snapshot.version) },
      ...(stripped && { changes: stripped }),
    },
    extras,
  );
}

function withoutSha256(change: RowChange): RowChange {
  const { git } = change.digests;
  return { ...change, digests: git === undefined ? {} : { git } };
}

function assumedColumn(columns: SnapshotColumns, assumption: Assumption, version: number): DigestColumn {
  const column = emptyDigests(columns.count, 'sha256');
  column.states.fill(digestState.known);
  const view = new DataView(column.bytes.buffer, column.bytes.byteOffset, column.bytes.byteLength);
  const width = digestWidth.sha256;
  // The totals of equal directories may differ where links are counted once.
  const isTotalTelling = !columns.hardLinks.some((link) => link !== 0);
  for (let row = 0; row < columns.count; row++) {
    const at = row * width;
    column.bytes[at + width - 1] = assumption === 'distinct' ? 1 : 2;
    if (assumption === 'distinct') {
      view.setUint32(at, row);
      view.setUint32(at + 4, version);
    } else if (typeAt(columns, row) !== 'directory') view.setFloat64(at, sizeAt(columns, row));
    else if (isTotalTelling) {
      // Names, links and modes below a directory are left out: that finds more of them equal, never less.
      view.setFloat64(at, sizeAt(columns, row));
      view.setUint32(at + 8, columns.fileCounts[row] ?? 0);
    }
  }
  return column;
}
