/**
 * The index of a build context in the worker: the columns of the snapshot, and beside them what tells that a file has not
 * changed since its content was read.
 */
import {
  digestState,
  digestWidth,
  emptyDigests,
  linkTargetAt,
  modeAt,
  nameAt,
  type SnapshotColumns,
  typeAt,
} from '../context/columns';
import { ColumnsBuilder, type EntryRow } from '../context/columns-builder';
import { fillTreeDigests } from '../context/entry-digest';
import type { DigestScheme } from '../context/types';
import type { ScannedEntry, Stamp } from './context-walk';

export interface ContextModel {
  readonly columns: SnapshotColumns;
  readonly mtimes: Float64Array;
  readonly ctimes: Float64Array;
  readonly inodes: Float64Array;
}

/** The stamp of a row. */
export function stampAt(model: ContextModel, row: number): Stamp {
  return {
    size: model.columns.sizes[row] ?? 0,
    mtime: model.mtimes[row] ?? 0,
    ctime: model.ctimes[row] ?? 0,
    inode: model.inodes[row] ?? 0,
  };
}

export function sameStamp(a: Stamp, b: Stamp): boolean {
  return a.size === b.size && a.mtime === b.mtime && a.ctime === b.ctime && a.inode === b.inode;
}

/**
 * A model of what was scanned. Digests of files that have not changed since `previous` are taken over, and of directories
 * that were kept.
 */
export function buildModel(entries: readonly ScannedEntry[], previous: ContextModel | undefined): ContextModel {
  const builder = new ColumnsBuilder();
  const mtimes: number[] = [0];
  const ctimes: number[] = [0];
  const inodes: number[] = [0];
  /** For each row, the row of the previous model whose digests still hold, or -1. */
  const origins: number[] = [-1];

  const addStamp = (stamp: Stamp, origin: number): void => {
    mtimes.push(stamp.mtime);
    ctimes.push(stamp.ctime);
    inodes.push(stamp.inode);
    origins.push(origin);
  };

  const addKept = (parent: number, model: ContextModel, row: number): void => {
    const count = model.columns.childCount[row] ?? 0;
    const start = model.columns.firstChild[row] ?? 0;
    const rows = Array.from({ length: count }, (_, index) => rowFrom(model.columns, start + index));
    const first = builder.addChildren(parent, rows);
    for (let index = 0; index < count; index++) addStamp(stampAt(model, start + index), start + index);
    for (let index = 0; index < count; index++) {
      if ((model.columns.childCount[start + index] ?? 0) > 0) addKept(first + index, model, start + index);
    }
  };

  const addScanned = (parent: number, scanned: readonly ScannedEntry[], before: number): void => {
    const known = previous && before >= 0 ? childrenByName(previous.columns, before) : undefined;
    const first = builder.addChildren(parent, scanned);
    for (const entry of scanned) {
      const row = known?.get(entry.name) ?? -1;
      addStamp(entry, entry.below.kind === 'kept' ? entry.below.row : unchanged(previous, row, entry) ? row : -1);
    }
    for (const [index, { name, below }] of scanned.entries()) {
      if (below.kind === 'scanned') addScanned(first + index, below.entries(), known?.get(name) ?? -1);
      else if (below.kind === 'kept' && previous) addKept(first + index, previous, below.row);
    }
  };

  addScanned(0, entries, previous ? 0 : -1);
  const columns = withDigests(builder.finish(), origins, previous?.columns);
  return {
    columns,
    mtimes: new Float64Array(mtimes),
    ctimes: new Float64Array(ctimes),
    inodes: new Float64Array(inodes),
  };
}

function unchanged(previous: ContextModel | undefined, row: number, entry: ScannedEntry): boolean {
  return previous !== undefined && row >= 0 && entry.type === 'file' && sameStamp(stampAt(previous, row), entry);
}

function childrenByName(columns: SnapshotColumns, directory: number): Map<string, number> {
  const first = columns.firstChild[directory] ?? 0;
  const rows = new Map<string, number>();
  for (let row = first; row < first + (columns.childCount[directory] ?? 0); row++) rows.set(nameAt(columns, row), row);
  return rows;
}

function rowFrom(columns: SnapshotColumns, row: number): EntryRow {
  const linkTarget = linkTargetAt(columns, row);
  return {
    name: nameAt(columns, row),
    type: typeAt(columns, row),
    mode: modeAt(columns, row),
    size: columns.sizes[row] ?? 0,
    ...(linkTarget === undefined ? {} : { linkTarget }),
    hardLink: columns.hardLinks[row] ?? 0,
  };
}

/** An entry of the previous model, with everything below it, as if it had been scanned again. */
export function keptEntry(model: ContextModel, row: number): ScannedEntry {
  const { size: _total, ...stamp } = stampAt(model, row);
  const entry = rowFrom(model.columns, row);
  return { ...entry, ...stamp, hardLink: entry.hardLink ?? 0, below: { kind: 'kept', row } };
}

function withDigests(
  columns: SnapshotColumns,
  origins: readonly number[],
  previous: SnapshotColumns | undefined,
): SnapshotColumns {
  let result = columns;
  for (const scheme of ['sha256', 'git'] as const) {
    const before = previous?.digests[scheme];
    if (!before) continue;
    const column = emptyDigests(columns.count, scheme);
    const width = digestWidth[scheme];
    for (let row = 1; row < columns.count; row++) {
      const origin = origins[row] ?? -1;
      // A file that could not be read is tried again whenever it is looked at.
      if (origin < 0 || before.states[origin] !== digestState.known) continue;
      column.states[row] = digestState.known;
      column.bytes.set(before.bytes.subarray(origin * width, (origin + 1) * width), row * width);
    }
    result = { ...result, digests: { ...result.digests, [scheme]: column } };
    fillTreeDigests(result, scheme);
  }
  return result;
}

/** The model with a column for digests of a scheme, empty when there was none. */
export function withScheme(model: ContextModel, scheme: DigestScheme): ContextModel {
  if (model.columns.digests[scheme]) return model;
  const digests = { ...model.columns.digests, [scheme]: emptyDigests(model.columns.count, scheme) };
  return { ...model, columns: { ...model.columns, digests } };
}
