/** Options of a command line in the manner of GNU and of most package managers. */
import { cleanPath } from '../build/paths';
import type { RunCommand, RunWord } from '../shell/types';

export interface CommandOptions {
  /** Words that are no option, in order. */
  readonly positional: readonly RunWord[];
  /** Values of options by the option's name with its dashes; an option without value has an empty list. */
  readonly values: ReadonlyMap<string, readonly (string | undefined)[]>;
}

/**
 * Splits words into options and the rest. `withValue` names the options that take the next word (`-r`, `--requirement`); `--name=value` and
 * `-rvalue` are understood of them too. What follows `--` is no option.
 */
export function readOptions(words: readonly RunWord[], withValue: ReadonlySet<string>): CommandOptions {
  const positional: RunWord[] = [];
  const values = new Map<string, (string | undefined)[]>();
  const note = (name: string, value: readonly (string | undefined)[]): void => {
    values.set(name, [...(values.get(name) ?? []), ...value]);
  };
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index];
    if (word === undefined) break;
    const text = word.value ?? word.text;
    if (text === '--') {
      positional.push(...words.slice(index + 1));
      break;
    }
    if (!text.startsWith('-') || text === '-') {
      positional.push(word);
      continue;
    }
    const equals = text.indexOf('=');
    if (withValue.has(text)) {
      index += 1;
      note(text, [words[index]?.value]);
    } else if (equals > 0) note(text.slice(0, equals), [word.value?.slice(word.value.indexOf('=') + 1)]);
    else if (!text.startsWith('--') && text.length > 2) {
      const short = text.slice(0, 2);
      if (withValue.has(short)) note(short, [word.value?.slice(2)]);
      else {
        note(text, []);
        for (const letter of text.slice(1)) note(`-${letter}`, []);
      }
    } else note(text, []);
  }
  return { positional, values };
}

/** True when one of the names is given. */
export function has(options: CommandOptions, ...names: readonly string[]): boolean {
  return names.some((name) => options.values.has(name));
}

/** The last known value of the options named; undefined when none is given or its value is not known. */
export function optionValue(options: CommandOptions, ...names: readonly string[]): string | undefined {
  return optionValues(options, ...names).at(-1);
}

/** All values of the options named; undefined where only the container knows one. */
export function optionValues(options: CommandOptions, ...names: readonly string[]): readonly (string | undefined)[] {
  return names.flatMap((name) => options.values.get(name) ?? []);
}

/** Absolute path of a word, given the command's folder; undefined when that is not known. */
export function absolutePath(command: RunCommand, path: string): string | undefined {
  if (path.startsWith('/')) return cleanPath(path);
  const home = path === '~' || path.startsWith('~/') ? homeFolder(command) : undefined;
  if (home !== undefined) return cleanPath(`${home}${path.slice(1)}`);
  return command.directory === undefined ? undefined : cleanPath(`${command.directory}/${path}`);
}

/** Home folder of who runs the command: `HOME`, else by the conventions of `useradd`. */
export function homeFolder(command: RunCommand): string {
  const home = command.environment.get('HOME');
  if (home?.startsWith('/')) return cleanPath(home);
  return isRoot(command) ? '/root' : `/home/${command.user.split(':')[0] ?? 'user'}`;
}

export function isRoot(command: RunCommand): boolean {
  const user = command.user.split(':')[0] ?? '';
  return user === '' || user === 'root' || user === '0';
}
