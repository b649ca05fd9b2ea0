/** Commands that change the shell they run in (POSIX 2.14, Bash manual 4). */
import { cleanPath } from '../build/paths';
import { t } from '../localize';
import { wholeNumber } from './arithmetic';
import { parameterValue } from './expand-parameter';
import { isKnown, standInFor } from './stand-in';
import { testWords } from './test-condition';
import { type Call, failed, type Outcome, succeeded, type Walking } from './walk-types';

/** Carries out a builtin; undefined when the command is none. */
export function runBuiltin(name: string, call: Call, walking: Walking): Outcome | undefined {
  const builtin = Object.hasOwn(builtins, name) ? builtins[name] : undefined;
  return builtin?.(call, walking);
}

type Builtin = (call: Call, walking: Walking) => Outcome;

const valuesOf = (call: Call): readonly string[] => call.words.slice(1).map((word) => word.value);

const recorded: Builtin = (call, walking) => {
  walking.record(call);
  return succeeded;
};

const leave =
  (flow: 'break' | 'continue' | 'return' | 'exit'): Builtin =>
  (call) => {
    const code = call.words[1]?.value;
    const number = code === undefined ? undefined : wholeNumber(code);
    if (flow === 'break' || flow === 'continue') return { status: true, flow };
    return { status: number === undefined ? 'assumed' : number === 0, flow };
  };

const test: Builtin = (call, walking) => {
  const words = valuesOf(call);
  const inner = call.words[0]?.value === '[' && words.at(-1) === ']' ? words.slice(0, -1) : words;
  walking.record(call);
  const status = testWords(inner, conditionContext(call, walking));
  return { status: status ?? 'unknown', flow: 'next' };
};

/** How tests look at files and variables from where the call stands. */
export function conditionContext(
  call: Pick<Call, 'state'>,
  walking: Walking,
): { exists(path: string): boolean | undefined; isSet(variable: string): boolean | undefined } {
  return {
    exists: (path) => {
      const absolute = absolutePath(path, call.state.directory);
      return absolute === undefined ? undefined : walking.exists(absolute);
    },
    isSet: (variable) => {
      if (call.state.get(variable) !== undefined) return true;
      return parameterValue(variable, call.state) === undefined ? false : undefined;
    },
  };
}

/** The path from a folder; undefined when the folder is not known and the path is relative. */
export function absolutePath(path: string, directory: string | undefined): string | undefined {
  if (path.startsWith('/')) return cleanPath(path);
  return directory === undefined ? undefined : cleanPath(`${directory}/${path}`);
}

const changeDirectory: Builtin = (call, walking) => {
  walking.record(call);
  const { state } = call;
  const target = call.words.slice(1).find((word) => !/^-[LPe@]+$/.test(word.value) && word.value !== '--');
  const before = state.directory;
  if (target === undefined) {
    const home = state.get('HOME');
    state.directory = typeof home === 'string' ? absolutePath(home, undefined) : undefined;
  } else if (target.value === '-') state.directory = state.previousDirectory;
  else state.directory = target.pattern ? undefined : absolutePath(target.value, before);
  state.previousDirectory = before;
  return { status: 'assumed', flow: 'next' };
};

const setOptions: Builtin = (call, walking) => {
  walking.record(call);
  const words = valuesOf(call);
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word === '--') {
      call.state.positional = words.slice(index + 1);
      return succeeded;
    }
    if (!/^[-+]./.test(word)) {
      call.state.positional = words.slice(index);
      return succeeded;
    }
    const on = word.startsWith('-');
    if (/^[-+][a-zA-Z]*e/.test(word)) call.state.errexit = on;
    if (/^[-+][a-zA-Z]*o$/.test(word)) {
      const option = words[index + 1];
      if (option === 'errexit') call.state.errexit = on;
      if (option === 'pipefail') call.state.pipefail = on;
      index += 1;
    }
  }
  return succeeded;
};

const exportVariables: Builtin = (call, walking) => {
  walking.record(call);
  for (const word of valuesOf(call)) {
    const [, name, assigned] = /^([A-Za-z_]\w*)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) continue;
    if (assigned === undefined) call.state.export(name);
    else call.state.set(name, assigned, true);
  }
  return succeeded;
};

const declare: Builtin = (call, walking) => {
  walking.record(call);
  const words = valuesOf(call);
  const exported = words.some((word) => /^-\w*x/.test(word));
  for (const word of words) {
    const [, name, assigned] = /^([A-Za-z_]\w*)(?:=(.*))?$/s.exec(word) ?? [];
    if (name !== undefined && assigned !== undefined) call.state.set(name, assigned, exported || undefined);
    else if (name !== undefined && exported) call.state.export(name);
  }
  return succeeded;
};

const unset: Builtin = (call, walking) => {
  walking.record(call);
  for (const word of valuesOf(call)) {
    if (word.startsWith('-')) continue;
    call.state.unset(word);
    call.state.functions.delete(word);
  }
  return succeeded;
};

const shift: Builtin = (call) => {
  const count = wholeNumber(call.words[1]?.value ?? '1');
  const { positional } = call.state;
  call.state.positional = count === undefined || count < 0 ? undefined : positional?.slice(count);
  return succeeded;
};

/** Programs whose output is meant for `eval`: it sets variables and functions and writes nothing. */
const printsSettings =
  /\b(?:ssh-agent|gpg-agent|shellenv|dircolors|dpkg-architecture|dpkg-buildflags|luarocks path|opam (?:config )?env|fnm env|perl -I|local::lib|direnv|conda (?:shell|init)|shell\.(?:bash|posix)|(?:py|rb|nod|pl|go|j)env init|mamba shell|micromamba shell|shell hook|resize|activate)\b/;

const evaluateText: Builtin = (call, walking) => {
  const text = valuesOf(call).join(' ');
  if (isKnown(text)) return walking.runText(text, call.state, call.frame, call.span);
  call.state.unsetMayBeSet = true;
  if (!printsSettings.test(call.words.map((word) => word.text).join(' '))) {
    walking.unknown(t('eval runs a text that only the build knows.'));
  }
  return { status: 'assumed', flow: 'next' };
};

/** Files that are read into a shell to set variables and functions. */
const settingsFile =
  /(?:^|\/)(?:activate|env|environment|envvars|os-release|lsb-release|profile|\.?bashrc|bash\.bashrc|\.profile|\.bash_profile|nvm\.sh|conda\.sh|mamba\.sh|asdf\.sh|sdkman-init\.sh|setup\.(?:ba|z)?sh|setvars\.sh|functions|[\w.-]*env(?:vars|ironment)?(?:\.sh)?|enable|\.env|defaults?|lib\.sh)$/;

const readIntoShell: Builtin = (call, walking) => {
  const [, file, ...words] = call.words;
  const path = file === undefined ? undefined : absolutePath(file.value, call.state.directory);
  const text = path === undefined || !isKnown(path) ? undefined : walking.readText(path);
  if (text !== undefined) {
    const { positional } = call.state;
    if (words.length > 0) call.state.positional = words.map((word) => word.value);
    const outcome = walking.runText(text, call.state, call.frame, call.span);
    call.state.positional = positional;
    return outcome.flow === 'return' ? { ...outcome, flow: 'next' } : outcome;
  }
  call.state.unsetMayBeSet = true;
  if (!settingsFile.test(file?.value ?? '')) {
    walking.unknown(t('{0} is read into the shell, and what it does is not known.', file?.text ?? '.'));
  }
  return { status: 'assumed', flow: 'next' };
};

const readLine: Builtin = (call, walking) => {
  walking.record(call);
  const names = valuesOf(call).filter(
    (word, index, all) => !word.startsWith('-') && !/^-\w*[adinNptu]$/.test(all[index - 1] ?? ''),
  );
  const line = walking.inputOf(call)?.split('\n')[0];
  const parts = line?.trim().split(/\s+/);
  for (const [index, name] of names.entries()) {
    const value = index === names.length - 1 ? parts?.slice(index).join(' ') : parts?.[index];
    call.state.set(name, value ?? walking.freshMark(name));
  }
  return { status: line === undefined ? 'unknown' : true, flow: 'next' };
};

const printFormatted: Builtin = (call, walking) => {
  const command = walking.record(call);
  const [option, name] = valuesOf(call);
  if (option === '-v' && name !== undefined) {
    call.state.set(name, standInFor(`${name} ${command.start}`));
  }
  return succeeded;
};

const find: Builtin = (call, walking) => {
  walking.record(call);
  const names = valuesOf(call).filter((word) => !word.startsWith('-'));
  const [name] = names;
  if (names.length !== 1 || name === undefined) return { status: 'unknown', flow: 'next' };
  if (Object.hasOwn(builtins, name) || call.state.functions.has(name)) return succeeded;
  return { status: walking.hasProgram(name) ?? 'unknown', flow: 'next' };
};

const builtins: Readonly<Record<string, Builtin>> = {
  ':': recorded,
  true: recorded,
  echo: recorded,
  printf: printFormatted,
  umask: recorded,
  ulimit: recorded,
  trap: recorded,
  wait: recorded,
  shopt: recorded,
  enable: recorded,
  hash: find,
  type: find,
  which: find,
  alias: recorded,
  pwd: recorded,
  false: (call, walking) => {
    walking.record(call);
    return failed;
  },
  test,
  '[': test,
  cd: changeDirectory,
  pushd: changeDirectory,
  popd: (call, walking) => {
    walking.record(call);
    call.state.directory = call.state.previousDirectory;
    return succeeded;
  },
  set: setOptions,
  export: exportVariables,
  readonly: exportVariables,
  declare,
  typeset: declare,
  local: declare,
  unset,
  shift,
  exit: leave('exit'),
  return: leave('return'),
  break: leave('break'),
  continue: leave('continue'),
  eval: evaluateText,
  '.': readIntoShell,
  source: readIntoShell,
  read: readLine,
};

/** `command -v NAME`. */
export const findProgram = find;
