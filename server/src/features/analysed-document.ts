/** What every feature is given: one text and the report made from exactly that text. */

import type { Range } from '../dockerfile/types';
import type { Settings } from '../protocol';
import type { Refusal } from '../refactor';
import type { Refactoring, Report, Stage, Step } from '../report/types';

export interface AnalysedDocument {
  readonly uri: string;
  readonly version: number;
  readonly text: string;
  /** Lines without their line ends. */
  readonly lines: readonly string[];
  readonly report: Report;
  /** Lines (from 0) where the text itself is in error. */
  readonly errorLines: ReadonlySet<number>;
  readonly settings: Settings;
  /** Refactorings that look possible in this text and are not offered, with the reason. */
  readonly refusals: readonly Refusal[];
  /** What is offered when the user has selected a part of the text; computed anew on each call. */
  readonly offersFor: (selection: Range) => Offers;
  /** The text after everything that cannot change what the image does; takes an analysis for each part of it. */
  readonly fixedText: () => string;
}

export interface Offers {
  readonly refactorings: readonly Refactoring[];
  readonly refusals: readonly Refusal[];
}

/** A step together with the stage it stands in. */
export interface PlacedStep {
  readonly stage: Stage;
  readonly step: Step;
}

/** Lines of a text without their line ends, as LSP counts them (`\n`, `\r\n` and a lone `\r` end a line). */
export function linesOf(text: string): readonly string[] {
  return text.split(/\r\n|\n|\r/);
}

/** Steps written in the file in their order; those that ONBUILD of a base adds have no line of their own. */
export function writtenSteps(report: Report): readonly PlacedStep[] {
  const known = written.get(report);
  if (known !== undefined) return known;
  const steps = report.stages.flatMap((stage) =>
    stage.steps.filter((step) => step.origin === undefined).map((step) => ({ stage, step })),
  );
  written.set(report, steps);
  return steps;
}

/** Every feature asks for the steps of the same report; a report never changes. */
const written = new WeakMap<Report, readonly PlacedStep[]>();

/** The step that covers a line (from 0); undefined on FROM lines and between instructions. */
export function stepAt(report: Report, line: number): PlacedStep | undefined {
  return writtenSteps(report).find(({ step }) => step.line <= line + 1 && line + 1 <= step.endLine);
}

/** The stage whose FROM covers a line (from 0). The end of FROM is where its first own step begins, at the latest. */
export function stageBeginningAt(document: AnalysedDocument, line: number): Stage | undefined {
  return document.report.stages.find((stage) => stage.line - 1 <= line && line <= endOfFrom(document, stage));
}

/**
 * Last line (from 0) of a stage's FROM instruction. FROM has one line but where it is continued; a report says only
 * where it begins, so the continuation is followed here.
 */
export function endOfFrom(document: AnalysedDocument, stage: Stage): number {
  const first = stage.steps.find((step) => step.origin === undefined);
  const limit = Math.min(first === undefined ? stage.endLine - 1 : first.line - 2, document.lines.length - 1);
  let line = stage.line - 1;
  while (line < limit && /[\\`][ \t]*$/.test(document.lines[line] ?? '')) line += 1;
  return Math.min(line, Math.max(0, document.lines.length - 1));
}

/** Where the text of a line (from 0) ends, without trailing blanks. */
export function endOfLine(document: AnalysedDocument, line: number): { line: number; character: number } {
  const within = Math.max(0, Math.min(line, document.lines.length - 1));
  return { line: within, character: (document.lines[within] ?? '').trimEnd().length };
}

/** The range, held within the document's text: what lies beyond the last line ends where the text ends. */
export function withinText({ lines }: AnalysedDocument, range: Range): Range {
  const last = lines.length - 1;
  const held = ({ line, character }: Range['start']) =>
    line > last
      ? { line: last, character: (lines[last] ?? '').length }
      : { line: Math.max(0, line), character: Math.max(0, Math.min(character, (lines[line] ?? '').length)) };
  return { start: held(range.start), end: held(range.end) };
}

/** The name a person knows a stage by: its own, else its number as `COPY --from` counts. */
export function stageName(stage: Stage): string {
  return stage.name ?? String(stage.index);
}
