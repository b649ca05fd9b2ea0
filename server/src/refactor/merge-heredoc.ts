/** The text of a merged RUN whose script is a heredoc. */
import type { MergePlan, PlannedPiece } from './merge-plan';
import type { HeredocPart, LinePart, Source } from './run-part';

/** The command from `<<` to the terminator; undefined when it can't be written. */
export function heredocText(
  source: Source,
  plan: MergePlan,
  comments: readonly (readonly string[])[],
): string | undefined {
  const { document } = source;
  const heredocs = plan.pieces
    .map((piece) => piece.part)
    .filter((part): part is HeredocPart => part.kind === 'heredoc');
  const [first] = heredocs;
  // A mixed file would get line feeds in one place and carriage returns in another.
  if (!first || document.lineEnd === '\r\n') return undefined;
  // `<<-` drops tabs of every line, so it serves only when all bodies were written for it.
  const chomp = heredocs.every((part) => part.heredoc.chomp) && heredocs.length === plan.pieces.length;
  const tabs = chomp ? leadingTabs(first.heredoc.content) : '';
  const lines: string[] = [];
  if (plan.options) lines.push(tabs + plan.options.text + (plan.options.separator === '&&' ? ' &&' : ''));
  for (const [index, piece] of plan.pieces.entries()) {
    const isLast = index === plan.pieces.length - 1;
    lines.push(...(comments[index] ?? []).map((comment) => tabs + comment));
    const script = scriptLines(source, piece, plan.join === 'and' && !isLast);
    lines.push(...(chomp ? withTabs(script, piece, tabs) : script));
  }
  const name = freeName(first.heredoc.name, lines);
  const written = document.slice(first.instruction.command.range).trim();
  const opening =
    name !== first.heredoc.name ? `<<${chomp ? '-' : ''}${name}` : chomp ? written : written.replace('<<-', '<<');
  const terminator = document.slice({ start: first.heredoc.bodyRange.end, end: first.instruction.range.end });
  return [opening, ...lines, (chomp ? leadingTabs(terminator) : '') + name].join('\n');
}

function leadingTabs(text: string): string {
  return /^\t*/.exec(text)?.[0] ?? '';
}

/** The lines of a `<<-` body with the tabs they were written with; new lines get those of the first one. */
function withTabs(lines: readonly string[], piece: PlannedPiece, tabs: string): string[] {
  if (piece.part.kind !== 'heredoc') return [...lines];
  const written = piece.part.heredoc.content.split('\n');
  let next = 0;
  return lines.map((line) => {
    const found = written.findIndex((candidate, index) => {
      const text = candidate.replace(/^\t+/, '').trimEnd();
      return index >= next && (text === line.trimEnd() || (text !== '' && line === `${text} &&`));
    });
    if (found < 0) return line === '' ? line : tabs + line;
    next = found + 1;
    return leadingTabs(written[found] ?? '') + line;
  });
}

/** A delimiter that no line of the body equals. */
function freeName(name: string, lines: readonly string[]): string {
  const taken = new Set(lines.map((line) => line.trim()));
  let candidate = name;
  for (let number = 2; taken.has(candidate); number += 1) candidate = `${name}${number}`;
  return candidate;
}

/** The lines of a script in a heredoc, followed by `&&` when another one comes. */
function scriptLines(source: Source, piece: PlannedPiece, joined: boolean): string[] {
  const body = piece.part.kind === 'line' ? lineBody(source, piece, piece.part) : heredocBody(piece);
  if (piece.wrapped) return ['(', ...linesOf(body.text), joined ? ') &&' : ')'];
  if (!joined) return linesOf(body.text);
  const end = body.contentEnd;
  return linesOf(`${body.text.slice(0, end)} &&${body.text.slice(end).replace(/^[ \t]*;/, '')}`);
}

function linesOf(text: string): string[] {
  return text.replace(/^\n+|\s+$/g, '').split('\n');
}

interface Body {
  readonly text: string;
  /** Where its last command ends. */
  readonly contentEnd: number;
}

/** A command line as lines of a script: with its continuations when the shell reads them as the builder did. */
function lineBody(source: Source, piece: PlannedPiece, part: LinePart): Body {
  const content = { start: piece.shape.content.start + piece.start, end: piece.shape.content.end + piece.start };
  if (part.bodies !== '') {
    return { text: part.script.slice(piece.start), contentEnd: piece.shape.content.end };
  }
  const written = part.written(content);
  // In single quotes a backslash is no continuation to the shell, and it knows neither comments nor blank lines there.
  const same = source.dockerfile.escape === '\\' && !/'|\\[ \t]+\n|\n[ \t]*(?:#|\n)/.test(written);
  const text = same ? written : part.script.slice(content.start, content.end);
  return { text, contentEnd: text.length };
}

/** The script with its comments, without the options that all parts share. */
function heredocBody(piece: PlannedPiece): Body {
  const { script } = piece.part;
  if (piece.start === 0) return { text: script, contentEnd: piece.shape.content.end };
  const prefix = piece.part.shape.prefix;
  const head = script.slice(0, prefix?.span.start ?? 0);
  const tail = script.slice(prefix?.span.end ?? piece.start).replace(/^(?:[ \t]|;|&&)*\n?/, '');
  const removed = script.length - head.length - tail.length;
  return { text: head + tail, contentEnd: piece.start + piece.shape.content.end - removed };
}
