/** One RUN as a part of a merged one: its script, its shape, and where its text stands. */
import type { BuildStep, ExecuteOperation } from '../build/types';
import { commentStart, continuationAt, LineReader } from '../dockerfile/lines';
import { LogicalLine, SourceText, type Span } from '../dockerfile/source';
import type { Dockerfile, Heredoc, RunInstruction } from '../dockerfile/types';
import { t } from '../localize';
import { readShape, type ScriptShape, turnsOnErrexit } from '../shell/shape';
import { DocumentText } from './document';
import { type ChainStyle, chainStyle, standardStyle } from './run-style';

interface PartBase {
  readonly instruction: RunInstruction;
  readonly step: BuildStep;
  /** What the shell gets. */
  readonly script: string;
  readonly shape: ScriptShape;
  /** The shell has `-e` from SHELL. */
  readonly shellErrexit: boolean;
}

/** Shell or exec form on one logical line; heredocs that commands on it read follow below. */
export interface LinePart extends PartBase {
  readonly kind: 'line';
  /** Source text of a piece of the script's first line, continuation lines and comments in them as written. */
  readonly written: (span: Span) => string;
  /** Offsets of the document that `written` gives for a span; absent for exec form, which is written anew. */
  readonly place?: (span: Span) => Span;
  /** Lines after the logical line: heredoc bodies with their terminators, as written; empty when there are none. */
  readonly bodies: string;
}

/** `RUN <<EOF`: the body is the script. */
export interface HeredocPart extends PartBase {
  readonly kind: 'heredoc';
  readonly heredoc: Heredoc;
}

export type RunPart = LinePart | HeredocPart;

export type PartReading =
  | { readonly kind: 'part'; readonly part: RunPart }
  | { readonly kind: 'refused'; readonly reason: string };

export interface Source {
  readonly dockerfile: Dockerfile;
  readonly document: DocumentText;
  readonly text: SourceText;
  /** How the file as a whole lays out chains. */
  readonly style: () => ChainStyle;
}

/** All rules cut the same file. */
const sources = new WeakMap<Dockerfile, Source>();

/** The Dockerfile ready to be cut. */
export function sourceOf(dockerfile: Dockerfile): Source {
  const known = sources.get(dockerfile);
  if (known !== undefined) return known;
  const source = readSource(dockerfile);
  sources.set(dockerfile, source);
  return source;
}

function readSource(dockerfile: Dockerfile): Source {
  let style: ChainStyle | undefined;
  return {
    dockerfile,
    document: new DocumentText(dockerfile.text),
    text: new SourceText(dockerfile.text),
    style: () => {
      style ??= chainStyle([dockerfile.text], dockerfile.escape) ?? standardStyle;
      return style;
    },
  };
}

function refuse(sentence: string, ...parameters: (string | number)[]): PartReading {
  return { kind: 'refused', reason: t(sentence, ...parameters) };
}

/** A RUN that can stand beside others, or the reason why it can't. */
export function readPart(source: Source, instruction: RunInstruction, step: BuildStep): PartReading {
  const line = instruction.range.start.line + 1;
  const { operation } = step;
  if (operation.kind !== 'execute') return refuse('line {0} is not understood', line);
  const shell = readShell(step.state.shell);
  if (!shell) return refuse('the shell of line {0} ({1}) is not a Bourne shell', line, step.state.shell[0] ?? '');
  if (shell.login) {
    return refuse(
      'the shell of line {0} reads its profile again at each RUN, which an earlier command may have changed',
      line,
    );
  }
  if (shell.bash && step.state.environment.some((entry) => entry.name === 'BASH_ENV' && entry.value !== '')) {
    return refuse('BASH_ENV makes the shell of line {0} read a file again at each RUN', line);
  }
  const mount = operation.mounts.find(
    (candidate) => candidate.type === 'tmpfs' || (candidate.type === 'bind' && !candidate.readOnly),
  );
  if (mount)
    return refuse(
      'what line {0} writes to its mount at {1} must not be there for the next command',
      line,
      mount.target,
    );
  if (
    source.dockerfile.problems.some(
      (problem) => problem.severity === 'error' && touches(problem.range, instruction.range),
    )
  ) {
    return refuse('line {0} has a mistake', line);
  }
  if (isUnfinished(source, instruction)) return refuse('line {0} is not finished', line);
  return instruction.command.form === 'exec'
    ? readExecForm(instruction, step, instruction.command.arguments, line)
    : readShellForm(source, instruction, step, operation, shell.errexit, line);
}

function touches(
  left: { readonly start: { readonly line: number }; readonly end: { readonly line: number } },
  right: { readonly start: { readonly line: number }; readonly end: { readonly line: number } },
): boolean {
  return left.start.line <= right.end.line && right.start.line <= left.end.line;
}

/** The text ends in a continuation that nothing follows. */
export function isUnfinished(source: Source, instruction: RunInstruction): boolean {
  if (instruction.heredocs.some((heredoc) => !heredoc.terminated)) return true;
  if (instruction.heredocs.length > 0) return false;
  const rest = source.document.slice({ start: instruction.command.range.end, end: instruction.range.end });
  return rest.trim() !== '';
}

/** What SHELL says, when it is a shell whose language is read here. */
export function readShell(words: readonly string[]): { errexit: boolean; login: boolean; bash: boolean } | undefined {
  const name = /(?:^|\/)(sh|bash|dash|ash)$/.exec(words[0] ?? '')?.[1];
  const options = words.slice(1);
  // The script must be the argument of `-c`: the last word, alone or with other letters (`-exc`).
  if (name === undefined || !/^-[A-Za-z]*c$/.test(options.at(-1) ?? '')) return undefined;
  const login = options.some((option) => option === '--login' || /^-[A-Za-z]*[li]/.test(option));
  return { errexit: turnsOnErrexit(options), login, bash: name === 'bash' };
}

function checked(shape: ScriptShape, script: string, line: number): string | undefined {
  if (shape.problem !== undefined) return t('the shell cannot read line {0}: {1}', line, shape.problem);
  if (shape.template) return t('line {0} is the source of a template', line);
  if (shape.leaks.some((leak) => leak.name === 'alias')) return t('line {0} defines an alias', line);
  if (script.trimEnd().endsWith('\\')) return t('line {0} ends in a backslash', line);
  return undefined;
}

function readShellForm(
  source: Source,
  instruction: RunInstruction,
  step: BuildStep,
  operation: ExecuteOperation,
  shellErrexit: boolean,
  line: number,
): PartReading {
  if (operation.command.form !== 'shell' || instruction.command.form !== 'shell')
    return refuse('line {0} is not understood', line);
  if (operation.inlineFiles.length > 0) return refuse('the script of line {0} runs in a program of its own (#!)', line);
  const script = operation.command.script;
  const shape = readShape(script);
  const reason = checked(shape, script, line);
  if (reason !== undefined) return { kind: 'refused', reason };
  const base = { instruction, step, script, shape, shellErrexit };
  const [heredoc] = instruction.heredocs;
  if (heredoc && /^\d*<<-?[^<\s]+$/.test(instruction.command.script.trim())) {
    if (script.includes('\r'))
      return refuse('the heredoc of line {0} has carriage returns, which the shell sees', line);
    return { kind: 'part', part: { ...base, kind: 'heredoc', heredoc } };
  }
  const logical = joinedCommand(source, instruction);
  if (logical.text !== instruction.command.script) return refuse('line {0} is not understood', line);
  if (shape.content.end > logical.text.length) return refuse('line {0} has commands after a heredoc', line);
  const place = (span: Span): Span => logical.documentSpan(span);
  const { document } = source;
  const after = document.offset(instruction.command.range.end);
  const bodies =
    instruction.heredocs.length > 0 ? document.text.slice(after, document.offset(instruction.range.end)) : '';
  return {
    kind: 'part',
    part: {
      ...base,
      kind: 'line',
      place,
      written: (span) => document.text.slice(place(span).start, place(span).end),
      bodies: bodies.replace(/^[^\n]*\n/, ''),
    },
  };
}

/** The command of a shell-form RUN joined as the parser joins it, with the place of each piece. */
export function joinedCommand(source: Source, instruction: RunInstruction): LogicalLine {
  const { document, dockerfile } = source;
  const start = document.offset(instruction.command.range.start);
  const end = document.offset(instruction.command.range.end);
  const text = document.text.slice(start, end);
  const pieces: Span[] = [];
  const reader = new LineReader(text);
  for (let line = reader.read(); line !== undefined; line = reader.read()) {
    const blank = text.slice(line.start, line.end).trim() === '';
    if (line.start > 0 && (blank || commentStart(text, line) !== undefined)) continue;
    const continuation = continuationAt(text, line.start, line.end, dockerfile.escape);
    pieces.push({ start: start + line.start, end: start + (continuation ?? line.end) });
  }
  return new LogicalLine(source.text, pieces, start);
}

/** Builtins and keywords: exec form runs the program of that name, a shell would not. */
const shellWords = new Set(
  (
    '. : [ alias bg bind break builtin caller case cd command compgen complete continue coproc declare dirs disown do done echo elif ' +
    'else enable esac eval exec exit export false fc fg fi for function getopts hash help history if in jobs kill let local logout ' +
    'mapfile popd printf pushd pwd read readarray readonly return select set shift shopt source suspend test then time times trap ' +
    'true type typeset ulimit umask unalias unset until wait while { } ! [['
  ).split(' '),
);

function readExecForm(
  instruction: RunInstruction,
  step: BuildStep,
  words: readonly string[],
  line: number,
): PartReading {
  const [program] = words;
  if (program === undefined || program === '') return refuse('line {0} runs nothing', line);
  if (shellWords.has(program)) {
    return refuse('line {0} runs the program {1} without a shell, which has a command of the same name', line, program);
  }
  if (words.some((word) => /[\r\n\0]/.test(word))) return refuse('line {0} has a line end in an argument', line);
  if (/[\\`]$/.test(words.at(-1) ?? '')) return refuse('line {0} ends in a backslash', line);
  const script = words.map(quoted).join(' ');
  const written = (span: Span): string => script.slice(span.start, span.end);
  const shape = readShape(script);
  return {
    kind: 'part',
    part: { kind: 'line', instruction, step, script, shape, shellErrexit: false, written, bodies: '' },
  };
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) && !/^\w+=/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
