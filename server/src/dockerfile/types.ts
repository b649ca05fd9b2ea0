/**
 * The parsed Dockerfile as plain data. Parsing never fails: it gives a value and a list of problems.
 * Positions count lines and UTF-16 code units from 0, as editors do; only the report counts lines from 1.
 */

export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface Range {
  readonly start: Position;
  readonly end: Position;
}

export type ProblemSeverity = 'error' | 'warning';

/** Something in the text that BuildKit would reject, or that could not be understood. */
export interface Problem {
  /** Stable identifier, for example `unknown-instruction`. */
  readonly code: string;
  /** English sentence key for `t()`, with `{0}` placeholders filled from `parameters`. */
  readonly message: string;
  readonly parameters: readonly string[];
  readonly severity: ProblemSeverity;
  readonly range: Range;
}

export interface Directive {
  readonly name: 'syntax' | 'escape' | 'check';
  readonly value: string;
  readonly range: Range;
}

/** A piece of an instruction as written, with escapes and variables not yet processed. */
export interface Word {
  /** Source text after joining continuation lines; quotes and escapes are kept. */
  readonly text: string;
  readonly range: Range;
}

export interface Flag {
  /** Name without the leading dashes, for example `from`. */
  readonly name: string;
  /** Value after `=`; absent for a bare `--link`. */
  readonly value?: string;
  readonly range: Range;
  readonly valueRange?: Range;
}

export interface Heredoc {
  /** Delimiter word without quotes. */
  readonly name: string;
  /** True unless any part of the delimiter was quoted: variables in the body are expanded (COPY and ADD). */
  readonly expand: boolean;
  /** True for `<<-`: leading tabs of the body are removed at use. */
  readonly chomp: boolean;
  /** Body exactly as written, line ends included (BuildKit keeps `\r\n`), without the terminator line; leading tabs not yet removed. */
  readonly content: string;
  readonly bodyRange: Range;
  /** False when the file ends before the terminator line. */
  readonly terminated: boolean;
}

/** What RUN, CMD, ENTRYPOINT, SHELL execute. */
export type CommandLine =
  /** The shell gets `script`: text after flags, continuation lines joined as BuildKit joins them. Heredocs, if any, are in `Instruction.heredocs`. */
  | { readonly form: 'shell'; readonly script: string; readonly range: Range }
  | { readonly form: 'exec'; readonly arguments: readonly string[]; readonly range: Range };

export interface NameValue {
  readonly name: Word;
  /** Absent for `ARG NAME`. */
  readonly value?: Word;
  readonly range: Range;
}

/** One `--mount` of a RUN, split at commas by CSV rules, not expanded. */
export interface MountFlag {
  /** `bind` when the flag names no type. */
  readonly type: string;
  /** Options in source order; keys lower-case; value absent for a bare key such as `ro`. */
  readonly options: readonly { readonly key: string; readonly value?: string }[];
  readonly flag: Flag;
}

interface InstructionBase {
  /** Position in the file, counted from 0 over all instructions. */
  readonly index: number;
  /** From the keyword to the end of the last line that belongs to it, heredoc bodies and terminators included. */
  readonly range: Range;
  readonly keywordRange: Range;
  readonly flags: readonly Flag[];
  readonly heredocs: readonly Heredoc[];
  /** Whole comment lines inside continuation lines. */
  readonly comments: readonly Range[];
  /** The logical line as BuildKit keeps it (`Original`): continuation joined, comments dropped, outer blanks trimmed. */
  readonly original: string;
}

export interface FromInstruction extends InstructionBase {
  readonly keyword: 'FROM';
  readonly image: Word;
  readonly platform?: Flag;
  /** Stage name after AS, as written. */
  readonly name?: Word;
}
export interface RunInstruction extends InstructionBase {
  readonly keyword: 'RUN';
  readonly command: CommandLine;
  readonly mounts: readonly MountFlag[];
}
/** A COPY or ADD source: a path, URL or git reference as a word, or one of the instruction's heredocs. */
export type CopySource =
  | { readonly kind: 'word'; readonly word: Word }
  | { readonly kind: 'heredoc'; readonly heredoc: Heredoc; readonly range: Range };
export interface CopyInstruction extends InstructionBase {
  readonly keyword: 'COPY' | 'ADD';
  readonly form: 'shell' | 'exec';
  readonly sources: readonly CopySource[];
  readonly destination: Word;
  readonly from?: Flag;
}
export interface EnvInstruction extends InstructionBase {
  readonly keyword: 'ENV' | 'LABEL' | 'ARG';
  /** In source order. The old form `ENV NAME the rest` gives one pair whose value is the rest of the line. */
  readonly pairs: readonly NameValue[];
  readonly oldForm: boolean;
}
export interface CommandInstruction extends InstructionBase {
  readonly keyword: 'CMD' | 'ENTRYPOINT' | 'SHELL';
  readonly command: CommandLine;
}
export interface WordsInstruction extends InstructionBase {
  readonly keyword: 'WORKDIR' | 'USER' | 'STOPSIGNAL' | 'EXPOSE' | 'VOLUME' | 'MAINTAINER';
  /** WORKDIR, USER, STOPSIGNAL, MAINTAINER: exactly one word holding the whole rest of the line. */
  readonly words: readonly Word[];
}
export interface HealthcheckInstruction extends InstructionBase {
  readonly keyword: 'HEALTHCHECK';
  /** Absent for `HEALTHCHECK NONE`. */
  readonly command?: CommandLine;
}
export interface OnbuildInstruction extends InstructionBase {
  readonly keyword: 'ONBUILD';
  readonly trigger: Instruction;
}
/** An instruction that could not be understood; the problems say why. Everything around it still counts. */
export interface InvalidInstruction extends InstructionBase {
  readonly keyword: 'INVALID';
  /** The first word, upper-case, for example `RUUN`, or a known keyword with bad arguments. */
  readonly name: string;
}

export type Instruction =
  | FromInstruction
  | RunInstruction
  | CopyInstruction
  | EnvInstruction
  | CommandInstruction
  | WordsInstruction
  | HealthcheckInstruction
  | OnbuildInstruction
  | InvalidInstruction;

export interface Dockerfile {
  readonly text: string;
  readonly escape: '\\' | '`';
  readonly directives: readonly Directive[];
  readonly instructions: readonly Instruction[];
  /** Whole comment lines outside instructions. */
  readonly comments: readonly Range[];
  readonly problems: readonly Problem[];
  readonly lineCount: number;
}
