/**
 * The index of a build context in the worker: the columns of the snapshot, and beside them what tells that a file has not
 * changed since its content was read.
 */
import {
  type DigestColumn,
  digestState,
  digestWidth,
  emptyDigests,
  linkTargetAt,
  modeAt,
  nameAt,
  type SnapshotColumns,
  typeAt,
} from '../context/columns';
import { ColumnsBuilder, type EntryRow, usualCapacity } from '../context/columns-builder';
import { fillTreeDigests } from '../context/entry-digest';
import { GrowingColumn } from '../context/growing-column';
import type { DigestScheme } from '../context/types';
import type { ScannedEntry, Stamp } from './context-walk';

export interface ContextModel {
  readonly columns: SnapshotColumns;
  readonly mtimes: Float64Array<ArrayBuffer>;
  readonly ctimes: Float64Array<ArrayBuffer>;
  readonly inodes: Float64Array<ArrayBuffer>;
}

/** What a look at a build context has found. */
export interface ScannedContext {
  /** Of the root itself. */
  readonly root: Stamp;
  /** Everything directly below it. */
  readonly entries: readonly ScannedEntry[];
}

/** The columns of a model with the times beside them. They share the model's buffers. */
export function timedColumns({ columns, mtimes, ctimes }: ContextModel): SnapshotColumns {
  return { ...columns, times: { mtimes, ctimes } };
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
 * that were kept. The buffers of `spare`, a model that nobody reads any more, are written over: otherwise each change of a
 * large context would leave megabytes that are not collected soon.
 */
export function buildModel(
  { root, entries }: ScannedContext,
  previous: ContextModel | undefined,
  spare?: ContextModel,
): ContextModel {
  // Little changes between one look and the next.
  const capacity = previous ? Math.ceil(previous.columns.count * 1.05) + 64 : usualCapacity;
  const builder = new ColumnsBuilder(capacity, spare?.columns);
  const times = (before: Float64Array<ArrayBuffer> | undefined): GrowingColumn<Float64Array<ArrayBuffer>> =>
    new GrowingColumn(
      (length) => new Float64Array(length),
      before ? new Float64Array(before.buffer) : new Float64Array(capacity),
    );
  const mtimes = times(spare?.mtimes);
  const ctimes = times(spare?.ctimes);
  const inodes = times(spare?.inodes);
  /** For each row, the row of the previous model whose digests still hold, or 0, as the root's never do. */
  const origins = new GrowingColumn((length) => new Uint32Array(length), new Uint32Array(capacity));

  const hasDigests = previous !== undefined && Object.keys(previous.columns.digests).length > 0;
  const addStamp = (stamp: Stamp, origin: number): void => {
    mtimes.push(stamp.mtime);
    ctimes.push(stamp.ctime);
    inodes.push(stamp.inode);
    origins.push(origin);
  };

  const addKept = (parent: number, model: ContextModel, row: number): void => {
    if ((model.columns.childCount[row] ?? 0) === 0) return;
    const { first, end } = builder.addSubtree(parent, model.columns, row);
    mtimes.append(model.mtimes.subarray(first, end));
    ctimes.append(model.ctimes.subarray(first, end));
    inodes.append(model.inodes.subarray(first, end));
    for (let origin = first; origin < end; origin++) origins.push(origin);
  };

  const addScanned = (parent: number, scanned: readonly ScannedEntry[], before: number): void => {
    // Rows of before are of use for nothing but digests.
    const known = hasDigests && before >= 0 ? childrenByName(previous.columns, before) : undefined;
    const first = builder.addChildren(parent, scanned);
    for (const entry of scanned) {
      const row = known?.get(entry.name) ?? -1;
      addStamp(entry, entry.below.kind === 'kept' ? entry.below.row : unchanged(previous, row, entry) ? row : 0);
    }
    let row = first;
    for (const { name, below } of scanned) {
      if (below.kind === 'scanned') addScanned(row, below.entries(), known?.get(name) ?? -1);
      else if (below.kind === 'kept' && previous) addKept(row, previous, below.row);
      row += 1;
    }
  };

  addStamp({ ...root, size: 0 }, 0);
  addScanned(0, entries, previous ? 0 : -1);
  return {
    columns: withDigests(builder.finish(), origins.finish(), previous?.columns, spare?.columns),
    mtimes: mtimes.finish(),
    ctimes: ctimes.finish(),
    inodes: inodes.finish(),
  };
}

/** Whether two models hold the same entries with the same stamps, so that nothing has been touched between them. */
export function sameEntries(a: ContextModel, b: ContextModel): boolean {
  return (
    sameValues(a.columns.names, b.columns.names) &&
    sameValues(a.columns.nameEnds, b.columns.nameEnds) &&
    sameValues(a.columns.parents, b.columns.parents) &&
    sameValues(a.columns.kinds, b.columns.kinds) &&
    sameValues(a.columns.sizes, b.columns.sizes) &&
    sameValues(a.columns.hardLinks, b.columns.hardLinks) &&
    a.columns.linkTargets.join('\0') === b.columns.linkTargets.join('\0') &&
    sameValues(a.mtimes, b.mtimes) &&
    sameValues(a.ctimes, b.ctimes) &&
    sameValues(a.inodes, b.inodes)
  );
}

function sameValues(a: ArrayBufferView<ArrayBuffer>, b: ArrayBufferView<ArrayBuffer>): boolean {
  const bytes = ({ buffer, byteOffset, byteLength }: typeof a): Buffer => Buffer.from(buffer, byteOffset, byteLength);
  return bytes(a).equals(bytes(b));
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
  origins: Uint32Array,
  previous: SnapshotColumns | undefined,
  spare: SnapshotColumns | undefined,
): SnapshotColumns {
  let result = columns;
  for (const scheme of ['sha256', 'git'] as const) {
    const before = previous?.digests[scheme];
    if (!before) continue;
    const column = emptyDigests(columns.count, scheme, spare?.digests[scheme]);
    for (let row = 1, end = row; row < columns.count; row = end) {
      const origin = origins[row] ?? 0;
      do end++;
      while (end < columns.count && origin !== 0 && origins[end] === origin + end - row);
      if (origin !== 0) takeDigests(column, row, before, origin, end - row, digestWidth[scheme]);
    }
    result = { ...result, digests: { ...result.digests, [scheme]: column } };
    fillTreeDigests(result, scheme);
  }
  return result;
}

/** Takes over a run of digests. */
function takeDigests(
  column: DigestColumn,
  row: number,
  before: DigestColumn,
  origin: number,
  count: number,
  width: number,
): void {
  column.bytes.set(before.bytes.subarray(origin * width, (origin + count) * width), row * width);
  for (let index = 0; index < count; index++) {
    // A file that could not be read is tried again whenever it is looked at.
    if (before.states[origin + index] === digestState.known) column.states[row + index] = digestState.known;
  }
}

/** The model with a column for digests of a scheme, empty when there was none. */
export function withScheme(model: ContextModel, scheme: DigestScheme): ContextModel {
  if (model.columns.digests[scheme]) return model;
  const digests = { ...model.columns.digests, [scheme]: emptyDigests(model.columns.count, scheme) };
  return { ...model, columns: { ...model.columns, digests } };
}
