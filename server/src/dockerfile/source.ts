/** Offsets of the document, and of logical lines joined from it, turned into editor positions. */

import { CARRIAGE_RETURN, LINE_FEED } from './characters';
import type { Position, Range } from './types';

/** A half-open interval of offsets. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Index of the last element of ascending `values` that is not above `value`; `values[0]` must not be above it. */
function lastNotAbove(values: readonly number[], value: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((values[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The document's text with its line starts. Lines end as in editors: line feed, carriage return, or both. */
export class SourceText {
  readonly text: string;
  private readonly lineStarts: readonly number[];
  private lastLine = 0;

  constructor(text: string) {
    this.text = text;
    const starts = [0];
    // A lone carriage return ends a line in the language server protocol, though not in BuildKit.
    if (text.includes('\r')) {
      for (let offset = 0; offset < text.length; offset++) {
        const unit = text.charCodeAt(offset);
        if (unit === LINE_FEED || (unit === CARRIAGE_RETURN && text.charCodeAt(offset + 1) !== LINE_FEED)) {
          starts.push(offset + 1);
        }
      }
    } else {
      for (let feed = text.indexOf('\n'); feed >= 0; feed = text.indexOf('\n', feed + 1)) starts.push(feed + 1);
    }
    this.lineStarts = starts;
  }

  get lineCount(): number {
    return this.lineStarts.length;
  }

  /** Position of an offset in UTF-16 code units; offsets outside the text are clamped. */
  position(offset: number): Position {
    const inside = Math.min(Math.max(offset, 0), this.text.length);
    const line = this.lineOf(inside);
    this.lastLine = line;
    return { line, character: inside - (this.lineStarts[line] ?? 0) };
  }

  /** Line of an offset. Questions mostly come in order, so the last answer and its neighbour are tried first. */
  private lineOf(offset: number): number {
    for (let line = this.lastLine; line <= this.lastLine + 1; line++) {
      const start = this.lineStarts[line];
      if (start === undefined || start > offset) break;
      if (offset < (this.lineStarts[line + 1] ?? Number.POSITIVE_INFINITY)) return line;
    }
    return lastNotAbove(this.lineStarts, offset);
  }

  range(start: number, end: number): Range {
    return { start: this.position(start), end: this.position(Math.max(start, end)) };
  }
}

/**
 * A logical line: pieces of the document joined into one text, which keeps where each piece came from.
 * Pieces are whole runs of the document, so the map is one entry per physical line.
 */
export class LogicalLine {
  readonly text: string;
  readonly source: SourceText;
  private readonly logicalStarts: readonly number[];
  private readonly physicalStarts: readonly number[];

  /** `pieces` are document spans in order; an empty list stands for an empty line at `emptyAt`. */
  constructor(source: SourceText, pieces: readonly Span[], emptyAt: number) {
    this.source = source;
    const texts: string[] = [];
    const logicalStarts: number[] = [];
    const physicalStarts: number[] = [];
    let length = 0;
    for (const piece of pieces) {
      if (piece.end <= piece.start) continue;
      texts.push(source.text.slice(piece.start, piece.end));
      logicalStarts.push(length);
      physicalStarts.push(piece.start);
      length += piece.end - piece.start;
    }
    if (texts.length === 0) {
      logicalStarts.push(0);
      physicalStarts.push(emptyAt);
    }
    this.text = texts.length === 1 ? (texts[0] ?? '') : texts.join('');
    this.logicalStarts = logicalStarts;
    this.physicalStarts = physicalStarts;
  }

  /** Document offset of the character at a logical offset. */
  documentOffset(offset: number): number {
    const piece = lastNotAbove(this.logicalStarts, offset);
    return (this.physicalStarts[piece] ?? 0) + offset - (this.logicalStarts[piece] ?? 0);
  }

  /** Document span of a logical span: from its first character to just after its last one. */
  documentSpan(span: Span): Span {
    if (span.end <= span.start) {
      // An empty span stands after the character before it, so it never jumps to the next physical line.
      const at = span.start > 0 ? this.documentOffset(span.start - 1) + 1 : this.documentOffset(0);
      return { start: at, end: at };
    }
    return { start: this.documentOffset(span.start), end: this.documentOffset(span.end - 1) + 1 };
  }

  range(span: Span): Range {
    const { start, end } = this.documentSpan(span);
    return this.source.range(start, end);
  }
}
