/** What the parts of the shell walker tell each other. */
import type { Span } from './commands';
import type { Field } from './expand-word';
import type { ShellState } from './shell-state';
import type { Occurrence, RunCommand, RunRedirection } from './types';

/**
 * `assumed`: a program that usually succeeds; `unknown`: a test whose outcome only the container knows.
 */
export type Status = boolean | 'assumed' | 'unknown';

/** Where the shell goes on after a command. `exit` with the status false fails the step. */
export interface Outcome {
  readonly status: Status;
  readonly flow: 'next' | 'break' | 'continue' | 'return' | 'exit';
}

export const succeeded: Outcome = { status: true, flow: 'next' };
export const assumed: Outcome = { status: 'assumed', flow: 'next' };
export const failed: Outcome = { status: false, flow: 'next' };

/** Redirections of a compound command, which its commands share. */
export interface SharedRedirections {
  /** The first command truncates the file, the others add to it. */
  list: readonly RunRedirection[];
}

/** Where a command stands. */
export interface Frame {
  readonly occurrence: Occurrence;
  /** `chain`: the step fails unless the whole list succeeds. `final`: unless its last command does. */
  readonly must: 'chain' | 'final' | 'no';
  /** A condition: `set -e` is not heeded. */
  readonly condition: boolean;
  /** Standard input comes from a pipe; `from` when one simple command feeds it. */
  readonly input?: { readonly from?: RunCommand } | undefined;
  readonly pipedOut: boolean;
  readonly shared?: SharedRedirections | undefined;
  /** Stands for all offsets inside, where they would count in another text. */
  readonly within?: Span | undefined;
  readonly depth: number;
}

/** A command after expansion, with its place. */
export interface Call {
  readonly words: readonly Field[];
  readonly redirections: readonly RunRedirection[];
  readonly span: Span;
  readonly frame: Frame;
  readonly state: ShellState;
}

/** What simple commands need of the walker. */
export interface Walking {
  /** Adds a command to the list. */
  record(call: Call): RunCommand;
  /** Carries out a command after expansion. */
  execute(call: Call): Outcome;
  /** Runs a text in the state given; offsets are those of the call. */
  runText(text: string, state: ShellState, frame: Frame, span: Span): Outcome;
  /** Text of a file as the script would find it. */
  readText(path: string): string | undefined;
  exists(path: string): boolean | undefined;
  hasProgram(name: string): boolean | undefined;
  /** Text that a command would read from its standard input. */
  inputOf(call: Call): string | undefined;
  /** Why not everything is known, localised. */
  unknown(reason: string): void;
  /** A mark of its own for a value that differs each time. */
  freshMark(name: string): string;
}
