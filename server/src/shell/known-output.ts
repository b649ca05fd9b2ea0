/** What a command prints, when its words and files tell: `echo`, `printf`, `cat` and simple filters behind them. */
import { quotedPrintf, unescapeEcho } from './printed-text';
import { type Filter, filterOf } from './text-filters';
import type { RunCommand } from './types';

export interface OutputContext {
  /** Text of a file; undefined when not known or not there. */
  readText(path: string): string | undefined | 'pending';
  /** `linux/amd64` and the like. */
  readonly platform: string;
  /** `/bin/sh` is dash, whose `echo` interprets escapes: undefined when not known. */
  readonly shIsDash?: boolean | undefined;
}

/** Longer texts are not followed. */
const maximumText = 1_000_000;
const maximumDepth = 20;

/** Standard output of a command, exact; undefined when it is not known. Redirections of the output are not looked at. */
export function knownOutput(command: RunCommand, context: OutputContext, depth = 0): string | undefined {
  if (depth > maximumDepth || command.occurrence === 'repeats') return undefined;
  const words: string[] = [];
  for (const word of command.words) {
    if (word.value === undefined || word.pattern) return undefined;
    words.push(word.value);
  }
  const text = outputOf(command, words, context, depth);
  return text !== undefined && text.length <= maximumText ? text : undefined;
}

/** Standard input of a command, when it is known. */
export function knownInput(command: RunCommand, context: OutputContext, depth = 0): string | undefined {
  const given = command.redirections.findLast((part) => part.operator.startsWith('<') && (part.descriptor ?? 0) === 0);
  if (given) {
    if (given.operator.startsWith('<<')) return given.input;
    const path = given.target?.value;
    return path === undefined || given.operator !== '<' ? undefined : textOf(path, command, context);
  }
  return command.pipe?.from === undefined ? undefined : knownOutput(command.pipe.from, context, depth + 1);
}

function outputOf(
  command: RunCommand,
  words: readonly string[],
  context: OutputContext,
  depth: number,
): string | undefined {
  switch (command.name) {
    case 'echo':
      return echo(words, command.shell, context.shIsDash);
    case 'printf':
      return words[0] === '-v' ? undefined : quotedPrintf(words[0] === '--' ? words.slice(1) : words);
    case 'pwd':
      return command.directory === undefined ? undefined : `${command.directory}\n`;
    case 'basename':
      return words[0] === undefined || words[0].startsWith('-') ? undefined : `${baseOf(words[0], words[1])}\n`;
    case 'dirname':
      return words.length === 1 && words[0] !== undefined ? `${folderOf(words[0])}\n` : undefined;
    case 'seq':
      return sequence(words);
    case 'uname':
    case 'arch':
    case 'dpkg':
    case 'dpkg-architecture':
    case 'apk':
      return platformAnswer(command.name, words, context.platform);
    case 'id':
      return words.join(' ') === '-u' && command.user === 'root' ? '0\n' : undefined;
    case 'whoami':
      return command.user === '' ? undefined : `${command.user}\n`;
    default: {
      if (silent.has(command.name ?? '')) return words.some((word) => /^-\w*v|^--verbose/.test(word)) ? undefined : '';
      const filter = filterOf(command.name ?? '', words);
      return filter === undefined ? undefined : filtered(filter, command, context, depth);
    }
  }
}

function filtered(filter: Filter, command: RunCommand, context: OutputContext, depth: number): string | undefined {
  let text = '';
  const files = filter.files.length > 0 ? filter.files : ['-'];
  for (const file of files) {
    const part = file === '-' ? knownInput(command, context, depth) : textOf(file, command, context);
    if (part === undefined || text.length + part.length > maximumText) return undefined;
    text += part;
  }
  return filter.apply(text);
}

function textOf(path: string, command: RunCommand, context: OutputContext): string | undefined {
  const absolute = path.startsWith('/')
    ? path
    : command.directory === undefined
      ? undefined
      : `${command.directory}/${path}`;
  const text = absolute === undefined ? undefined : context.readText(absolute);
  return text === 'pending' ? undefined : text;
}

function echo(words: readonly string[], shell: string | undefined, shIsDash: boolean | undefined): string | undefined {
  const dash = shell === 'dash' || (shell === 'sh' && shIsDash === true);
  let newline = true;
  let escapes = dash;
  let start = 0;
  const options = dash ? /^-n$/ : /^-[neE]+$/;
  while (options.test(words[start] ?? '')) {
    const option = words[start] ?? '';
    if (option.includes('n')) newline = false;
    if (option.includes('e')) escapes = true;
    if (option.includes('E')) escapes = false;
    start += 1;
    if (dash) break;
  }
  const text = words.slice(start).join(' ');
  if (shell === 'sh' && shIsDash === undefined && (text.includes('\\') || /^-[eE]/.test(words[0] ?? '')))
    return undefined;
  const printed = escapes ? unescapeEcho(text) : { text, ends: false };
  return printed.ends || !newline ? printed.text : `${printed.text}\n`;
}

function baseOf(path: string, suffix: string | undefined): string {
  const name = path.replace(/\/+$/, '').replace(/^.*\//s, '');
  const base = name === '' && path.startsWith('/') ? '/' : name;
  return suffix !== undefined && base !== suffix && base.endsWith(suffix) ? base.slice(0, -suffix.length) : base;
}

function folderOf(path: string): string {
  const trimmed = path.replace(/\/+$/, '');
  const at = trimmed.lastIndexOf('/');
  if (at < 0) return trimmed === '' && path !== '' ? '/' : '.';
  return at === 0 ? '/' : trimmed.slice(0, at);
}

function sequence(words: readonly string[]): string | undefined {
  const numbers = words.map(Number);
  if (numbers.length < 1 || numbers.length > 3 || numbers.some((value) => !Number.isInteger(value))) return undefined;
  const [first = 1] = numbers.length > 1 ? numbers : [1];
  const last = numbers.at(-1) ?? 0;
  const step = numbers.length === 3 ? (numbers[1] ?? 1) : 1;
  if (step === 0 || Math.abs((last - first) / step) > 10_000) return undefined;
  let text = '';
  for (let value = first; step > 0 ? value <= last : value >= last; value += step) text += `${value}\n`;
  return text;
}

/** Commands that print nothing unless they are told to. */
const silent = new Set(
  ': true false [ test set unset export local readonly cd shift umask trap sleep mkdir rm cp mv ln chmod chown touch'.split(
    ' ',
  ),
);

/** Several commands that print into one pipe, as one that prints the same; undefined when that is not known. */
export function printedTogether(commands: readonly RunCommand[], context: OutputContext): RunCommand | undefined {
  const [first] = commands;
  if (first === undefined) return undefined;
  const feeding = new Set(commands.map((command) => command.pipe?.from));
  let text = '';
  for (const command of commands) {
    if (feeding.has(command)) continue;
    const elsewhere = command.redirections.some(
      (part) => part.operator.startsWith('>') && (part.descriptor ?? 1) === 1,
    );
    const printed = command.occurrence !== 'runs' ? undefined : elsewhere ? '' : knownOutput(command, context);
    if (printed === undefined || text.length + printed.length > maximumText) return undefined;
    text += printed;
  }
  return {
    name: 'printf',
    program: 'printf',
    words: [
      { text: '%s', value: '%s' },
      { text, value: text },
    ],
    redirections: [],
    occurrence: 'runs',
    environment: first.environment,
    user: first.user,
    start: first.start,
    end: commands.at(-1)?.end ?? first.end,
  };
}

/** Names of an architecture: kernel, Debian, Alpine (`uname -m`, `dpkg --print-architecture`, `apk --print-arch`). */
const architectures: Readonly<
  Record<
    string,
    { readonly kernel: string; readonly debian: string; readonly alpine: string; readonly triplet: string }
  >
> = {
  amd64: { kernel: 'x86_64', debian: 'amd64', alpine: 'x86_64', triplet: 'x86_64-linux-gnu' },
  arm64: { kernel: 'aarch64', debian: 'arm64', alpine: 'aarch64', triplet: 'aarch64-linux-gnu' },
  'arm/v7': { kernel: 'armv7l', debian: 'armhf', alpine: 'armv7', triplet: 'arm-linux-gnueabihf' },
  386: { kernel: 'i686', debian: 'i386', alpine: 'x86', triplet: 'i386-linux-gnu' },
  ppc64le: { kernel: 'ppc64le', debian: 'ppc64el', alpine: 'ppc64le', triplet: 'powerpc64le-linux-gnu' },
  s390x: { kernel: 's390x', debian: 's390x', alpine: 's390x', triplet: 's390x-linux-gnu' },
  riscv64: { kernel: 'riscv64', debian: 'riscv64', alpine: 'riscv64', triplet: 'riscv64-linux-gnu' },
};

function platformAnswer(name: string, words: readonly string[], platform: string): string | undefined {
  const [os, ...rest] = platform.split('/');
  const key = rest.join('/');
  const known = os === 'linux' && Object.hasOwn(architectures, key) ? architectures[key] : undefined;
  if (known === undefined) return undefined;
  const question = words.join(' ');
  switch (name) {
    case 'uname':
      if (question === '' || question === '-s') return 'Linux\n';
      return /^(?:-m|-p|--machine)$/.test(question) ? `${known.kernel}\n` : undefined;
    case 'arch':
      return question === '' ? `${known.kernel}\n` : undefined;
    case 'dpkg':
      return question === '--print-architecture' ? `${known.debian}\n` : undefined;
    case 'dpkg-architecture':
      return /^(?:-q|--query ?)DEB_(?:HOST|BUILD)_(?:MULTIARCH|GNU_TYPE)$/.test(question)
        ? `${known.triplet}\n`
        : undefined;
    case 'apk':
      return question === '--print-arch' ? `${known.alpine}\n` : undefined;
    default:
      return undefined;
  }
}
