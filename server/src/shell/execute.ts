/** A simple command after expansion: function, builtin, a program that runs another one, a shell, a script, or something to record. */
import { baseName } from '../build/paths';
import { t } from '../localize';
import { absolutePath, findProgram, runBuiltin } from './builtins';
import type { Field } from './expand-word';
import type { ShellState } from './shell-state';
import { isKnown, standInFor } from './stand-in';
import { type Call, type Outcome, assumed as ordinary, type Walking } from './walk-types';
import { suScript, unwrap, xargsPlan } from './wrappers';

const shells = new Set(['sh', 'bash', 'dash', 'ash', 'ksh', 'zsh', 'mksh']);
/** Programs that are asked whether something holds. */
const questions = new Set(
  'grep egrep fgrep zgrep cmp diff id getent pgrep pidof dpkg-query ldconfig nc ping mountpoint systemctl expr tty'.split(
    ' ',
  ),
);

/** Runs a command that is no function of the script. */
export function executeProgram(call: Call, walking: Walking): Outcome {
  const [first] = call.words;
  if (first === undefined) {
    walking.record(call);
    return { status: true, flow: 'next' };
  }
  if (!isKnown(first.value) || first.pattern) {
    walking.record(call);
    return ordinary;
  }
  const name = baseName(first.value);
  const bare = !first.value.includes('/');
  // `command -v` asks; `command cd` is `cd`.
  if (name === 'command' && /^-[vV]+$/.test(call.words[1]?.value ?? '')) return findProgram(call, walking);
  if (bare && call.state.shell !== undefined) {
    const outcome = runBuiltin(name, call, walking);
    if (outcome !== undefined) return outcome;
  }
  if (shells.has(name) || (name === 'busybox' && shells.has(call.words[1]?.value ?? ''))) {
    return runShell(name === 'busybox' ? { ...call, words: call.words.slice(1) } : call, walking);
  }
  if (/^(?:powershell|pwsh|cmd)(?:\.exe)?$/i.test(name)) {
    walking.unknown(t('Commands of {0} are not followed, only those of Unix shells.', name));
    return ordinary;
  }
  if (name === 'su' || name === 'runuser') {
    const su = suScript(call.words);
    if (su) return runScriptText(su.script, userState(call, su.user, su.login), [], call, walking);
  }
  if (name === 'xargs') return runXargs(call, walking);
  const unwrapped = unwrap(name, call.words);
  if (unwrapped) {
    const state = unwrapped.cleanEnvironment ? emptied(call.state) : call.state.copy();
    for (const [variable, value] of unwrapped.environment ?? []) state.set(variable, value, true);
    if (unwrapped.user !== undefined && unwrapped.user !== '') state.user = unwrapped.user;
    if (unwrapped.directory !== undefined) state.directory = absolutePath(unwrapped.directory, state.directory);
    if (name === 'command' || name === 'builtin') {
      return executeProgram({ ...call, words: unwrapped.words }, walking);
    }
    // A program started by another one is no builtin of the shell.
    const shell = state.shell;
    state.shell = undefined;
    const outcome = executeProgram({ ...call, words: unwrapped.words, state: withShell(state, shell) }, walking);
    return name === 'exec' ? { ...outcome, flow: 'exit' } : outcome;
  }
  const script = runScriptFile(first, call.words.slice(1), call, walking, undefined);
  if (script !== undefined) return script;
  walking.record(call);
  return { status: questions.has(name) || isQuestion(name, call.words) ? 'unknown' : 'assumed', flow: 'next' };
}

/** Builtins such as `echo` exist as programs too and print the same, so the shell's name is kept for them. */
function withShell(state: ShellState, shell: string | undefined): ShellState {
  state.shell = shell;
  return state;
}

function isQuestion(name: string, words: readonly Field[]): boolean {
  const [, first = '', second = ''] = words.map((word) => word.value);
  switch (name) {
    case 'dpkg':
      return /^(?:-s|--status|-l|-L|--compare-versions)$/.test(first);
    case 'rpm':
      return first.startsWith('-q');
    case 'apk':
      return first === 'info';
    case 'git':
      return first === 'diff' || (first === 'config' && second.startsWith('--get'));
    default:
      return false;
  }
}

function emptied(state: ShellState): ShellState {
  const other = state.process();
  for (const name of state.environment().keys()) other.unset(name);
  other.shell = state.shell;
  return other;
}

function userState(call: Call, user: string, login: boolean): ShellState {
  const state = call.state.process();
  state.user = user;
  const home = user === 'root' ? '/root' : `/home/${user}`;
  state.set('HOME', isKnown(user) ? home : standInFor(`home of ${user}`), true);
  if (login) state.directory = isKnown(user) ? home : undefined;
  state.shell = 'sh';
  return state;
}

/** `sh -c TEXT`, `sh FILE`, or `sh` for its standard input. */
function runShell(call: Call, walking: Walking): Outcome {
  const [program, ...words] = call.words;
  const state = call.state.process();
  state.shell = baseName(program?.value ?? 'sh');
  let index = 0;
  let text = false;
  let reads = false;
  for (; index < words.length; index += 1) {
    const value = words[index]?.value ?? '';
    if (value === '--' || value === '-') {
      index += 1;
      break;
    }
    if (!/^[-+]./.test(value)) break;
    if (value.startsWith('--')) {
      if (/^--(?:rcfile|init-file)$/.test(value)) index += 1;
      if (value === '--version' || value === '--help') return recordAs(call, walking);
      continue;
    }
    const letters = value.slice(1);
    const on = value.startsWith('-');
    if (letters.includes('c')) text = true;
    if (letters.includes('s')) reads = true;
    if (letters.includes('e')) state.errexit = on;
    if (/[oO]$/.test(letters)) {
      const option = words[index + 1]?.value;
      if (option === 'errexit') state.errexit = on;
      if (option === 'pipefail') state.pipefail = on;
      index += 1;
    }
  }
  const rest = words.slice(index);
  const [first, ...others] = rest;
  if (text) {
    if (first === undefined) return recordAs(call, walking);
    return runScriptText(first, state, others, call, walking);
  }
  if (first !== undefined && !reads) {
    const outcome = runScriptFile(first, others, call, walking, state);
    if (outcome !== undefined) return outcome;
    walking.unknown(t('{0} is run, and what it does is not known.', first.text));
    return ordinary;
  }
  const input = walking.inputOf(call);
  if (input === undefined) {
    // Who knows the script that comes through the pipe can tell what it does.
    walking.record(call);
    return ordinary;
  }
  state.positional = rest.map((word) => word.value);
  return inProcess(walking.runText(input, state, insideOf(call), call.span));
}

function recordAs(call: Call, walking: Walking): Outcome {
  walking.record(call);
  return ordinary;
}

function runScriptText(
  script: Field,
  state: ShellState,
  words: readonly Field[],
  call: Call,
  walking: Walking,
): Outcome {
  if (!isKnown(script.value)) {
    const known = knownEnough(script.value);
    if (known === undefined) {
      walking.unknown(t('{0} runs a text that only the build knows.', call.words[0]?.text ?? 'sh'));
      return ordinary;
    }
  }
  const [name, ...positional] = words.map((word) => word.value);
  if (name !== undefined) state.scriptName = name;
  state.positional = positional;
  return inProcess(walking.runText(script.value, state, insideOf(call), call.span));
}

/** A script with unknown pieces can be followed when they are parts of words: marks are ordinary characters to the parser. */
function knownEnough(text: string): string | undefined {
  return /^\uE000[^\uE001]*\uE001$/.test(text.trim()) ? undefined : text;
}

/** A file of the build context that is run by its path or by a shell; undefined when it is none, or no shell script. */
function runScriptFile(
  file: Field,
  words: readonly Field[],
  call: Call,
  walking: Walking,
  shell: ShellState | undefined,
): Outcome | undefined {
  if (!isKnown(file.value) || file.pattern || (shell === undefined && !file.value.includes('/'))) return undefined;
  const path = absolutePath(file.value, call.state.directory);
  const text = path === undefined ? undefined : walking.readText(path);
  if (text === undefined) return undefined;
  const interpreter = /^#!\s*(\S+)(?:[ \t]+([^\n\r]*))?/.exec(text);
  const state = shell ?? call.state.process();
  if (shell === undefined) {
    const direct = baseName(interpreter?.[1] ?? '/bin/sh');
    const name = direct === 'env' ? (interpreter?.[2]?.replace(/^-S\s+/, '').split(/\s+/)[0] ?? '') : direct;
    if (!shells.has(baseName(name))) return undefined;
    state.shell = baseName(name);
    state.errexit = direct !== 'env' && /^-\w*e/.test(interpreter?.[2] ?? '');
  }
  state.scriptName = file.value;
  state.positional = words.map((word) => word.value);
  return inProcess(walking.runText(text, state, insideOf(call), call.span));
}

function insideOf(call: Call): Call['frame'] {
  const shared = call.redirections.filter((part) => part.operator.startsWith('>') || part.operator.startsWith('&>'));
  return {
    ...call.frame,
    within: call.span,
    depth: call.frame.depth + 1,
    condition: false,
    must: call.frame.condition ? 'no' : call.frame.must,
    ...(shared.length > 0 && { shared: { list: [...(call.frame.shared?.list ?? []), ...shared] } }),
  };
}

/** The end of a process is the end of a command to the shell that started it. */
function inProcess(outcome: Outcome): Outcome {
  return { status: outcome.status, flow: 'next' };
}

function runXargs(call: Call, walking: Walking): Outcome {
  const plan = xargsPlan(call.words);
  const path = plan.file === undefined ? undefined : absolutePath(plan.file, call.state.directory);
  const input =
    plan.file === undefined ? walking.inputOf(call) : path === undefined ? undefined : walking.readText(path);
  const program = plan.words.length > 0 ? plan.words : [field('echo')];
  const state = call.state.copy();
  const inner: Call = { ...call, state, words: program, frame: { ...call.frame, input: undefined } };
  if (input === undefined) {
    const unknown = field(standInFor(`input ${call.span.start}`), '…');
    const words =
      plan.replace === undefined
        ? [...program, unknown]
        : program.map((word) => replaced(word, plan.replace ?? '', unknown.value));
    // What feeds it tells a handler more than nothing: `find … | xargs rm`.
    return walking.execute({ ...inner, words, frame: call.frame });
  }
  const items = itemsOf(input, plan.separator, plan.replace !== undefined);
  if (items.length === 0 && plan.notWhenEmpty) return { status: true, flow: 'next' };
  const size = plan.replace === undefined ? (plan.most ?? 5_000) : 1;
  let outcome: Outcome = ordinary;
  for (let start = 0; start < Math.max(items.length, 1) && start < 500 * size; start += size) {
    const group = items.slice(start, start + size);
    const words =
      plan.replace === undefined
        ? [...program, ...group.map((item) => field(item))]
        : program.map((word) => replaced(word, plan.replace ?? '', group[0] ?? ''));
    outcome = walking.execute({ ...inner, words });
  }
  return outcome;
}

function replaced(word: Field, placeholder: string, value: string): Field {
  return { ...word, value: word.value.split(placeholder).join(value) };
}

function field(value: string, text = value): Field {
  return { text, value, pattern: false };
}

function itemsOf(
  input: string,
  separator: ReturnType<typeof xargsPlan>['separator'],
  lines: boolean,
): readonly string[] {
  if (separator === 'null') return input.split('\0').filter((item) => item !== '');
  if (separator !== 'blank') return input.split(separator.character).filter((item) => item !== '');
  if (lines)
    return input
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  return input
    .split(/\s+/)
    .map((item) => item.replace(/^(["'])(.*)\1$/, '$2'))
    .filter((item) => item !== '');
}
