/**
 * Merge RUN instructions.
 *
 *     RUN apt-get update                       RUN apt-get update && \
 *     # Certificates for downloads      →          # Certificates for downloads
 *     RUN apt-get install -y curl                  apt-get install -y curl
 *
 * Neighbours run in one shell afterwards, so each part that would leave something behind in it (`cd`, variables, options) runs in a
 * subshell. Where the same outcome can't be promised nothing is offered, and the reason is told.
 */
import type { BuildStep } from '../build/types';
import type { Instruction, Range, RunInstruction } from '../dockerfile/types';
import { t } from '../localize';
import type { Refactoring, Step } from '../report/types';
import { comparePositions } from './document';
import { offered } from './effect';
import { saves } from './fix-all';
import { mergedEdits } from './merge-edits';
import { costsRebuilds, mergedRebuilds, stepsByLine } from './merge-effect';
import { planMerge, whyLast } from './merge-plan';
import { mergedText } from './merge-text';
import { type RunPart, readPart, type Source, sourceOf } from './run-part';
import { isWindows } from './run-windows';
import type { Offers, RefactorContext, RefactoringRule, Refusal } from './types';

const id = 'merge-run';

export const mergeRun: RefactoringRule = {
  id,
  offer,
  inFixAll: (merge, context) => saves(merge) && !costsRebuilds(merge, context),
};

function offer(context: RefactorContext): Offers {
  const source = sourceOf(context.dockerfile);
  const { instructions } = context.dockerfile;
  const offers = new Offering(context, source);
  const selected = context.selection && selectedRuns(instructions, context.selection);
  if (selected) offers.exactly(selected);
  else for (const run of neighbours(instructions)) offers.asFarAsPossible(run);
  return offers;
}

/** What says nothing to a RUN: it may stand on either side of one. */
const neutral = new Set(['LABEL', 'EXPOSE', 'CMD', 'ENTRYPOINT', 'HEALTHCHECK', 'STOPSIGNAL', 'MAINTAINER', 'VOLUME']);

function isNeutral({ keyword }: Instruction): boolean {
  return neutral.has(keyword);
}

/** Maximal sequences of at least two RUNs with nothing but comments, blank lines and neutral metadata between. */
function neighbours(instructions: readonly Instruction[]): RunInstruction[][] {
  const sequences: RunInstruction[][] = [];
  let current: RunInstruction[] = [];
  for (const instruction of instructions) {
    if (instruction.keyword === 'RUN') current.push(instruction);
    else if (!isNeutral(instruction)) {
      sequences.push(current);
      current = [];
    }
  }
  sequences.push(current);
  return sequences.filter((sequence) => sequence.length > 1);
}

/** From the first RUN that the selection touches to the last; undefined when it touches fewer than two. */
function selectedRuns(instructions: readonly Instruction[], selection: Range): Instruction[] | undefined {
  if (comparePositions(selection.start, selection.end) === 0) return undefined;
  const touched = instructions.filter(
    ({ range }) => comparePositions(range.start, selection.end) < 0 && comparePositions(selection.start, range.end) < 0,
  );
  const isRun = (instruction: Instruction): boolean => instruction.keyword === 'RUN';
  if (touched.filter(isRun).length < 2) return undefined;
  return touched
    .slice(touched.findIndex(isRun), touched.findLastIndex(isRun) + 1)
    .filter((instruction) => !isNeutral(instruction));
}

class Offering implements Offers {
  readonly refactorings: Refactoring[] = [];
  readonly refusals: Refusal[] = [];
  private readonly context: RefactorContext;
  private readonly source: Source;
  private readonly steps: ReadonlyMap<number, BuildStep>;
  private readonly windows: ReadonlySet<number>;
  private readonly byLine: ReadonlyMap<number, Step>;

  constructor(context: RefactorContext, source: Source) {
    this.context = context;
    this.source = source;
    const own = context.graph.stages.flatMap((stage) => stage.steps).filter((step) => step.origin.kind === 'own');
    this.steps = new Map(own.map((step) => [step.instruction.index, step]));
    this.byLine = stepsByLine(context);
    const windows = context.graph.stages.filter((stage) => isWindows(context.graph, stage));
    this.windows = new Set(windows.flatMap((stage) => stage.steps.map((step) => step.instruction.index)));
  }

  /** All of the selection, or a refusal. */
  exactly(instructions: readonly Instruction[]): void {
    const first = instructions[0];
    const last = instructions.at(-1);
    if (!first || !last) return;
    const refuse = (reason: string): void => this.refuse([first, last], instructions.length, reason);
    const other = instructions.find((instruction) => instruction.keyword !== 'RUN');
    if (other) {
      const name = other.keyword === 'INVALID' ? other.name : other.keyword;
      refuse(t('{0} in line {1} stands between the RUN instructions', name, other.range.start.line + 1));
      return;
    }
    const parts: RunPart[] = [];
    for (const instruction of instructions) {
      const reading = this.read(instruction);
      const obstacle = typeof reading === 'string' ? reading : obstacleBetween(parts.at(-1), reading);
      if (typeof reading === 'string' || obstacle !== undefined) {
        refuse(obstacle ?? '');
        return;
      }
      parts.push(reading);
    }
    this.offer(parts);
  }

  /** The longest groups of neighbours that can be merged; a refusal wherever one of them can't join the next. */
  asFarAsPossible(instructions: readonly RunInstruction[]): void {
    let group: RunPart[] = [];
    const close = (): void => {
      if (group.length > 1) this.offer(group);
      group = [];
    };
    for (const [index, instruction] of instructions.entries()) {
      const reading = this.read(instruction);
      if (typeof reading === 'string') {
        close();
        const neighbour = instructions[index === 0 ? 1 : index - 1] ?? instruction;
        this.refuse(index === 0 ? [instruction, neighbour] : [neighbour, instruction], 2, reading);
        continue;
      }
      const previous = group.at(-1);
      const obstacle = obstacleBetween(previous, reading);
      if (previous && obstacle !== undefined) {
        this.refuse([previous.instruction, instruction], 2, obstacle);
        close();
      }
      group.push(reading);
    }
    close();
  }

  private read(instruction: Instruction): RunPart | string {
    const step = this.steps.get(instruction.index);
    const line = instruction.range.start.line + 1;
    if (instruction.keyword !== 'RUN' || !step) return t('line {0} is not understood', line);
    if (this.windows.has(instruction.index)) return t('line {0} runs in a Windows shell', line);
    const reading = readPart(this.source, instruction, step);
    return reading.kind === 'part' ? reading.part : reading.reason;
  }

  private offer(parts: readonly RunPart[]): void {
    const first = parts[0]?.instruction;
    const last = parts.at(-1)?.instruction;
    if (!first || !last) return;
    const refuse = (reason: string): void => this.refuse([first, last], parts.length, reason);
    if (parts.every((part) => part.instruction.command.form === 'exec')) {
      refuse(t('none of them uses a shell, and the image may have none'));
      return;
    }
    const plan = planMerge(parts);
    const newText = plan.kind === 'plan' ? mergedText(this.source, plan) : undefined;
    if (newText === undefined) {
      refuse(
        plan.kind === 'refused' ? plan.reason : t('a heredoc and a command line cannot be joined with these line ends'),
      );
      return;
    }
    const range = { start: first.range.start, end: last.range.end };
    this.refactorings.push(
      offered(
        this.context,
        {
          id: `${id}:${this.placeOf(first, last)}`,
          title: t('Merge {0} RUN instructions', parts.length),
          kind: 'refactor.rewrite',
          line: range.start.line + 1,
          endLine: range.end.line + 1,
          changesBehaviour: false,
          edits: mergedEdits(this.source, parts, newText),
        },
        mergedRebuilds(parts, this.byLine),
      ),
    );
  }

  /** The first line; with the last one's when only some of the neighbours are selected, so that ids differ. */
  private placeOf(first: RunInstruction, last: RunInstruction): string {
    const line = first.range.start.line + 1;
    return this.context.selection === undefined
      ? `${line}`
      : this.isWhole(first, last)
        ? `${line}`
        : `${line}-${last.range.start.line + 1}`;
  }

  private isWhole(first: RunInstruction, last: RunInstruction): boolean {
    const { instructions } = this.context.dockerfile;
    const before = instructions.slice(0, first.index).findLast((each) => !isNeutral(each));
    const after = instructions.slice(last.index + 1).find((each) => !isNeutral(each));
    return before?.keyword !== 'RUN' && after?.keyword !== 'RUN';
  }

  private refuse([first, last]: readonly [Instruction, Instruction], count: number, reason: string): void {
    const range = { start: first.range.start, end: last.range.end };
    // Both of a pair may be at fault; the first reason is enough.
    if (this.refusals.at(-1)?.range.start === range.start && this.refusals.at(-1)?.range.end === range.end) return;
    this.refusals.push({ rule: id, range, title: t('Merge {0} RUN instructions', count), reason: sentence(reason) });
  }
}

function sentence(reason: string): string {
  return t('Not merged: {0}.', reason);
}

/** Why two neighbours can't run in one RUN, or undefined. */
function obstacleBetween(previous: RunPart | undefined, next: RunPart): string | undefined {
  if (!previous) return undefined;
  const lines = [previous.instruction.range.start.line + 1, next.instruction.range.start.line + 1] as const;
  if (flagsOf(previous, 'mount') !== flagsOf(next, 'mount'))
    return t('lines {0} and {1} have different mounts', ...lines);
  if (flagsOf(previous, 'network') !== flagsOf(next, 'network'))
    return t('lines {0} and {1} have different networks', ...lines);
  if (flagsOf(previous) !== flagsOf(next)) return t('lines {0} and {1} have different flags', ...lines);
  return whyLast(previous);
}

/** Flags in an order that does not depend on how they are written. */
function flagsOf({ instruction, step }: RunPart, name?: string): string {
  const { operation } = step;
  if (name === 'mount' && operation.kind === 'execute') {
    return operation.mounts
      .map((mount) => JSON.stringify(mount))
      .sort()
      .join('\n');
  }
  if (name === 'network' && operation.kind === 'execute') return operation.network;
  return instruction.flags
    .filter(
      (flag) =>
        flag.name !== 'mount' && flag.name !== 'network' && (flag.name !== 'security' || flag.value !== 'sandbox'),
    )
    .map((flag) => `${flag.name}=${flag.value ?? ''}`)
    .sort()
    .join('\n');
}
