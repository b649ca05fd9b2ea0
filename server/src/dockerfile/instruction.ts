/** One logical line to one instruction. Rules: BuildKit `instructions/parse.go` ParseInstruction, parseOnBuild. */

import { trimSpace } from './characters';
import { parseCommand } from './command';
import { parseCopy } from './copy';
import type { Escape } from './directives';
import { parseEnvironment } from './environment';
import { checkFlags, toFlags } from './flags';
import { parseFrom } from './from';
import { parseHealthcheck } from './healthcheck';
import { parsePlain } from './plain';
import { makeProblem, nearest } from './problems';
import { InstructionRequest, splitLine } from './request';
import { parseRun } from './run';
import type { LogicalLine, Span } from './source';
import type { Heredoc, Instruction, OnbuildInstruction, Problem, Range } from './types';

/** The instructions of the Dockerfile language. */
export const KEYWORDS = [
  ...(['ADD', 'ARG', 'CMD', 'COPY', 'ENTRYPOINT', 'ENV', 'EXPOSE', 'FROM', 'HEALTHCHECK', 'LABEL'] as const),
  ...(['MAINTAINER', 'ONBUILD', 'RUN', 'SHELL', 'STOPSIGNAL', 'USER', 'VOLUME', 'WORKDIR'] as const),
] as const;
export type Keyword = (typeof KEYWORDS)[number];

/** The part of a logical line that holds an instruction, with what belongs to it. */
export interface InstructionText {
  readonly line: LogicalLine;
  readonly span: Span;
  readonly escapeToken: Escape;
  readonly index: number;
  readonly range: Range;
  readonly heredocs: readonly Heredoc[];
  readonly comments: readonly Range[];
  readonly original: string;
  /** True when the file has a syntax directive. */
  readonly hasSyntax: boolean;
  /** Takes what is found wrong. */
  readonly problems: Problem[];
}

function toKeyword(name: string): Keyword | undefined {
  return KEYWORDS.find((keyword) => keyword === name);
}

/** Parses an instruction; one that cannot be understood becomes `INVALID`. */
export function parseInstruction(text: InstructionText, trigger = false): Instruction {
  const split = splitLine(text.line.text, text.span, text.escapeToken);
  const flags = toFlags(text.line, split.flags);
  const keywordRange = text.line.range(split.keywordSpan);
  const base = {
    index: text.index,
    range: text.range,
    keywordRange,
    flags,
    heredocs: text.heredocs,
    comments: text.comments,
    original: text.original,
  };
  const keyword = toKeyword(split.keyword);
  const severity = trigger ? 'warning' : 'error';
  const request = new InstructionRequest(split, text.line, text.escapeToken, base, text.problems, severity);
  if (keyword === undefined) {
    reportUnknown(request);
    return { ...base, keyword: 'INVALID', name: split.keyword };
  }
  const parsed = keyword === 'ONBUILD' ? parseOnbuild(request, text) : dispatch(request, keyword);
  // HEALTHCHECK NONE never looks at its flags.
  if (!(parsed?.keyword === 'HEALTHCHECK' && parsed.command === undefined)) {
    for (const problem of checkFlags(keyword, flags, text.hasSyntax)) {
      text.problems.push(trigger ? { ...problem, severity: 'warning' } : problem);
    }
  }
  return parsed ?? { ...base, keyword: 'INVALID', name: keyword };
}

function dispatch(request: InstructionRequest, keyword: Exclude<Keyword, 'ONBUILD'>): Instruction | undefined {
  switch (keyword) {
    case 'FROM':
      return parseFrom(request);
    case 'RUN':
      return parseRun(request);
    case 'COPY':
    case 'ADD':
      return parseCopy(request, keyword);
    case 'ENV':
    case 'LABEL':
    case 'ARG':
      return parseEnvironment(request, keyword);
    case 'CMD':
    case 'ENTRYPOINT':
    case 'SHELL':
      return parseCommand(request, keyword);
    case 'WORKDIR':
    case 'USER':
    case 'STOPSIGNAL':
    case 'EXPOSE':
    case 'VOLUME':
    case 'MAINTAINER':
      return parsePlain(request, keyword);
    case 'HEALTHCHECK':
      return parseHealthcheck(request);
    default:
      return keyword satisfies never;
  }
}

function reportUnknown(request: InstructionRequest): void {
  const range = request.base.keywordRange;
  const name = request.keyword;
  if (name === '') {
    request.report('empty-instruction', 'The line is continued, but no instruction follows.', [], range);
    return;
  }
  const shown = name.length > 40 ? `${name.slice(0, 40)}…` : name;
  const suggestion = nearest(name, KEYWORDS);
  if (suggestion === undefined) {
    request.report(
      'unknown-instruction',
      '{0} is no Dockerfile instruction; if it continues the line above, end that line with {1}.',
      [shown, request.escapeToken],
      range,
    );
  } else {
    request.report(
      'unknown-instruction',
      '{0} is no Dockerfile instruction. Did you mean {1}?',
      [shown, suggestion],
      range,
    );
  }
}

function parseOnbuild(request: InstructionRequest, text: InstructionText): OnbuildInstruction | undefined {
  const { line, rest, base } = request;
  if (rest.start === rest.end) {
    request.reportMissing('ONBUILD needs an instruction: write ONBUILD RUN COMMAND, for example.');
    return undefined;
  }
  const inner = splitLine(line.text, rest, text.escapeToken);
  if (inner.keyword === 'ONBUILD' || inner.keyword === 'FROM' || inner.keyword === 'MAINTAINER') {
    request.report(
      'onbuild-trigger',
      '{0} cannot be used after ONBUILD.',
      [inner.keyword],
      line.range(inner.keywordSpan),
    );
    return undefined;
  }
  const problems: Problem[] = [];
  const start = line.range(inner.keywordSpan).start;
  const trigger = parseInstruction(
    {
      ...text,
      span: rest,
      range: { start, end: text.range.end },
      comments: text.comments.filter((comment) => comment.start.line >= start.line),
      original: trimSpace(line.text.slice(rest.start, rest.end)),
      problems,
    },
    true,
  );
  text.problems.push(...problems.map((problem) => escalate(problem)));
  return { ...base, keyword: 'ONBUILD', trigger };
}

/** The parser reads a trigger's arguments at once, so these stop the build already; the rest waits for the trigger. */
function escalate(problem: Problem): Problem {
  const atOnce = ['json-not-strings', 'missing-equals', 'missing-value'];
  return atOnce.includes(problem.code)
    ? makeProblem(problem.code, problem.message, problem.parameters, problem.range)
    : problem;
}
