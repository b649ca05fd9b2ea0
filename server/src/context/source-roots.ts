/**
 * What the sources of a COPY, ADD or bind mount name, before anything below is looked at. Rules: BuildKit
 * solver/llbsolver/file/backend.go (docopy), fsutil copy/copy.go (ResolveWildcards), cache/contenthash/checksum.go
 * (includedPaths), frontend/dockerfile/dockerfile2llb/convert_copy.go (dispatchCopy) for `--parents`.
 */
import { cleanPath, hasWildcard, pathInOrigin } from '../build/paths';
import { followLinks } from './follow-links';
import { baseName, joinPath } from './paths';
import { compilePatterns, type MatchState, type PatternMatcher } from './pattern-matcher';
import { remembered } from './remembered';
import type { ContextEntry, ContextSnapshot, SelectedRoot, Selection } from './types';
import { compileWildcard, matchesByElement, type Wildcard } from './wildcard';

export interface SourceRoot extends SelectedRoot {
  /** Path below the destination: a directory's contents go to the destination itself. */
  readonly destination: string;
  /** What `--exclude` is held against for the root itself; empty when it can't be excluded. */
  readonly candidate: string;
}

export interface ResolvedSource {
  /** Selector path: where the source, or its part before the wildcard, lies. */
  readonly prefix: string;
  readonly kind: 'literal' | 'wildcard' | 'parents';
  /** The source as written after its last slash. */
  readonly lastPart: string;
  readonly roots: readonly SourceRoot[];
}

export interface ResolvedSources {
  /** In the order in which they are written. */
  readonly sources: readonly ResolvedSource[];
  readonly missing: readonly string[];
  readonly badPatterns: readonly string[];
  /** Undefined when nothing is excluded. */
  readonly exclude: PatternMatcher | undefined;
  /** Paths of symbolic links that were followed. */
  readonly links: readonly string[];
  /** Paths that were looked at for what a pattern matches: directories, and what lies where one would have to. */
  readonly searched: readonly string[];
  /** Something that is named leads nowhere: what decides that may lie anywhere. */
  readonly dangling: boolean;
}

/**
 * Finds what the sources name. With `parents`, a source may keep its pivot: `base/./pattern`; without one the pattern
 * counts from the root.
 */
export function resolveSources(snapshot: ContextSnapshot, selection: Selection): ResolvedSources {
  return remembered(snapshot, `resolved ${JSON.stringify(selection)}`, () => resolve(snapshot, selection));
}

function resolve(snapshot: ContextSnapshot, selection: Selection): ResolvedSources {
  const searched = new Set<string>();
  let dangling = false;
  const missing: string[] = [];
  const badPatterns: string[] = [];
  const links = new Set<string>();
  const { matcher, malformed } = compilePatterns(selection.exclude);
  badPatterns.push(...malformed);

  const follow = (source: number, named: string, destination: string): SourceRoot | undefined => {
    const followed = followLinks(snapshot, named);
    if (!followed) {
      dangling = true;
      missing.push(named);
      return undefined;
    }
    for (const link of followed.links) links.add(link);
    const { entry } = followed;
    return {
      source,
      entry: { ...entry, path: named, name: baseName(named) },
      resolvedPath: entry.path,
      destination: entry.type === 'directory' ? '' : destination,
      candidate: '',
    };
  };

  const literal = (source: number, path: string): ResolvedSource => {
    const root = follow(source, path, baseName(path));
    return { prefix: path, kind: 'literal', lastPart: baseName(path), roots: root ? [root] : [] };
  };

  const wildcard = (source: number, pattern: string): ResolvedSource => {
    const compiled = compileWildcard(pattern);
    if (!compiled) {
      badPatterns.push(pattern);
      return { prefix: '', kind: 'wildcard', lastPart: '', roots: [] };
    }
    const elements = pattern.split('/');
    const special = elements.findIndex(hasWildcard);
    const lastPart = elements.at(-1) ?? '';
    const prefix = elements.slice(0, special).join('/');
    const followed = followLinks(snapshot, prefix);
    if (!followed) {
      dangling = true;
      return { prefix, kind: 'wildcard', lastPart, roots: [] };
    }
    for (const link of followed.links) links.add(link);
    const below = matchBelow(snapshot, followed.entry.path, elements.slice(special).join('/'), searched);
    const roots = below.flatMap((path) => follow(source, joinPath(prefix, path), baseName(path)) ?? []);
    return { prefix, kind: 'wildcard', lastPart, roots };
  };

  const withParents = (source: number, written: string): ResolvedSource => {
    const pivot = written.indexOf('/./');
    const base = pivot < 0 ? '' : pathInOrigin(written.slice(0, pivot));
    const pattern = pathInOrigin(pivot < 0 ? written : written.slice(pivot + 3));
    const followed = followLinks(snapshot, base);
    const none: ResolvedSource = { prefix: base, kind: 'parents', lastPart: '', roots: [] };
    if (!followed) {
      dangling = true;
      missing.push(base);
      return none;
    }
    for (const link of followed.links) links.add(link);
    const directory = followed.entry.path;
    const include = compilePatterns([pattern === '' ? '**' : pattern]);
    if (include.malformed.length > 0) {
      badPatterns.push(pattern);
      return none;
    }
    const roots = includedBelow(snapshot, directory, include.matcher, searched).map((entry): SourceRoot => {
      const below = directory === '' ? entry.path : entry.path.slice(directory.length + 1);
      const named = joinPath(base, below);
      return {
        source,
        entry: { ...entry, path: named },
        resolvedPath: entry.path,
        destination: below,
        candidate: below,
      };
    });
    if (roots.length === 0 && !hasWildcard(base) && !hasWildcard(pattern)) missing.push(joinPath(base, pattern));
    return { prefix: base, kind: 'parents', lastPart: '', roots };
  };

  const sources = selection.sources.map(({ path, wildcard: special }, source) => {
    if (selection.parents) return withParents(source, path);
    const clamped = pathInOrigin(path);
    return special ? wildcard(source, clamped) : literal(source, clamped);
  });
  const exclude = matcher.patterns.length > 0 ? matcher : undefined;
  return { sources, missing, badPatterns, exclude, links: [...links], searched: [...searched], dangling };
}

/** Paths below a directory that a wildcard matches, relative to it, in the order of a walk; below a match nothing is looked at. */
function matchBelow(snapshot: ContextSnapshot, directory: string, pattern: string, searched: Set<string>): string[] {
  const found: string[] = [];
  if (!matchesByElement(pattern)) {
    const whole = compileWildcard(pattern);
    const walk = (path: string, below: string): void => {
      searched.add(path);
      for (const child of snapshot.children(path)) {
        const relative = joinPath(below, child.name);
        if (whole?.matches(relative)) found.push(relative);
        else if (child.type === 'directory') walk(child.path, relative);
      }
    };
    walk(directory, '');
    return found;
  }
  const elements = pattern.split('/').map((element) => ({ element, wildcard: elementWildcard(element) }));
  const descend = (path: string, below: string, depth: number): void => {
    const step = elements[depth];
    if (!step) return;
    searched.add(path);
    const matches = step.wildcard
      ? snapshot.children(path).filter((child) => step.wildcard?.matches(child.name))
      : [snapshot.entry(joinPath(path, step.element))].filter((entry) => entry !== undefined);
    for (const entry of matches) {
      const relative = joinPath(below, entry.name);
      if (depth === elements.length - 1) found.push(relative);
      else if (entry.type === 'directory') descend(entry.path, relative, depth + 1);
    }
  };
  descend(directory, '', 0);
  return found;
}

/** Undefined for an element without any special character, so that it can be looked up. */
function elementWildcard(element: string): Wildcard | undefined {
  return hasWildcard(element) || element.includes('\\') ? compileWildcard(element) : undefined;
}

/** Topmost entries below a directory that an include pattern matches, in the order of a walk. Links are not followed. */
function includedBelow(
  snapshot: ContextSnapshot,
  directory: string,
  include: PatternMatcher,
  searched: Set<string>,
): ContextEntry[] {
  const found: ContextEntry[] = [];
  const literals = literalElements(include.patterns[0]?.text ?? '');
  const walk = (path: string, below: string, state: MatchState, depth: number): void => {
    const literal = literals[depth];
    const children = literal === undefined ? snapshot.children(path) : [snapshot.entry(joinPath(path, literal))];
    // Of a name that is looked up and there, its own times tell since when.
    if (literal === undefined || children[0] === undefined) searched.add(path);
    for (const child of children) {
      if (!child) continue;
      const relative = joinPath(below, child.name);
      const record = new Uint8Array(include.patterns.length);
      if (include.match(relative, state, record)) found.push(child);
      else if (child.type === 'directory') walk(child.path, relative, record, depth + 1);
      else if (literal !== undefined) searched.add(child.path);
    }
  };
  walk(directory, '', new Uint8Array(include.patterns.length), 0);
  return found;
}

/** The leading elements of a pattern that can only match themselves. */
function literalElements(pattern: string): readonly string[] {
  const elements = cleanPath(pattern).split('/');
  const special = elements.findIndex((element) => /[*?[\]\\^]/.test(element));
  return special < 0 ? elements : elements.slice(0, special);
}
