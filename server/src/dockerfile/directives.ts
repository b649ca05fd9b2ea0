/**
 * Parser directives: `# syntax=`, `# escape=`, `# check=`.
 * Rules: BuildKit `parser/directives.go` DirectiveParser.ParseLine and `parser/parser.go` setEscapeToken.
 */

import { isSpace, skipSpaces, trimEnd } from './characters';
import type { PhysicalLine } from './lines';
import { makeProblem } from './problems';
import type { SourceText } from './source';
import type { Directive, Problem } from './types';

/** The character that continues lines and escapes characters. */
export type Escape = '\\' | '`';

function isDirectiveName(name: string): name is Directive['name'] {
  return name === 'syntax' || name === 'escape' || name === 'check';
}

/** Collects directives line by line; the first line that is none ends them. */
export class DirectiveReader {
  escapeToken: Escape = '\\';
  readonly directives: Directive[] = [];
  readonly problems: Problem[] = [];
  private done = false;
  private readonly source: SourceText;

  constructor(source: SourceText) {
    this.source = source;
  }

  /** True when the line is a directive, and so not a plain comment. Every line must be offered, in order. */
  read(line: PhysicalLine): boolean {
    if (this.done) return false;
    const text = this.source.text;
    const start = skipSpaces(text, line.start, line.end);
    const found = start < line.end && text[start] === '#' ? nameAndValue(text, start + 1, line.end) : undefined;
    if (found === undefined || !isDirectiveName(found.name)) {
      this.done = true;
      return false;
    }
    const { name, value } = found;
    const range = this.source.range(start, line.end);
    if (this.directives.some((directive) => directive.name === name)) {
      this.problems.push(
        makeProblem('duplicate-directive', 'Only one {0} directive can be used; remove this one.', [name], range),
      );
      return true;
    }
    this.directives.push({ name, value, range });
    if (name === 'escape') {
      if (value === '\\' || value === '`') this.escapeToken = value;
      else {
        this.problems.push(makeProblem('bad-escape', 'The escape character must be \\ or `, not {0}.', [value], range));
      }
    }
    return true;
  }
}

/** `name = value` of a directive: a letter, then letters and digits; the value is not empty and is trimmed. */
function nameAndValue(text: string, from: number, end: number): { name: string; value: string } | undefined {
  const start = skipSpaces(text, from, end);
  let nameEnd = start;
  while (nameEnd < end && isNameUnit(text.charCodeAt(nameEnd), nameEnd === start)) nameEnd++;
  if (nameEnd === start) return undefined;
  const equals = skipAsciiSpaces(text, nameEnd, end);
  if (text[equals] !== '=' || equals >= end) return undefined;
  const valueStart = skipAsciiSpaces(text, equals + 1, end);
  if (valueStart >= end) return undefined;
  const valueEnd = trimEnd(text, valueStart, end);
  return { name: text.slice(start, nameEnd).toLowerCase(), value: text.slice(valueStart, valueEnd) };
}

function isNameUnit(unit: number, first: boolean): boolean {
  const letter = (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x61 && unit <= 0x7a);
  return letter || (!first && unit >= 0x30 && unit <= 0x39);
}

/** Go's regular expression class `\s` is ASCII only. */
function skipAsciiSpaces(text: string, start: number, end: number): number {
  let offset = start;
  while (offset < end && text.charCodeAt(offset) <= 0x20 && isSpace(text.charCodeAt(offset))) offset++;
  return offset;
}
