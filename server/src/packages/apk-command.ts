/** What a command line of Alpine's apk asks for (`apk(8)`, apk-tools). */
import type { RunCommand, RunWord } from '../shell/types';

export type ApkAction =
  | {
      readonly kind: 'add';
      readonly names: readonly string[];
      /** `--virtual NAME`: the packages stand in the world under this name. */
      readonly virtual?: string;
      readonly unknownWords: number;
      readonly cache: boolean;
      /** Packages from a repository or root of the command's own: `--repository`, `--root`. */
      readonly elsewhere?: 'repository' | 'root';
      /** Of `--root`. */
      readonly root?: string;
    }
  | { readonly kind: 'del'; readonly names: readonly string[]; readonly unknownWords: number }
  | { readonly kind: 'update' }
  | { readonly kind: 'upgrade'; readonly cache: boolean }
  | { readonly kind: 'nothing' };

const WITH_VALUE = new Set([
  '-t',
  '--virtual',
  '-X',
  '--repository',
  '-p',
  '--root',
  '--keys-dir',
  '--arch',
  '--repositories-file',
  '--cache-dir',
  '--cache-max-age',
  '--wait',
  '--timeout',
  '--progress-fd',
]);

interface Line {
  readonly words: readonly RunWord[];
  readonly values: ReadonlyMap<string, string>;
  readonly flags: ReadonlySet<string>;
}

function read(command: RunCommand): Line {
  const words: RunWord[] = [];
  const values = new Map<string, string>();
  const flags = new Set<string>();
  for (let position = 0; position < command.words.length; position++) {
    const word = command.words[position];
    if (word === undefined) break;
    const text = word.value ?? word.text;
    const equals = text.indexOf('=');
    if (WITH_VALUE.has(text)) {
      position++;
      values.set(text, command.words[position]?.value ?? '');
    } else if (text.startsWith('--') && equals > 0) values.set(text.slice(0, equals), text.slice(equals + 1));
    else if (text.startsWith('--')) flags.add(text);
    else if (text.startsWith('-') && text.length > 1) {
      // `-tNAME` and clusters such as `-Uu`.
      if (text.startsWith('-t') && text.length > 2) values.set('-t', text.slice(2));
      else for (const letter of text.slice(1)) flags.add(`-${letter}`);
    } else words.push(word);
  }
  return { words, values, flags };
}

/** `nodejs=20.1-r0`, `nodejs~20`, `py3-pip>2`, `foo@edge`: the name. */
export function apkName(word: string): string {
  return word.replace(/(?:[<>=~]|@(?![^@]*\/)).*$/, '');
}

/** What the command asks for; never throws. */
export function readApk(command: RunCommand): ApkAction {
  const { words, values, flags } = read(command);
  const [verb, ...rest] = words;
  if (flags.has('-s') || flags.has('--simulate')) return { kind: 'nothing' };
  const known = rest.flatMap((word) => (word.value === undefined ? [] : word.value.split(/\s+/).filter(Boolean)));
  const unknownWords = rest.filter((word) => word.value === undefined).length;
  const cache = !flags.has('--no-cache');
  switch (verb?.value) {
    case 'add': {
      const virtual = values.get('-t') ?? values.get('--virtual');
      const elsewhere =
        values.has('-p') || values.has('--root')
          ? 'root'
          : values.has('-X') || values.has('--repository')
            ? 'repository'
            : undefined;
      return {
        kind: 'add',
        names: known,
        ...(virtual === undefined || virtual === '' ? {} : { virtual }),
        unknownWords,
        cache,
        ...(elsewhere === undefined ? {} : { elsewhere }),
        ...(elsewhere === 'root' ? { root: values.get('-p') ?? values.get('--root') ?? '' } : {}),
      };
    }
    case 'del':
      return { kind: 'del', names: known, unknownWords };
    case 'update':
      return { kind: 'update' };
    case 'upgrade':
      return { kind: 'upgrade', cache };
    default:
      return { kind: 'nothing' };
  }
}
