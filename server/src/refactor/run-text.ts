/** A RUN whose commands can be changed one by one where they stand. */
import type { BuildGraph, BuildStage, BuildStep, ExecuteOperation } from '../build/types';
import type { Span } from '../dockerfile/source';
import type { Heredoc, RunInstruction } from '../dockerfile/types';
import { t } from '../localize';
import { readSequence, type SequenceItem } from '../shell/sequence';
import { readShape, type ScriptShape } from '../shell/shape';
import { isUnfinished, joinedCommand, readShell, type Source } from './run-part';
import { isWindows } from './run-windows';
import type { RefactorContext } from './types';

export interface RunText {
  readonly stage: BuildStage;
  readonly step: BuildStep;
  readonly operation: ExecuteOperation;
  readonly instruction: RunInstruction;
  /** What the shell gets; for exec form its words joined, which can be looked at but not edited. */
  readonly script: string;
  readonly shape: ScriptShape;
  readonly items: readonly SequenceItem[];
  /** `RUN <<EOF`: the body is the script. */
  readonly heredoc?: Heredoc;
  /** A failing statement ends the script: `set -e` at its beginning, or the shell has the option. */
  readonly errexit: boolean;
  /** Offsets in the document of a piece of the script; absent when single commands can't be edited. */
  readonly place?: (span: Span) => Span;
  /** Why single commands can't be edited, localised; present without `place`. */
  readonly reason?: string;
}

/** Line of the instruction, from 1. */
export function lineOf(text: { readonly instruction: RunInstruction }): number {
  return text.instruction.range.start.line + 1;
}

/** Several rules ask for them, and those of a graph are the same for all. */
const textsOfGraphs = new WeakMap<BuildGraph, { readonly source: Source; readonly texts: readonly RunText[] }>();

/** The RUN instructions of the file that its needed stages run, in order; those of Windows, templates and unfinished ones left out. */
export function runTexts({ graph }: RefactorContext, source: Source): readonly RunText[] {
  const known = textsOfGraphs.get(graph);
  if (known?.source === source) return known.texts;
  const texts = readTexts(graph, source);
  textsOfGraphs.set(graph, { source, texts });
  return texts;
}

function readTexts(graph: BuildGraph, source: Source): readonly RunText[] {
  return graph.stages.flatMap((stage) => {
    if (!stage.needed || isWindows(graph, stage)) return [];
    return stage.steps.flatMap((step) => {
      const { instruction, operation } = step;
      if (step.origin.kind !== 'own' || instruction.keyword !== 'RUN' || operation.kind !== 'execute') return [];
      const text = readRunText(source, stage, step, operation, instruction);
      return text === undefined ? [] : [text];
    });
  });
}

function readRunText(
  source: Source,
  stage: BuildStage,
  step: BuildStep,
  operation: ExecuteOperation,
  instruction: RunInstruction,
): RunText | undefined {
  if (isUnfinished(source, instruction) || hasMistake(source, instruction)) return undefined;
  const line = instruction.range.start.line + 1;
  const base = { stage, step, operation, instruction };
  if (operation.command.form === 'exec') {
    const script = operation.command.arguments.map(quoted).join(' ');
    const shape = readShape(script);
    if (shape.template) return undefined;
    const reason = t('line {0} has no shell', line);
    return { ...base, script, shape, items: readSequence(script), errexit: false, reason };
  }
  const { script } = operation.command;
  const shape = readShape(script);
  const shell = readShell(step.state.shell);
  if (shape.problem !== undefined || shape.template) return undefined;
  const common = { ...base, script, shape, items: readSequence(script) };
  if (shell === undefined || operation.inlineFiles.length > 0) {
    return { ...common, items: [], errexit: false, reason: t('the shell of line {0} is not a Bourne shell', line) };
  }
  const errexit = shell.errexit || shape.prefix?.errexit === true;
  const [heredoc] = instruction.heredocs;
  const isScript =
    heredoc !== undefined &&
    instruction.command.form === 'shell' &&
    /^\d*<<-?[^<\s]+$/.test(instruction.command.script.trim());
  const place = isScript ? placeInBody(source, heredoc, script) : placeInLine(source, instruction, shape);
  return {
    ...common,
    errexit,
    ...(isScript && { heredoc }),
    ...(place === undefined ? { reason: t('line {0} is written in a way that is not edited', line) } : { place }),
  };
}

function hasMistake(source: Source, { range }: RunInstruction): boolean {
  return source.dockerfile.problems.some(
    (problem) =>
      problem.severity === 'error' &&
      problem.range.start.line <= range.end.line &&
      range.start.line <= problem.range.end.line,
  );
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function placeInLine(source: Source, instruction: RunInstruction, shape: ScriptShape): RunText['place'] {
  if (instruction.command.form !== 'shell') return undefined;
  const logical = joinedCommand(source, instruction);
  if (logical.text !== instruction.command.script || shape.content.end > logical.text.length) return undefined;
  return (span) => logical.documentSpan(span);
}

/** `<<-` takes the tabs away that begin a line; here-documents in the body would be taken for commands, so there are none. */
function placeInBody(source: Source, heredoc: Heredoc, script: string): RunText['place'] {
  if (/\r|<</.test(script)) return undefined;
  const start = source.document.offset(heredoc.bodyRange.start);
  const lines = heredoc.content.split('\n');
  const shown = lines.map((line) => (heredoc.chomp ? line.replace(/^\t+/, '') : line));
  if (shown.join('\n') !== script) return undefined;
  const offset = (position: number): number => {
    let inScript = 0;
    let inDocument = start;
    for (const [index, line] of shown.entries()) {
      const written = lines[index] ?? '';
      if (position <= inScript + line.length) return inDocument + written.length - line.length + position - inScript;
      inScript += line.length + 1;
      inDocument += written.length + 1;
    }
    return inDocument;
  };
  return (span) => ({ start: offset(span.start), end: offset(span.end) });
}
