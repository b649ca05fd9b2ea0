/** Words of a command: options in the manner of POSIX and GNU, and paths. */
import { cleanPath } from '../../build/paths';
import type { RunCommand, RunWord } from '../../shell/types';

export interface WordReading {
  /** Options given, by their name with its dashes: `-r`, `--recursive`; letters of a cluster each on their own. */
  readonly flags: ReadonlySet<string>;
  /** Words that options took, in order. */
  readonly values: ReadonlyMap<string, readonly RunWord[]>;
  /** What is no option, in order. */
  readonly operands: readonly RunWord[];
}

/**
 * Splits a command's words. `withValue` names the options that take a word, without `=`: `-C`, `--directory`; a letter of a cluster takes
 * what follows it (`-C/dir`), or the next word. Options may stand behind operands, as GNU programs have it.
 */
export function readWords(words: readonly RunWord[], withValue: readonly string[] = []): WordReading {
  const flags = new Set<string>();
  const values = new Map<string, RunWord[]>();
  const operands: RunWord[] = [];
  const take = (name: string, word: RunWord | undefined): void => {
    flags.add(name);
    if (word !== undefined) values.set(name, [...(values.get(name) ?? []), word]);
  };
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index];
    if (word === undefined) break;
    const value = wordValue(word);
    if (value === '--') {
      operands.push(...words.slice(index + 1));
      break;
    }
    if (!/^-./.test(value)) operands.push(word);
    else if (value.startsWith('--')) {
      const equals = value.indexOf('=');
      if (equals > 0) take(value.slice(0, equals), wordOf(value.slice(equals + 1)));
      else if (withValue.includes(value)) {
        index += 1;
        take(value, words[index]);
      } else flags.add(value);
    } else {
      const letters = value.slice(1);
      for (let at = 0; at < letters.length; at += 1) {
        const name = `-${letters.charAt(at)}`;
        if (!withValue.includes(name)) {
          flags.add(name);
          continue;
        }
        const rest = letters.slice(at + 1);
        if (rest === '') index += 1;
        take(name, rest === '' ? words[index] : wordOf(rest));
        break;
      }
    }
  }
  return { flags, values, operands };
}

/** The last word that one of the options took. */
export function lastValue(reading: WordReading, ...names: readonly string[]): RunWord | undefined {
  return names.flatMap((name) => reading.values.get(name) ?? []).at(-1);
}

export function hasFlag(reading: WordReading, ...names: readonly string[]): boolean {
  return names.some((name) => reading.flags.has(name));
}

/** What the command gets, with marks for unknown pieces. */
export function wordValue(word: RunWord): string {
  return word.value ?? word.standIn ?? word.text;
}

function wordOf(value: string): RunWord {
  return { text: value, ...(value.includes('\uE000') ? { standIn: value } : { value }) };
}

/** Absolute and clean; undefined for the empty word, or a relative one in a folder that is not known. */
export function pathOf(word: RunWord | undefined, command: RunCommand): string | undefined {
  return word === undefined ? undefined : pathFrom(wordValue(word), command);
}

/** The same for a text. */
export function pathFrom(path: string, command: RunCommand): string | undefined {
  if (path === '') return undefined;
  if (path.startsWith('/')) return cleanPath(path);
  return command.directory === undefined ? undefined : cleanPath(`${command.directory}/${path}`);
}

export function pathsOf(words: readonly RunWord[], command: RunCommand): readonly string[] {
  return words.map((word) => pathOf(word, command)).filter((path) => path !== undefined);
}

/** `a/b` in `/x`: `/x/a/b`. */
export function within(folder: string, name: string): string {
  return cleanPath(`${folder}/${name}`);
}

export function isPattern(path: string): boolean {
  return /[*?[]/.test(path);
}
