/**
 * Whether a build context is still as it was looked at, found out without listing a directory: where no name was added, taken away or
 * exchanged a directory keeps its times (inode(7): mtime and ctime of a directory), and only every entry is asked for its own.
 */
import { lstatSync, type Stats } from 'node:fs';
import { nameAt, pathAt, typeAt } from '../context/columns';
import type { PatternMatcher } from '../context/pattern-matcher';
import { type ContextModel, stampAt } from './context-model';

/**
 * Milliseconds for which a directory may be changed again without other times than it had when it was listed: the coarsest times that local file
 * systems keep are whole seconds (ext4 with small inodes).
 */
export const sameTimes = 2_000;

// Made once: it is asked a hundred thousand times.
const absentIsUndefined = { throwIfNoEntry: false } as const;

/**
 * Whether that can be found out: with `!` patterns a directory that holds nothing that is kept is no row, and what comes into it is seen by
 * nothing but a look at it.
 */
export function canBeUntouched({ patterns }: PatternMatcher): boolean {
  return patterns.every(({ negated }) => !negated);
}

/**
 * True when nothing below `root` can differ from the model; false when something does, or might. Its times must be those of a local file system.
 * @param listedAt when the look began that all rows of the model are from or are younger than, in milliseconds since the epoch
 */
export function isUntouched(root: string, model: ContextModel, listedAt: number): boolean {
  const { columns } = model;
  const settledBefore = listedAt - sameTimes;
  if (!isSame(model, 0, statsOf(root), settledBefore)) return false;
  for (let directory = 0; directory < columns.count; directory++) {
    const count = columns.childCount[directory] ?? 0;
    if (count === 0) continue;
    const first = columns.firstChild[directory] ?? 0;
    const above = directory === 0 ? root : `${root}/${pathAt(columns, directory)}`;
    for (let row = first; row < first + count; row++) {
      if (!isSame(model, row, statsOf(`${above}/${nameAt(columns, row)}`), settledBefore)) return false;
    }
  }
  return true;
}

function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, absentIsUndefined);
  } catch {
    // Why it can't be looked at is told by who lists it.
    return undefined;
  }
}

function isSame(model: ContextModel, row: number, stats: Stats | undefined, settledBefore: number): boolean {
  if (stats === undefined) return false;
  const { size, mtime, ctime, inode } = stampAt(model, row);
  if (stats.ctimeMs !== ctime || stats.mtimeMs !== mtime || stats.ino !== inode) return false;
  switch (typeAt(model.columns, row)) {
    case 'directory':
      return stats.isDirectory() && ctime < settledBefore && mtime < settledBefore;
    case 'file':
      return stats.isFile() && stats.size === size;
    case 'symlink':
      return stats.isSymbolicLink();
    case 'other':
      return true;
  }
}
