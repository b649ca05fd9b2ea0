/** Snapshots of a build context over columns, and the way to make one from a list of entries. */
import {
  digestState,
  digestWidth,
  emptyDigests,
  linkTargetAt,
  modeAt,
  nameAt,
  rowOf,
  type SnapshotColumns,
  sizeAt,
  typeAt,
} from './columns';
import { ColumnsBuilder, type EntryRow } from './columns-builder';
import { digestAt, fillTreeDigests } from './entry-digest';
import { timesAt } from './entry-times';
import { fromHex } from './hexadecimal';
import { baseName, compareBytewise, parentPath } from './paths';
import type { ArchiveKnowledge, ContextEntry, ContextSnapshot, DigestScheme, EntryType, Totals } from './types';

export interface SnapshotExtras {
  readonly version?: number;
  readonly unreadable?: readonly { readonly path: string; readonly reason: string }[];
  readonly archives?: ReadonlyMap<string, ArchiveKnowledge>;
}

/** A snapshot that answers from columns; each answer takes time by the depth of the path, not by the size of the context. */
export function createSnapshot(columns: SnapshotColumns, extras: SnapshotExtras = {}): ContextSnapshot {
  const entryAt = (row: number, path: string): ContextEntry => {
    const hardLink = columns.hardLinks[row] ?? 0;
    const type = typeAt(columns, row);
    const name = nameAt(columns, row);
    const mode = modeAt(columns, row);
    const size = type === 'file' ? sizeAt(columns, row) : 0;
    if (type === 'symlink') return { path, name, type, mode, size, linkTarget: linkTargetAt(columns, row) ?? '' };
    return hardLink === 0
      ? { path, name, type, mode, size }
      : { path, name, type, mode, size, hardLink: `${hardLink}` };
  };
  const totalsAt = (row: number): Totals => ({
    bytes: sizeAt(columns, row),
    files: columns.fileCounts[row] ?? 0,
  });
  const snapshot: ContextSnapshot = {
    version: extras.version ?? 0,
    totals: totalsAt(0),
    unreadable: extras.unreadable ?? [],
    entry(path) {
      const row = rowOf(columns, path);
      return row < 0 ? undefined : entryAt(row, path);
    },
    children(path) {
      const row = rowOf(columns, path);
      if (row < 0) return [];
      const first = columns.firstChild[row] ?? 0;
      const prefix = path === '' ? '' : `${path}/`;
      const children: ContextEntry[] = [];
      for (let child = first; child < first + (columns.childCount[row] ?? 0); child++) {
        children.push(entryAt(child, prefix + nameAt(columns, child)));
      }
      return children;
    },
    totalsOf(path) {
      const row = rowOf(columns, path);
      return row < 0 ? { bytes: 0, files: 0 } : totalsAt(row);
    },
    digest(path, scheme) {
      const row = rowOf(columns, path);
      return row < 0 ? undefined : digestAt(columns, row, scheme);
    },
    ...(columns.times && {
      times(path: string) {
        const row = rowOf(columns, path);
        return row < 0 ? undefined : timesAt(columns, row);
      },
    }),
    archive: (path) => extras.archives?.get(path),
  };
  sources.set(snapshot, { columns, extras });
  return snapshot;
}

interface SnapshotSource {
  readonly columns: SnapshotColumns;
  readonly extras: SnapshotExtras;
}

/** What snapshots answer from, so that others can be made from them. */
const sources = new WeakMap<ContextSnapshot, SnapshotSource>();

/** The columns that a snapshot answers from; undefined for one that has none. */
export function sourceOf(snapshot: ContextSnapshot): SnapshotSource | undefined {
  return sources.get(snapshot);
}

/** An entry of a list that becomes a snapshot. Directories above it need not be listed: they then have mode 0755. */
export interface ListedEntry {
  readonly path: string;
  /** A file when absent. */
  readonly type?: EntryType;
  /** 0644 for files, 0755 for directories, when absent. */
  readonly mode?: number;
  readonly size?: number;
  readonly linkTarget?: string;
  readonly hardLink?: string;
  /** Digest of a file's content under each scheme, in hexadecimal digits. */
  readonly digests?: { readonly [Scheme in DigestScheme]?: string };
  /** Milliseconds since the epoch. An entry without has times of 0 when another one has some. */
  readonly times?: { readonly mtime: number; readonly ctime: number };
}

/** A snapshot of exactly these entries, in any order: for tests, and for the trees of commits. */
export function snapshotFromEntries(entries: readonly ListedEntry[], extras: SnapshotExtras = {}): ContextSnapshot {
  const unreadable = new Set(extras.unreadable?.map(({ path }) => path));
  return createSnapshot(columnsFromEntries(entries, unreadable), extras);
}

/** The columns of such a snapshot; nothing is claimed of the contents of files named as unreadable. */
export function columnsFromEntries(entries: readonly ListedEntry[], unreadable: ReadonlySet<string>): SnapshotColumns {
  const below = groupByDirectory(entries);
  const hardLinks = new Map<string, number>();
  let count = 1;
  for (const group of below.values()) count += group.length;
  const builder = new ColumnsBuilder(count);
  const files: { row: number; entry: ListedEntry }[] = [];
  const timed = entries.some((entry) => entry.times)
    ? { mtimes: new Float64Array(count), ctimes: new Float64Array(count) }
    : undefined;
  const takeTimes = (row: number, { times }: ListedEntry): void => {
    if (!timed || !times) return;
    timed.mtimes[row] = times.mtime;
    timed.ctimes[row] = times.ctime;
  };
  for (const entry of entries) if (entry.path === '') takeTimes(0, entry);
  const pending = [{ row: 0, path: '' }];
  for (let directory = pending.pop(); directory; directory = pending.pop()) {
    const children = below.get(directory.path) ?? [];
    const first = builder.addChildren(
      directory.row,
      children.map((child) => rowFrom(child, hardLinks)),
    );
    for (const [index, child] of children.entries()) {
      takeTimes(first + index, child);
      if (child.type === 'directory') pending.push({ row: first + index, path: child.path });
      else if (child.type === undefined || child.type === 'file') files.push({ row: first + index, entry: child });
    }
  }
  let columns: SnapshotColumns = { ...builder.finish(), ...(timed && { times: timed }) };
  for (const scheme of ['sha256', 'git'] as const) {
    if (!files.some(({ entry }) => entry.digests?.[scheme]) && files.length > 0) continue;
    const column = emptyDigests(columns.count, scheme);
    const width = digestWidth[scheme];
    for (const { row, entry } of files) {
      const digest = entry.digests?.[scheme];
      if (unreadable.has(entry.path)) column.states[row] = digestState.unreadable;
      else if (digest !== undefined) {
        column.states[row] = digestState.known;
        column.bytes.set(fromHex(digest, width), row * width);
      }
    }
    columns = { ...columns, digests: { ...columns.digests, [scheme]: column } };
    fillTreeDigests(columns, scheme);
  }
  return columns;
}

/** Entries of each directory in byte order; the last of several with one path, and directories that nobody listed. */
function groupByDirectory(entries: readonly ListedEntry[]): ReadonlyMap<string, readonly ListedEntry[]> {
  const below = new Map<string, ListedEntry[]>();
  const implied: ListedEntry[] = [];
  const groupOf = (directory: string): ListedEntry[] => {
    let group = below.get(directory);
    if (!group) {
      group = [];
      below.set(directory, group);
      if (directory !== '') {
        implied.push({ path: directory, type: 'directory' });
        groupOf(parentPath(directory));
      }
    }
    return group;
  };
  for (const entry of entries) if (entry.path !== '') groupOf(parentPath(entry.path)).push(entry);
  for (const directory of implied) groupOf(parentPath(directory.path)).unshift(directory);
  const sorted = new Map<string, readonly ListedEntry[]>();
  for (const [directory, group] of below) {
    group.sort((a, b) => compareBytewise(a.path, b.path));
    sorted.set(
      directory,
      group.filter((entry, index) => entry.path !== group[index + 1]?.path),
    );
  }
  return sorted;
}

function rowFrom(entry: ListedEntry, hardLinks: Map<string, number>): EntryRow {
  const type = entry.type ?? 'file';
  let hardLink = 0;
  if (entry.hardLink !== undefined) {
    hardLink = hardLinks.get(entry.hardLink) ?? hardLinks.size + 1;
    hardLinks.set(entry.hardLink, hardLink);
  }
  return {
    name: baseName(entry.path),
    type,
    mode: entry.mode ?? (type === 'directory' ? 0o755 : type === 'symlink' ? 0o777 : 0o644),
    size: entry.size ?? 0,
    ...(type === 'symlink' ? { linkTarget: entry.linkTarget ?? '' } : {}),
    hardLink,
  };
}
