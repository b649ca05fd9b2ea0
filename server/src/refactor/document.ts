/** The text of a Dockerfile with offsets, positions and the line end it uses. */
import type { Position, Range } from '../dockerfile/types';

export class DocumentText {
  readonly text: string;
  /** `\r\n` when the first line ends so, else `\n`. */
  readonly lineEnd: '\r\n' | '\n';
  private readonly lineStarts: number[] = [0];

  constructor(text: string) {
    this.text = text;
    this.lineEnd = /^[^\n]*\r\n/.test(text) ? '\r\n' : '\n';
    for (const match of text.matchAll(/\r\n|\n|\r/g)) this.lineStarts.push(match.index + match[0].length);
  }

  /** Offset in UTF-16 code units; a position behind the end of a line or of the text is moved to that end. */
  offset(position: Position): number {
    const start = this.lineStarts[position.line];
    if (start === undefined) return this.text.length;
    const next = this.lineStarts[position.line + 1] ?? this.text.length;
    return Math.min(start + position.character, next);
  }

  position(offset: number): Position {
    let low = 0;
    let high = this.lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low, character: offset - (this.lineStarts[low] ?? 0) };
  }

  slice(range: Range): string {
    return this.text.slice(this.offset(range.start), this.offset(range.end));
  }

  range(start: number, end: number): Range {
    return { start: this.position(start), end: this.position(end) };
  }
}

/** Negative, zero or positive as `left` stands before, at or after `right`. */
export function comparePositions(left: Position, right: Position): number {
  return left.line - right.line || left.character - right.character;
}
