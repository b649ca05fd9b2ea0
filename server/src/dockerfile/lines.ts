/**
 * Physical lines and how they join into logical lines.
 * Rules: BuildKit `frontend/dockerfile/parser/parser.go`: Parse, processLine, trimContinuationCharacter, isComment.
 */

import { CARRIAGE_RETURN, skipSpaces } from './characters';
import type { Escape } from './directives';
import { LogicalLine, type SourceText, type Span } from './source';

/** One physical line: `[start, end)` without its line end, `next` the start of the following line. */
export interface PhysicalLine {
  readonly start: number;
  readonly end: number;
  readonly next: number;
}

/** Reads physical lines one after the other. Only a line feed ends a line; carriage returns before it are dropped. */
export class LineReader {
  private offset = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** Offset of the line that is read next. */
  get next(): number {
    return this.offset;
  }

  /** Goes on at the beginning of another line. */
  skipTo(offset: number): void {
    this.offset = offset;
  }

  /** The next line, or undefined at the end of the text. */
  read(): PhysicalLine | undefined {
    const start = this.offset;
    if (start >= this.text.length) return undefined;
    const feed = this.text.indexOf('\n', start);
    const next = feed < 0 ? this.text.length : feed + 1;
    let end = feed < 0 ? next : feed;
    while (end > start && this.text.charCodeAt(end - 1) === CARRIAGE_RETURN) end--;
    this.offset = next;
    return { start, end, next };
  }
}

/** Bytes a line may have without its line end (`bufio.MaxScanTokenSize` less one). */
export const MAXIMUM_LINE_BYTES = 65_535;

/** Bytes of the line in UTF-8 when they are more than the builder reads, else undefined. */
export function excessiveBytes(text: string, line: PhysicalLine): number | undefined {
  // One UTF-16 code unit is at most three bytes.
  if (line.next - line.start <= MAXIMUM_LINE_BYTES / 3) return undefined;
  const end = text[line.next - 1] === '\n' ? line.next - 1 : line.next;
  let bytes = 0;
  for (let offset = line.start; offset < end; offset++) {
    const unit = text.charCodeAt(offset);
    // A surrogate pair takes four bytes, two for each half.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 2 : 3;
  }
  return bytes > MAXIMUM_LINE_BYTES ? bytes : undefined;
}

/** Offset of the `#` when the line is a comment, else undefined. */
export function commentStart(text: string, line: PhysicalLine): number | undefined {
  const start = skipSpaces(text, line.start, line.end);
  return start < line.end && text[start] === '#' ? start : undefined;
}

/**
 * Offset of the escape character when `text[start, end)` continues on the next line, else undefined.
 * The escape may be followed by blanks and tabs, and must not itself be escaped
 * (`lineContinuationRegex`: an escape before it means "not a continuation", however many there are).
 */
export function continuationAt(text: string, start: number, end: number, escapeToken: Escape): number | undefined {
  let last = end - 1;
  while (last >= start && (text[last] === ' ' || text[last] === '\t')) last--;
  if (last < start || text[last] !== escapeToken) return undefined;
  if (last > start && text[last - 1] === escapeToken) return undefined;
  return last;
}

/** What one instruction occupies, heredoc bodies not counted. */
export interface JoinedLine {
  readonly line: LogicalLine;
  /** Document offset of the first character, blanks before it not counted. */
  readonly start: number;
  /** Document offset after the last physical line. */
  readonly end: number;
  readonly comments: readonly Span[];
  /** The first blank line between continuation lines. */
  readonly blankLine?: Span;
  /** True when the last line ends in a continuation with nothing after it. */
  readonly unfinished: boolean;
  /** True when one of the lines is longer than the builder reads. */
  readonly tooLong: boolean;
}

/** Joins `first` with the lines that continue it; `first` must be neither blank nor a comment. */
export function joinLines(
  source: SourceText,
  reader: LineReader,
  first: PhysicalLine,
  escapeToken: Escape,
): JoinedLine {
  const text = source.text;
  const start = skipSpaces(text, first.start, first.end);
  const pieces: Span[] = [];
  const comments: Span[] = [];
  let blankLine: Span | undefined;
  let end = first.end;
  let tooLong = excessiveBytes(text, first) !== undefined;
  let continuation = continuationAt(text, start, first.end, escapeToken);
  pieces.push({ start, end: continuation ?? first.end });
  while (continuation !== undefined) {
    const line = reader.read();
    if (line === undefined) break;
    end = line.end;
    tooLong ||= excessiveBytes(text, line) !== undefined;
    const comment = commentStart(text, line);
    if (comment !== undefined) {
      comments.push({ start: comment, end: line.end });
      continue;
    }
    if (skipSpaces(text, line.start, line.end) === line.end) {
      blankLine ??= { start: line.start, end: line.end };
      continue;
    }
    continuation = continuationAt(text, line.start, line.end, escapeToken);
    pieces.push({ start: line.start, end: continuation ?? line.end });
  }
  return {
    line: new LogicalLine(source, pieces, start),
    start,
    end,
    comments,
    ...(blankLine === undefined ? {} : { blankLine }),
    unfinished: continuation !== undefined,
    tooLong,
  };
}
