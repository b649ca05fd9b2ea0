/** What COPY, ADD and bind mounts take from the build context: files, bytes, and one digest over the contents. */
import { t } from '../localize';
import { sha256Hex } from '../sha256';
import { directoryHeader } from './entry-digest';
import { followLinks } from './follow-links';
import { compareBytewise, joinPath, parentPath } from './paths';
import type { PatternMatcher } from './pattern-matcher';
import { remembered } from './remembered';
import { visitSelected } from './selected-entries';
import { totalsOfEntries, totalsOfTrees } from './selection-totals';
import { type ResolvedSource, resolveSources, type SourceRoot } from './source-roots';
import type { ContextEntry, ContextSnapshot, DigestScheme, Selection, SourceMatch, Totals } from './types';

export { changedPaths, recordTree } from './recorded-tree';

/**
 * What the sources name and what it comes to. An archive that ADD unpacks counts with what is in it; one that can't be read
 * counts as it is. Wildcards that match nothing and empty directories are no error; a literal that is not there is `missing`.
 */
export function selectSources(snapshot: ContextSnapshot, selection: Selection): SourceMatch {
  return remembered(snapshot, `sources ${JSON.stringify(selection)}`, () => select(snapshot, selection));
}

function select(snapshot: ContextSnapshot, selection: Selection): SourceMatch {
  const { sources, missing, badPatterns, exclude } = resolveSources(snapshot, selection);
  const roots = sources.flatMap((source) => source.roots);
  const copied: SourceRoot[] = [];
  const pendingArchives: string[] = [];
  let unpacked: Totals = { bytes: 0, files: 0 };
  const inside: { path: string; size: number; type: 'file' }[] = [];
  for (const root of roots) {
    const archive = selection.unpack && root.entry.type === 'file' ? snapshot.archive(root.resolvedPath) : notUnpacked;
    if (archive === undefined) pendingArchives.push(root.resolvedPath);
    else if (archive.kind === 'archive') {
      unpacked = { bytes: unpacked.bytes + archive.bytes, files: unpacked.files + archive.files };
      inside.push({ path: root.resolvedPath, size: archive.bytes, type: 'file' });
    } else copied.push(root);
  }
  const taken =
    exclude || selection.parents ? totalsOfEntries(snapshot, copied, exclude) : totalsOfTrees(snapshot, copied);
  const largest = [...taken.largest, ...inside].sort((a, b) => b.size - a.size).slice(0, 20);
  return {
    roots: roots.map(({ source, entry, resolvedPath }) => ({ source, entry, resolvedPath })),
    missing,
    totals: { bytes: taken.totals.bytes + unpacked.bytes, files: taken.totals.files + unpacked.files },
    largest,
    pendingArchives,
    badPatterns,
  };
}

const notUnpacked = { kind: 'not-an-archive' } as const;

export type SelectionDigest =
  | { readonly state: 'known'; readonly digest: string }
  /** Contents are still being read. */
  | { readonly state: 'pending' }
  /** Something can't be read or is not there, so that the build would fail or nobody can tell. */
  | { readonly state: 'unavailable'; readonly reason: string };

/**
 * The digest over everything that a selection takes; equal exactly when BuildKit's would be (solver/llbsolver/ops/file.go,
 * CacheMap, dedupeSelectors; cache/contenthash/checksum.go, Checksum). In it: the contents, modes, link targets and the names
 * below the source or below the part before its wildcard. Not in it: where the source lies, what it is called, times, owner.
 */
export function selectionDigest(
  snapshot: ContextSnapshot,
  selection: Selection,
  scheme: DigestScheme,
): SelectionDigest {
  return remembered(snapshot, `digest ${scheme} ${JSON.stringify(selection)}`, () =>
    digestSelection(snapshot, selection, scheme),
  );
}

function digestSelection(snapshot: ContextSnapshot, selection: Selection, scheme: DigestScheme): SelectionDigest {
  const { sources, missing, badPatterns, exclude } = resolveSources(snapshot, selection);
  const [lacking] = missing;
  if (lacking !== undefined) {
    return { state: 'unavailable', reason: t('{0} is not in the build context.', lacking === '' ? '.' : lacking) };
  }
  const [malformed] = badPatterns;
  if (malformed !== undefined) {
    return { state: 'unavailable', reason: t('Syntax error in pattern “{0}”: the build fails', malformed) };
  }
  const parts: string[] = [];
  for (const source of selectors(sources, exclude !== undefined)) {
    const part = digestSource(snapshot, source, exclude, scheme);
    if (typeof part !== 'string') return part;
    parts.push(part);
  }
  return { state: 'known', digest: sha256Hex(parts.join('\0')) };
}

/** The builder hashes plain paths once, leaves out what lies in another of them, and goes by path, not by what is written first. */
function selectors(sources: readonly ResolvedSource[], filtered: boolean): readonly ResolvedSource[] {
  const isPlain = (source: ResolvedSource): boolean => source.kind === 'literal' && !filtered;
  const plain = new Map(sources.filter(isPlain).map((source) => [source.prefix, source]));
  const kept = [...plain.values()].filter(
    ({ prefix }) => ![...plain.keys()].some((other) => other !== '' && prefix.startsWith(`${other}/`)),
  );
  return [...kept, ...sources.filter((source) => !isPlain(source))].sort((a, b) => compareBytewise(a.prefix, b.prefix));
}

function digestSource(
  snapshot: ContextSnapshot,
  source: ResolvedSource,
  exclude: PatternMatcher | undefined,
  scheme: DigestScheme,
): string | SelectionDigest {
  if (!exclude && source.kind !== 'parents') {
    const parts: string[] = [];
    for (const root of source.roots) {
      const digest = snapshot.digest(root.resolvedPath, scheme);
      if (digest === undefined) return lackOf(snapshot, root.resolvedPath);
      parts.push(isNamed(source, root) ? `${root.entry.name}\0${digest}` : digest);
    }
    return parts.join('\0');
  }
  const parts: string[] = [];
  const headers = new Set<string>();
  let lack: SelectionDigest | undefined;
  for (const root of source.roots) {
    const start = source.kind === 'literal' ? '' : belowPrefix(source, root);
    if (source.kind === 'parents') for (const header of headersAbove(snapshot, root, scheme)) headers.add(header);
    visitSelected(snapshot, root, exclude, (entry, below) => {
      const path = joinPath(start, below);
      const digest = digestInList(snapshot, entry, path, source, scheme);
      if (digest === undefined) lack ??= lackOf(snapshot, entry.path);
      else parts.push(`${path}\0${digest}`);
    });
  }
  return lack ?? [...headers, ...parts].join('\0');
}

/**
 * What a wildcard finds counts with its name, but not with where it lies; a single file that is called as the wildcard ends counts as if
 * it had been written out (contenthash/checksum.go: Checksum).
 */
function isNamed(source: ResolvedSource, root: SourceRoot): boolean {
  if (source.kind === 'literal') return false;
  return source.roots.length > 1 || root.entry.type === 'directory' || root.entry.name !== source.lastPart;
}

/** With `--parents`, the directories on the way to what is taken are made too, from the base down. */
function headersAbove(snapshot: ContextSnapshot, root: SourceRoot, scheme: DigestScheme): string[] {
  const headers: string[] = [];
  const base = root.resolvedPath.length - root.destination.length - 1;
  for (let at = parentPath(root.resolvedPath); at.length >= base && at !== ''; at = parentPath(at)) {
    const mode = snapshot.entry(at)?.mode ?? 0;
    headers.push(`${at.slice(Math.max(base, 0))}\0${directoryHeader(mode, scheme)}`);
  }
  return headers;
}

/** Directories count with their header alone where patterns decide what is below. */
function digestInList(
  snapshot: ContextSnapshot,
  entry: ContextEntry,
  path: string,
  source: ResolvedSource,
  scheme: DigestScheme,
): string | undefined {
  if (entry.type === 'directory') return entry.path === '' ? 'd' : directoryHeader(entry.mode, scheme);
  // A link directly below the base is hashed as what it leads to, though it is copied as a link.
  if (source.kind === 'parents' && entry.type === 'symlink' && !path.includes('/')) {
    const followed = followLinks(snapshot, entry.path);
    return followed ? snapshot.digest(followed.entry.path, scheme) : `l:${entry.linkTarget ?? ''}`;
  }
  return snapshot.digest(entry.path, scheme);
}

function belowPrefix(source: ResolvedSource, root: SourceRoot): string {
  return source.prefix === '' ? root.entry.path : root.entry.path.slice(source.prefix.length + 1);
}

/** Why there is no digest of a path. */
function lackOf(snapshot: ContextSnapshot, path: string): SelectionDigest {
  const below = path === '' ? '' : `${path}/`;
  const cause = snapshot.unreadable.find((each) => each.path === path || each.path.startsWith(below));
  return cause ? { state: 'unavailable', reason: cause.reason } : { state: 'pending' };
}
