/**
 * Shell patterns of `${v#p}`, `${v%p}` and `${v/p/r}`: `*`, `?` and escapes, no brackets.
 * Rules: BuildKit `shell/lex.go` convertShellPatternToRegex, trimPrefix, trimSuffix. There a regular expression
 * does the matching; here the reachable ends are computed element by element, so that no pattern can backtrack.
 */

type Element =
  | { readonly kind: 'many' }
  | { readonly kind: 'one' }
  | { readonly kind: 'literal'; readonly code: number };

/** Thrown inside this folder only; `expandWord` turns it into a problem. */
export class ExpansionError extends Error {}

/** Elementary steps allowed for one substitution. */
const WORK_LIMIT = 20_000_000;
const NEW_LINE = 10;

function codePoints(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0);
}

function fromCodePoints(codes: readonly number[]): string {
  return codes.map((code) => String.fromCodePoint(code)).join('');
}

function compile(pattern: readonly number[]): Element[] {
  const elements: Element[] = [];
  for (let index = 0; index < pattern.length; index++) {
    const character = String.fromCodePoint(pattern[index] ?? 0);
    if (character === '*') elements.push({ kind: 'many' });
    else if (character === '?') elements.push({ kind: 'one' });
    else if (character === '\\') {
      const nextCode = pattern[index + 1];
      const next = nextCode === undefined ? '' : String.fromCodePoint(nextCode);
      // `\}` and `\/` only protect the end of the substitution: the backslash is no part of the pattern.
      if (next === '}' || next === '/') continue;
      if (next !== '*' && next !== '?' && next !== '\\') {
        throw new ExpansionError(
          `invalid pattern (${fromCodePoints(pattern)}) in substitution: invalid escape '\\${next}'`,
        );
      }
      elements.push({ kind: 'literal', code: nextCode ?? 0 });
      index++;
    } else elements.push({ kind: 'literal', code: pattern[index] ?? 0 });
  }
  return elements;
}

class Matcher {
  private readonly elements: readonly Element[];
  private readonly value: readonly number[];
  private work = 0;

  constructor(pattern: readonly number[], value: readonly number[]) {
    this.elements = compile(pattern);
    this.value = value;
  }

  /** End of the match that starts at `start`: the farthest when `greedy`, else the nearest; undefined without a match. */
  match(start: number, greedy: boolean): number | undefined {
    let from = start;
    let index = 0;
    // Elements before the first `*` have one way to match.
    for (; index < this.elements.length; index++) {
      const element = this.elements[index];
      if (element === undefined || element.kind === 'many') break;
      this.spend(1);
      if (!this.matchesOne(element, from)) return undefined;
      from++;
    }
    if (index === this.elements.length) return from;
    let reachable = new Uint8Array(this.value.length + 1);
    reachable[from] = 1;
    for (; index < this.elements.length; index++) {
      const element = this.elements[index];
      if (element === undefined) break;
      this.spend(this.value.length + 1 - from);
      const next = new Uint8Array(this.value.length + 1);
      let open = false;
      let any = false;
      for (let at = from; at <= this.value.length; at++) {
        if (element.kind === 'many') {
          if (reachable[at] === 1) open = true;
          if (open) {
            next[at] = 1;
            any = true;
          }
          if (this.value[at] === NEW_LINE) open = false;
        } else if (reachable[at] === 1 && this.matchesOne(element, at)) {
          next[at + 1] = 1;
          any = true;
        }
      }
      if (!any) return undefined;
      reachable = next;
    }
    const end = greedy ? reachable.lastIndexOf(1) : reachable.indexOf(1);
    return end < 0 ? undefined : end;
  }

  private matchesOne(element: Element, at: number): boolean {
    const code = this.value[at];
    if (code === undefined) return false;
    return element.kind === 'literal' ? code === element.code : code !== NEW_LINE;
  }

  private spend(steps: number): void {
    this.work += steps;
    if (this.work > WORK_LIMIT) throw new ExpansionError('the pattern takes too long to match');
  }
}

/** `value` without the shortest (or longest, when `greedy`) prefix that matches. Throws ExpansionError. */
export function trimPrefix(pattern: string, value: string, greedy: boolean): string {
  const codes = codePoints(value);
  const end = new Matcher(codePoints(pattern), codes).match(0, greedy);
  return end === undefined ? value : fromCodePoints(codes.slice(end));
}

/** `value` without the shortest (or longest, when `greedy`) suffix that matches. Throws ExpansionError. */
export function trimSuffix(pattern: string, value: string, greedy: boolean): string {
  const codes = codePoints(value).reverse();
  const end = new Matcher(reversePattern(codePoints(pattern)), codes).match(0, greedy);
  return end === undefined ? value : fromCodePoints(codes.slice(end).reverse());
}

/** Reverses a pattern and keeps each backslash before the character it escapes. */
function reversePattern(pattern: readonly number[]): number[] {
  const backslash = 0x5c;
  const reversed: number[] = [];
  for (let index = 0; index < pattern.length; index++) {
    const code = pattern[index] ?? 0;
    const next = pattern[index + 1];
    if (code === backslash && next !== undefined) {
      reversed.push(next, code);
      index++;
    } else reversed.push(code);
  }
  return reversed.reverse();
}

/**
 * `value` with the first (or every) match replaced; matches are as long as can be. Throws ExpansionError, also when
 * the replacements together would be longer than `limit` characters.
 */
export function replacePattern(
  pattern: string,
  value: string,
  replacement: string,
  all: boolean,
  limit: number,
): string {
  const codes = codePoints(value);
  const matcher = new Matcher(codePoints(pattern), codes);
  if (!all) {
    for (let start = 0; start <= codes.length; start++) {
      const end = matcher.match(start, true);
      if (end === undefined) continue;
      return fromCodePoints(codes.slice(0, start)) + replacement + fromCodePoints(codes.slice(end));
    }
    return value;
  }
  const template = expandTemplate(replacement);
  const parts: string[] = [];
  let copied = 0;
  let added = 0;
  for (let start = 0; start <= codes.length; ) {
    const end = matcher.match(start, true);
    if (end === undefined) {
      start++;
      continue;
    }
    parts.push(fromCodePoints(codes.slice(copied, start)));
    // As Go's ReplaceAllString: an empty match right after another match is skipped.
    if (end > copied || start === 0) {
      added += template.length;
      if (added > limit) throw new ExpansionError('the value becomes too long');
      parts.push(template);
    }
    copied = end;
    start = Math.max(end, start + 1);
  }
  parts.push(fromCodePoints(codes.slice(copied)));
  return parts.join('');
}

/** Go's ReplaceAllString takes `$name` in the replacement for a group; there are none, so it becomes nothing. */
function expandTemplate(replacement: string): string {
  return replacement.replace(/\$(?:\$|\w+|\{\w+\})/g, (found) => (found === '$$' ? '$' : ''));
}
