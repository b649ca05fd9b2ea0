/**
 * Digests of entries and trees. What goes in is what BuildKit's content hash takes (cache/contenthash/filehash.go,
 * NewFromStat; checksum.go, checksum): type, mode, link target, contents, and for a directory the sorted names and digests
 * below it; no times, no owner, and not the entry's own name. The values are Strata's own: only whether two are equal says
 * anything. The root's mode does not count, as the builder gives every root the same header (checksum.go, HandleChange).
 */
import { sha256 } from '../sha256';
import {
  type DigestColumn,
  digestState,
  digestWidth,
  linkTargetAt,
  modeAt,
  nameAt,
  type SnapshotColumns,
  typeAt,
} from './columns';
import { toHex } from './hexadecimal';
import type { DigestScheme } from './types';

/** The mode as a scheme sees it, in octal digits: git keeps only whether the owner may execute a file. */
export function modeText(mode: number, isDirectory: boolean, scheme: DigestScheme): string {
  if (scheme === 'sha256') return mode.toString(8);
  return isDirectory || (mode & 0o100) !== 0 ? '755' : '644';
}

/** What a directory's digest holds besides the digests below it. */
export function directoryHeader(mode: number, scheme: DigestScheme): string {
  return `d${modeText(mode, true, scheme)}`;
}

/** A digest in two parts: type and mode, and the bytes of what it holds. */
export interface DigestParts {
  readonly head: string;
  readonly content: Uint8Array;
}

/** The digest of a row, or undefined when something of it is not known. */
export function digestAt(columns: SnapshotColumns, row: number, scheme: DigestScheme): string | undefined {
  const parts = digestPartsAt(columns, row, scheme);
  return typeof parts === 'object' ? `${parts.head}:${toHex(parts.content)}` : parts;
}

/** The same in parts, where it has two. */
export function digestPartsAt(
  columns: SnapshotColumns,
  row: number,
  scheme: DigestScheme,
): DigestParts | string | undefined {
  const type = typeAt(columns, row);
  switch (type) {
    case 'symlink':
      return `l:${linkTargetAt(columns, row) ?? ''}`;
    case 'other':
      return `o${modeText(modeAt(columns, row), false, scheme)}`;
    case 'file':
    case 'directory': {
      const content = knownBytes(columns, row, scheme);
      if (!content) return undefined;
      const mode = modeAt(columns, row);
      if (type === 'file') return { head: `f${modeText(mode, false, scheme)}`, content };
      return { head: row === 0 ? 'd' : directoryHeader(mode, scheme), content };
    }
    default:
      return type satisfies never;
  }
}

function knownBytes(columns: SnapshotColumns, row: number, scheme: DigestScheme): Uint8Array | undefined {
  const change = columns.changes?.get(row)?.digests[scheme];
  if (change) return change.state === digestState.known ? change.bytes : undefined;
  const column = columns.digests[scheme];
  if (column?.states[row] !== digestState.known) return undefined;
  const width = digestWidth[scheme];
  return column.bytes.subarray(row * width, (row + 1) * width);
}

/**
 * Fills in the digests of all directories below which everything is known and that have none yet. Directories above
 * something unknown or unreadable take that state.
 */
export function fillTreeDigests(columns: SnapshotColumns, scheme: DigestScheme): void {
  const column = columns.digests[scheme];
  if (!column) return;
  for (let row = columns.count - 1; row >= 0; row--) {
    if (typeAt(columns, row) !== 'directory' || column.states[row] === digestState.known) continue;
    column.states[row] = fillDirectory(columns, column, row, scheme);
  }
}

/** The same for the directories among these rows only, whatever was known of them. */
export function refillDirectories(columns: SnapshotColumns, scheme: DigestScheme, rows: Iterable<number>): void {
  const column = columns.digests[scheme];
  if (!column) return;
  // What is below a directory lies behind it.
  for (const row of [...rows].sort((a, b) => b - a)) {
    if (typeAt(columns, row) === 'directory') column.states[row] = fillDirectory(columns, column, row, scheme);
  }
}

function fillDirectory(columns: SnapshotColumns, column: DigestColumn, row: number, scheme: DigestScheme): number {
  const { state, bytes } = directoryContent(columns, row, scheme);
  if (bytes) column.bytes.set(bytes, row * digestWidth[scheme]);
  return state;
}

/** The digest of the names and digests directly below a directory; without bytes when something of it is not known. */
export function directoryContent(
  columns: SnapshotColumns,
  row: number,
  scheme: DigestScheme,
): { readonly state: number; readonly bytes?: Uint8Array } {
  const first = columns.firstChild[row] ?? 0;
  const end = first + (columns.childCount[row] ?? 0);
  let text = '';
  let state: number = digestState.known;
  for (let child = first; child < end; child++) {
    const digest = digestAt(columns, child, scheme);
    if (digest !== undefined) {
      if (state === digestState.known) text += `${nameAt(columns, child)}\0${digest}\0`;
    } else if (stateAt(columns, child, scheme) === digestState.unreadable) return { state: digestState.unreadable };
    else state = digestState.unknown;
  }
  return state === digestState.known ? { state, bytes: sha256(text).subarray(0, digestWidth[scheme]) } : { state };
}

function stateAt(columns: SnapshotColumns, row: number, scheme: DigestScheme): number {
  return columns.changes?.get(row)?.digests[scheme]?.state ?? columns.digests[scheme]?.states[row] ?? 0;
}
