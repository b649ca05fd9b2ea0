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

/** Rows of a model, from one up to before another. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/**
 * True when nothing of these rows can differ from the model; false when something does, or might. Its times must be those of a local file system.
 * @param root directory of the context, absolute
 * @param listedAt when the look began that all rows of the model are from or are younger than, in milliseconds since the epoch
 */
export function isUntouched(root: string, model: ContextModel, listedAt: number, { from, to }: RowRange): boolean {
  const { columns } = model;
  const settledBefore = listedAt - sameTimes;
  let parent = -1;
  let above = '';
  for (let row = from; row < to; row++) {
    // The children of a directory lie side by side.
    const holder = columns.parents[row] ?? 0;
    if (holder !== parent) {
      parent = holder;
      above = holder === 0 ? root : `${root}/${pathAt(columns, holder)}`;
    }
    const path = row === 0 ? root : `${above}/${nameAt(columns, row)}`;
    if (!isSame(model, row, statsOf(path), settledBefore)) return false;
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
