/** Every check of one Dockerfile that needs no build. */
import { parseDockerfile } from '../../server/src/dockerfile/parse';
import type { Dockerfile, Instruction, Range } from '../../server/src/dockerfile/types';
import { type CheckedReport, checkReport } from './check-report';
import { lineLengths, wrongRanges } from './ranges';
import { startStopwatch } from './stopwatch';

export interface Checked {
  readonly faults: readonly string[];
  /** Milliseconds of one parse and one analysis. */
  readonly time: number;
  /** Absent when the text did not parse. */
  readonly dockerfile?: Dockerfile;
}

/** Parses and analyses `text` and checks the values; what throws is a fault too. */
export function check(text: string): Checked {
  const elapsed = startStopwatch();
  let dockerfile: Dockerfile;
  try {
    dockerfile = parseDockerfile(text);
  } catch (error) {
    return { faults: [`parse: ${show(error)}`], time: elapsed() };
  }
  const parsed = elapsed();
  const lengths = lineLengths(text);
  const report = analysed(text, lengths);
  const faults = [
    ...wrongRanges({ ...dockerfile, text: '' }, lengths).map((fault) => `parse${fault}`),
    ...disorder(dockerfile),
    ...coverage(dockerfile, text),
    ...report.faults,
  ];
  return { faults, time: parsed + report.time, dockerfile };
}

function analysed(text: string, lengths: readonly number[]): CheckedReport {
  try {
    return checkReport(text, lengths);
  } catch (error) {
    return { faults: [`analyse: ${show(error)}`], time: 0 };
  }
}

/** A thrown value in one line, with the place that threw it. */
export function show(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const place = error.stack?.split('\n')[1]?.trim() ?? '';
  return `${error.name}: ${error.message} ${place}`;
}

/** Instructions must follow each other without overlap, and keep their parts inside. */
function disorder({ instructions }: Dockerfile): readonly string[] {
  return instructions.flatMap((instruction, position) => {
    const faults: string[] = [];
    const previous = instructions[position - 1];
    if (instruction.index !== position) faults.push(`instruction ${position} says it is ${instruction.index}`);
    if (previous !== undefined && before(instruction.range.start, previous.range.end)) {
      faults.push(`instruction ${position} (${instruction.keyword}) begins before the one above ends`);
    }
    return [
      ...faults,
      ...parts(instruction).flatMap(([name, range]) => outside(instruction.range, range, name, position)),
    ];
  });
}

function parts(instruction: Instruction): readonly (readonly [string, Range])[] {
  return [
    ['keyword', instruction.keywordRange],
    ...instruction.flags.map((flag) => ['flag', flag.range] as const),
    ...instruction.heredocs.map((heredoc) => ['heredoc', heredoc.bodyRange] as const),
    // Comments between a lone escape character and the keyword come before the instruction.
    ...instruction.comments
      .filter(({ start }) => !before(start, instruction.range.start))
      .map((comment) => ['comment', comment] as const),
  ];
}

function outside(outer: Range, inner: Range, name: string, position: number): readonly string[] {
  const inside = !before(inner.start, outer.start) && !before(outer.end, inner.end);
  return inside ? [] : [`instruction ${position}: its ${name} lies outside of it`];
}

function before(a: Range['start'], b: Range['start']): boolean {
  return a.line < b.line || (a.line === b.line && a.character < b.character);
}

/** Nothing, or an escape character alone: it joins the lines around it and belongs to none. */
const EMPTY_LINE = /^[\s\u0085]*[\\`]?[\s\u0085]*$/;

/** Every line with something on it belongs to an instruction, a comment or a directive, or a problem names it. */
function coverage(dockerfile: Dockerfile, text: string): readonly string[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  const covered = new Set<number>();
  for (const range of [
    ...dockerfile.instructions.map(({ range }) => range),
    ...dockerfile.instructions.flatMap(({ comments }) => comments),
    ...dockerfile.comments,
    ...dockerfile.directives.map(({ range }) => range),
    ...dockerfile.problems.map(({ range }) => range),
  ]) {
    for (let line = range.start.line; line <= range.end.line; line++) covered.add(line);
  }
  const lost = lines.findIndex((line, index) => !EMPTY_LINE.test(line) && !covered.has(index));
  return lost < 0 ? [] : [`line ${lost + 1} belongs to nothing`];
}
