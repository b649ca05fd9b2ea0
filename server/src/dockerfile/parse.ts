/**
 * Dockerfile text to instructions. Never fails: what BuildKit would reject becomes a problem.
 * Rules: BuildKit `parser/parser.go` Parse and `instructions/parse.go` Parse.
 */

import { skipSpaces, trimSpace } from './characters';
import { DirectiveReader, type Escape } from './directives';
import { heredocStarts, readHeredocs } from './heredoc';
import { parseInstruction } from './instruction';
import { type ReadingPlace, recallInstruction, rememberInstruction } from './instruction-memory';
import {
  commentStart,
  excessiveBytes,
  type JoinedLine,
  joinLines,
  LineReader,
  MAXIMUM_LINE_BYTES,
  type PhysicalLine,
} from './lines';
import { makeProblem } from './problems';
import { type SplitLine, splitLine } from './request';
import { SourceText } from './source';
import type { Dockerfile, Instruction, Problem, Range } from './types';
import { readJsonStrings } from './words';

const HEREDOC_KEYWORDS = ['RUN', 'COPY', 'ADD'];

/** Parses a Dockerfile. Takes time linear in the length of the text; never throws. */
export function parseDockerfile(text: string): Dockerfile {
  const source = new SourceText(text);
  const reader = new LineReader(text);
  const directives = new DirectiveReader(source);
  const instructions: Instruction[] = [];
  const comments: Range[] = [];
  const problems: Problem[] = [...longLines(source)];
  for (let line = reader.read(); line !== undefined; line = reader.read()) {
    // A byte order mark at the very start is not part of the first line.
    const first: PhysicalLine = line.start === 0 && text[0] === '\ufeff' ? { ...line, start: 1 } : line;
    if (directives.read(first)) continue;
    const comment = commentStart(text, first);
    if (comment !== undefined) {
      comments.push(source.range(comment, first.end));
      continue;
    }
    if (skipSpaces(text, first.start, first.end) === first.end) continue;
    instructions.push(recallOrRead(source, reader, first, directives, instructions.length, { comments, problems }));
  }
  problems.push(...directives.problems, ...fileProblems(source, instructions));
  return {
    text,
    escape: directives.escapeToken,
    directives: directives.directives,
    instructions,
    comments,
    problems,
    lineCount: source.lineCount,
  };
}

interface FileParts {
  readonly comments: Range[];
  readonly problems: Problem[];
}

function recallOrRead(
  source: SourceText,
  reader: LineReader,
  first: PhysicalLine,
  directives: DirectiveReader,
  index: number,
  file: FileParts,
): Instruction {
  const { text } = source;
  const place: ReadingPlace = {
    start: source.position(first.start),
    index,
    escapeToken: directives.escapeToken,
    hasSyntax: directives.directives.some((directive) => directive.name === 'syntax'),
  };
  const known = recallInstruction(text, first.start, place);
  if (known !== undefined) {
    reader.skipTo(first.start + known.length);
    file.comments.push(...known.comments);
    file.problems.push(...known.problems);
    return known.instruction;
  }
  const comments: Range[] = [];
  const problems: Problem[] = [];
  const instruction = readInstruction(source, reader, first, place, { comments, problems });
  file.comments.push(...comments);
  file.problems.push(...problems);
  if (reader.next < text.length)
    rememberInstruction(text.slice(first.start, reader.next), place, { instruction, comments, problems });
  return instruction;
}

function readInstruction(
  source: SourceText,
  reader: LineReader,
  first: PhysicalLine,
  { escapeToken, hasSyntax, index }: ReadingPlace,
  file: FileParts,
): Instruction {
  const { problems } = file;
  const joined = joinLines(source, reader, first, escapeToken);
  const { line } = joined;
  if (joined.tooLong) return unread(source, joined, index);
  const split = splitLine(line.text, { start: 0, end: line.text.length }, escapeToken);
  const starts = takesHeredocs(line.text, split, escapeToken) ? heredocStarts(line.text) : [];
  const { heredocs, end } = readHeredocs(source, reader, starts, joined.end);
  const keyword = line.documentSpan(split.keywordSpan);
  for (const heredoc of heredocs) {
    if (heredoc.terminated) continue;
    problems.push(
      makeProblem(
        'unterminated-heredoc',
        'The heredoc {0} is not closed: write {0} alone on a line after its text.',
        [heredoc.name],
        line.range({ start: split.keywordSpan.start, end: line.text.length }),
      ),
    );
    break;
  }
  if (joined.blankLine !== undefined) {
    problems.push(
      makeProblem(
        'empty-continuation',
        'This blank line stands inside an instruction; remove it, or make it a comment.',
        [],
        source.range(joined.blankLine.start, joined.blankLine.end),
        'warning',
      ),
    );
  }
  // Lone escapes may put comments before the keyword: those stand outside.
  const outside = joined.comments.filter((comment) => comment.start < keyword.start);
  const inside = joined.comments.filter((comment) => comment.start >= keyword.start);
  file.comments.push(...outside.map((comment) => source.range(comment.start, comment.end)));
  return parseInstruction({
    line,
    span: { start: 0, end: line.text.length },
    escapeToken,
    index,
    range: source.range(keyword.start, Math.max(end, keyword.end)),
    heredocs,
    comments: inside.map((comment) => source.range(comment.start, comment.end)),
    original: trimSpace(line.text),
    hasSyntax,
    problems,
  });
}

/** An instruction with a line that the builder refuses to read, so its arguments are not looked at. */
function unread(source: SourceText, joined: JoinedLine, index: number): Instruction {
  const { line } = joined;
  const name = /^\S*/.exec(line.text.slice(0, 40))?.[0] ?? '';
  return {
    index,
    keyword: 'INVALID',
    name: name.toUpperCase(),
    range: source.range(joined.start, joined.end),
    keywordRange: line.range({ start: 0, end: name.length }),
    flags: [],
    heredocs: [],
    comments: joined.comments.map((comment) => source.range(comment.start, comment.end)),
    // Nobody reads on, so nobody needs to carry megabytes.
    original: trimSpace(line.text.slice(0, 200)),
  };
}

/** True for RUN, COPY and ADD in shell form, and for ONBUILD of these (`canContainHeredoc`). */
function takesHeredocs(text: string, split: SplitLine, escapeToken: Escape): boolean {
  if (!text.includes('<<')) return false;
  const inner = split.keyword === 'ONBUILD' ? splitLine(text, split.rest, escapeToken) : split;
  return HEREDOC_KEYWORDS.includes(inner.keyword) && readJsonStrings(text, inner.rest) === undefined;
}

/** Problems of the file as a whole: no instructions, no FROM, instructions before the first FROM. */
function fileProblems(source: SourceText, instructions: readonly Instruction[]): Problem[] {
  if (instructions.length === 0) {
    const message = 'The file has no instructions; begin with FROM IMAGE.';
    return [makeProblem('no-instructions', message, [], source.range(0, 0))];
  }
  const problems: Problem[] = [];
  for (const instruction of instructions) {
    if (instruction.keyword === 'FROM' || (instruction.keyword === 'INVALID' && instruction.name === 'FROM')) {
      return problems;
    }
    if (instruction.keyword === 'ARG' || instruction.keyword === 'INVALID') continue;
    problems.push(
      makeProblem(
        'before-from',
        '{0} stands before the first FROM, where only ARG is allowed; write FROM IMAGE above it.',
        [instruction.keyword],
        instruction.keywordRange,
      ),
    );
  }
  const last = instructions.at(-1);
  const range = last?.keywordRange ?? source.range(0, 0);
  problems.push(
    makeProblem('no-from', 'The file has no FROM, so there is nothing to build; add FROM IMAGE.', [], range),
  );
  return problems;
}

/** Lines that are longer than BuildKit reads. */
function longLines(source: SourceText): Problem[] {
  const { text } = source;
  const problems: Problem[] = [];
  if (text.length <= MAXIMUM_LINE_BYTES / 3) return problems;
  const reader = new LineReader(text);
  for (let line = reader.read(); line !== undefined; line = reader.read()) {
    const bytes = excessiveBytes(text, line);
    if (bytes === undefined) continue;
    problems.push(
      makeProblem(
        'line-too-long',
        'This line has {0} bytes and the builder reads at most {1}; continue it on another line.',
        [String(bytes), String(MAXIMUM_LINE_BYTES)],
        source.range(line.start, line.end),
      ),
    );
  }
  return problems;
}
