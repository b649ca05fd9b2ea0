/**
 * The events of saved files, by far the most frequent: no name or type has changed, so the index stays as it is but for
 * the rows of these files and of the directories above them. Many editors save by putting a new file in place of the old
 * one, which changes the times of the directory too.
 */
import { digestState, linkTargetAt, modeAt, packKind, rowOf, typeAt } from '../context/columns';
import { parentPath } from '../context/paths';
import type { PatternMatcher } from '../context/pattern-matcher';
import type { DigestScheme } from '../context/types';
import { type ContextModel, sameStamp, stampAt } from './context-model';
import { nearestDirectory } from './context-update';
import type { ScannedEntry, Walker } from './context-walk';

export interface SavedEntry {
  readonly row: number;
  readonly entry: ScannedEntry;
}

/**
 * The files among these context paths as they are on the disk now, and the directories that hold them; undefined when an event may have changed more than
 * files that were there before, so that directories have to be listed. Paths that were not in the index and are not on
 * the disk either, as the temporary files of editors, count for nothing.
 */
export function savedFiles(
  model: ContextModel,
  walker: Walker,
  matcher: PatternMatcher,
  paths: readonly string[],
): readonly SavedEntry[] | undefined {
  const saved: SavedEntry[] = [];
  const holders = new Map<number, string>();
  for (const path of paths) {
    const place = nearestDirectory(model, matcher, path);
    if (!place) continue;
    holders.set(place.row, place.path.slice(0, -place.name.length - 1));
    const row = rowOf(model.columns, place.path);
    const look = walker.look(place.path);
    if (row < 0 && look.kind === 'absent' && isDirectory(walker, parentPath(place.path))) continue;
    if (row < 0 || look.kind !== 'there' || !isSameEntry(model, row, look.entry)) return undefined;
    if (look.entry.type === 'file') saved.push({ row, entry: look.entry });
  }
  for (const [row, path] of holders) {
    const look = walker.look(path);
    if (look.kind !== 'there' || !isSameDirectory(model, row, look.entry)) return undefined;
    saved.push({ row, entry: look.entry });
  }
  return saved;
}

/** The root's mode does not count. */
function isSameDirectory(model: ContextModel, row: number, { type, mode, inode }: ScannedEntry): boolean {
  return (
    type === 'directory' && inode === stampAt(model, row).inode && (row === 0 || mode === modeAt(model.columns, row))
  );
}

function isDirectory(walker: Walker, path: string): boolean {
  const look = walker.look(path);
  return look.kind === 'there' && look.entry.type === 'directory';
}

function isSameEntry({ columns }: ContextModel, row: number, entry: ScannedEntry): boolean {
  if (typeAt(columns, row) !== entry.type) return false;
  switch (entry.type) {
    case 'file':
      // What a file with further links adds to the totals depends on those.
      return entry.hardLink === 0 && columns.hardLinks[row] === 0;
    case 'symlink':
      return linkTargetAt(columns, row) === entry.linkTarget && modeAt(columns, row) === entry.mode;
    case 'other':
      return modeAt(columns, row) === entry.mode;
    case 'directory':
      return false;
    default:
      return entry.type satisfies never;
  }
}

/**
 * Writes saved files and the times of directories into the model. `files` are the rows of files that differ or whose
 * contents have to be read, `rows` these and the directories above, whose totals are new and whose digests are not known
 * any more, and the directories that have other times.
 */
export function applySaves(
  model: ContextModel,
  saved: readonly SavedEntry[],
  schemes: Iterable<DigestScheme>,
): { readonly files: readonly number[]; readonly rows: ReadonlySet<number> } {
  const { columns } = model;
  const states = [...schemes].flatMap((scheme) => columns.digests[scheme]?.states ?? []);
  const files: number[] = [];
  const rows = new Set<number>();
  for (const { row, entry } of saved) {
    if (entry.type === 'directory') {
      if (model.mtimes[row] !== entry.mtime || model.ctimes[row] !== entry.ctime) rows.add(row);
      model.mtimes[row] = entry.mtime;
      model.ctimes[row] = entry.ctime;
      continue;
    }
    const isSame = sameStamp(stampAt(model, row), entry) && modeAt(columns, row) === entry.mode;
    if (isSame && states.every((each) => each[row] === digestState.known)) continue;
    files.push(row);
    const growth = entry.size - (columns.sizes[row] ?? 0);
    columns.kinds[row] = packKind(entry.type, entry.mode);
    model.mtimes[row] = entry.mtime;
    model.ctimes[row] = entry.ctime;
    model.inodes[row] = entry.inode;
    for (const at of rowAndAbove(model, row)) {
      columns.sizes[at] = (columns.sizes[at] ?? 0) + growth;
      for (const each of states) each[at] = digestState.unknown;
      rows.add(at);
    }
  }
  return { files, rows };
}

/** A row and those of the directories above it, the root last. */
export function rowAndAbove({ columns }: ContextModel, row: number): number[] {
  const rows = [row];
  for (let at = row; at !== 0; ) {
    at = columns.parents[at] ?? 0;
    rows.push(at);
  }
  return rows;
}
