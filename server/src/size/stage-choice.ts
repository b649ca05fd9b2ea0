/**
 * Which of a stage's files the patterns of `COPY --from` choose: `--exclude` below each source, and `--parents`. The rules are those of the
 * build context (context/source-roots.ts, context/selected-entries.ts), held against parts instead of entries.
 */
import { pathInOrigin } from '../build/paths';
import { joinPath } from '../context/paths';
import { compilePatterns, type MatchState, type PatternMatcher } from '../context/pattern-matcher';
import type { ContextEntry, ContextSnapshot, Totals } from '../context/types';
import type { BulkPart, ContextTree, Part } from './part';
import { below, contextPart, under } from './part';
import { exactRange, perhaps } from './size-range';
import { SnapshotMemory } from './snapshot-memory';

/** A source of `--parents`: what lies at `base` stays there, and the pattern counts from it. */
export interface ParentsSource {
  /** Absolute and clean: paths keep what follows it. */
  readonly base: string;
  /** Relative to it, clean; empty for everything. */
  readonly pattern: string;
}

const special = /[*?[\]\\]/;

/** More left-out paths of one tree than this are no longer told apart. */
const maximumExcepted = 2_000;

/** Trees are gone through once, not at each keystroke. */
const choices = new SnapshotMemory<ExcludedOfTree>();
const inclusions = new SnapshotMemory<readonly Part[]>();

function questionOf(what: string, tree: ContextTree, place: string, matcher: PatternMatcher): string {
  const patterns = matcher.patterns.map(({ text, negated }) => [text, negated]);
  return JSON.stringify([what, tree.path, tree.source, tree.except, tree.owner, place, patterns]);
}

/** Splits a source of `--parents` at its pivot `/./` (dockerfile2llb/convert_copy.go: dispatchCopy). */
export function parentsSource(written: string): ParentsSource {
  const path = written.replace(/^\/+/, '');
  const pivot = path.indexOf('/./');
  const base = pivot < 0 ? '' : pathInOrigin(path.slice(0, pivot));
  return { base: under('/', base), pattern: pathInOrigin(pivot < 0 ? path : path.slice(pivot + 3)) };
}

/** The leading elements of a pattern that can only match themselves, joined. */
export function literalLead(pattern: string): string {
  const elements = pattern.split('/');
  const first = elements.findIndex((element) => special.test(element));
  return (first < 0 ? elements : elements.slice(0, first)).join('/');
}

export const isLiteral = (pattern: string): boolean => !special.test(pattern);

/** True when a pattern may match something in a folder that it does not match itself. */
function mayMatchBelow(matcher: PatternMatcher, folder: string): boolean {
  return matcher.patterns.some(({ text, negated }) => {
    if (negated) return false;
    const lead = literalLead(text);
    const literal = lead === text;
    return (
      lead === '' ||
      folder === '' ||
      lead.startsWith(`${folder}/`) ||
      (!literal && (lead === folder || folder.startsWith(`${lead}/`)))
    );
  });
}

/** What matched a folder and those above it. */
function stateAt(matcher: PatternMatcher, folder: string): MatchState {
  let state: MatchState;
  if (folder === '') return state;
  const elements = folder.split('/');
  for (let depth = 1; depth <= elements.length; depth++) {
    const record = new Uint8Array(matcher.patterns.length);
    matcher.match(elements.slice(0, depth).join('/'), state, record);
    state = record;
  }
  return state;
}

/** What of a part below `root` is left when patterns exclude files; of files that are not told apart perhaps all, perhaps nothing. */
export function withoutExcluded(
  part: Part,
  root: string,
  exclude: PatternMatcher,
  snapshot: ContextSnapshot,
): Part | undefined {
  const place = below(part.path, root);
  const excluded = place !== '' && exclude.matchAlone(place);
  switch (part.kind) {
    case 'file':
    case 'link':
      return excluded ? undefined : part;
    case 'bulk':
      return bulkWithout(part, place, excluded, exclude);
    case 'context':
      return treeWithoutExcluded(part, place, exclude, snapshot);
  }
}

function bulkWithout(part: BulkPart, place: string, excluded: boolean, exclude: PatternMatcher): BulkPart | undefined {
  if (excluded) return exclude.mayKeepBelow(place) ? { ...part, size: perhaps(part.size) } : undefined;
  return mayMatchBelow(exclude, place) ? { ...part, size: perhaps(part.size) } : part;
}

function treeWithoutExcluded(
  tree: ContextTree,
  place: string,
  exclude: PatternMatcher,
  snapshot: ContextSnapshot,
): Part | undefined {
  if (place !== '' && exclude.matchAlone(place) && !exclude.mayKeepBelow(place)) return undefined;
  const { gone, totals } = choices.answer(snapshot, questionOf('exclude', tree, place, exclude), () =>
    excludedOfTree(tree, place, exclude, snapshot),
  );
  if (gone.length === 0) return tree;
  // A long list would be gone through at each look at the tree.
  if (gone.length > maximumExcepted) {
    return { kind: 'bulk', path: tree.path, owner: tree.owner, size: exactRange(totals.bytes), files: totals.files };
  }
  return { ...tree, except: [...tree.except, ...gone], totals };
}

interface ExcludedOfTree {
  /** Topmost paths in the context. */
  readonly gone: readonly string[];
  /** Of what is left. */
  readonly totals: Totals;
}

function excludedOfTree(
  tree: ContextTree,
  place: string,
  exclude: PatternMatcher,
  snapshot: ContextSnapshot,
): ExcludedOfTree {
  const gone: string[] = [];
  const links = new Set<string>();
  const left = new Set(tree.except);
  let bytes = 0;
  let files = 0;
  const keep = ({ size, hardLink }: ContextEntry): void => {
    files += 1;
    if (hardLink !== undefined && links.has(hardLink)) return;
    if (hardLink !== undefined) links.add(hardLink);
    bytes += size;
  };
  const walk = (folder: string, relative: string, state: MatchState): void => {
    for (const child of snapshot.children(folder)) {
      if (left.has(child.path)) continue;
      const path = joinPath(relative, child.name);
      const record = new Uint8Array(exclude.patterns.length);
      const excluded = exclude.match(path, state, record);
      if (child.type === 'directory' && (!excluded || exclude.mayKeepBelow(path))) walk(child.path, path, record);
      else if (excluded) gone.push(child.path);
      else if (child.type === 'file') keep(child);
    }
  };
  walk(tree.source, place, stateAt(exclude, place));
  return { gone, totals: { bytes, files } };
}

export interface IncludedParts {
  readonly parts: readonly Part[];
  /** False when files are not told apart of which some may match. */
  readonly complete: boolean;
}

/** What of a part below `base` a pattern of `--parents` takes. */
export function includedOf(
  part: Part,
  base: string,
  include: PatternMatcher,
  snapshot: ContextSnapshot,
): IncludedParts {
  const place = below(part.path, base);
  if (place !== '' && include.matchAlone(place)) return { parts: [part], complete: true };
  switch (part.kind) {
    case 'file':
    case 'link':
      return { parts: [], complete: true };
    case 'bulk':
      return { parts: [], complete: !mayMatchBelow(include, place) };
    case 'context':
      return {
        parts: inclusions.answer(snapshot, questionOf('include', part, place, include), () =>
          includedOfTree(part, place, include, snapshot),
        ),
        complete: true,
      };
  }
}

function includedOfTree(
  tree: ContextTree,
  place: string,
  include: PatternMatcher,
  snapshot: ContextSnapshot,
): readonly Part[] {
  const found: Part[] = [];
  const left = new Set(tree.except);
  const walk = (folder: string, inTree: string, relative: string, state: MatchState): void => {
    for (const child of snapshot.children(folder)) {
      if (left.has(child.path)) continue;
      const path = joinPath(relative, child.name);
      const inside = joinPath(inTree, child.name);
      const record = new Uint8Array(include.patterns.length);
      if (include.match(path, state, record)) {
        const taken = contextPart(child.path, under(tree.path, inside), tree.owner, snapshot, tree.except);
        if (taken !== undefined) found.push(taken);
      } else if (child.type === 'directory') walk(child.path, inside, path, record);
    }
  };
  walk(tree.source, '', place, stateAt(include, place));
  return found;
}

/** Patterns ready to match; undefined when there are none, or the builder would reject one. */
export function matcherOf(patterns: readonly string[]): PatternMatcher | 'malformed' | undefined {
  const { matcher, malformed } = compilePatterns(patterns);
  if (malformed.length > 0) return 'malformed';
  return matcher.patterns.length > 0 ? matcher : undefined;
}
