/** What a shell carries from one command to the next, as far as it is known. */
import type { CompoundCommand, CompoundList, Redirected } from 'unbash';
import { isKnown, standInFor } from './stand-in';

/** Text with marks for unknown pieces, or the elements of an array. */
export type VariableValue = string | readonly string[];

interface Variable {
  readonly value: VariableValue;
  readonly exported: boolean;
}

export type FunctionBody = CompoundCommand | Redirected | CompoundList;

/** What a command that may or may not have run may have ended; the wider, the higher. */
export type Departure = 0 | 1 | 2 | 3;
export const departure = { none: 0, loop: 1, function: 2, script: 3 } as const;

export class ShellState {
  private variables: Map<string, Variable>;
  /** The variables are shared with a copy until one of the two changes. */
  private shared = false;
  private exportedVariables: ReadonlyMap<string, string | undefined> | undefined;
  /** Absolute; it may hold marks. Undefined when not known. */
  directory: string | undefined;
  previousDirectory: string | undefined;
  user: string;
  /** Base name of the shell; undefined outside any. */
  shell: string | undefined;
  scriptName: string;
  positional: readonly string[] | undefined = [];
  functions = new Map<string, FunctionBody>();
  errexit = false;
  pipefail = false;
  /** A variable that is not here may be set all the same: the base image or a file that was read may have set it. */
  unsetMayBeSet: boolean;
  mayHaveLeft: Departure = departure.none;

  constructor(start: {
    readonly environment: Iterable<readonly [string, string]>;
    readonly directory: string | undefined;
    readonly user: string;
    readonly unsetMayBeSet: boolean;
  }) {
    this.variables = new Map();
    for (const [name, value] of start.environment) this.variables.set(name, { value, exported: true });
    this.directory = start.directory;
    this.previousDirectory = undefined;
    this.user = start.user;
    this.shell = undefined;
    this.scriptName = 'sh';
    this.unsetMayBeSet = start.unsetMayBeSet;
  }

  /** The same state in a process or branch of its own. */
  copy(): ShellState {
    const other = new ShellState({
      environment: [],
      directory: this.directory,
      user: this.user,
      unsetMayBeSet: this.unsetMayBeSet,
    });
    other.variables = this.variables;
    other.shared = true;
    this.shared = true;
    other.exportedVariables = this.exportedVariables;
    other.previousDirectory = this.previousDirectory;
    other.shell = this.shell;
    other.scriptName = this.scriptName;
    other.positional = this.positional;
    other.functions = new Map(this.functions);
    other.errexit = this.errexit;
    other.pipefail = this.pipefail;
    other.mayHaveLeft = this.mayHaveLeft;
    return other;
  }

  /** A program started from this shell: exported variables only. */
  process(): ShellState {
    const other = this.copy();
    other.variables = new Map([...this.variables].filter(([, variable]) => variable.exported));
    other.shared = false;
    other.functions = new Map();
    other.positional = [];
    other.errexit = false;
    other.pipefail = false;
    return other;
  }

  private own(): Map<string, Variable> {
    if (this.shared) {
      this.variables = new Map(this.variables);
      this.shared = false;
    }
    return this.variables;
  }

  /** Undefined when the variable is not set, or when that is not known. */
  get(name: string): VariableValue | undefined {
    return this.variables.get(name)?.value;
  }

  set(name: string, value: VariableValue, exported?: boolean): void {
    const before = this.variables.get(name);
    const export_ = exported ?? before?.exported ?? false;
    if (before?.value === value && before.exported === export_) return;
    if (before === undefined && this.variables.size >= 5_000) return;
    this.own().set(name, { value, exported: export_ });
    this.exportedVariables = undefined;
  }

  export(name: string): void {
    const before = this.variables.get(name);
    if (before) this.set(name, before.value, true);
  }

  unset(name: string): void {
    if (!this.variables.has(name)) return;
    this.own().delete(name);
    this.exportedVariables = undefined;
  }

  /** What a program gets; a value that is not known is undefined. */
  environment(): ReadonlyMap<string, string | undefined> {
    if (this.exportedVariables === undefined) {
      const result = new Map<string, string | undefined>();
      for (const [name, { value, exported }] of this.variables) {
        if (exported && typeof value === 'string') result.set(name, isKnown(value) ? value : undefined);
      }
      this.exportedVariables = result;
    }
    return this.exportedVariables;
  }

  /** Takes over everything from another state. */
  become(other: ShellState): void {
    this.variables = other.variables;
    this.shared = true;
    other.shared = true;
    this.exportedVariables = other.exportedVariables;
    this.directory = other.directory;
    this.previousDirectory = other.previousDirectory;
    this.user = other.user;
    this.positional = other.positional;
    this.functions = other.functions;
    this.errexit = other.errexit;
    this.pipefail = other.pipefail;
    this.unsetMayBeSet = other.unsetMayBeSet;
    this.mayHaveLeft = other.mayHaveLeft;
  }

  /** Either this state or the other is the true one: what differs is not known any more. */
  mergeWith(other: ShellState): void {
    if (this.variables !== other.variables) {
      for (const name of new Set([...this.variables.keys(), ...other.variables.keys()])) {
        const mine = this.variables.get(name);
        const theirs = other.variables.get(name);
        if (sameValue(mine?.value, theirs?.value)) continue;
        const exported = mine?.exported === true || theirs?.exported === true;
        this.set(name, standInFor(`${name}=${described(mine?.value)}|${described(theirs?.value)}`), exported);
      }
    }
    if (this.directory !== other.directory) this.directory = undefined;
    if (this.previousDirectory !== other.previousDirectory) this.previousDirectory = undefined;
    if (this.user !== other.user) this.user = '';
    if (this.positional?.join('\0') !== other.positional?.join('\0')) this.positional = undefined;
    for (const [name, body] of other.functions) this.functions.set(name, body);
    this.errexit &&= other.errexit;
    this.pipefail &&= other.pipefail;
    this.unsetMayBeSet ||= other.unsetMayBeSet;
    if (other.mayHaveLeft > this.mayHaveLeft) this.mayHaveLeft = other.mayHaveLeft;
  }
}

function described(value: VariableValue | undefined): string {
  return value === undefined ? '' : typeof value === 'string' ? value : value.join(' ');
}

function sameValue(left: VariableValue | undefined, right: VariableValue | undefined): boolean {
  if (left === right) return true;
  if (left === undefined || right === undefined || typeof left === 'string' || typeof right === 'string') return false;
  return left.length === right.length && left.every((element, index) => element === right[index]);
}
