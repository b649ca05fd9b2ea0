/**
 * Expansion of variables, quotes and escapes in a word, exactly as BuildKit does it.
 * Rules: BuildKit `frontend/dockerfile/shell/lex.go`; who expands with what: `dockerfile2llb/convert.go` dispatch.
 */

import { isSpace } from './characters';
import type { Escape } from './directives';
import { ExpansionError, replacePattern, trimPrefix, trimSuffix } from './pattern';

/** Value of a variable, or undefined when it is not set. */
export type VariableLookup = (name: string) => string | undefined;

/** The switches of BuildKit's `Lex`; all are off for ordinary words. */
export interface ExpandMode {
  /** Quotes stay in the result. */
  readonly keepQuotes?: boolean;
  /** Escape characters stay in the result. */
  readonly keepEscapes?: boolean;
  /** Quotes are ordinary characters. */
  readonly ignoreQuotes?: boolean;
  /** References to variables that are not set stay as they are. */
  readonly keepUnset?: boolean;
}

/** For the bodies of COPY and ADD heredocs, to be used with the escape `\` whatever the file's is (convert.go dispatch, ExpandRaw). */
export const HEREDOC_BODY_MODE: ExpandMode = { ignoreQuotes: true };

/** For the name that progress output shows for a step (convert.go dispatchRun, `customname`). */
export const STEP_NAME_MODE: ExpandMode = { keepQuotes: true, keepUnset: true };

export interface ExpandedWord {
  /** The result; the text as given when there is a problem. */
  readonly value: string;
  /** Names that were looked up and are not set, each once, in order. Names with a default value are among them. */
  readonly unset: readonly string[];
  /** What BuildKit would reject, as an English sentence. */
  readonly problem?: string;
}

export interface ExpandedWords {
  /** The words after expansion; empty when there is a problem. */
  readonly values: readonly string[];
  readonly unset: readonly string[];
  readonly problem?: string;
}

/** Expands a word and keeps it one word: `Lex.ProcessWord`. Never throws. */
export function expandWord(
  text: string,
  lookup: VariableLookup,
  escapeToken: Escape,
  mode: ExpandMode = {},
): ExpandedWord {
  if (!/[$'"\\`]/.test(text)) return { value: text, unset: [] };
  const lexer = new Lexer(text, lookup, escapeToken, mode, false);
  const outcome = lexer.run();
  const unset = [...lexer.unset];
  if ('problem' in outcome) return { value: text, unset, problem: outcome.problem };
  return { value: outcome.result, unset };
}

/** Expands a word and splits the result at white space outside quotes: `Lex.ProcessWords`, as EXPOSE needs it. Never throws. */
export function expandWords(
  text: string,
  lookup: VariableLookup,
  escapeToken: Escape,
  mode: ExpandMode = {},
): ExpandedWords {
  const lexer = new Lexer(text, lookup, escapeToken, mode, true);
  const outcome = lexer.run();
  const unset = [...lexer.unset];
  if ('problem' in outcome) return { values: [], unset, problem: outcome.problem };
  return { values: outcome.words, unset };
}

/** Substitutions in substitutions beyond this depth are refused, so that no text can exhaust the stack. */
const MAXIMUM_DEPTH = 400;

/** Characters that a value may have beyond its text, so that values made of values cannot exhaust memory. */
const MAXIMUM_GROWTH = 1_000_000;

/** Runs of characters that never mean anything, outside and inside of `${…}`. */
const ORDINARY = /[^$<'"\\`]+/y;
const ORDINARY_INSIDE = /[^$<'"\\`}/]+/y;

const NAME_CHARACTER = /[\p{L}\p{Nd}_]/u;
const DIGIT = /\p{Nd}/u;
const SPECIAL_PARAMETERS = '@*#?-$!0';

interface Part {
  readonly result: string;
  readonly words: string[];
}

/** Words being collected. `pending` is shared by nested parts, as BuildKit shares its `wordsBuffer`. */
class WordCollector {
  readonly words: string[] = [];
  private inWord = false;
  private readonly buffer: { pending: string };

  constructor(buffer: { pending: string }) {
    this.buffer = buffer;
    // A nested substitution empties the buffer of the word around it: BuildKit's behaviour, kept.
    buffer.pending = '';
  }

  add(character: string): void {
    if (!isSpace(character.charCodeAt(0))) this.addRaw(character);
    else if (this.inWord && this.buffer.pending !== '') {
      this.words.push(this.buffer.pending);
      this.buffer.pending = '';
      this.inWord = false;
    }
  }

  addRaw(text: string): void {
    this.buffer.pending += text;
    this.inWord = true;
  }

  addEach(text: string): void {
    for (const character of text) this.add(character);
  }

  finish(): string[] {
    if (this.buffer.pending !== '') {
      this.words.push(this.buffer.pending);
      this.buffer.pending = '';
      this.inWord = false;
    }
    return this.words;
  }
}

class Lexer {
  readonly unset = new Set<string>();
  private offset = 0;
  private depth = 0;
  private readonly buffer = { pending: '' };
  private keepEscapes: boolean;
  private readonly text: string;
  private readonly lookup: VariableLookup;
  private readonly escapeToken: Escape;
  private readonly mode: ExpandMode;
  private readonly splits: boolean;

  constructor(text: string, lookup: VariableLookup, escapeToken: Escape, mode: ExpandMode, splits: boolean) {
    this.text = text;
    this.lookup = lookup;
    this.escapeToken = escapeToken;
    this.mode = mode;
    this.splits = splits;
    this.keepEscapes = mode.keepEscapes ?? false;
  }

  run(): Part | { readonly problem: string } {
    try {
      return this.until(undefined, this.keepEscapes);
    } catch (error) {
      if (error instanceof ExpansionError) return { problem: error.message };
      throw error;
    }
  }

  private get ended(): boolean {
    return this.offset >= this.text.length;
  }

  /** The next character without taking it; '' at the end. */
  private peek(): string {
    const code = this.text.codePointAt(this.offset);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  private next(): string {
    const character = this.peek();
    this.offset += character.length;
    return character;
  }

  /** Expands up to `stop`, which is taken, or up to the end of the text when there is no `stop`. */
  private until(stop: string | undefined, keepEscapes: boolean): Part {
    if (++this.depth > MAXIMUM_DEPTH) throw new ExpansionError('substitutions are nested too deeply');
    const keptBefore = this.keepEscapes;
    this.keepEscapes = keepEscapes;
    const words = this.splits ? new WordCollector(this.buffer) : undefined;
    const ordinary = stop === undefined ? ORDINARY : ORDINARY_INSIDE;
    let result = '';
    try {
      while (!this.ended) {
        ordinary.lastIndex = this.offset;
        const run = ordinary.exec(this.text)?.[0];
        if (run !== undefined) {
          this.offset += run.length;
          words?.addEach(run);
          result += run;
          continue;
        }
        const character = this.peek();
        if (stop !== undefined && character === stop) {
          this.next();
          return { result, words: words?.finish() ?? [] };
        }
        if (character === '$') {
          const value = this.dollar();
          result += value;
          words?.addEach(value);
        } else if (character === '<') {
          const value = this.lessThan();
          result += value;
          words?.addRaw(value);
        } else if (!this.mode.ignoreQuotes && (character === "'" || character === '"')) {
          const value = character === "'" ? this.singleQuoted() : this.doubleQuoted();
          result += value;
          words?.addRaw(value);
        } else if (character === this.escapeToken) {
          this.next();
          if (this.keepEscapes) {
            words?.addRaw(character);
            result += character;
          }
          // An escape at the very end is dropped.
          if (this.ended) break;
          const escaped = this.next();
          words?.addRaw(escaped);
          result += escaped;
        } else {
          this.next();
          words?.add(character);
          result += character;
        }
        this.bound(result);
      }
      if (stop !== undefined) {
        throw new ExpansionError(`unexpected end of statement while looking for matching ${stop}`);
      }
      return { result, words: words?.finish() ?? [] };
    } finally {
      this.keepEscapes = keptBefore;
      this.depth--;
    }
  }

  /** `<<` with the blanks after it stays together, so that a heredoc is one word. */
  private lessThan(): string {
    this.next();
    if (this.peek() !== '<') return '<';
    this.next();
    const start = this.offset;
    while (!this.ended && /[\t\r ]/.test(this.text[this.offset] ?? '')) this.offset++;
    return `<<${this.text.slice(start, this.offset)}`;
  }

  private singleQuoted(): string {
    const end = this.text.indexOf("'", this.offset + 1);
    if (end < 0) {
      this.offset = this.text.length;
      throw new ExpansionError('unexpected end of statement while looking for matching single-quote');
    }
    const inner = this.text.slice(this.offset + 1, end);
    this.offset = end + 1;
    return this.mode.keepQuotes ? `'${inner}'` : inner;
  }

  private doubleQuoted(): string {
    const quote = this.mode.keepQuotes ? '"' : '';
    this.next();
    let result = quote;
    while (!this.ended) {
      const character = this.peek();
      if (character === '"') {
        this.next();
        return result + quote;
      }
      if (character === '$') {
        result += this.dollar();
        this.bound(result);
        continue;
      }
      this.next();
      if (character !== this.escapeToken) {
        result += character;
        continue;
      }
      if (this.keepEscapes) result += character;
      if (this.ended) break;
      const after = this.peek();
      // Only these can be escaped between double quotes; any other escape character stands for itself.
      if (after === '"' || after === '$' || after === this.escapeToken) result += this.next();
      else result += character;
    }
    throw new ExpansionError('unexpected end of statement while looking for matching double-quote');
  }

  private dollar(): string {
    this.next();
    if (this.peek() !== '{') {
      const name = this.name();
      if (name === '') return '$';
      const value = this.get(name);
      return value ?? (this.mode.keepUnset ? `$${name}` : '');
    }
    this.next();
    if (this.ended) throw new ExpansionError("syntax error: missing '}'");
    if ('{}:'.includes(this.peek())) throw new ExpansionError('syntax error: bad substitution');
    const name = this.name();
    if (this.ended) throw new ExpansionError("syntax error: missing '}'");
    const operator = this.next();
    switch (operator) {
      case '}': {
        const value = this.get(name);
        return value ?? (this.mode.keepUnset ? `\${${name}}` : '');
      }
      case ':':
        return this.modified(name, this.next(), true);
      case '+':
      case '-':
      case '?':
      case '#':
      case '%':
        return this.modified(name, operator, false);
      case '/':
        return this.replaced(name);
      default:
        throw new ExpansionError(`unsupported modifier (${operator}) in substitution`);
    }
  }

  /** `${name:-word}` and its relatives; the operator is taken already. `emptyIsUnset` after a colon. */
  private modified(name: string, operator: string, emptyIsUnset: boolean): string {
    const written = emptyIsUnset ? `:${operator}` : operator;
    const trims = operator === '#' || operator === '%';
    if (emptyIsUnset && trims) throw new ExpansionError(`unsupported modifier (${written}) in substitution`);
    const word = this.inner('}', trims, "syntax error: missing '}'");
    const value = this.get(name);
    if (this.mode.keepUnset && value === undefined) return `\${${name}${written}${word}}`;
    const missing = value === undefined || (emptyIsUnset && value === '');
    switch (operator) {
      case '-':
        return missing ? word : value;
      case '+':
        return missing ? '' : word;
      case '?': {
        if (!missing) return value;
        const state = value === undefined ? 'unset' : 'empty';
        throw new ExpansionError(`${name}: ${word === '' ? `is not allowed to be ${state}` : word}`);
      }
      case '#':
      case '%': {
        const greedy = word.startsWith(operator);
        const pattern = greedy ? word.slice(1) : word;
        return operator === '#' ? trimPrefix(pattern, value ?? '', greedy) : trimSuffix(pattern, value ?? '', greedy);
      }
      default:
        throw new ExpansionError(`unsupported modifier (${written}) in substitution`);
    }
  }

  /** `${name/pattern/replacement}`; the first `/` is taken already. */
  private replaced(name: string): string {
    const all = this.peek() === '/';
    if (all) this.next();
    const pattern = this.inner('/', true, `syntax error: missing '/' in \${}`);
    const replacement = this.inner('}', true, "syntax error: missing '}'");
    const value = this.get(name);
    if (this.mode.keepUnset && value === undefined) return `\${${name}/${pattern}/${replacement}}`;
    return replacePattern(pattern, value ?? '', replacement, all, this.text.length + MAXIMUM_GROWTH);
  }

  private inner(stop: string, keepEscapes: boolean, atEnd: string): string {
    try {
      return this.until(stop, keepEscapes).result;
    } catch (error) {
      if (error instanceof ExpansionError && this.ended && this.depth < MAXIMUM_DEPTH) throw new ExpansionError(atEnd);
      throw error;
    }
  }

  private bound(result: string): void {
    if (result.length > this.text.length + MAXIMUM_GROWTH) throw new ExpansionError('the value becomes too long');
  }

  /** A variable's name: letters, digits and `_`; digits alone when it starts with one; or one special parameter. */
  private name(): string {
    const start = this.offset;
    const first = this.peek();
    if (first === '') return '';
    const digits = DIGIT.test(first);
    if (!digits && SPECIAL_PARAMETERS.includes(first)) return this.next();
    const accepted = digits ? DIGIT : NAME_CHARACTER;
    while (!this.ended && accepted.test(this.peek())) this.next();
    return this.text.slice(start, this.offset);
  }

  private get(name: string): string | undefined {
    const value = this.lookup(name);
    if (value === undefined) this.unset.add(name);
    return value;
  }
}
