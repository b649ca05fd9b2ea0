/**
 * One pattern of an ignore file, `--exclude` or `--parents`, as github.com/moby/patternmatcher compiles and matches it
 * (patternmatcher.go: New, compile, match, MatchesUsingParentResults).
 */
import { cleanPath } from '../build/paths';
import { type PatternPart, partsMatcher } from './pattern-parts';
import { compileWildcard, literalCharacter } from './wildcard';

export interface IgnorePattern {
  /** Clean, without the `!`. */
  readonly text: string;
  /** Written with `!`: what it matches is kept again. */
  readonly negated: boolean;
  /** Whether the pattern matches this very path; what lies below a match is the matcher's business. */
  matches(path: string): boolean;
}

export type PatternResult =
  | { readonly kind: 'pattern'; readonly pattern: IgnorePattern }
  /** Nothing was left after trimming. */
  | { readonly kind: 'empty' }
  /** `!` without a pattern. */
  | { readonly kind: 'lone-exclamation' }
  /** The builder fails with "syntax error in pattern". */
  | { readonly kind: 'malformed' };

/** White space as Go's `unicode.IsSpace` has it: unlike `trim`, with U+0085 and without the byte order mark. */
const space = '[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const outerSpace = new RegExp(`^${space}+|${space}+$`, 'g');

/** Removes white space at both ends as Go's `strings.TrimSpace` does. */
export function trimSpace(text: string): string {
  return text.replace(outerSpace, '');
}

/**
 * Compiles a pattern as the builder's client does. On Windows a backslash separates directories and nothing can be escaped.
 */
export function compilePattern(written: string, windows = false): PatternResult {
  let text = trimSpace(written);
  if (text === '') return { kind: 'empty' };
  text = cleanPath(windows ? text.replaceAll('\\', '/') : text);
  const negated = text.startsWith('!');
  if (negated) {
    if (text === '!') return { kind: 'lone-exclamation' };
    text = text.slice(1);
  }
  if (!compileWildcard(text, !windows)) return { kind: 'malformed' };
  const matches = matcherOf(text, !windows);
  return matches ? { kind: 'pattern', pattern: { text, negated, matches } } : { kind: 'malformed' };
}

function matcherOf(pattern: string, escapes: boolean): ((path: string) => boolean) | undefined {
  const { kind, expression } = classify(pattern, escapes);
  switch (kind) {
    case 'exact':
      return (path) => path === pattern;
    case 'prefix': {
      const prefix = pattern.slice(0, -2);
      return (path) => path.startsWith(prefix);
    }
    case 'suffix': {
      const suffix = pattern.slice(2);
      const alone = suffix.startsWith('/') ? suffix.slice(1) : undefined;
      return (path) => path.endsWith(suffix) || path === alone;
    }
    case 'expression': {
      const parts = translateExpression(expression);
      return parts && partsMatcher(parts);
    }
    default:
      return kind satisfies never;
  }
}

/** Any directories, or none. */
const directoriesText = '(.*/)?';

type MatchKind = 'exact' | 'prefix' | 'suffix' | 'expression';

/** The way patternmatcher matches a pattern, and the regular expression in Go's syntax that it builds on the way. */
function classify(pattern: string, escapes: boolean): { kind: MatchKind; expression: string } {
  const characters = [...pattern];
  let kind: MatchKind = 'exact';
  let expression = '';
  let at = 0;
  // Counts turns, not characters: `**/` is one turn, and only the first turn makes a suffix match.
  for (let turn = 0; at < characters.length; turn++) {
    const character = characters[at] ?? '';
    at += 1;
    if (character === '*' && characters[at] === '*') {
      at += 1;
      if (characters[at] === '/') at += 1;
      if (at < characters.length) {
        expression += directoriesText;
        kind = 'expression';
      } else if (kind === 'exact') kind = 'prefix';
      else {
        expression += '.*';
        kind = 'expression';
      }
      if (turn === 0) kind = 'suffix';
    } else if (character === '*' || character === '?') {
      expression += character === '*' ? '[^/]*' : '[^/]';
      kind = 'expression';
    } else if ('.+()|{}$'.includes(character)) expression += `\\${character}`;
    else if (character === '\\' && escapes && at < characters.length) {
      expression += `\\${characters[at] ?? ''}`;
      at += 1;
      kind = 'expression';
    } else {
      if (character === '[' || character === ']') kind = 'expression';
      expression += character;
    }
  }
  return { kind, expression };
}

/** Letters after a backslash that mean something to Go's regexp, and the same for JavaScript with the `u` flag. */
const escapedLetters: Readonly<Record<string, string>> = {
  a: '\\u{7}',
  f: '\\f',
  n: '\\n',
  r: '\\r',
  t: '\\t',
  v: '\\v',
  d: '[0-9]',
  D: '[^0-9]',
  w: '[0-9A-Za-z_]',
  W: '[^0-9A-Za-z_]',
  s: '[\\t\\n\\f\\r ]',
  S: '[^\\t\\n\\f\\r ]',
  b: '\\b',
  B: '\\B',
  A: '^',
  z: '$',
};

/**
 * The expression in JavaScript's syntax; undefined when Go would not compile it, for example `\h` in a pattern. Only what
 * `classify` can produce is read.
 */
function translateExpression(go: string): readonly PatternPart[] | undefined {
  const characters = [...go];
  const parts: PatternPart[] = [];
  const add = (source: string): void => {
    // Only what `classify` writes repeats: a class, of which a star stands for any number.
    const isMany = characters[at] === '*';
    if (isMany) at += 1;
    if (/^(?:[\^$]|\\[bB])$/.test(source)) parts.push({ kind: 'place', source });
    else parts.push({ kind: isMany ? 'many' : 'one', source });
  };
  let at = 0;
  while (at < characters.length) {
    const character = characters[at] ?? '';
    at += 1;
    if (character === '(') {
      at += directoriesText.length - 1;
      parts.push({ kind: 'directories' });
    } else if (character === '.') add('[^\\n]');
    else if (character === '^') add(character);
    else if (character === '\\') {
      const escaped = translateEscape(characters[at]);
      if (escaped === undefined) return undefined;
      at += 1;
      add(escaped);
    } else if (character === '[') {
      const end = translateClass(characters, at);
      if (!end) return undefined;
      at = end.at;
      add(end.source);
    } else add(literalCharacter(character));
  }
  return parts;
}

function translateEscape(character: string | undefined): string | undefined {
  if (character === undefined || (character.codePointAt(0) ?? 0) > 0x7f) return undefined;
  return /[A-Za-z0-9]/.test(character) ? escapedLetters[character] : literalCharacter(character);
}

function translateClass(characters: readonly string[], start: number): { source: string; at: number } | undefined {
  let at = start;
  let source = '[';
  if (characters[at] === '^') {
    source += '^';
    at += 1;
  }
  const readOne = (): { source: string; value: number } | undefined => {
    const character = characters[at];
    if (character === undefined) return undefined;
    at += 1;
    if (character !== '\\') return { source: literalCharacter(character), value: character.codePointAt(0) ?? 0 };
    const escaped = characters[at];
    const translated = translateEscape(escaped);
    if (escaped === undefined || translated === undefined || 'bBAz'.includes(escaped)) return undefined;
    at += 1;
    // A class within the class: JavaScript takes the same inside without its brackets, except for the negated ones.
    const inside = /^\[([^^].*)\]$/.exec(translated)?.[1];
    if (translated.startsWith('[') && inside === undefined) return undefined;
    return { source: inside ?? translated, value: escaped.codePointAt(0) ?? 0 };
  };
  for (let first = true; ; first = false) {
    if (characters[at] === ']' && !first) return { source: `${source}]`, at: at + 1 };
    const low = readOne();
    if (!low) return undefined;
    if (characters[at] === '-' && characters[at + 1] !== ']' && characters[at + 1] !== undefined) {
      at += 1;
      const high = readOne();
      if (!high || high.value < low.value) return undefined;
      source += `${low.source}-${high.source}`;
    } else source += low.source;
  }
}
