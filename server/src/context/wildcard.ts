/**
 * Wildcards of COPY and ADD sources: Go's `path.Match`, where `*` and `?` stop at `/` and there is no `**`
 * (cache/contenthash/checksum.go, includedPaths; vendor/github.com/tonistiigi/fsutil/copy/copy.go, resolveWildcards).
 */

import { type PatternPart, partsMatcher } from './pattern-parts';

export interface Wildcard {
  readonly pattern: string;
  /** Whether the whole path matches. */
  matches(path: string): boolean;
}

interface CharacterRange {
  readonly low: number;
  readonly high: number;
}

/** A regular expression source that matches exactly this character, inside and outside a class. */
export function literalCharacter(character: string): string {
  return /^[A-Za-z0-9_]$/.test(character) ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/**
 * The pattern ready to match, or undefined when it is malformed: an unclosed or empty `[`, a range without its end, a
 * backslash at the end. The builder then fails with "syntax error in pattern".
 * With `escapes` off, as on Windows clients, a backslash is an ordinary character.
 */
export function compileWildcard(pattern: string, escapes = true): Wildcard | undefined {
  const characters = [...pattern];
  const parts: PatternPart[] = [];
  const add = (source: string): void => void parts.push({ kind: 'one', source });
  let at = 0;
  while (at < characters.length) {
    const character = characters[at] ?? '';
    at += 1;
    if (character === '*') {
      // Several in a row are as one.
      if (parts.at(-1)?.kind !== 'many') parts.push({ kind: 'many', source: '[^/]' });
    } else if (character === '?') add('[^/]');
    else if (character === '\\' && escapes) {
      const escaped = characters[at];
      if (escaped === undefined) return undefined;
      add(literalCharacter(escaped));
      at += 1;
    } else if (character === '[') {
      const parsed = readClass(characters, at, escapes);
      if (!parsed) return undefined;
      add(classSource(parsed.negated, parsed.ranges));
      at = parsed.end;
    } else add(literalCharacter(character));
  }
  return { pattern, matches: partsMatcher(parts) };
}

/**
 * Whether each element of a path can be matched by the corresponding element of the pattern. False when a class may match
 * a slash: `path.Match` lets `[^a]` do so.
 */
export function matchesByElement(pattern: string): boolean {
  return !/\[\^/.test(pattern) && !/\[[^\]]*(?:\/|[ -.]-[0-~])/.test(pattern);
}

function readClass(
  characters: readonly string[],
  start: number,
  escapes: boolean,
): { negated: boolean; ranges: CharacterRange[]; end: number } | undefined {
  let at = start;
  const negated = characters[at] === '^';
  if (negated) at += 1;
  const ranges: CharacterRange[] = [];
  const readOne = (): number | undefined => {
    let character = characters[at];
    if (character === undefined || character === '-' || character === ']') return undefined;
    if (character === '\\' && escapes) {
      at += 1;
      character = characters[at];
      if (character === undefined) return undefined;
    }
    at += 1;
    return character.codePointAt(0);
  };
  for (;;) {
    if (characters[at] === ']' && ranges.length > 0) return { negated, ranges, end: at + 1 };
    const low = readOne();
    if (low === undefined) return undefined;
    let high = low;
    if (characters[at] === '-') {
      at += 1;
      const end = readOne();
      if (end === undefined) return undefined;
      high = end;
    }
    ranges.push({ low, high });
  }
}

function classSource(negated: boolean, ranges: readonly CharacterRange[]): string {
  const inside = ranges
    .filter(({ low, high }) => low <= high)
    .map(({ low, high }) => `\\u{${low.toString(16)}}-\\u{${high.toString(16)}}`)
    .join('');
  // A range that runs backwards is accepted and matches nothing.
  if (inside === '') return negated ? '[^]' : '[]';
  return `[${negated ? '^' : ''}${inside}]`;
}
