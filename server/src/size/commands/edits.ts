/** Commands that rewrite files: sed -i, tee, truncate, dd, strip, patch. */
import { t } from '../../localize';
import type { SizeRange } from '../../packages/types';
import { knownInput } from '../../shell/known-output';
import { filterOf } from '../../shell/text-filters';
import type { RunCommand, RunWord } from '../../shell/types';
import { exactRange } from '../size-range';
import { baseFile } from './base-files';
import { between, notKnown, scaled, smallOutput } from './estimates';
import { hasFlag, lastValue, pathOf, readWords, wordValue } from './options';
import {
  appendTo,
  blocksOf,
  byteLength,
  countOf,
  inputSize,
  outputContext,
  type Printed,
  printedBy,
  replaceFile,
} from './output';
import { matching } from './places';
import type { CommandSurroundings, FileCommand } from './types';

function eachPath(
  words: readonly RunWord[],
  command: RunCommand,
  surroundings: CommandSurroundings,
): readonly string[] {
  return words.flatMap((word) => {
    const path = pathOf(word, command);
    return path === undefined ? [] : matching(path, word.pattern === true, surroundings.files);
  });
}

/** sed's program keeps the length of every line: it puts texts of one length in each other's place. */
function keepsLength(script: string): boolean {
  const [, , from = '', to = ''] =
    /^\s*s([/|#,@])((?:(?!\1)[\w .:=-])*)\1((?:(?!\1)[\w .:=-])*)\1[gI]*\s*$/.exec(script) ?? [];
  return from !== '' && from.replace(/\./g, 'x').length === to.length;
}

/** sed writes another file and puts it in the place of the old one: a lower layer's file comes up whole even when nothing changes. */
function editedFile(path: string, script: readonly string[], surroundings: CommandSurroundings): Printed {
  const { files } = surroundings;
  const text = files.readText(path);
  const filter = typeof text === 'string' ? filterOf('sed', script) : undefined;
  const filtered = typeof text === 'string' ? filter?.apply(text) : undefined;
  // A last line without an end stays without one, with GNU's sed and with busybox's.
  const edited = typeof text === 'string' && !text.endsWith('\n') ? filtered?.replace(/\n$/, '') : filtered;
  if (edited !== undefined) return { size: exactRange(byteLength(edited)), text: edited };
  const entry = files.entryAt(path);
  const before = entry?.kind === 'file' ? entry.size : baseFile(path, surroundings.system);
  if (before === undefined) return { size: smallOutput };
  if (script.every((part) => part.startsWith('-') || keepsLength(part))) return { size: before };
  const { bytes, low, high } = before;
  const slack = 60 * script.length;
  return {
    size: {
      bytes,
      low: Math.max(0, Math.round(low * 0.9) - slack),
      high: high === null ? null : Math.round(high * 1.05) + slack,
      basis: before.basis === 'unknown' ? 'unknown' : 'estimated',
    },
  };
}

export const streamEdit: FileCommand = {
  names: ['sed', 'gsed', 'perl'],
  act(command, surroundings) {
    const inPlace = command.words.some((word) =>
      command.name === 'perl' ? /^-\w*i/.test(wordValue(word)) : /^-[a-zA-Z]*i|^--in-place/.test(wordValue(word)),
    );
    if (!inPlace) {
      if (command.name === 'perl')
        surroundings.unknown(t('What {0} writes is known once the engine has run it.', 'perl'));
      return;
    }
    // The suffix of a backup is part of the option: `-i.bak`.
    const suffix = command.words
      .map((word) => /^(?:-i|--in-place=)(\S+)$/.exec(wordValue(word))?.[1])
      .find((found) => found !== undefined);
    const words = command.words.filter((word) => !/^-i|^--in-place/.test(wordValue(word)));
    const reading = readWords(words, ['-e', '-f', '--expression', '--file', '-l']);
    const scripts = [...(reading.values.get('-e') ?? []), ...(reading.values.get('--expression') ?? [])];
    const operands = scripts.length > 0 || reading.flags.has('-f') ? reading.operands : reading.operands.slice(1);
    const program = scripts.length > 0 ? scripts : reading.operands.slice(0, 1);
    const known =
      program.every((word) => word.value !== undefined) && command.name !== 'perl' && !reading.flags.has('-n');
    const script = [
      ...(hasFlag(reading, '-E', '-r', '--regexp-extended') ? ['-E'] : []),
      ...program.flatMap((word) => ['-e', wordValue(word)]),
    ];
    for (const path of eachPath(operands, command, surroundings)) {
      if (suffix !== undefined && suffix !== 'e' && suffix !== 'r' && suffix !== 'E')
        surroundings.files.copy(path, `${path}${suffix}`);
      replaceFile(path, editedFile(path, known ? script : ['unknown program'], surroundings), surroundings);
    }
  },
};

export const tee: FileCommand = {
  names: ['tee'],
  act(command, surroundings) {
    const reading = readWords(command.words);
    const text = knownInput(command, outputContext(surroundings));
    const input: Printed =
      text === undefined ? { size: inputSize(command, surroundings) } : { size: exactRange(byteLength(text)), text };
    for (const path of eachPath(reading.operands, command, surroundings)) {
      if (path.startsWith('/dev/')) continue;
      if (hasFlag(reading, '-a', '--append')) appendTo(path, input, surroundings);
      else replaceFile(path, input, surroundings);
    }
  },
};

export const truncate: FileCommand = {
  names: ['truncate', 'fallocate'],
  act(command, surroundings) {
    const { files } = surroundings;
    const reading = readWords(command.words, ['-s', '--size', '-l', '--length', '-r', '--reference', '-o']);
    const size = lastValue(reading, '-s', '--size', '-l', '--length');
    const bytes = size === undefined ? undefined : countOf(wordValue(size));
    for (const path of eachPath(reading.operands, command, surroundings)) {
      files.write(path, 'file', bytes === undefined ? notKnown : exactRange(bytes), {
        ...(bytes === 0 && { text: '' }),
        ...(bytes === undefined && { reason: t('How large {0} becomes is not known.', path) }),
      });
    }
  },
};

export const blocks: FileCommand = {
  names: ['dd'],
  act(command, surroundings) {
    const setting = (name: string): string | undefined =>
      command.words
        .map(wordValue)
        .find((word) => word.startsWith(`${name}=`))
        ?.slice(name.length + 1);
    const target = setting('of');
    const path = target === undefined ? undefined : pathOf({ text: target, value: target }, command);
    if (path === undefined || path.startsWith('/dev/')) return;
    const source = setting('if');
    const from = source === undefined ? undefined : pathOf({ text: source, value: source }, command);
    const endless = from !== undefined && /^\/dev\/u?(?:zero|random)$/.test(from);
    const bytes = blocksOf(command);
    const whole: SizeRange =
      from === undefined ? printedBy(command, surroundings).size : (surroundings.files.entryAt(from)?.size ?? notKnown);
    const seek = countOf(setting('seek') ?? '0') ?? 0;
    const skip = seek * (countOf(setting('bs') ?? setting('obs') ?? '512') ?? 512);
    if (endless && bytes !== undefined) surroundings.files.write(path, 'file', exactRange(bytes + skip));
    else {
      const size =
        bytes === undefined ? whole : { ...whole, high: whole.high === null ? bytes : Math.min(whole.high, bytes) };
      const reason = t('How large {0} becomes is not known.', path);
      surroundings.files.write(path, 'file', size, size.bytes === null ? { reason } : {});
    }
  },
};

export const strip: FileCommand = {
  names: ['strip', 'upx', 'dos2unix', 'unix2dos', 'iconv', 'pngcrush', 'optipng'],
  act(command, surroundings) {
    const { files } = surroundings;
    const reading = readWords(command.words, ['-R', '--remove-section', '-K', '-N', '-o', '-f', '-t']);
    if (command.name === 'iconv') return;
    for (const path of eachPath(reading.operands, command, surroundings)) {
      const entry = files.entryAt(path);
      if (entry?.kind !== 'file') {
        files.changeAttributes(path, false);
        continue;
      }
      const factors: readonly [number, number, number] =
        command.name === 'strip' ? [0.15, 0.7, 1] : command.name === 'upx' ? [0.2, 0.38, 0.7] : [0.9, 0.98, 1.05];
      files.write(path, 'file', scaled(entry.size, ...factors));
    }
  },
};

/** Temporary files and folders are empty. */
export const temporary: FileCommand = {
  names: ['mktemp', 'mkfifo', 'mknod', 'tempfile'],
  act: () => undefined,
};

/** patch rewrites files below its folder and adds little to them. */
export const patchFiles: FileCommand = {
  names: ['patch', 'quilt'],
  act(command, { files }) {
    const folder = pathOf(lastValue(readWords(command.words, ['-d', '-i', '-p']), '-d'), command) ?? command.directory;
    if (folder !== undefined) files.write(folder, 'tree', between(0, 2_000, 200_000), { label: 'patch' });
  },
};
