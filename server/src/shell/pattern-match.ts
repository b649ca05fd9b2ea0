/** Shell patterns (POSIX 2.13): `*`, `?`, `[...]`, and `\` before a character that is meant as it is. */

type Piece =
  | { readonly kind: 'any' }
  | { readonly kind: 'one' }
  | { readonly kind: 'literal'; readonly character: string }
  | { readonly kind: 'class'; readonly matches: (character: string) => boolean };

/** More steps than this are not taken for one match. */
const maximumSteps = 200_000;

/** True when the whole text matches; undefined when that takes too long to tell. */
export function matchesPattern(pattern: string, text: string): boolean | undefined {
  const pieces = piecesOf(pattern);
  let steps = 0;
  let piece = 0;
  let position = 0;
  let star = -1;
  let resume = 0;
  while (position < text.length) {
    steps += 1;
    if (steps > maximumSteps) return undefined;
    const current = pieces[piece];
    if (current?.kind === 'any') {
      star = piece;
      resume = position;
      piece += 1;
    } else if (current !== undefined && accepts(current, text.charAt(position))) {
      piece += 1;
      position += 1;
    } else if (star >= 0) {
      piece = star + 1;
      resume += 1;
      position = resume;
    } else return false;
  }
  while (pieces[piece]?.kind === 'any') piece += 1;
  return piece === pieces.length;
}

/** The text without its shortest or longest beginning (or end) that matches; undefined when that takes too long to tell. */
export function removeMatch(
  text: string,
  pattern: string,
  side: 'prefix' | 'suffix',
  longest: boolean,
): string | undefined {
  if (text.length > 4_000) return undefined;
  for (let step = 0; step <= text.length; step += 1) {
    const length = longest ? text.length - step : step;
    const part = side === 'prefix' ? text.slice(0, length) : text.slice(text.length - length);
    const matched = matchesPattern(pattern, part);
    if (matched === undefined) return undefined;
    if (matched) return side === 'prefix' ? text.slice(length) : text.slice(0, text.length - length);
  }
  return text;
}

/** The text with the first or all longest matches replaced; undefined when that takes too long to tell. */
export function replaceMatches(
  text: string,
  pattern: string,
  replacement: string,
  place: 'first' | 'all' | 'prefix' | 'suffix',
): string | undefined {
  if (pattern === '') return text;
  if (text.length > 1_000) return undefined;
  let result = '';
  let position = 0;
  while (position < text.length) {
    const length = longestAt(text, position, pattern, place === 'suffix');
    if (length === undefined) return undefined;
    if (length > 0) {
      result += replacement;
      position += length;
      if (place !== 'all') return result + text.slice(position);
    } else {
      if (place === 'prefix') return text;
      result += text.charAt(position);
      position += 1;
    }
  }
  return result;
}

function longestAt(text: string, start: number, pattern: string, toEnd: boolean): number | undefined {
  for (let end = text.length; end > start; end -= 1) {
    const matched = matchesPattern(pattern, text.slice(start, end));
    if (matched === undefined) return undefined;
    if (matched) return end - start;
    if (toEnd) return 0;
  }
  return 0;
}

/** The text so that it stands for itself in a pattern. */
export function quotePattern(text: string): string {
  return text.replace(/[*?[\]\\]/g, (character) => `\\${character}`);
}

function accepts(piece: Piece, character: string): boolean {
  switch (piece.kind) {
    case 'any':
    case 'one':
      return true;
    case 'literal':
      return piece.character === character;
    case 'class':
      return piece.matches(character);
  }
}

function piecesOf(pattern: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let index = 0;
  while (index < pattern.length) {
    const character = pattern.charAt(index);
    if (character === '*') pieces.push({ kind: 'any' });
    else if (character === '?') pieces.push({ kind: 'one' });
    else if (character === '\\' && index + 1 < pattern.length) {
      index += 1;
      pieces.push({ kind: 'literal', character: pattern.charAt(index) });
    } else if (character === '[') {
      const found = classAt(pattern, index);
      if (found) {
        pieces.push({ kind: 'class', matches: found.matches });
        index = found.end;
        continue;
      }
      pieces.push({ kind: 'literal', character });
    } else pieces.push({ kind: 'literal', character });
    index += 1;
  }
  return pieces;
}

const namedClasses: Readonly<Record<string, RegExp>> = {
  alnum: /[0-9A-Za-z]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  digit: /[0-9]/,
  lower: /[a-z]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /\s/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
};

function classAt(
  pattern: string,
  start: number,
): { readonly matches: (character: string) => boolean; readonly end: number } | undefined {
  let index = start + 1;
  const negated = pattern.charAt(index) === '!' || pattern.charAt(index) === '^';
  if (negated) index += 1;
  const first = index;
  const tests: ((character: string) => boolean)[] = [];
  while (index < pattern.length && (pattern.charAt(index) !== ']' || index === first)) {
    const named = /^\[:([a-z]+):\]/.exec(pattern.slice(index, index + 12));
    const expression = named?.[1] === undefined ? undefined : namedClasses[named[1]];
    if (named && expression) {
      tests.push((character) => expression.test(character));
      index += named[0].length;
      continue;
    }
    if (pattern.charAt(index) === '\\') index += 1;
    const low = pattern.charAt(index);
    if (pattern.charAt(index + 1) === '-' && index + 2 < pattern.length && pattern.charAt(index + 2) !== ']') {
      const high = pattern.charAt(index + 2);
      tests.push((character) => low <= character && character <= high);
      index += 3;
    } else {
      tests.push((character) => character === low);
      index += 1;
    }
  }
  if (pattern.charAt(index) !== ']') return undefined;
  return { matches: (character) => tests.some((test) => test(character)) !== negated, end: index + 1 };
}
