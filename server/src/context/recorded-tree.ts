/** The digests that a build record keeps of the build context, and what differs from them now. */
import { nameAt, rowOf, typeAt } from './columns';
import { contentTree, type DigestsByPath, orderedDigests, PackedDigests, type TakeContent } from './content-tree';
import { type DigestParts, digestPartsAt } from './entry-digest';
import { followLinks } from './follow-links';
import { compareBytewise, directoriesAbove, joinPath } from './paths';
import type { MatchState } from './pattern-matcher';
import { sourceOf } from './snapshot';
import { type ResolvedSources, resolveSources } from './source-roots';
import type { ContextSnapshot, DigestScheme, Selection } from './types';
import { compileWildcard } from './wildcard';

/** Paths that a record holds at most. Of what is more, only the directories above are recorded. */
const recordLimit = 200_000;

/**
 * Digests by path of everything that the selections take: files, links and directories, and the links followed on the way.
 * Paths without a known digest are left out. A directory is recorded with all that is directly in it or with nothing.
 */
export function recordTree(
  snapshot: ContextSnapshot,
  selections: readonly Selection[],
  scheme: DigestScheme,
): DigestsByPath {
  /** Paths for themselves: links, sources and the directories on the way to them. */
  const named = new Set<string>();
  let level: string[] = [];
  for (const selection of selections) {
    const resolved = resolveSources(snapshot, selection);
    for (const path of resolved.links) named.add(path);
    for (const root of resolved.sources.flatMap((source) => source.roots)) {
      named.add(root.resolvedPath);
      if (root.entry.type === 'directory') level.push(root.resolvedPath);
      // With `--parents` the modes of the directories on the way count too.
      if (selection.parents) for (const path of directoriesAbove(root.resolvedPath)) named.add(path);
    }
  }
  const seen = new Set<string>();
  /** Directories of which everything directly in them is recorded. */
  const opened = new Set<string>();
  let most = named.size;
  // Level by level, so that what is nearest to the sources is there when the limit is reached.
  while (level.length > 0) {
    const next: string[] = [];
    for (const directory of level) {
      if (seen.has(directory)) continue;
      seen.add(directory);
      const { count, directories } = contentsOf(snapshot, directory);
      if (most + count > recordLimit) continue;
      most += count;
      opened.add(directory);
      next.push(...directories);
    }
    level = next;
  }
  return orderedDigests((take) => tellEntries(snapshot, named, opened, scheme, take), most);
}

/** How much lies directly in a directory, and which directories. */
function contentsOf(
  snapshot: ContextSnapshot,
  directory: string,
): { readonly count: number; readonly directories: readonly string[] } {
  const columns = sourceOf(snapshot)?.columns;
  if (!columns) {
    const children = snapshot.children(directory);
    const directories = children.filter(({ type }) => type === 'directory').map(({ path }) => path);
    return { count: children.length, directories };
  }
  const row = rowOf(columns, directory);
  const count = row < 0 ? 0 : (columns.childCount[row] ?? 0);
  const first = columns.firstChild[row] ?? 0;
  const directories: string[] = [];
  for (let child = first; child < first + count; child++) {
    if (typeAt(columns, child) === 'directory') directories.push(joinPath(directory, nameAt(columns, child)));
  }
  return { count, directories };
}

/** Named paths and everything directly in opened directories, as far as a digest is known, in the order of a walk. */
function tellEntries(
  snapshot: ContextSnapshot,
  named: ReadonlySet<string>,
  opened: ReadonlySet<string>,
  scheme: DigestScheme,
  take: TakeContent,
): void {
  const onTheWay = new Set(opened);
  for (const path of [...named, ...opened]) for (const above of ['', ...directoriesAbove(path)]) onTheWay.add(above);
  const root = named.has('') ? snapshot.digest('', scheme) : undefined;
  if (root !== undefined) take('', root);
  const walk = (directory: string): void => {
    const isOpened = opened.has(directory);
    lookBelow(snapshot, directory, scheme, (path, isDirectory, digest) => {
      if (digest !== undefined && (isOpened || named.has(path))) take(path, digest);
      if (isDirectory && onTheWay.has(path)) walk(path);
    });
  };
  walk('');
}

/** Tells what lies directly in a directory; by rows where there are some, as looking up each path takes far longer. */
function lookBelow(
  snapshot: ContextSnapshot,
  directory: string,
  scheme: DigestScheme,
  tell: (path: string, isDirectory: boolean, digest: string | DigestParts | undefined) => void,
): void {
  const columns = sourceOf(snapshot)?.columns;
  if (!columns) {
    for (const { path, type } of snapshot.children(directory)) {
      tell(path, type === 'directory', snapshot.digest(path, scheme));
    }
    return;
  }
  const row = rowOf(columns, directory);
  const first = columns.firstChild[row] ?? 0;
  for (let child = first; child < first + (columns.childCount[row] ?? 0); child++) {
    const path = joinPath(directory, nameAt(columns, child));
    tell(path, typeAt(columns, child) === 'directory', digestPartsAt(columns, child, scheme));
  }
}

/** What was there before: the tree of a record, or a snapshot that is compared directly. */
interface Before {
  digest(path: string): string | undefined;
  names(directory: string): readonly string[];
}

function beforeOf(recorded: DigestsByPath | ContextSnapshot, scheme: DigestScheme): Before {
  if (isSnapshot(recorded)) {
    return {
      digest: (path) => recorded.digest(path, scheme),
      names: (directory) => recorded.children(directory).map((child) => child.name),
    };
  }
  return contentTree(recorded);
}

function isSnapshot(recorded: DigestsByPath | ContextSnapshot): recorded is ContextSnapshot {
  return !(recorded instanceof PackedDigests) && typeof recorded.children === 'function';
}

export interface ChangedPaths {
  /** The first of them by path, git's own folder last, at most as many as asked for: changed, added and removed. */
  readonly paths: readonly string[];
  readonly count: number;
}

/**
 * Which files of a selection differ from what a record holds, or from another snapshot. Directories with equal digests are not opened. A directory of
 * which the record has nothing inside is named itself.
 */
export function changedPaths(
  snapshot: ContextSnapshot,
  selection: Selection,
  recorded: DigestsByPath | ContextSnapshot,
  scheme: DigestScheme,
  limit: number,
): ChangedPaths {
  const resolved = resolveSources(snapshot, selection);
  const previous = beforeOf(recorded, scheme);
  const changed = new Set<string>();
  const compare = (path: string, candidate: string, parent: MatchState): void => {
    const before = previous.digest(path);
    const entry = snapshot.entry(path);
    const now = entry ? snapshot.digest(path, scheme) : undefined;
    if (before === now && (before !== undefined || !entry)) return;
    const { exclude } = resolved;
    let state: Uint8Array | undefined;
    let excluded = false;
    if (exclude && candidate !== '') {
      state = new Uint8Array(exclude.patterns.length);
      excluded = exclude.match(candidate, parent, state);
      if (excluded && !exclude.mayKeepBelow(candidate)) return;
    }
    // A directory that is new as a whole is named once, not file by file.
    if (before === undefined && entry?.type === 'directory' && path !== '' && exclude === undefined) {
      changed.add(path);
      return;
    }
    const namesBefore = before?.startsWith('d') ? previous.names(path) : [];
    const namesNow = entry?.type === 'directory' ? snapshot.children(path).map((child) => child.name) : [];
    // Contents that are not known yet are no change.
    const unknown = entry !== undefined && entry.type !== 'directory' && now === undefined;
    if (unknown) return;
    const wasDirectory = before?.startsWith('d') ?? entry?.type === 'directory';
    const isDirectory = entry ? entry.type === 'directory' : wasDirectory;
    const cut = wasDirectory && isDirectory && before !== undefined && entry && namesBefore.length === 0;
    if (!(wasDirectory && isDirectory) || cut) {
      if (!excluded) changed.add(path);
      return;
    }
    const sizeBefore = changed.size;
    for (const name of new Set([...namesBefore, ...namesNow])) {
      compare(joinPath(path, name), joinPath(candidate, name), state);
    }
    // Only the directory's own mode differs, or an empty directory came or went.
    const ownHeader = before === undefined || now === undefined || headerOf(before) !== headerOf(now);
    if (changed.size === sizeBefore && ownHeader && !excluded && (now !== undefined || !entry)) changed.add(path);
  };
  for (const path of resolved.links) {
    const link = snapshot.entry(path);
    const before = previous.digest(path);
    if (link && before !== undefined && before !== snapshot.digest(path, scheme)) changed.add(path);
  }
  for (const { path, candidate } of comparedRoots(snapshot, selection, resolved, previous)) {
    compare(path, candidate, undefined);
  }
  const paths = [...changed].sort((a, b) => Number(isHistory(a)) - Number(isHistory(b)) || compareBytewise(a, b));
  return { paths: paths.slice(0, limit), count: paths.length };
}

/** Git's own folder changes with every commit; what a person edited is named before it. */
function isHistory(path: string): boolean {
  return path === '.git' || path.startsWith('.git/');
}

/** What a recorded digest says besides the contents: type and mode. */
export function headerOf(digest: string): string {
  return digest.slice(0, digest.indexOf(':'));
}

interface ComparedRoot {
  readonly path: string;
  readonly candidate: string;
}

/** What the sources name now, and what they named in the record and do no longer. */
function comparedRoots(
  snapshot: ContextSnapshot,
  selection: Selection,
  resolved: ResolvedSources,
  previous: Before,
): readonly ComparedRoot[] {
  const roots = new Map<string, ComparedRoot>();
  const add = (path: string, candidate: string): void => {
    if (!roots.has(path)) roots.set(path, { path, candidate });
  };
  for (const source of resolved.sources) {
    for (const root of source.roots) add(root.resolvedPath, root.candidate);
  }
  for (const path of resolved.missing) if (previous.digest(path) !== undefined) add(path, '');
  for (const [index, { path, wildcard }] of selection.sources.entries()) {
    const prefix = resolved.sources[index]?.prefix ?? '';
    if (!wildcard || selection.parents) continue;
    const compiled = compileWildcard(path.slice(prefix === '' ? 0 : prefix.length + 1));
    const directory = followLinks(snapshot, prefix)?.entry.path ?? prefix;
    if (compiled) walkRecorded(previous, directory, '', compiled.matches, add);
  }
  return [...roots.values()];
}

function walkRecorded(
  previous: Before,
  directory: string,
  below: string,
  matches: (path: string) => boolean,
  add: (path: string, candidate: string) => void,
): void {
  for (const name of previous.names(joinPath(directory, below))) {
    const relative = joinPath(below, name);
    if (matches(relative)) add(joinPath(directory, relative), '');
    else walkRecorded(previous, directory, relative, matches, add);
  }
}
