/**
 * Walks a build context as the builder's client does (fsutil walker and filter.go): ignored directories are not entered
 * unless a `!` pattern may keep something in them, links are not followed, and nothing outside the root is looked at.
 * Synchronous on purpose: it runs in a worker, where it is four times faster than the asynchronous calls.
 */
import { type Dirent, lstatSync, readdirSync, readlinkSync, realpathSync, type Stats, statSync } from 'node:fs';
import { baseName, compareBytewise, joinPath } from '../context/paths';
import type { MatchState, PatternMatcher } from '../context/pattern-matcher';
import type { EntryType } from '../context/types';
import { type ContextProblem, type PathProblem, problemOf } from './context-problem';

/** What tells that a file is still the one that was read. Times in milliseconds. */
export interface Stamp {
  readonly size: number;
  readonly mtime: number;
  readonly ctime: number;
  readonly inode: number;
}

export interface ScannedEntry extends Stamp {
  readonly name: string;
  readonly type: EntryType;
  readonly mode: number;
  readonly linkTarget?: string;
  readonly hardLink: number;
  readonly below: Below;
}

/** What lies below an entry. */
export type Below =
  | { readonly kind: 'nothing' }
  /** Looked at only when asked, so that the entries of a large context are never all in memory as objects. */
  | { readonly kind: 'scanned'; readonly entries: () => readonly ScannedEntry[] }
  /** The same as under this row of the index before, this entry included. */
  | { readonly kind: 'kept'; readonly row: number };

export type Look =
  | { readonly kind: 'there'; readonly entry: ScannedEntry }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unclear' };

/** Entries that an index holds at most: what is larger is no build context but a mistake. */
export const entryLimit = 1_000_000;

export class TooManyEntries extends Error {}

/** Numbers for inodes with several links, the same over the life of an index. */
export class HardLinks {
  readonly #numbers = new Map<string, number>();

  numberOf(stats: Stats): number {
    const key = `${stats.dev}:${stats.ino}`;
    const number = this.#numbers.get(key) ?? this.#numbers.size + 1;
    this.#numbers.set(key, number);
    return number;
  }
}

export interface Walker {
  /** Problems met since it was made; complete when everything below has been asked for. */
  readonly problems: readonly PathProblem[];
  /** Everything below a directory that is not ignored, sorted. `state` is what matched the directory. */
  scan(directory: string, state: MatchState): ScannedEntry[];
  /** Entries of one directory by name; undefined when it can't be read. */
  list(directory: string): Dirent[] | undefined;
  /** One entry of a directory with all that is below it; undefined when it is ignored or gone. */
  scanEntry(directory: string, listed: Dirent, state: MatchState): ScannedEntry | undefined;
  /** One path by itself, whether ignored or not, without what is below it. */
  look(path: string): Look;
}

/** The directory of a build context with links resolved. */
export function openRoot(
  contextPath: string,
): { readonly kind: 'ok'; readonly root: string } | { readonly kind: 'failed'; readonly problem: ContextProblem } {
  try {
    const root = realpathSync(contextPath);
    return statSync(root).isDirectory()
      ? { kind: 'ok', root }
      : { kind: 'failed', problem: { kind: 'not-a-directory' } };
  } catch (error) {
    const problem = problemOf(error);
    return { kind: 'failed', problem: problem.kind === 'vanished' ? { kind: 'missing' } : problem };
  }
}

/** The stamp of the root itself. */
export function rootStamp(walker: Walker): Stamp {
  const look = walker.look('');
  return look.kind === 'there' ? look.entry : { size: 0, mtime: 0, ctime: 0, inode: 0 };
}

/** A walker over the directory `root` (absolute, links resolved). It throws only `TooManyEntries`. */
export function createWalker(root: string, matcher: PatternMatcher, hardLinks: HardLinks): Walker {
  const problems: PathProblem[] = [];
  const onWindows = process.platform === 'win32';
  const width = matcher.patterns.length;
  let count = 0;

  const absolute = (path: string): string => (path === '' ? root : `${root}/${path}`);

  const list = (directory: string): Dirent[] | undefined => {
    try {
      return readdirSync(absolute(directory), { withFileTypes: true }).sort((a, b) => compareBytewise(a.name, b.name));
    } catch (error) {
      const problem = problemOf(error);
      // A directory that is gone is no problem: its parent's listing tells.
      if (problem.kind !== 'vanished') problems.push({ path: directory, problem });
      return undefined;
    }
  };

  const scan = (directory: string, state: MatchState): ScannedEntry[] => {
    const found: ScannedEntry[] = [];
    for (const listed of list(directory) ?? []) {
      const entry = scanEntry(directory, listed, state);
      if (entry) found.push(entry);
    }
    return found;
  };

  const scanEntry = (directory: string, listed: Dirent, state: MatchState): ScannedEntry | undefined => {
    const path = joinPath(directory, listed.name);
    const isDirectory = listed.isDirectory();
    const record = isDirectory && width > 0 ? new Uint8Array(width) : undefined;
    const ignored = width > 0 && matcher.match(path, state, record);
    if (ignored && !(isDirectory && matcher.mayKeepBelow(path))) return undefined;
    count += 1;
    if (count > entryLimit) throw new TooManyEntries();
    let below: Below = { kind: 'nothing' };
    if (isDirectory && ignored) {
      // An ignored directory is there only for the sake of what is kept in it.
      const entries = scan(path, record);
      if (entries.length === 0) return undefined;
      below = { kind: 'scanned', entries: () => entries };
    } else if (isDirectory) below = { kind: 'scanned', entries: () => scan(path, record) };
    return describe(path, listed, below);
  };

  const describe = (path: string, listed: Dirent, below: Below): ScannedEntry | undefined => {
    try {
      const stats = lstatSync(absolute(path), { throwIfNoEntry: false });
      if (stats) return entryFrom(path, listed.name, stats, below);
      if (!listed.name.includes('\ufffd')) return undefined;
      problems.push({ path, problem: { kind: 'undecodable-name' } });
      return unknownEntry(listed, below);
    } catch (error) {
      const problem = problemOf(error);
      if (problem.kind === 'vanished') return undefined;
      problems.push({ path, problem });
      return unknownEntry(listed, below);
    }
  };

  const entryFrom = (path: string, name: string, stats: Stats, below: Below): ScannedEntry => {
    const type = typeOf(stats);
    return {
      name,
      type,
      mode: onWindows ? 0o755 : stats.mode & 0o7777,
      size: type === 'file' ? stats.size : 0,
      mtime: stats.mtimeMs,
      ctime: stats.ctimeMs,
      inode: stats.ino,
      hardLink: type === 'file' && stats.nlink > 1 ? hardLinks.numberOf(stats) : 0,
      ...(type === 'symlink' ? { linkTarget: targetOf(absolute(path), onWindows) } : {}),
      below: type === 'directory' ? below : { kind: 'nothing' },
    };
  };

  const look = (path: string): Look => {
    try {
      const stats = lstatSync(absolute(path), { throwIfNoEntry: false });
      if (!stats) return { kind: 'absent' };
      return { kind: 'there', entry: entryFrom(path, baseName(path), stats, { kind: 'nothing' }) };
    } catch {
      // Why it can't be told is found out where it is listed.
      return { kind: 'unclear' };
    }
  };

  return { problems, scan, list, scanEntry, look };
}

function targetOf(path: string, onWindows: boolean): string {
  const target = readlinkSync(path);
  return onWindows ? target.replaceAll('\\', '/') : target;
}

function typeOf(item: Stats | Dirent): EntryType {
  if (item.isFile()) return 'file';
  if (item.isDirectory()) return 'directory';
  return item.isSymbolicLink() ? 'symlink' : 'other';
}

/** Something that is there but of which nothing more can be told. */
function unknownEntry(listed: Dirent, below: Below): ScannedEntry {
  const type = typeOf(listed);
  return { name: listed.name, type, mode: 0, size: 0, mtime: 0, ctime: 0, inode: 0, hardLink: 0, below };
}
