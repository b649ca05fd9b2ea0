/** What a command line of apt, apt-get, aptitude, dpkg and apt-mark asks for (`apt-get(8)`, `apt-private/private-cmndline.cc`). */
import type { RunCommand, RunWord } from '../shell/types';

/** A package as named on the command line. */
export interface AptTarget {
  readonly name: string;
  /** After `=`; may end in `*`. */
  readonly version?: string;
  /** After `/`. */
  readonly suite?: string;
  /** After `:`. */
  readonly architecture?: string;
  /** `name-`: to be removed, or not to be installed. */
  readonly without: boolean;
}

export type AptAction =
  | { readonly kind: 'update' }
  | {
      readonly kind: 'install';
      readonly targets: readonly AptTarget[];
      /** Archives named by path. */
      readonly archives: readonly string[];
      readonly recommends?: boolean;
      readonly downloadOnly: boolean;
      readonly reinstall: boolean;
      /** Words that only the container knows. */
      readonly unknownWords: number;
      /** With `update` before it: `apt install --update`. */
      readonly update: boolean;
      readonly onlyUpgrade: boolean;
    }
  | { readonly kind: 'build-dep'; readonly names: readonly string[] }
  | { readonly kind: 'upgrade'; readonly recommends?: boolean }
  | {
      readonly kind: 'remove';
      readonly names: readonly string[];
      readonly autoremove: boolean;
      readonly unknownWords: number;
    }
  | { readonly kind: 'clean' }
  | {
      readonly kind: 'mark';
      readonly as: 'auto' | 'manual';
      readonly names: readonly string[];
      readonly unknownWords: number;
    }
  | { readonly kind: 'unpack'; readonly archives: readonly string[]; readonly unknownWords: number }
  /** Changes no file of weight. */
  | { readonly kind: 'nothing' };

/** Options of apt that take the next word. */
const WITH_VALUE = new Set([
  '-o',
  '--option',
  '-c',
  '--config-file',
  '-t',
  '--target-release',
  '--default-release',
  '-a',
  '--host-architecture',
]);

const PROGRAMS = new Set(['apt', 'apt-get', 'aptitude', 'apt-mark', 'dpkg', 'gdebi', 'apt-fast']);

export const isApt = (command: RunCommand): boolean => command.name !== undefined && PROGRAMS.has(command.name);

/** `name:arch=version`, `name/suite`, `name-`, `name+`. */
export function readTarget(word: string): AptTarget | undefined {
  const match = /^([A-Za-z0-9][A-Za-z0-9.+_*?^$-]*?)(?::([a-z0-9-]+))?(?:=([^/]+)|\/([A-Za-z0-9-]+))?([-+^])?$/.exec(
    word,
  );
  const name = match?.[1];
  if (match === null || name === undefined) return undefined;
  // `libstdc++` and `g++` end in what else would be a modifier.
  const modifier = match[5];
  const bare = match[3] === undefined && match[4] === undefined;
  const whole = (modifier === '+' && bare) || modifier === '^' ? `${name}${modifier}` : name;
  return {
    name: whole,
    without: modifier === '-',
    ...(match[2] === undefined ? {} : { architecture: match[2] }),
    ...(match[3] === undefined ? {} : { version: match[3] }),
    ...(match[4] === undefined ? {} : { suite: match[4] }),
  };
}

interface Read {
  readonly verb: string | undefined;
  readonly words: readonly RunWord[];
  readonly options: readonly string[];
}

function read(command: RunCommand): Read {
  const words: RunWord[] = [];
  const options: string[] = [];
  for (let position = 0; position < command.words.length; position++) {
    const word = command.words[position];
    if (word === undefined) break;
    const text = word.value ?? word.text;
    if (WITH_VALUE.has(text)) {
      position++;
      options.push(`${text} ${command.words[position]?.value ?? ''}`);
    } else if (text.startsWith('-') && text !== '-') options.push(text);
    else words.push(word);
  }
  const verb = words[0];
  return { verb: verb?.value ?? verb?.text, words: words.slice(1), options };
}

/** `--no-install-recommends`, `-o APT::Install-Recommends=0`; undefined when the command does not say. */
function recommendsOf(options: readonly string[]): boolean | undefined {
  let said: boolean | undefined;
  for (const option of options) {
    if (option === '--no-install-recommends' || option === '--without-recommends' || option === '-R') said = false;
    if (option === '--install-recommends' || option === '--with-recommends') said = true;
    const set = /APT::Install-Recommends(?:=|\s+)["']?(\w+)/i.exec(option);
    if (set?.[1] !== undefined) said = !/^(0|false|no|off|disable)$/i.test(set[1]);
  }
  return said;
}

function split(words: readonly RunWord[]): { known: string[]; unknown: number } {
  const known: string[] = [];
  let unknown = 0;
  for (const word of words) {
    if (word.value === undefined) unknown++;
    else known.push(...word.value.split(/\s+/).filter((part) => part !== ''));
  }
  return { known, unknown };
}

const isArchive = (word: string): boolean => /\.deb$/.test(word) && /[/*]|^[^=]*\.deb$/.test(word);

function install(words: readonly RunWord[], options: readonly string[]): AptAction {
  const { known, unknown } = split(words);
  const recommends = recommendsOf(options);
  const archives = known.filter(isArchive);
  const targets = known.filter((word) => !isArchive(word)).flatMap((word) => readTarget(word) ?? []);
  const short = (letter: string): boolean =>
    options.some((option) => /^-[a-zA-Z]+$/.test(option) && option.includes(letter));
  return {
    kind: 'install',
    targets,
    archives,
    ...(recommends === undefined ? {} : { recommends }),
    downloadOnly: options.includes('--download-only') || short('d'),
    reinstall: options.includes('--reinstall'),
    unknownWords: unknown,
    update: options.includes('--update') || options.includes('-U'),
    onlyUpgrade: options.includes('--only-upgrade'),
  };
}

function dpkg(command: RunCommand): AptAction {
  const { words, verb, options } = read(command);
  const { known, unknown } = split(words);
  const all = verb === undefined ? known : [verb, ...known];
  if (options.some((option) => option === '-i' || option === '--install' || option === '--unpack'))
    return { kind: 'unpack', archives: all, unknownWords: unknown };
  if (options.some((option) => /^(-r|-P|--remove|--purge)$/.test(option)))
    return { kind: 'remove', names: all, autoremove: false, unknownWords: unknown };
  return { kind: 'nothing' };
}

function mark(read: Read): AptAction {
  const as =
    read.verb === 'auto' || read.verb === 'markauto'
      ? 'auto'
      : read.verb === 'manual' || read.verb === 'unmarkauto'
        ? 'manual'
        : undefined;
  if (as === undefined) return { kind: 'nothing' };
  const { known, unknown } = split(read.words);
  return { kind: 'mark', as, names: known, unknownWords: unknown };
}

/** What the command asks for. Never throws; what is no command of apt's does nothing. */
export function readApt(command: RunCommand): AptAction {
  if (command.name === 'dpkg') return dpkg(command);
  const line = read(command);
  if (command.name === 'apt-mark') return mark(line);
  if (command.name === 'gdebi') return { kind: 'unpack', archives: split(line.words).known, unknownWords: 0 };
  const { verb, words, options } = line;
  if (
    options.some((option) => /^(-s|--simulate|--just-print|--dry-run|--print-uris|--help|-h|--version)$/.test(option))
  )
    return { kind: 'nothing' };
  const recommends = recommendsOf(options);
  switch (verb) {
    case 'update':
      return { kind: 'update' };
    case 'install':
    case 'reinstall':
    case 'satisfy':
      return install(words, verb === 'reinstall' ? [...options, '--reinstall'] : options);
    case 'build-dep':
      return { kind: 'build-dep', names: split(words).known };
    case 'upgrade':
    case 'dist-upgrade':
    case 'full-upgrade':
    case 'safe-upgrade':
      return { kind: 'upgrade', ...(recommends === undefined ? {} : { recommends }) };
    case 'remove':
    case 'purge':
    case 'autoremove':
    case 'auto-remove':
    case 'autopurge': {
      const { known, unknown } = split(words);
      const autoremove = /^auto/.test(verb) || options.some((option) => /^--auto-?remove$/.test(option));
      return { kind: 'remove', names: known, autoremove, unknownWords: unknown };
    }
    case 'clean':
    case 'autoclean':
    case 'distclean':
      return { kind: 'clean' };
    default:
      return { kind: 'nothing' };
  }
}

/** A package name by a pattern of apt's: a regular expression, or `*` as the shell has it. */
export function matches(pattern: string, name: string): boolean {
  // Many repetitions in one expression can take for ever to fail.
  if (pattern.length > 100 || pattern.split('*').length > 4) return false;
  const glob = /^[A-Za-z0-9.+*-]+$/.test(pattern) && pattern !== '.*';
  const source = glob
    ? `^${pattern.replace(/[.+]/g, '\\$&').replaceAll('*', '.*')}$`
    : pattern.replace(/[^A-Za-z0-9.^$*-]/g, '\\$&');
  try {
    return new RegExp(source).test(name);
  } catch {
    return false;
  }
}
