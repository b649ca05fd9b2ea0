/**
 * The columns behind a snapshot: typed arrays and one table of names, so that an index of 100,000 entries is a few large
 * buffers that a worker can hand over without copying. Row 0 is the root. The rows of a directory's children lie side by
 * side, sorted by name in byte order, behind the row of the directory.
 */
import type { DigestScheme, EntryTimes, EntryType } from './types';

/** What is known of the content of each row under one scheme. */
export interface DigestColumn {
  /** `digestWidth` bytes a row: of a file its content's digest, of a directory the digest of the names and digests below. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** A `digestState` for each row. */
  readonly states: Uint8Array<ArrayBuffer>;
}

export interface SnapshotColumns {
  /** Rows. */
  readonly count: number;
  /** All names in UTF-8, one behind the other; `nameEnds[row]` is where the name of `row` ends. */
  readonly names: Uint8Array<ArrayBuffer>;
  readonly nameEnds: Uint32Array<ArrayBuffer>;
  readonly parents: Uint32Array<ArrayBuffer>;
  readonly firstChild: Uint32Array<ArrayBuffer>;
  readonly childCount: Uint32Array<ArrayBuffer>;
  /** Entry type above the twelve permission bits. */
  readonly kinds: Uint16Array<ArrayBuffer>;
  /** Bytes of a file; of a directory, of all files below, a hard link once. */
  readonly sizes: Float64Array<ArrayBuffer>;
  /** Files below a directory, 1 for a file. */
  readonly fileCounts: Uint32Array<ArrayBuffer>;
  /** Same number for hard links of one inode, 0 for a file with one link. */
  readonly hardLinks: Uint32Array<ArrayBuffer>;
  /** Rows of symbolic links, ascending; their targets in the same order. */
  readonly linkRows: Uint32Array<ArrayBuffer>;
  readonly linkTargets: readonly string[];
  readonly digests: { readonly [Scheme in DigestScheme]?: DigestColumn };
  /** Absent where entries have no times, as in the tree of a commit. */
  readonly times?: TimeColumns;
  /** Rows that differ from what stands in `kinds`, `sizes`, `digests` and `times`, so that many snapshots can share those. */
  readonly changes?: RowChanges;
}

/** Times of each row in milliseconds since the epoch. */
export interface TimeColumns {
  readonly mtimes: Float64Array<ArrayBuffer>;
  readonly ctimes: Float64Array<ArrayBuffer>;
}

/** What holds for a row in place of the columns. */
export interface RowChange {
  readonly kind: number;
  readonly size: number;
  /** Absent where entries have no times. */
  readonly times?: EntryTimes;
  /** Without a scheme: its column holds. */
  readonly digests: { readonly [Scheme in DigestScheme]?: { readonly state: number; readonly bytes: Uint8Array } };
}

export type RowChanges = ReadonlyMap<number, RowChange>;

export const digestState = { unknown: 0, known: 1, unreadable: 2 } as const;

/** Bytes of a digest: SHA-256, or git's SHA-1. */
export const digestWidth: Readonly<Record<DigestScheme, number>> = { sha256: 32, git: 20 };

const types: readonly EntryType[] = ['file', 'directory', 'symlink', 'other'];
const typeCodes: Readonly<Record<EntryType, number>> = { file: 0, directory: 1, symlink: 2, other: 3 };

/** Type and permission bits in one number. */
export function packKind(type: EntryType, mode: number): number {
  return (typeCodes[type] << 12) | (mode & 0o7777);
}

/** The type of a row; it never changes, as another type is another entry. */
export function typeAt(columns: SnapshotColumns, row: number): EntryType {
  return types[(columns.kinds[row] ?? 0) >> 12] ?? 'other';
}

/** The permission bits of a row. */
export function modeAt(columns: SnapshotColumns, row: number): number {
  return (columns.changes?.get(row)?.kind ?? columns.kinds[row] ?? 0) & 0o7777;
}

/** Bytes of a file; of a directory, of all files below, a hard link once. */
export function sizeAt(columns: SnapshotColumns, row: number): number {
  return columns.changes?.get(row)?.size ?? columns.sizes[row] ?? 0;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/** The name of a row; empty for the root. */
export function nameAt(columns: SnapshotColumns, row: number): string {
  if (row === 0) return '';
  const start = columns.nameEnds[row - 1] ?? 0;
  const end = columns.nameEnds[row] ?? 0;
  // For short names without accents this is several times faster than a decoder.
  let name = '';
  for (let at = start; at < end; at++) {
    const byte = columns.names[at] ?? 0;
    if (byte > 0x7f || end - start > 64) return decoder.decode(columns.names.subarray(start, end));
    name += String.fromCharCode(byte);
  }
  return name;
}

/** The context path of a row. */
export function pathAt(columns: SnapshotColumns, row: number): string {
  const names: string[] = [];
  for (let at = row; at !== 0; at = columns.parents[at] ?? 0) names.push(nameAt(columns, at));
  return names.reverse().join('/');
}

/** The target of a symbolic link. */
export function linkTargetAt(columns: SnapshotColumns, row: number): string | undefined {
  let low = 0;
  let high = columns.linkRows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((columns.linkRows[middle] ?? 0) < row) low = middle + 1;
    else high = middle;
  }
  return columns.linkRows[low] === row ? columns.linkTargets[low] : undefined;
}

/** The row of a path, or -1. Links are not followed. */
export function rowOf(columns: SnapshotColumns, path: string): number {
  if (path === '') return 0;
  let row = 0;
  for (let start = 0; start <= path.length; ) {
    const slash = path.indexOf('/', start);
    const end = slash < 0 ? path.length : slash;
    row = childRow(columns, row, path, start, end);
    if (row < 0) return -1;
    start = end + 1;
  }
  return row;
}

function childRow(columns: SnapshotColumns, directory: number, path: string, start: number, end: number): number {
  let low = columns.firstChild[directory] ?? 0;
  let high = low + (columns.childCount[directory] ?? 0);
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compareName(columns, middle, path, start, end);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return -1;
}

/** Compares the name of a row with a part of a path, in byte order. */
function compareName(columns: SnapshotColumns, row: number, path: string, start: number, end: number): number {
  const from = columns.nameEnds[row - 1] ?? 0;
  const length = (columns.nameEnds[row] ?? 0) - from;
  for (let index = 0; index < end - start; index++) {
    const unit = path.charCodeAt(start + index);
    if (unit > 0x7f) return compareEncoded(columns, from, length, encoder.encode(path.slice(start, end)));
    if (index >= length) return -1;
    const order = (columns.names[from + index] ?? 0) - unit;
    if (order !== 0) return order;
  }
  return length - (end - start);
}

function compareEncoded(columns: SnapshotColumns, from: number, length: number, name: Uint8Array): number {
  const shorter = Math.min(length, name.length);
  for (let index = 0; index < shorter; index++) {
    const order = (columns.names[from + index] ?? 0) - (name[index] ?? 0);
    if (order !== 0) return order;
  }
  return length - name.length;
}

/** The buffers of columns, to be handed to another thread. */
export function buffersOf(columns: SnapshotColumns): ArrayBuffer[] {
  const { names, nameEnds, parents, firstChild, childCount, kinds, sizes, fileCounts, hardLinks, linkRows } = columns;
  const arrays: ArrayBufferView<ArrayBuffer>[] = [
    names,
    nameEnds,
    parents,
    firstChild,
    childCount,
    kinds,
    sizes,
    fileCounts,
    hardLinks,
    linkRows,
  ];
  if (columns.times) arrays.push(columns.times.mtimes, columns.times.ctimes);
  return [...arrays.map((array) => array.buffer), ...buffersOfDigests(columns.digests)];
}

/** The buffers of digest columns, to be handed to another thread. */
export function buffersOfDigests(digests: SnapshotColumns['digests']): ArrayBuffer[] {
  return Object.values(digests).flatMap((column) => (column ? [column.bytes.buffer, column.states.buffer] : []));
}

/** A copy of digest columns that shares no buffer. */
export function copyDigests(digests: SnapshotColumns['digests']): SnapshotColumns['digests'] {
  const copies: { [Scheme in DigestScheme]?: DigestColumn } = {};
  for (const scheme of ['sha256', 'git'] as const) {
    const column = digests[scheme];
    if (column) copies[scheme] = { bytes: column.bytes.slice(), states: column.states.slice() };
  }
  return copies;
}

/** A copy that shares no buffer. */
export function copyColumns(columns: SnapshotColumns): SnapshotColumns {
  return {
    count: columns.count,
    names: columns.names.slice(),
    nameEnds: columns.nameEnds.slice(),
    parents: columns.parents.slice(),
    firstChild: columns.firstChild.slice(),
    childCount: columns.childCount.slice(),
    kinds: columns.kinds.slice(),
    sizes: columns.sizes.slice(),
    fileCounts: columns.fileCounts.slice(),
    hardLinks: columns.hardLinks.slice(),
    linkRows: columns.linkRows.slice(),
    linkTargets: columns.linkTargets,
    digests: copyDigests(columns.digests),
    ...(columns.times && { times: { mtimes: columns.times.mtimes.slice(), ctimes: columns.times.ctimes.slice() } }),
  };
}

/** An empty digest column: nothing known yet. The buffers of `spare`, which nobody reads any more, are used when large enough. */
export function emptyDigests(count: number, scheme: DigestScheme, spare?: DigestColumn): DigestColumn {
  const size = count * digestWidth[scheme];
  const isSpare = spare && spare.bytes.buffer.byteLength >= size && spare.states.buffer.byteLength >= count;
  if (!isSpare) return { bytes: new Uint8Array(size), states: new Uint8Array(count) };
  return {
    bytes: new Uint8Array(spare.bytes.buffer, 0, size),
    states: new Uint8Array(spare.states.buffer, 0, count).fill(0),
  };
}
