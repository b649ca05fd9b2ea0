/** What a RUN step runs: commands with the words they get, as far as the Dockerfile tells. Plain data. */

/** A word of a command after expansion. */
export interface RunWord {
  /** As written. */
  readonly text: string;
  /** What the command gets; absent when only the running container can tell. */
  readonly value?: string;
  /** The value has unquoted `*`, `?` or `[`: the shell puts the matching paths in its place. */
  readonly pattern?: boolean;
  /**
   * Stands for the value when that is not known: its unknown pieces are marks between U+E000 and U+E001. Equal stand-ins of one script
   * are equal values, so that `curl -o /tmp/$V.tgz … && rm /tmp/$V.tgz` is seen to leave nothing.
   */
  readonly standIn?: string;
}

/** Where a command's output goes. */
export interface RunRedirection {
  readonly operator: string;
  readonly target?: RunWord;
  /** File descriptor before the operator: the 2 of `2>`. Absent when not written. */
  readonly descriptor?: number;
  /** Text of a here-document or here-string given to the command, when it is known. */
  readonly input?: string;
}

/**
 * `runs`: once, when the step succeeds. `may run`: never or once (`if`, `||`, `case`, after an unknown command that may end the script).
 * `repeats`: any number of times (loops whose words are not known).
 */
export type Occurrence = 'runs' | 'may run' | 'repeats';

/** One simple command of a script, in the order of execution. */
export interface RunCommand {
  /** Base name of the program, for example `apt-get`; empty for assignments or redirections alone; absent when a variable names it. */
  readonly name?: string;
  /** Program as written or expanded: `/usr/bin/apt-get`. */
  readonly program?: string;
  readonly words: readonly RunWord[];
  readonly redirections: readonly RunRedirection[];
  readonly occurrence: Occurrence;
  /** Absolute working directory; absent when an earlier command may have changed it to something not known. */
  readonly directory?: string;
  /** Environment it runs with; a name with the value undefined is set to something not known. */
  readonly environment: ReadonlyMap<string, string | undefined>;
  readonly user: string;
  /** Base name of the shell that runs it (`sh`, `bash`, `ash`): builtins such as `echo` differ. Absent for the exec form. */
  readonly shell?: string;
  /** Position in a pipeline of several commands: its standard input or output is another command. */
  readonly pipe?: { readonly from?: RunCommand; readonly to: boolean };
  /** Half-open offsets into the script as the shell reader got it. */
  readonly start: number;
  readonly end: number;
}

/** What a step runs. */
export interface RunScript {
  readonly commands: readonly RunCommand[];
  /** Files whose text would tell more and is being read; absent when there are none. */
  readonly pending?: readonly string[];
  /** Why not all of what it runs is known, localised: `eval`, a script that can't be read, PowerShell. */
  readonly unknown: readonly string[];
}
