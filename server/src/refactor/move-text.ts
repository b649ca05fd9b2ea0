/**
 * Instructions at another place of the text: with the comments above them, their own spelling and line ends. What the edited text means is
 * held against what it was to mean, since variables, folders and users are those of the new place.
 */
import { buildGraph } from '../build/graph';
import type { BuildGraph, BuildStage, BuildStep, EnvironmentEntry, StepState } from '../build/types';
import { parseDockerfile } from '../dockerfile/parse';
import type { Instruction } from '../dockerfile/types';
import type { Edit } from '../report/types';
import { applyEdits } from './apply';
import type { Source } from './run-part';
import type { RefactorContext } from './types';

export interface Move {
  /** In the order of the file. */
  readonly moved: readonly Instruction[];
  /** They come to stand directly below it. */
  readonly below: Instruction;
  /** New instruction directly above `below`, under its comments; without a line end. */
  readonly inserted?: string;
  /** `below` is cut in two there: the moved ones come between. */
  readonly cut?: { readonly at: Edit['range']; readonly head: string; readonly tail: string };
}

/** The edits of a move. */
export function moveEdits(source: Source, { moved, below, inserted, cut }: Move): readonly Edit[] {
  const { document } = source;
  const { lineEnd } = document;
  const blocks = moved.map((instruction) => blockOf(source, instruction));
  const text = blocks.map(({ start, end }) => document.text.slice(start, end).replace(/\s+$/, '')).join(lineEnd);
  const at = document.offset(below.range.end);
  const start = document.offset({ line: below.range.start.line, character: 0 });
  const gap = isBlankAbove(document.text, blockOf(source, below).start) ? lineEnd : '';
  const edits: Edit[] = blocks.map((block) => ({ range: removal(source, block), newText: '' }));
  if (inserted !== undefined)
    edits.push({ range: document.range(start, start), newText: indented(document.text, start, inserted) + lineEnd });
  if (cut === undefined) edits.push({ range: document.range(at, at), newText: lineEnd + gap + text });
  else edits.push({ range: cut.at, newText: cut.head + lineEnd + text + lineEnd + cut.tail });
  return edits;
}

function indented(text: string, start: number, inserted: string): string {
  return (/^[ \t]*/.exec(text.slice(start))?.[0] ?? '') + inserted;
}

interface Block {
  readonly start: number;
  readonly end: number;
}

/** The lines of an instruction with the comments directly above it. */
function blockOf({ document, dockerfile }: Source, instruction: Instruction): Block {
  const comments = new Set(dockerfile.comments.map(({ start }) => start.line));
  let { line } = instruction.range.start;
  const above = dockerfile.instructions[instruction.index - 1]?.range.end.line ?? -1;
  while (line - 1 > above && comments.has(line - 1)) line -= 1;
  return {
    start: document.offset({ line, character: 0 }),
    end: document.offset({ line: instruction.range.end.line + 1, character: 0 }),
  };
}

function isBlankAbove(text: string, lineStart: number): boolean {
  return /(?:^|\n)[ \t]*\r?\n$/.test(text.slice(0, lineStart));
}

/** The block, and one of two blank lines that would meet. */
function removal({ document }: Source, { start, end }: Block): Edit['range'] {
  const { text } = document;
  const blankAbove = start === 0 || isBlankAbove(text, start);
  const below = /^[ \t]*\r?\n/.exec(text.slice(end))?.[0] ?? '';
  return document.range(start, blankAbove ? end + below.length : end);
}

/** The graph of another text with what is known of base images. */
export function graphOf({ report, graph, image }: RefactorContext, text: string): BuildGraph {
  const inputs = {
    buildArguments: report.buildArgs,
    platform: graph.platform,
    ...(report.target === null ? {} : { target: report.target }),
  };
  return buildGraph(parseDockerfile(text), inputs, (reference) => {
    const knowledge = image(reference);
    return knowledge.kind === 'known' ? knowledge.facts.configuration : undefined;
  });
}

/**
 * True when the edited text still does what the text did: each step of the stage, with the same operation and, where it runs, in the same
 * state, but for the order and new steps; all other stages unchanged.
 * @param added number of new instructions in the stage
 * @param cut the RUN that is cut in two, whose parts are not compared
 * @param late variables that RUN instructions need not have; the order of variables does not matter then
 */
export function doesTheSame(
  context: RefactorContext,
  stage: BuildStage,
  edits: readonly Edit[],
  added: number,
  { cut, late }: { readonly cut?: BuildStep | undefined; readonly late?: ReadonlySet<string> } = {},
): boolean {
  const { graph, dockerfile } = context;
  const after = graphOf(context, applyEdits(dockerfile.text, edits));
  if (after.problems.length > graph.problems.length || after.stages.length !== graph.stages.length) return false;
  return graph.stages.every((before) => {
    const now = after.stages[before.index];
    if (now === undefined || now.name !== before.name || meaningOfEnd(now, late) !== meaningOfEnd(before, late))
      return false;
    const is = now.steps.map((step) => meaningOf(step, late));
    const was = before.steps.filter((step) => step !== cut).map((step) => meaningOf(step, late));
    if (before.index !== stage.index) return was.length === is.length && was.every((each, index) => each === is[index]);
    for (const each of was) {
      const index = is.indexOf(each);
      if (index < 0) return false;
      is.splice(index, 1);
    }
    return is.length === added + (cut === undefined ? 0 : 2);
  });
}

/** What a step does, and in which state where that matters for it. */
function meaningOf({ operation, state, instruction }: BuildStep, late: ReadonlySet<string> | undefined): string {
  switch (operation.kind) {
    case 'execute':
      return JSON.stringify([operation, late === undefined ? state : stateWithout(state, late)]);
    case 'copy':
    case 'make-directory':
      return JSON.stringify(operation);
    case 'metadata':
    case 'nothing':
    case 'unknown':
      return instruction.keyword;
  }
}

function meaningOfEnd({ finalState, configuration }: BuildStage, late: ReadonlySet<string> | undefined): string {
  if (late === undefined) return JSON.stringify([finalState, configuration]);
  const labels = byName(configuration.labels);
  return JSON.stringify([stateWithout(finalState, new Set()), { ...configuration, labels }]);
}

function stateWithout(state: StepState, names: ReadonlySet<string>): StepState {
  const others = (entries: readonly EnvironmentEntry[]): readonly EnvironmentEntry[] =>
    byName(entries.filter(({ name }) => !names.has(name)));
  return { ...state, environment: others(state.environment), buildArguments: others(state.buildArguments) };
}

function byName(entries: readonly EnvironmentEntry[]): readonly EnvironmentEntry[] {
  return entries.toSorted((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0));
}
