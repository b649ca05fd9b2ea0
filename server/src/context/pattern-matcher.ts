/**
 * A list of patterns applied to paths while a tree is walked downwards: the last match wins, and what lies below a match
 * matches too (github.com/moby/patternmatcher, MatchesUsingParentResults; the pruning is fsutil's filter.go, Walk).
 */
import { compilePattern, type IgnorePattern } from './ignore-pattern';

/** Which patterns matched a directory, one byte each, for the entries below it. Undefined at the root. */
export type MatchState = Uint8Array | undefined;

export interface PatternMatcher {
  readonly patterns: readonly IgnorePattern[];
  /**
   * Whether the path is matched, given what matched its directory. `record`, of as many bytes as there are patterns, takes
   * what matched this path, for what lies below it.
   */
  match(path: string, parent: MatchState, record?: Uint8Array): boolean;
  /** The same for a path whose directory was not looked at. */
  matchAlone(path: string): boolean;
  /** A directory that is matched may hold something that a `!` pattern keeps: it has to be walked. */
  mayKeepBelow(directory: string): boolean;
}

/** Compiles patterns into a matcher; those that the builder would reject are named in `malformed` and left out. */
export function compilePatterns(
  written: readonly string[],
  windows = false,
): { readonly matcher: PatternMatcher; readonly malformed: readonly string[] } {
  const patterns: IgnorePattern[] = [];
  const malformed: string[] = [];
  for (const text of written) {
    const result = compilePattern(text, windows);
    switch (result.kind) {
      case 'pattern':
        patterns.push(result.pattern);
        break;
      case 'empty':
        break;
      case 'lone-exclamation':
      case 'malformed':
        malformed.push(text);
        break;
      default:
        return result satisfies never;
    }
  }
  return { matcher: createMatcher(patterns, windows), malformed };
}

/** A matcher over patterns in the order in which they were written. */
export function createMatcher(patterns: readonly IgnorePattern[], windows = false): PatternMatcher {
  const negations = patterns.filter((pattern) => pattern.negated).map((pattern) => withoutTrailingGlob(pattern.text));
  const special = windows ? /[*[\]?^]/ : /[*[\]?^\\]/;
  const prunable = !negations.some((text) => special.test(text));

  const match = (path: string, parent: MatchState, record?: Uint8Array): boolean => {
    let matched = false;
    for (let index = 0; index < patterns.length; index++) {
      const pattern = patterns[index];
      if (!pattern) continue;
      let hit = parent !== undefined && parent[index] === 1;
      if (!hit) {
        // A negation before anything matched, or a further pattern for what matched already, changes nothing.
        if (pattern.negated !== matched) {
          if (record) record[index] = 0;
          continue;
        }
        hit = pattern.matches(path) || (parent === undefined && matchesDirectory(pattern, path));
      }
      if (record) record[index] = hit ? 1 : 0;
      if (hit) matched = !pattern.negated;
    }
    return matched;
  };

  return {
    patterns,
    match,
    matchAlone: (path) => match(path, undefined),
    mayKeepBelow(directory) {
      if (negations.length === 0) return false;
      if (!prunable) return true;
      return negations.some((text) => `${text}/`.startsWith(`${directory}/`));
    },
  };
}

function matchesDirectory(pattern: IgnorePattern, path: string): boolean {
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
    if (pattern.matches(path.slice(0, slash))) return true;
  }
  return false;
}

function withoutTrailingGlob(text: string): string {
  const withoutDouble = text.endsWith('/**') ? text.slice(0, -3) : text;
  return withoutDouble.endsWith('/*') ? withoutDouble.slice(0, -2) : withoutDouble;
}
