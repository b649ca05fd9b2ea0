/** Programs that run another program: which one, and what they change around it. */
import type { Field } from './expand-word';

export interface Unwrapped {
  /** The program and its words. */
  readonly words: readonly Field[];
  /** Set for the program. */
  readonly environment?: readonly (readonly [string, string])[];
  readonly user?: string;
  readonly directory?: string;
  /** The program gets nothing of the environment around it. */
  readonly cleanEnvironment?: boolean;
}

interface Wrapper {
  /** Options that take the next word, written without `=`. */
  readonly takesValue: ReadonlySet<string>;
  /** Words that are no options before the program. */
  readonly leading?: number;
  readonly change?: (options: ReadonlyMap<string, string>, leading: readonly string[]) => Omit<Unwrapped, 'words'>;
}

const set = (...names: readonly string[]): ReadonlySet<string> => new Set(names);
const plain: Wrapper = { takesValue: set() };

const asUser: Wrapper = {
  takesValue: set(),
  leading: 1,
  change: (_options, [user = '']) => ({ user: user.split(':')[0] ?? '' }),
};

const sudo: Wrapper = {
  takesValue: set('-u', '--user', '-g', '--group', '-C', '-h', '-p', '-D', '--chdir'),
  change: (options) => {
    const directory = options.get('-D') ?? options.get('--chdir');
    return {
      user: options.get('-u') ?? options.get('--user') ?? 'root',
      ...(directory !== undefined && { directory }),
    };
  },
};

const wrappers: Readonly<Record<string, Wrapper>> = {
  sudo,
  doas: sudo,
  env: {
    takesValue: set('-u', '--unset', '-C', '--chdir'),
    change: (options) => {
      const directory = options.get('-C') ?? options.get('--chdir');
      return {
        ...(directory !== undefined && { directory }),
        ...((options.has('-i') || options.has('--ignore-environment')) && { cleanEnvironment: true }),
      };
    },
  },
  time: { takesValue: set('-f', '--format', '-o', '--output') },
  nice: { takesValue: set('-n', '--adjustment') },
  ionice: { takesValue: set('-c', '--class', '-n', '--classdata') },
  nohup: plain,
  timeout: { takesValue: set('-s', '--signal', '-k', '--kill-after'), leading: 1 },
  command: plain,
  builtin: plain,
  exec: { takesValue: set('-a') },
  busybox: plain,
  stdbuf: { takesValue: set('-i', '-o', '-e') },
  eatmydata: plain,
  fakeroot: plain,
  unbuffer: plain,
  catchsegv: plain,
  setsid: plain,
  linux32: plain,
  linux64: plain,
  setarch: { takesValue: set(), leading: 1 },
  'su-exec': asUser,
  gosu: asUser,
  chronic: plain,
  tini: { takesValue: set('-p', '-e') },
  'dumb-init': plain,
  flock: { takesValue: set('-w', '--timeout', '-E'), leading: 1 },
  'xvfb-run': { takesValue: set('-n', '-s', '-e', '-f', '-p', '-w', '--server-num', '--server-args') },
  setpriv: {
    takesValue: set('--reuid', '--regid', '--groups'),
    change: (options) => {
      const user = options.get('--reuid');
      return user === undefined ? {} : { user };
    },
  },
  strace: { takesValue: set('-o', '-e', '-p', '-s') },
};

/** Options after which these programs only tell something. */
const tellsOnly: Readonly<Record<string, RegExp>> = {
  command: /^-[vV]+$/,
  sudo: /^-(?:v|k|K|l|V)$|^--version$/,
  busybox: /^--/,
};

/** What a wrapper runs, or undefined when the command is none or runs nothing. `words` begins with the program itself. */
export function unwrap(name: string, words: readonly Field[]): Unwrapped | undefined {
  const wrapper = Object.hasOwn(wrappers, name) ? wrappers[name] : undefined;
  if (wrapper === undefined) return name === 'runuser' ? unwrapRunuser(words) : unwrapConda(name, words);
  const options = new Map<string, string>();
  const environment: (readonly [string, string])[] = [];
  const leading: string[] = [];
  let index = 1;
  for (; index < words.length; index += 1) {
    const value = words[index]?.value ?? '';
    if (tellsOnly[name]?.test(value)) return undefined;
    if (value === '--') {
      index += 1;
      break;
    }
    const assignment = /^([A-Za-z_]\w*)=(.*)$/s.exec(value);
    if ((name === 'env' || name === 'sudo' || name === 'doas') && assignment?.[1] !== undefined) {
      environment.push([assignment[1], assignment[2] ?? '']);
    } else if (/^-./.test(value)) {
      const long = /^(--[^=]+)=(.*)$/s.exec(value);
      if (long?.[1] !== undefined) options.set(long[1], long[2] ?? '');
      else if (wrapper.takesValue.has(value)) {
        options.set(value, words[index + 1]?.value ?? '');
        index += 1;
      } else options.set(value, '');
    } else if (leading.length < (wrapper.leading ?? 0)) leading.push(value);
    else break;
  }
  const rest = words.slice(index);
  if (rest.length === 0) return undefined;
  return { words: rest, ...(environment.length > 0 && { environment }), ...wrapper.change?.(options, leading) };
}

/** `runuser -u USER [--] PROGRAM …`; with a shell's command it is like `su`. */
function unwrapRunuser(words: readonly Field[]): Unwrapped | undefined {
  const at = words.findIndex((word) => word.value === '-u' || word.value === '--user');
  if (at < 0) return undefined;
  const rest = words.slice(at + 2);
  const program = rest[0]?.value === '--' ? rest.slice(1) : rest;
  return program.length === 0 ? undefined : { words: program, user: words[at + 1]?.value ?? '' };
}

/** `conda run -n NAME PROGRAM …` and its kin. */
function unwrapConda(name: string, words: readonly Field[]): Unwrapped | undefined {
  if (!/^(?:conda|mamba|micromamba)$/.test(name) || words[1]?.value !== 'run') return undefined;
  let index = 2;
  while (/^-/.test(words[index]?.value ?? '')) {
    index += /^(?:-n|--name|-p|--prefix|--cwd)$/.test(words[index]?.value ?? '') ? 2 : 1;
  }
  const rest = words.slice(index);
  return rest.length === 0 ? undefined : { words: rest };
}

/** What `su` runs: the script after `-c` and the user. Undefined when it runs none. */
export function suScript(
  words: readonly Field[],
): { readonly script: Field; readonly user: string; readonly login: boolean } | undefined {
  let script: Field | undefined;
  let user: string | undefined;
  let login = false;
  for (let index = 1; index < words.length; index += 1) {
    const value = words[index]?.value ?? '';
    if (value === '-c' || value === '--command') {
      script = words[index + 1];
      index += 1;
    } else if (/^--command=/.test(value)) {
      script = { text: value, value: value.slice('--command='.length), pattern: false };
    } else if (value === '-s' || value === '--shell' || value === '-g') index += 1;
    else if (value === '-' || value === '-l' || value === '--login') login = true;
    else if (!value.startsWith('-')) user ??= value;
  }
  return script === undefined ? undefined : { script, user: user ?? 'root', login };
}

export interface XargsPlan {
  readonly words: readonly Field[];
  /** Text that an input line replaces (`-I {}`). */
  readonly replace?: string;
  /** At most so many input words a command (`-n`, `-L`). */
  readonly most?: number;
  readonly separator: 'blank' | 'null' | { readonly character: string };
  /** Reads this file instead of standard input. */
  readonly file?: string;
  readonly notWhenEmpty: boolean;
}

/** What `xargs` runs for its input. */
export function xargsPlan(words: readonly Field[]): XargsPlan {
  let replace: string | undefined;
  let most: number | undefined;
  let separator: XargsPlan['separator'] = 'blank';
  let file: string | undefined;
  let notWhenEmpty = false;
  let index = 1;
  for (; index < words.length; index += 1) {
    const value = words[index]?.value ?? '';
    if (!/^-./.test(value)) break;
    const [, letter = '', attached = ''] = /^-([A-Za-z0-9])(.*)$/s.exec(value) ?? [];
    const argument = (): string => {
      if (attached !== '') return attached;
      index += 1;
      return words[index]?.value ?? '';
    };
    if (letter === 'I') replace = argument();
    else if (letter === 'i') replace = attached === '' ? '{}' : attached;
    else if (letter === 'n' || letter === 'L') most = Number.parseInt(argument(), 10) || 1;
    else if (letter === 'd') separator = { character: argument().replace(/^\\n$/, '\n').replace(/^\\0$/, '\0') };
    else if (letter === 'a') file = argument();
    else if (letter === 'P' || letter === 's' || letter === 'E') argument();
    else if (/^--max-(?:args|lines)=/.test(value)) most = Number.parseInt(value.replace(/^.*=/, ''), 10) || 1;
    else if (/^--arg-file=/.test(value)) file = value.slice('--arg-file='.length);
    else if (/^--replace/.test(value)) replace = /=(.+)$/.exec(value)?.[1] ?? '{}';
    else {
      if (/^-\w*0/.test(value) || value === '--null') separator = 'null';
      if (/^-\w*r/.test(value) || value === '--no-run-if-empty') notWhenEmpty = true;
    }
  }
  return {
    words: words.slice(index),
    separator,
    notWhenEmpty,
    ...(replace !== undefined && { replace }),
    ...(most !== undefined && { most }),
    ...(file !== undefined && { file }),
  };
}
