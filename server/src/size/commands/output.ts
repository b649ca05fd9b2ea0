/** Redirections: what a command's output leaves in files, to the byte where its text is known. */
import type { SizeRange } from '../../packages/types';
import { knownInput, knownOutput, type OutputContext } from '../../shell/known-output';
import type { RunCommand } from '../../shell/types';
import { addRanges, exactRange, noBytes } from '../size-range';
import { baseFile, isBuilderFile } from './base-files';
import { fetchedSize } from './downloads';
import { because, notKnown, type Sized, smallOutput, textWithGaps } from './estimates';
import { pathFrom, pathOf, readWords, wordValue } from './options';
import type { CommandSurroundings } from './types';

/** Bytes of a text in UTF-8. */
export function byteLength(text: string): number {
  let bytes = text.length;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code > 0xffff) bytes += 2;
    else if (code > 0x7ff) bytes += 2;
    else if (code > 0x7f) bytes += 1;
  }
  return bytes;
}

export function outputContext({ files, system }: CommandSurroundings): OutputContext {
  const { distribution } = system;
  const dash =
    distribution === 'debian' || distribution === 'ubuntu' ? true : distribution === undefined ? undefined : false;
  return { readText: (path) => files.readText(path), platform: `linux/${system.architecture}`, shIsDash: dash };
}

/** What a command prints: its size, and its text when that is known. */
export interface Printed extends Sized {
  readonly text?: string;
}

/** Standard output of a command. */
export function printedBy(command: RunCommand, surroundings: CommandSurroundings): Printed {
  const text = knownOutput(command, outputContext(surroundings));
  if (text !== undefined) return { size: exactRange(byteLength(text)), text };
  const { files } = surroundings;
  switch (command.name) {
    case '':
      return { size: noBytes, text: '' };
    case 'head': {
      const reading = readWords(command.words, ['-c', '-n', '--bytes', '--lines']);
      const count = countOf(
        wordValue(reading.values.get('-c')?.at(-1) ?? reading.values.get('--bytes')?.at(-1) ?? { text: '' }),
      );
      const source = reading.operands[0];
      if (count === undefined) return { size: smallOutput };
      if (source === undefined || /^\/dev\/u?(?:zero|random)$/.test(wordValue(source)))
        return { size: exactRange(count) };
      const path = pathOf(source, command);
      const whole = path === undefined ? notKnown : files.sizeOf(path);
      return {
        size: whole.high === null ? { bytes: count, low: 0, high: count, basis: 'estimated' } : atMost(whole, count),
      };
    }
    case 'cat':
      return { size: concatenated(command, surroundings) };
    case 'echo':
    case 'printf': {
      const words = command.words.map(wordValue);
      const joined = words.join(' ').replace(/\uE000[^\uE001]*\uE001?/g, '');
      const gaps = words.join(' ').split('\uE000').length - 1 + command.words.filter((word) => word.pattern).length;
      return { size: textWithGaps(byteLength(joined), Math.max(gaps, 1)) };
    }
    case 'curl':
    case 'wget':
      return fetchedSize(command, surroundings) ?? { size: smallOutput };
    case 'dd': {
      const size = blocksOf(command);
      return { size: size === undefined ? smallOutput : exactRange(size) };
    }
    case 'base64':
    case 'tr':
    case 'sed':
    case 'sort':
    case 'gpg':
    case 'openssl':
      return { size: smallOutput };
    case 'gunzip':
    case 'zcat':
    case 'gzip':
    case 'xz':
    case 'xzcat':
    case 'bzip2':
    case 'zstd':
      return { size: notKnown };
    case 'pg_dump':
    case 'mysqldump':
    case 'tar':
    case 'git':
    case 'find':
      return { size: notKnown };
    default:
      return { size: smallOutput };
  }
}

function atMost(size: SizeRange, count: number): SizeRange {
  const limit = (value: number): number => Math.min(value, count);
  return {
    ...size,
    bytes: size.bytes === null ? null : limit(size.bytes),
    low: limit(size.low),
    high: size.high === null ? null : limit(size.high),
  };
}

function concatenated(command: RunCommand, surroundings: CommandSurroundings): SizeRange {
  const sizes: SizeRange[] = [];
  const operands = command.words.filter((word) => !/^-./.test(wordValue(word)));
  if (operands.length === 0) return inputSize(command, surroundings);
  for (const word of operands) {
    if (wordValue(word) === '-') sizes.push(inputSize(command, surroundings));
    else {
      const path = pathOf(word, command);
      const size = path === undefined || word.pattern ? undefined : knownFile(path, surroundings);
      if (size === undefined) return smallOutput;
      sizes.push(size);
    }
  }
  return addRanges(sizes);
}

function knownFile(path: string, { files }: CommandSurroundings): SizeRange | undefined {
  const entry = files.entryAt(path);
  return entry?.kind === 'file' ? entry.size : undefined;
}

/** Bytes that a command reads from its standard input. */
export function inputSize(command: RunCommand, surroundings: CommandSurroundings): SizeRange {
  const text = knownInput(command, outputContext(surroundings));
  if (text !== undefined) return exactRange(byteLength(text));
  const given = command.redirections.findLast((part) => part.operator === '<' && (part.descriptor ?? 0) === 0);
  if (given?.target) {
    const path = pathOf(given.target, command);
    return (path === undefined ? undefined : knownFile(path, surroundings)) ?? smallOutput;
  }
  return command.pipe?.from === undefined ? smallOutput : printedBy(command.pipe.from, surroundings).size;
}

/** `bs=1M count=3` of dd, in bytes; undefined when the length depends on the input. */
export function blocksOf(command: RunCommand): number | undefined {
  const setting = (name: string): string | undefined =>
    command.words
      .map(wordValue)
      .find((word) => word.startsWith(`${name}=`))
      ?.slice(name.length + 1);
  const count = countOf(setting('count') ?? '');
  const block = countOf(setting('bs') ?? setting('ibs') ?? '512');
  if (count === undefined || block === undefined) return undefined;
  const bytes = /\biflag=\S*count_bytes/.test(command.words.map(wordValue).join(' ')) ? count : count * block;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

const units: Readonly<Record<string, number>> = {
  '': 1,
  c: 1,
  w: 2,
  b: 512,
  k: 1024,
  K: 1024,
  kB: 1000,
  KB: 1000,
  KiB: 1024,
  M: 1024 ** 2,
  MB: 1000 ** 2,
  MiB: 1024 ** 2,
  m: 1024 ** 2,
  G: 1024 ** 3,
  g: 1024 ** 3,
  GB: 1000 ** 3,
  GiB: 1024 ** 3,
  T: 1024 ** 4,
};

/** A number with a unit as dd, head and truncate have it; undefined for anything else. */
export function countOf(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,15})([A-Za-z]{0,3})$/.exec(text) ?? [];
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
  return digits === '' || factor === undefined ? undefined : Number(digits) * factor;
}

/** What the command's redirections leave in files. Also to be called for commands that a package provider handles. */
export function writeRedirections(command: RunCommand, surroundings: CommandSurroundings): void {
  const outputs = command.redirections.filter(
    (part) => part.target !== undefined && /^(?:&?>|>\||&?>>|<>)$/.test(part.operator),
  );
  if (outputs.length === 0) return;
  const standard = outputs.findLastIndex((part) => (part.descriptor ?? 1) === 1);
  for (const [index, part] of outputs.entries()) {
    const path = part.target === undefined ? undefined : pathFrom(wordValue(part.target), command);
    if (path === undefined || path.startsWith('/dev/')) continue;
    const printed = index === standard ? printedBy(command, surroundings) : emptyFor(part.descriptor);
    if (part.operator.endsWith('>>')) appendTo(path, printed, surroundings);
    else replaceFile(path, printed, surroundings);
  }
}

/** Standard error is empty or short; an output that a later redirection takes over leaves an empty file. */
function emptyFor(descriptor: number | undefined): Printed {
  return descriptor === 2
    ? { size: { bytes: 0, low: 0, high: 4_000, basis: 'estimated' } }
    : { size: noBytes, text: '' };
}

export function replaceFile(path: string, printed: Printed, { files }: CommandSurroundings): void {
  if (isBuilderFile(path)) return;
  files.write(path, 'file', printed.size, {
    ...because(printed),
    ...(printed.text !== undefined && { text: printed.text }),
  });
}

/** A lower layer's file that is added to comes up whole; one that nobody is known to have put there is taken to be new. */
export function appendTo(path: string, printed: Printed, { files, system }: CommandSurroundings): void {
  if (isBuilderFile(path)) return;
  const absent = files.exists(path) === false;
  const entry = absent ? undefined : files.entryAt(path);
  const before = entry?.kind === 'file' ? entry.size : absent ? noBytes : (baseFile(path, system) ?? perhapsThere);
  const text = absent ? '' : files.readText(path);
  const whole = typeof text === 'string' && printed.text !== undefined ? `${text}${printed.text}` : undefined;
  files.write(path, 'file', addRanges([before, printed.size]), {
    ...because(printed),
    ...(whole !== undefined && { text: whole }),
  });
}

/** What a file of the base image that nothing tells of may have had in it before. */
const perhapsThere: SizeRange = { bytes: 0, low: 0, high: 4_000, basis: 'estimated' };
