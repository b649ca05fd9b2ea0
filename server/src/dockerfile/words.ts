/**
 * Arguments of an instruction: blank-separated strings, words with quotes, JSON arrays.
 * Rules: BuildKit `parser/line_parsers.go` parseStringsWhitespaceDelimited, parseWords, parseJSON.
 */

import { isBlank, isSpace, skipSpaces } from './characters';
import type { Escape } from './directives';
import type { LogicalLine, Span } from './source';
import type { Word } from './types';

/** The word at `span` of the line. */
export function wordAt(line: LogicalLine, span: Span): Word {
  return { text: line.text.slice(span.start, span.end), range: line.range(span) };
}

/** Splits at blanks; quotes mean nothing (FROM, EXPOSE, COPY, ADD, VOLUME). `span` must be trimmed. */
export function splitAtBlanks(text: string, span: Span): Span[] {
  const spans: Span[] = [];
  let start = span.start;
  for (let offset = span.start; offset < span.end; offset++) {
    if (!isBlank(text.charCodeAt(offset))) continue;
    spans.push({ start, end: offset });
    while (offset + 1 < span.end && isBlank(text.charCodeAt(offset + 1))) offset++;
    start = offset + 1;
  }
  if (start < span.end) spans.push({ start, end: span.end });
  return spans;
}

/** Splits at white space outside quotes and not after an escape (ENV, LABEL, ARG); quotes and escapes are kept. */
export function splitWords(text: string, span: Span, escapeToken: Escape): Span[] {
  const spans: Span[] = [];
  let offset = skipSpaces(text, span.start, span.end);
  while (offset < span.end) {
    const start = offset;
    let quote = '';
    let end = span.end;
    for (; offset < span.end; offset++) {
      const character = text[offset] ?? '';
      if (quote === '' && isSpace(character.charCodeAt(0))) {
        end = offset;
        break;
      }
      if (character === escapeToken && quote !== "'") {
        // A lone escape at the very end is dropped.
        if (offset + 1 === span.end) end = offset;
        offset++;
      } else if (quote === '') {
        if (character === "'" || character === '"') quote = character;
      } else if (character === quote) quote = '';
    }
    if (end > start) spans.push({ start, end });
    offset = skipSpaces(text, offset, span.end);
  }
  return spans;
}

/** Strings of a JSON array with the span between each one's quotes; `not-strings` when some element is no string. */
export type JsonStrings =
  | { readonly kind: 'strings'; readonly values: readonly string[]; readonly spans: readonly Span[] }
  | { readonly kind: 'not-strings' };

/** Reads `text[span]` as a JSON array of strings; undefined when it is no JSON array (then it is the shell form). */
export function readJsonStrings(text: string, span: Span): JsonStrings | undefined {
  const start = skipSpaces(text, span.start, span.end);
  if (text[start] !== '[' || start >= span.end) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.slice(start, span.end));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
  if (!Array.isArray(parsed)) return undefined;
  const values: string[] = [];
  for (const value of parsed) {
    if (typeof value !== 'string') return { kind: 'not-strings' };
    // Go replaces lone surrogates when it decodes JSON.
    values.push(value.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd'));
  }
  return { kind: 'strings', values, spans: stringSpans(text, start, span.end) };
}

/** Spans between the quotes of the string literals of valid JSON. */
function stringSpans(text: string, start: number, end: number): Span[] {
  const spans: Span[] = [];
  for (let offset = start; offset < end; offset++) {
    if (text[offset] !== '"') continue;
    const first = offset + 1;
    for (offset = first; offset < end && text[offset] !== '"'; offset++) {
      if (text[offset] === '\\') offset++;
    }
    spans.push({ start: first, end: offset });
  }
  return spans;
}
