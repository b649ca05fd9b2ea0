/**
 * Whether a selection still holds what it held at a moment in the past, by change times alone.
 *
 * A change time (ctime) is set by the kernel with every change of content, mode, owner and link count, and on the file
 * systems that `ContextTimes` calls kept also when an entry is renamed; of a directory, with every name that comes, goes or
 * is put in place of another. So a file, link or directory whose change time is older than the moment was the same then,
 * under the same name in the same directory. What is taken must be so itself. Of a directory that is only passed on the way
 * the names do not matter, but which directory it is: either its own change time is older (it has not been moved), or that
 * of the directory above (nothing has been put in its place).
 */
import { nameAt, pathAt, rowOf, type SnapshotColumns, typeAt } from './columns';
import { timesAt } from './entry-times';
import { followLinks } from './follow-links';
import { ignorePatterns } from './ignore-file';
import { directoriesAbove, joinPath } from './paths';
import type { MatchState, PatternMatcher } from './pattern-matcher';
import { remembered } from './remembered';
import { sourceOf } from './snapshot';
import { type ResolvedSource, resolveSources, type SourceRoot } from './source-roots';
import type { ContextSnapshot, EntryTimes, ReadyContext, Selection } from './types';

export type AsBuilt =
  /** Everything that decides what the selection takes is older than the moment. */
  | { readonly kind: 'as-built' }
  /** Context paths of what is not, the latest first, at most ten; `.` is the root. Empty when times say nothing at all. */
  | { readonly kind: 'unseen'; readonly paths: readonly string[] };

const pathLimit = 10;

/**
 * Whether a selection takes the same now as at a moment (milliseconds since the epoch, from which the caller has taken off
 * what clocks may differ by). `patterns` are the ignore patterns that held then, when the engine tells; without them the
 * times of the ignore file and of where it may have been decide. Asking about several moments costs no more than one.
 */
export function contentsAsBuilt(
  snapshot: ContextSnapshot,
  facts: Pick<ReadyContext, 'ignoreFile' | 'times'>,
  selection: Selection,
  time: number,
  patterns?: readonly string[],
): AsBuilt {
  const { times, ignoreFile } = facts;
  if (times?.kind !== 'kept' || times.placedAt >= time || !snapshot.times) return { kind: 'unseen', paths: [] };
  const paths = latestChanges(snapshot, selection).flatMap(({ path, at }) => (at >= time ? [path || '.'] : []));
  const rootAt = snapshot.times('')?.ctime ?? Number.POSITIVE_INFINITY;
  if (rootAt >= time && times.holderChangedAt >= time && !paths.includes('.')) paths.push('.');
  const ignoredAlike = patterns
    ? sameTexts(patterns, ignorePatterns(ignoreFile.text))
    : ignoreFile.changedAt !== undefined && ignoreFile.changedAt < time;
  if (!ignoredAlike) paths.unshift(ignoreFile.path ?? '.dockerignore');
  return paths.length === 0 ? { kind: 'as-built' } : { kind: 'unseen', paths: [...new Set(paths)].slice(0, pathLimit) };
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}

interface Change {
  readonly path: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** The latest changes to what decides the contents of a selection, latest first. Whether the root is in place is not in it. */
function latestChanges(snapshot: ContextSnapshot, selection: Selection): readonly Change[] {
  return remembered(snapshot, `changes ${JSON.stringify(selection)}`, () => {
    const columns = sourceOf(snapshot)?.columns;
    if (!columns) return [{ path: '', at: Number.POSITIVE_INFINITY }];
    const search = new ChangeSearch(columns);
    const { sources, links, searched, dangling, exclude } = resolveSources(snapshot, selection);
    if (dangling) search.takeTree('');
    for (const path of [...links, ...searched]) search.takeEntry(path);
    for (const source of sources) {
      for (const root of source.roots) {
        if (exclude) search.takeFiltered(root, exclude);
        else search.takeTree(root.resolvedPath);
        search.passTo(root.resolvedPath);
        if (source.kind === 'parents') search.takeModesAbove(root);
      }
      if (source.kind === 'parents') takeTopLinks(search, snapshot, source, exclude);
    }
    return search.latest();
  });
}

/** With `--parents`, a link directly below the base is hashed as what it leads to. */
function takeTopLinks(
  search: ChangeSearch,
  snapshot: ContextSnapshot,
  source: ResolvedSource,
  exclude: PatternMatcher | undefined,
): void {
  for (const { entry, resolvedPath, destination } of source.roots) {
    if (entry.type !== 'symlink' || destination.includes('/') || exclude?.matchAlone(destination)) continue;
    const followed = followLinks(snapshot, resolvedPath);
    for (const path of followed?.links ?? []) search.takeEntry(path);
    search.takeTree(followed?.entry.path ?? '');
    if (followed) search.passTo(followed.entry.path);
  }
}

/** Finds the latest changes, entering only directories in which there may be one. */
class ChangeSearch {
  readonly #columns: SnapshotColumns;
  #latest: { readonly row: number; readonly at: number }[] = [];
  readonly #passed = new Set<number>();

  constructor(columns: SnapshotColumns) {
    this.#columns = columns;
  }

  latest(): readonly Change[] {
    return this.#latest.map(({ row, at }) => ({ path: pathAt(this.#columns, row), at }));
  }

  /** An entry itself, and the way to it. */
  takeEntry(path: string): void {
    const row = rowOf(this.#columns, path);
    this.#add(row, this.#timesOf(row).ctime);
    this.passTo(path);
  }

  /** Everything at and below a path. */
  takeTree(path: string): void {
    this.#takeRows(rowOf(this.#columns, path));
  }

  /** The same as far as patterns do not exclude it. Every directory counts that has to be entered. */
  takeFiltered(root: SourceRoot, exclude: PatternMatcher): void {
    const walk = (row: number, candidate: string, parent: MatchState): void => {
      const { ctime, newest } = this.#timesOf(row);
      if (!this.#matters(newest)) return;
      const state = new Uint8Array(exclude.patterns.length);
      const excluded = candidate !== '' && exclude.match(candidate, parent, state);
      const isDirectory = typeAt(this.#columns, row) === 'directory';
      if (excluded && !(isDirectory && exclude.mayKeepBelow(candidate))) return;
      this.#add(row, ctime);
      for (const child of this.#newestFirst(row)) {
        const below = joinPath(candidate, nameAt(this.#columns, child));
        walk(child, below, candidate === '' ? undefined : state);
      }
    };
    walk(rowOf(this.#columns, root.resolvedPath), root.candidate, undefined);
  }

  /** The directories on the way to a path, from below the root: whether they are still the same ones. */
  passTo(path: string): void {
    const { parents } = this.#columns;
    const parentOf = (row: number): number => parents[row] ?? 0;
    for (let at = parentOf(rowOf(this.#columns, path)); at !== 0 && !this.#passed.has(at); at = parentOf(at)) {
      this.#passed.add(at);
      this.#add(at, Math.min(this.#timesOf(at).ctime, this.#timesOf(parentOf(at)).ctime));
    }
  }

  /** With `--parents`, the modes of the directories on the way count too. */
  takeModesAbove({ resolvedPath, destination }: SourceRoot): void {
    const base = resolvedPath.length - destination.length - 1;
    for (const path of directoriesAbove(resolvedPath)) {
      if (path.length < base) return;
      const row = rowOf(this.#columns, path);
      this.#add(row, this.#timesOf(row).ctime);
    }
  }

  #takeRows(row: number): void {
    const { ctime, newest } = this.#timesOf(row);
    if (!this.#matters(newest)) return;
    this.#add(row, ctime);
    for (const child of this.#newestFirst(row)) this.#takeRows(child);
  }

  /** Rows directly below one that may hold a late change, the latest first. */
  #newestFirst(row: number): readonly number[] {
    const first = this.#columns.firstChild[row] ?? 0;
    const found: { readonly row: number; readonly newest: number }[] = [];
    for (let child = first; child < first + (this.#columns.childCount[row] ?? 0); child++) {
      const { newest } = this.#timesOf(child);
      if (this.#matters(newest)) found.push({ row: child, newest });
    }
    return found.sort((a, b) => b.newest - a.newest).map((each) => each.row);
  }

  #timesOf(row: number): EntryTimes {
    return (row < 0 ? undefined : timesAt(this.#columns, row)) ?? unknownTimes;
  }

  /** Whether a change at a time is among the latest known so far. */
  #matters(at: number): boolean {
    return this.#latest.length < pathLimit || at > (this.#latest.at(-1)?.at ?? 0);
  }

  #add(row: number, at: number): void {
    if (row < 0 || !this.#matters(at)) return;
    const known = this.#latest.find((change) => change.row === row);
    if (known && known.at >= at) return;
    const others = this.#latest.filter((change) => change !== known);
    this.#latest = [...others, { row, at }].sort((a, b) => b.at - a.at).slice(0, pathLimit);
  }
}

/** Nothing is known of it, so it may have changed at any time. */
const unknownTimes: EntryTimes = {
  mtime: Number.POSITIVE_INFINITY,
  ctime: Number.POSITIVE_INFINITY,
  newest: Number.POSITIVE_INFINITY,
};
