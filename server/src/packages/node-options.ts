/** Command lines of Node's package managers: options, what they apply to, and settings from the environment and `.npmrc`. */
import type { RunCommand } from '../shell/types';

export interface CommandLine {
  /** The first word that is no option: `ci`. Undefined without one. */
  readonly verb: string | undefined;
  /** Words after the verb that are no options, as far as they are known. */
  readonly operands: readonly string[];
  /** Last value of each long option without its dashes; `true` for one without a value. */
  readonly options: ReadonlyMap<string, string | true>;
  /** Every value of an option that may be given more than once. */
  readonly values: (option: string) => readonly string[];
  /** A word is only known to the running container. */
  readonly open: boolean;
}

/** Single letters and their long names; npm's `shorthands`. */
const shorthands: Readonly<Record<string, string>> = {
  g: 'global',
  D: 'save-dev',
  P: 'save-prod',
  O: 'save-optional',
  S: 'save',
  E: 'save-exact',
  f: 'force',
  y: 'yes',
  C: 'prefix',
  w: 'workspace',
  r: 'recursive',
  F: 'filter',
  p: 'parseable',
  s: 'silent',
  d: 'loglevel',
};

/** Reads a command line. `valued`: options that take the next word when they have no `=`. */
export function readCommandLine(command: RunCommand, valued: ReadonlySet<string>): CommandLine {
  const all: [string, string | true][] = [];
  const operands: string[] = [];
  let open = false;
  let literal = false;
  for (let at = 0; at < command.words.length; at++) {
    const word = command.words[at]?.value;
    if (word === undefined) {
      open = true;
      continue;
    }
    if (literal || !word.startsWith('-') || word === '-') {
      operands.push(word);
      continue;
    }
    if (word === '--') {
      literal = true;
      continue;
    }
    const [, dashes = '', name = '', given] = /^(--?)([^=]*)(?:=([\s\S]*))?$/.exec(word) ?? [];
    const long = dashes === '-' && Object.hasOwn(shorthands, name) ? (shorthands[name] ?? name) : name;
    const next = command.words[at + 1]?.value;
    if (given === undefined && valued.has(long) && next !== undefined && !next.startsWith('-')) {
      all.push([long, next]);
      at++;
    } else all.push([long, given ?? true]);
  }
  const options = new Map(all);
  return {
    verb: operands[0],
    operands: operands.slice(1),
    options,
    values: (option) => all.flatMap(([name, value]) => (name === option && value !== true ? value.split(',') : [])),
    open,
  };
}

/** True for an option given as a switch: `--global`, `--global=true`. */
export function isOn(value: string | true | undefined): boolean {
  return value === true || value === 'true' || value === '1' || value === '';
}

/** npm's settings in the environment: `npm_config_cache`, with any letter case and dashes as underscores. */
export function environmentSetting(command: RunCommand, name: string): string | undefined {
  const wanted = `npm_config_${name.replace(/-/g, '_')}`;
  for (const [key, value] of command.environment) {
    if (value !== undefined && key.toLowerCase() === wanted) return value;
  }
  return undefined;
}

/** The lines `name=value` of an `.npmrc` (ini); lists are written `name[]=value`. */
export function readNpmrc(text: string): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const line of text.split(/\r?\n/).slice(0, 1000)) {
    const [, name, value] = /^\s*([\w:@./-]+?)(?:\[\])?\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) settings.set(name, value.replace(/^(["'])(.*)\1$/, '$2'));
  }
  return settings;
}

/** The user's home folder: HOME, or what the user's name usually means. */
export function homeOf(command: RunCommand): string {
  const home = command.environment.get('HOME');
  if (home?.startsWith('/')) return home;
  const user = command.user.split(':')[0] ?? '';
  return user === '' || user === 'root' || user === '0' ? '/root' : `/home/${user === '1000' ? 'node' : user}`;
}
