/**
 * Heredocs of RUN, COPY and ADD.
 * Rules: BuildKit `parser/parser.go` heredocsFromLine, heredocFromMatch, canContainHeredoc and the loop in Parse.
 */

import { isSpace } from './characters';
import { expandWords } from './expand';
import type { LineReader } from './lines';
import type { SourceText } from './source';
import type { Heredoc } from './types';

/** What `<<NAME` announces. */
export interface HeredocStart {
  readonly name: string;
  readonly expand: boolean;
  readonly chomp: boolean;
}

function nothingIsSet(): undefined {
  return undefined;
}

/** Reads one word as `[fd]<<[-]NAME`, or undefined when it is none. The escape is always `\` here. */
export function readHeredocStart(word: string): HeredocStart | undefined {
  if (!word.includes('<<')) return undefined;
  let offset = 0;
  while (offset < word.length && word.charCodeAt(offset) >= 0x30 && word.charCodeAt(offset) <= 0x39) offset++;
  if (!word.startsWith('<<', offset)) return undefined;
  offset += 2;
  const chomp = word[offset] === '-';
  if (chomp) offset++;
  while (offset < word.length && word.charCodeAt(offset) <= 0x20 && isSpace(word.charCodeAt(offset))) offset++;
  const rest = word.slice(offset);
  if (rest === '' || rest.includes('<')) return undefined;
  const plain = expandWords(rest, nothingIsSet, '\\', { keepUnset: true }).values;
  const quoted = expandWords(rest, nothingIsSet, '\\', { keepUnset: true, keepQuotes: true }).values;
  const name = plain[0];
  if (plain.length !== 1 || name === undefined || quoted.length !== 1) return undefined;
  return { name, expand: countQuotes(name) === countQuotes(quoted[0] ?? ''), chomp };
}

function countQuotes(text: string): number {
  let count = 0;
  for (const character of text) if (character === "'" || character === '"') count++;
  return count;
}

/** The heredocs that a logical line announces, in order. A line with unbalanced quotes announces none. */
export function heredocStarts(line: string): HeredocStart[] {
  if (!line.includes('<<')) return [];
  const words = expandWords(line, nothingIsSet, '\\', { keepQuotes: true, keepEscapes: true, keepUnset: true }).values;
  const starts: HeredocStart[] = [];
  for (const word of words) {
    const start = readHeredocStart(word);
    if (start !== undefined) starts.push(start);
  }
  return starts;
}

/** Reads the bodies of `starts` from the lines that follow. `end` is the offset after the last line read. */
export function readHeredocs(
  source: SourceText,
  reader: LineReader,
  starts: readonly HeredocStart[],
  from: number,
): { heredocs: Heredoc[]; end: number } {
  const { text } = source;
  const heredocs: Heredoc[] = [];
  let end = from;
  for (const start of starts) {
    let bodyStart: number | undefined;
    let bodyEnd = end;
    let terminated = false;
    for (let line = reader.read(); line !== undefined; line = reader.read()) {
      bodyStart ??= line.start;
      end = line.end;
      let first = line.start;
      if (start.chomp) while (first < line.end && text[first] === '\t') first++;
      if (line.end - first === start.name.length && text.startsWith(start.name, first)) {
        bodyEnd = line.start;
        terminated = true;
        break;
      }
      bodyEnd = line.next;
    }
    const body = { start: bodyStart ?? end, end: Math.max(bodyStart ?? end, bodyStart === undefined ? end : bodyEnd) };
    heredocs.push({
      name: start.name,
      expand: start.expand,
      chomp: start.chomp,
      content: text.slice(body.start, body.end),
      bodyRange: source.range(body.start, body.end),
      terminated,
    });
    if (!terminated) end = body.end;
  }
  return { heredocs, end };
}

/** The body as used with `<<-`: leading tabs of every line removed (`ChompHeredocContent`). */
export function chompHeredoc(content: string): string {
  return content.replace(/(^|\n)\t+/g, '$1');
}
