/** The text of a merged RUN, in the file's own style. */
import type { RunInstruction } from '../dockerfile/types';
import { heredocText } from './merge-heredoc';
import type { MergePlan, PlannedPiece } from './merge-plan';
import type { LinePart, Source } from './run-part';
import { chainStyle } from './run-style';

/** Comment lines for a merged RUN: above it, and before each piece within. */
export interface PlacedComments {
  readonly above: readonly string[];
  readonly before: readonly (readonly string[])[];
}

/** Text that replaces everything from the first RUN to the end of the last; undefined when it can't be written. */
export function mergedText(source: Source, plan: MergePlan): string | undefined {
  const first = plan.pieces[0]?.part.instruction;
  if (!first) return undefined;
  const comments = placeComments(source, plan, first);
  const text = isHeredocPlan(plan)
    ? heredocText(source, plan, comments.before)
    : lineText(source, plan, comments.before);
  return text === undefined ? undefined : linesAbove(source, first, comments.above) + header(source, first) + text;
}

/** A heredoc among the parts makes the merged RUN a heredoc. */
function isHeredocPlan(plan: MergePlan): boolean {
  return plan.pieces.some((piece) => piece.part.kind === 'heredoc');
}

/** Keyword and flags as written, up to where the command begins. */
function header(source: Source, instruction: RunInstruction): string {
  return source.document.slice({ start: instruction.range.start, end: instruction.command.range.start });
}

function indentOf(source: Source, instruction: RunInstruction): string {
  const { start } = instruction.range;
  return source.document.slice({ start: { line: start.line, character: 0 }, end: start });
}

function linesAbove(source: Source, instruction: RunInstruction, comments: readonly string[]): string {
  const indent = indentOf(source, instruction);
  return comments.map((comment) => `${comment}${source.document.lineEnd}${indent}`).join('');
}

/** hadolint heeds these only directly above an instruction. */
const linterPragma = /^#\s*hadolint\s+ignore=/i;

function placeComments(source: Source, plan: MergePlan, first: RunInstruction): PlacedComments {
  const before = plan.pieces.map((_, index) => commentsBefore(source, plan, index));
  const above = before[0] ?? [];
  before[0] = [];
  const pragmas = before.flat().filter((comment) => linterPragma.test(comment));
  const { line } = first.range.start;
  const lineBefore = source.document.slice({ start: { line: line - 1, character: 0 }, end: { line, character: 0 } });
  const [pragma, ...others] = pragmas;
  // A second one would take the first one's place, so it stays where it is.
  if (pragma === undefined || others.length > 0 || linterPragma.test(lineBefore.trim())) {
    return { above, before };
  }
  return { above: [...above, pragma], before: before.map((list) => list.filter((comment) => comment !== pragma)) };
}

/** Comment lines between the RUNs, and those inside a RUN that its text leaves out. */
function commentsBefore(source: Source, plan: MergePlan, index: number): string[] {
  const { document, dockerfile } = source;
  const piece = plan.pieces[index];
  if (!piece) return [];
  const { instruction } = piece.part;
  const previous = plan.pieces[index - 1]?.part.instruction;
  // Metadata between the RUNs keeps the comments above it.
  const above = dockerfile.instructions[instruction.index - 1]?.range.end.line ?? -1;
  const between = dockerfile.comments.filter(
    (range) => previous !== undefined && range.start.line > above && range.end.line < instruction.range.start.line,
  );
  const kept = keptSpans(source, plan, index);
  const inside = instruction.comments.filter((range) => {
    const offset = document.offset(range.start);
    return !kept.some((span) => offset >= span.start && offset < span.end);
  });
  return [...[...between, ...inside].map((range) => document.slice(range).trim()), ...shellComment(plan, piece)];
}

/** The comment at the end of a command line: in a line that goes on it would swallow the rest. */
function shellComment(plan: MergePlan, piece: PlannedPiece): string[] {
  const { part, shape } = piece;
  // With bodies below, the whole script goes into the heredoc as it is.
  if (part.kind !== 'line' || !shape.comment || (part.bodies !== '' && isHeredocPlan(plan))) return [];
  return [part.script.slice(shape.comment.start + piece.start, shape.comment.end + piece.start).trim()];
}

/** What of the document goes into the merged text as it is, comments in it too. */
function keptSpans(source: Source, plan: MergePlan, index: number): { start: number; end: number }[] {
  const { document } = source;
  const piece = plan.pieces[index];
  if (!piece) return [];
  const { instruction } = piece.part;
  const spans: { start: number; end: number }[] = [];
  if (index === 0) {
    spans.push({
      start: document.offset(instruction.range.start),
      end: document.offset(instruction.command.range.start),
    });
  }
  if (piece.part.kind === 'line' && piece.part.place && !isHeredocPlan(plan)) {
    spans.push(piece.part.place(contentOf(piece)));
  }
  return spans;
}

/** The piece's commands as a span of the part's script. */
export function contentOf(piece: PlannedPiece): { start: number; end: number } {
  const { start, end } = piece.shape.content;
  return { start: start + piece.start, end: end + piece.start };
}

interface Item {
  readonly text: string;
  readonly comments: readonly string[];
}

function lineText(source: Source, plan: MergePlan, comments: readonly (readonly string[])[]): string | undefined {
  const { document, dockerfile } = source;
  const { lineEnd } = document;
  const parts = plan.pieces.map((piece) => piece.part).filter((part): part is LinePart => part.kind === 'line');
  const [first] = parts;
  if (!first || parts.length !== plan.pieces.length) return undefined;
  const own = parts.map((part) => document.slice(part.instruction.range));
  const style = chainStyle(own, dockerfile.escape) ?? source.style();
  const items: Item[] = plan.pieces.map((piece, index) => ({
    text: pieceText(piece, parts[index] ?? first),
    comments: comments[index] ?? [],
  }));
  const separator = plan.join === 'and' ? '&&' : ';';
  const separators: ('&&' | ';')[] = items.slice(1).map(() => separator);
  if (plan.options) {
    items.unshift({ text: plan.options.text, comments: [] });
    separators.unshift(plan.options.separator);
  }
  const outer = indentOf(source, first.instruction);
  const indent = style.indent.length > outer.length ? style.indent : outer + style.indent;
  let text = '';
  for (const [index, item] of items.entries()) {
    const operator = separators[index - 1];
    if (operator === undefined) {
      text += item.text;
      continue;
    }
    const leading = operator === '&&' && style.operator === 'leading';
    text += leading ? ` ${dockerfile.escape}` : `${operator === ';' ? ';' : ' &&'} ${dockerfile.escape}`;
    for (const comment of item.comments) text += `${lineEnd}${indent}${comment}`;
    text += `${lineEnd}${indent}${leading ? '&& ' : ''}${item.text}`;
  }
  const bodies = parts.map((part) => part.bodies).filter((body) => body !== '');
  return [text, ...bodies.map((body) => body.replace(/\r?\n$/, ''))].join(lineEnd);
}

function pieceText(piece: PlannedPiece, part: LinePart): string {
  const text = part.written(contentOf(piece));
  return piece.wrapped ? `( ${text} )` : text;
}
