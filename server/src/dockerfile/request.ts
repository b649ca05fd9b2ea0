/** What an instruction's own parser is given: the split logical line and where to report. */

import { isBlank, skipSpaces, trimEnd } from './characters';
import type { Escape } from './directives';
import { type RawFlag, readFlags } from './flags';
import { makeProblem } from './problems';
import type { LogicalLine, Span } from './source';
import type { Flag, Heredoc, Problem, ProblemSeverity, Range } from './types';
import { type JsonStrings, readJsonStrings } from './words';

/** A logical line split into keyword, flags and arguments. */
export interface SplitLine {
  /** The keyword, upper-case. */
  readonly keyword: string;
  readonly keywordSpan: Span;
  readonly flags: readonly RawFlag[];
  /** The arguments, trimmed. */
  readonly rest: Span;
}

/** Splits `text[span]` (BuildKit `parser/split_command.go` splitCommand). */
export function splitLine(text: string, span: Span, escapeToken: Escape): SplitLine {
  const start = skipSpaces(text, span.start, span.end);
  const end = trimEnd(text, start, span.end);
  let keywordEnd = start;
  while (keywordEnd < end && !isBlank(text.charCodeAt(keywordEnd))) keywordEnd++;
  let arguments_ = keywordEnd;
  while (arguments_ < end && isBlank(text.charCodeAt(arguments_))) arguments_++;
  const { flags, rest } = readFlags(text, { start: arguments_, end }, escapeToken);
  const restStart = skipSpaces(text, rest, end);
  return {
    keyword: text.slice(start, keywordEnd).toUpperCase(),
    keywordSpan: { start, end: keywordEnd },
    flags,
    rest: { start: restStart, end: Math.max(restStart, trimEnd(text, restStart, end)) },
  };
}

/** The members that all instructions share. */
export interface InstructionBaseValue {
  readonly index: number;
  readonly range: Range;
  readonly keywordRange: Range;
  readonly flags: readonly Flag[];
  readonly heredocs: readonly Heredoc[];
  readonly comments: readonly Range[];
  readonly original: string;
}

/** One instruction to be parsed. */
export class InstructionRequest {
  readonly keyword: string;
  readonly line: LogicalLine;
  readonly rest: Span;
  readonly escapeToken: Escape;
  readonly base: InstructionBaseValue;
  private readonly problems: Problem[];
  private readonly severity: ProblemSeverity;
  private json: JsonStrings | undefined;
  private jsonRead = false;

  /** Problems reported as errors get `severity`: a trigger's problems do not stop the build that only records it. */
  constructor(
    split: SplitLine,
    line: LogicalLine,
    escapeToken: Escape,
    base: InstructionBaseValue,
    problems: Problem[],
    severity: ProblemSeverity,
  ) {
    this.keyword = split.keyword;
    this.rest = split.rest;
    this.line = line;
    this.escapeToken = escapeToken;
    this.base = base;
    this.problems = problems;
    this.severity = severity;
  }

  get restText(): string {
    return this.line.text.slice(this.rest.start, this.rest.end);
  }

  /** Range of the arguments; the keyword's when there are none. */
  get restRange(): Range {
    return this.rest.start < this.rest.end ? this.line.range(this.rest) : this.base.keywordRange;
  }

  /** The arguments as a JSON array of strings; undefined when they are none. */
  jsonStrings(): JsonStrings | undefined {
    if (!this.jsonRead) {
      this.json = readJsonStrings(this.line.text, this.rest);
      this.jsonRead = true;
    }
    return this.json;
  }

  report(code: string, message: string, parameters: readonly string[], range: Range, severity?: ProblemSeverity): void {
    this.problems.push(makeProblem(code, message, parameters, range, severity ?? this.severity));
  }

  /** Reports that the arguments are a JSON array with something else than strings in it. */
  reportNotStrings(): void {
    this.report(
      'json-not-strings',
      'Every element of the array after {0} must be a string in double quotes.',
      [this.keyword],
      this.restRange,
    );
  }

  /** Reports that the instruction has no arguments at all. */
  reportMissing(message = '{0} needs at least one argument.'): void {
    this.report('missing-argument', message, [this.keyword], this.base.keywordRange);
  }
}
