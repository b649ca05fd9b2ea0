/** Brings an index up to date with file events: only what they name is looked at again. */
import { isAbsolute, relative, sep } from 'node:path';
import { nameAt, pathAt, rowOf, typeAt } from '../context/columns';
import { compareBytewise, joinPath, parentPath } from '../context/paths';
import type { MatchState, PatternMatcher } from '../context/pattern-matcher';
import { type ContextModel, keptEntry, stampAt } from './context-model';
import type { ScannedEntry, Walker } from './context-walk';

/** Names within directories that have to be looked at again, by the row of the directory. */
type DirtyNames = Map<number, Set<string>>;

/** Context paths of absolute paths that lie inside the root; the root itself is the empty path. */
export function pathsInside(root: string, absolutePaths: readonly string[]): string[] {
  return absolutePaths.flatMap((path) => {
    // On Windows this also takes care of drive letters and of the case of the root.
    const below = relative(root, path);
    if (below === '') return [''];
    return below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below) ? [] : [below.split(sep).join('/')];
  });
}

/**
 * What is below the root after the events, with everything they do not name kept from the model; undefined when they change
 * nothing. `changed` holds the context paths that were looked at again.
 */
export function rescan(
  model: ContextModel,
  walker: Walker,
  matcher: PatternMatcher,
  paths: readonly string[],
): { readonly entries: readonly ScannedEntry[]; readonly changed: readonly string[] } | undefined {
  const dirty: DirtyNames = new Map();
  const changed: string[] = [];
  for (const path of [...paths, ...otherLinks(model, paths)]) {
    const place = nearestDirectory(model, matcher, path);
    if (!place) continue;
    const names = dirty.get(place.row) ?? new Set();
    names.add(place.name);
    dirty.set(place.row, names);
    changed.push(place.path);
  }
  if (dirty.size === 0) return undefined;
  const above = rowsAbove(model, dirty);
  for (const row of above) {
    if (row === 0 || !isReplaced(model, walker, row)) continue;
    const parent = model.columns.parents[row] ?? 0;
    dirty.set(parent, (dirty.get(parent) ?? new Set()).add(nameAt(model.columns, row)));
    changed.push(pathAt(model.columns, row));
  }
  return { entries: rescanDirectory(model, walker, matcher, { dirty, above }, 0, '', undefined), changed };
}

/**
 * The deepest directory on the way to a path that is in the index and not ignored itself, and the name below it to look at;
 * undefined when the path is ignored.
 */
export function nearestDirectory(
  model: ContextModel,
  matcher: PatternMatcher,
  path: string,
): { readonly row: number; readonly name: string; readonly path: string } | undefined {
  const elements = path.split('/');
  let row = 0;
  let directory = '';
  let state: MatchState;
  for (const [depth, name] of elements.entries()) {
    const below = joinPath(directory, name);
    const record = new Uint8Array(matcher.patterns.length);
    const ignored = matcher.match(below, state, record);
    const child = rowOf(model.columns, below);
    if (depth === elements.length - 1 || ignored || child < 0 || typeAt(model.columns, child) !== 'directory') {
      // What is neither there nor could be kept changes nothing, whatever happens to it.
      return ignored && child < 0 && !matcher.mayKeepBelow(below) ? undefined : { row, name, path: below };
    }
    row = child;
    directory = below;
    state = record;
  }
  return undefined;
}

/** Further names of the files at these paths: what is written to one is in all, but only one is told. */
function otherLinks({ columns }: ContextModel, paths: readonly string[]): string[] {
  const numbers = new Set<number>();
  for (const path of paths) numbers.add(columns.hardLinks[Math.max(0, rowOf(columns, path))] ?? 0);
  numbers.delete(0);
  const links: string[] = [];
  if (numbers.size === 0) return links;
  for (const [row, number] of columns.hardLinks.entries()) {
    if (numbers.has(number)) links.push(pathAt(columns, row));
  }
  return links;
}

/** Whether another directory lies where an event has told of something in this one. */
function isReplaced(model: ContextModel, walker: Walker, row: number): boolean {
  const look = walker.look(pathAt(model.columns, row));
  return look.kind === 'there' && look.entry.inode !== stampAt(model, row).inode;
}

function rowsAbove(model: ContextModel, dirty: DirtyNames): Set<number> {
  const above = new Set<number>([0]);
  for (const row of dirty.keys()) {
    for (let at = row; !above.has(at); at = model.columns.parents[at] ?? 0) above.add(at);
  }
  return above;
}

function rescanDirectory(
  model: ContextModel,
  walker: Walker,
  matcher: PatternMatcher,
  marks: { readonly dirty: DirtyNames; readonly above: ReadonlySet<number> },
  row: number,
  directory: string,
  state: MatchState,
): ScannedEntry[] {
  const { columns } = model;
  const first = columns.firstChild[row] ?? 0;
  const kept: ScannedEntry[] = [];
  const names = marks.dirty.get(row);
  const caseBlind = process.platform === 'win32' || process.platform === 'darwin';
  const fold = (name: string): string => (caseBlind ? name.toLowerCase() : name);
  const dirtyNames = names && new Set([...names].map(fold));
  // Names are taken from the disk, not from events: they may differ in case, and a listing heals events that were missed.
  const listed = names && new Set(walker.list(directory) ?? []);
  for (let child = first; child < first + (columns.childCount[row] ?? 0); child++) {
    const name = nameAt(columns, child);
    if (dirtyNames?.has(fold(name)) || (listed && !listed.has(name))) continue;
    listed?.delete(name);
    if (!marks.above.has(child)) {
      kept.push(keptEntry(model, child));
      continue;
    }
    const path = joinPath(directory, name);
    const record = new Uint8Array(matcher.patterns.length);
    matcher.match(path, state, record);
    const entries = rescanDirectory(model, walker, matcher, marks, child, path, record);
    // After the listing, so that the directory's change time is not older than what was found in it.
    const look = walker.look(path);
    const itself = look.kind === 'there' && look.entry.type === 'directory' ? look.entry : keptEntry(model, child);
    kept.push({ ...itself, below: { kind: 'scanned', entries: () => entries } });
  }
  for (const name of listed ?? []) {
    const entry = walker.scanEntry(directory, name, state);
    if (entry) kept.push(entry);
  }
  return kept.sort((a, b) => compareBytewise(a.name, b.name));
}

/** Whether a path is one of these or lies below one of them. */
export function isWithin(path: string, within: ReadonlySet<string>): boolean {
  for (let at = path; ; at = parentPath(at)) {
    if (within.has(at)) return true;
    if (at === '') return false;
  }
}
