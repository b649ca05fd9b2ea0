/** From an execute operation to the commands it runs. */
import type { ExecuteOperation, StepState } from '../build/types';
import { t } from '../localize';
import type { Field } from './expand-word';
import { ShellState } from './shell-state';
import { standInFor, withoutMarks } from './stand-in';
import type { RunScript } from './types';
import { Walker } from './walker';

/** What the interpreter may ask of the stage a step runs in. */
export interface ScriptSurroundings {
  /** Platform of the stage: `linux/amd64`. */
  readonly platform: string;
  /** Text of a file that the build context put there; undefined when absent, too large or not known. */
  readText(path: string): string | undefined | 'pending';
  /** Whether a path is there before the step; undefined when not known. */
  exists?(path: string): boolean | undefined;
  /** Whether a program can be found; undefined when not known. */
  hasProgram?(name: string): boolean | undefined;
  /** The environment of the base image is in the step's state: a variable that is not there is not set. */
  readonly environmentKnown?: boolean;
  /** `/bin/sh` is this shell: `dash` on Debian and Ubuntu, `ash` on Alpine, `bash` on Fedora. Absent when not known. */
  readonly sh?: string;
}

/** Longer scripts are not followed. */
const maximumScript = 500_000;
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What the answer rests on besides the operation and its state. */
interface Answered {
  readonly script: RunScript;
  readonly questions: readonly {
    readonly kind: 'text' | 'exists' | 'program';
    readonly name: string;
    readonly answer: unknown;
  }[];
}

const remembered = new Map<string, Answered>();
const maximumRemembered = 2_000;

/**
 * The commands that a RUN step runs, in order, and why not all are known. Pure and bounded; never throws. The same operation, state and
 * answers of the surroundings give the identical value.
 */
export function interpret(operation: ExecuteOperation, state: StepState, surroundings: ScriptSurroundings): RunScript {
  const key = JSON.stringify([
    operation.arguments,
    operation.inlineFiles,
    environmentKey(state.environment),
    state.workdir,
    state.user,
    surroundings.platform,
    surroundings.environmentKnown,
    surroundings.sh,
  ]);
  const before = remembered.get(key);
  if (before?.questions.every(({ kind, name, answer }) => ask(surroundings, kind, name) === answer)) {
    remembered.delete(key);
    remembered.set(key, before);
    return before.script;
  }
  const questions: Answered['questions'][number][] = [];
  const noting = <Value>(kind: 'text' | 'exists' | 'program', name: string, answer: Value): Value => {
    questions.push({ kind, name, answer });
    return answer;
  };
  const script = interpretAnew(operation, state, {
    ...surroundings,
    readText: (path) => noting('text', path, surroundings.readText(path)),
    exists: (path) => noting('exists', path, surroundings.exists?.(path)),
    hasProgram: (name) => noting('program', name, surroundings.hasProgram?.(name)),
  });
  if (remembered.size >= maximumRemembered) {
    const oldest = remembered.keys().next();
    if (!oldest.done) remembered.delete(oldest.value);
  }
  if (key.length < 50_000) remembered.set(key, { script, questions });
  return script;
}

const environmentKeys = new WeakMap<StepState['environment'], string>();

/** Steps share the list of variables until one is set. */
function environmentKey(environment: StepState['environment']): string {
  let key = environmentKeys.get(environment);
  if (key === undefined) {
    key = JSON.stringify(environment);
    environmentKeys.set(environment, key);
  }
  return key;
}

function ask(surroundings: ScriptSurroundings, kind: 'text' | 'exists' | 'program', name: string): unknown {
  switch (kind) {
    case 'text':
      return surroundings.readText(name);
    case 'exists':
      return surroundings.exists?.(name);
    case 'program':
      return surroundings.hasProgram?.(name);
  }
}

function interpretAnew(operation: ExecuteOperation, state: StepState, surroundings: ScriptSurroundings): RunScript {
  const length = operation.arguments.reduce((sum, word) => sum + word.length, 0);
  if (length > maximumScript) return { commands: [], unknown: [t('The script is too long to be followed.')] };
  const walker = new Walker(surroundings, operation.inlineFiles);
  const shell = new ShellState({
    environment: environmentOf(state),
    directory: state.workdir === '' ? '/' : state.workdir,
    user: userOf(state),
    unsetMayBeSet: surroundings.environmentKnown !== true,
  });
  const words = operation.arguments.map((word): Field => ({ text: word, value: withoutMarks(word), pattern: false }));
  walker.start(words, shell, operation.command.form === 'shell' ? operation.command.script : undefined);
  return walker.result();
}

function userOf(state: StepState): string {
  const name = state.user.split(':')[0] ?? '';
  return name === '' || name === '0' ? 'root' : name;
}

/** What the container sets besides the image's environment: HOME from the user's entry in /etc/passwd, PATH when the image has none. */
function environmentOf(state: StepState): Map<string, string> {
  const user = userOf(state);
  const numeric = /^\d+$/.test(user);
  const environment = new Map([
    ['PATH', defaultPath],
    ['HOME', user === 'root' ? '/root' : numeric ? standInFor('$HOME') : `/home/${user}`],
  ]);
  for (const { name, value } of state.environment) environment.set(name, withoutMarks(value));
  return environment;
}
