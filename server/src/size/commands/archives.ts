/** tar, unzip, gzip and their kin. */
import { baseName } from '../../build/paths';
import { t } from '../../localize';
import type { SizeRange } from '../../packages/types';
import type { RunCommand, RunWord } from '../../shell/types';
import { addRanges, exactRange } from '../size-range';
import { fetchedSize } from './downloads';
import { expanded, notKnown, scaled } from './estimates';
import { hasFlag, lastValue, pathOf, readWords, within, wordValue } from './options';
import { inputSize } from './output';
import { matching } from './places';
import type { CommandSurroundings, FileCommand } from './types';
import { notePacked, packedAt, writeUnpacked } from './unpacked';
import { unpackedRelease } from './usual-downloads';

type Compression = 'none' | 'gzip' | 'xz' | 'bzip2' | 'zstd' | 'zip';

/**
 * Bytes after unpacking for one byte of the archive: low, best and high figure. From release archives of compilers, runtimes and tools:
 * nine in ten lie between low and high.
 */
const expansion: Readonly<Record<Compression, readonly [number, number, number]>> = {
  none: [0.93, 0.99, 1],
  gzip: [1.8, 2.9, 4.8],
  xz: [2.6, 4.6, 8],
  bzip2: [2.1, 3.6, 6],
  zstd: [1.9, 3.2, 5.5],
  zip: [1.02, 2.5, 4.5],
};

function compressionOf(name: string): Compression {
  if (/\.(?:t?gz|tgz|z|crate|whl|apk)$/i.test(name)) return 'gzip';
  if (/\.(?:t?xz|lzma|txz)$/i.test(name)) return 'xz';
  if (/\.(?:t?bz2?|tbz2?)$/i.test(name)) return 'bzip2';
  if (/\.(?:zst|tzst)$/i.test(name)) return 'zstd';
  if (/\.(?:zip|jar|war|vsix|whl|nupkg|7z)$/i.test(name)) return 'zip';
  return 'none';
}

interface TarPlan {
  readonly mode: 'x' | 'c' | 't' | undefined;
  readonly archive: RunWord | undefined;
  readonly folder: string | undefined;
  readonly members: readonly RunWord[];
  readonly compression: Compression | undefined;
  readonly toOutput: boolean;
}

/** Letters that take the next word in the old form `tar xzfC FILE DIR`, where words follow in the order of the letters. */
const oldValues = new Set(['f', 'C', 'b', 'I', 'T', 'X']);

function tarPlan(command: RunCommand): TarPlan {
  const [first, ...others] = command.words;
  const bundle = first === undefined ? '' : wordValue(first);
  let words: readonly RunWord[] = command.words;
  if (/^[A-Za-z]+$/.test(bundle)) {
    const expanded: RunWord[] = [];
    let used = 0;
    for (const letter of bundle) {
      expanded.push({ text: `-${letter}`, value: `-${letter}` });
      if (!oldValues.has(letter)) continue;
      const value = others[used];
      if (value !== undefined) expanded.push(value);
      used += 1;
    }
    words = [...expanded, ...others.slice(used)];
  }
  const reading = readWords(words, [
    ...'-f -C -b -I -T -X -H -K -g'.split(' '),
    ...'--file --directory --use-compress-program --files-from --exclude --exclude-from --owner --group --mode --transform --xform --format --wildcards-match --mtime --sort'.split(
      ' ',
    ),
    '--strip-components',
    '--strip',
  ]);
  const mode = hasFlag(reading, '-x', '--extract', '--get')
    ? 'x'
    : hasFlag(reading, '-c', '--create')
      ? 'c'
      : hasFlag(reading, '-t', '--list')
        ? 't'
        : undefined;
  const directory = lastValue(reading, '-C', '--directory');
  const program = lastValue(reading, '-I', '--use-compress-program');
  const compression = hasFlag(reading, '-z', '--gzip', '--gunzip')
    ? 'gzip'
    : hasFlag(reading, '-J', '--xz', '--lzma')
      ? 'xz'
      : hasFlag(reading, '-j', '--bzip2')
        ? 'bzip2'
        : hasFlag(reading, '--zstd') || (program !== undefined && /zstd/.test(wordValue(program)))
          ? 'zstd'
          : program !== undefined && /xz/.test(wordValue(program))
            ? 'xz'
            : program !== undefined && /gz/.test(wordValue(program))
              ? 'gzip'
              : undefined;
  return {
    mode,
    archive: lastValue(reading, '-f', '--file'),
    folder: directory === undefined ? command.directory : pathOf(directory, command),
    members: reading.operands,
    compression,
    toOutput: hasFlag(reading, '-O', '--to-stdout'),
  };
}

/** What comes through standard input: a download, another archive, or a file. */
function streamed(
  command: RunCommand,
  surroundings: CommandSurroundings,
): { readonly size: SizeRange; readonly name: string; readonly unpacked: boolean } {
  const from = command.pipe?.from;
  if (from?.name === 'tar') {
    const plan = tarPlan(from);
    if (plan.mode === 'c') return { size: packedFiles(plan, from, surroundings), name: '', unpacked: true };
  }
  if (from?.name === 'curl' || from?.name === 'wget') {
    const url = from.words.map(wordValue).find((word) => /^https?:|^ftp:|\//.test(word)) ?? '';
    return {
      size: fetchedSize(from, surroundings, true)?.size ?? notKnown,
      name: url.replace(/[?#].*$/, ''),
      unpacked: false,
    };
  }
  if (from !== undefined && /^(?:cat|gunzip|zcat|gzip|xz|xzcat|unxz|bzcat|zstd|zstdcat)$/.test(from.name ?? '')) {
    const file = from.words.find((word) => !/^-/.test(wordValue(word)));
    const path = pathOf(file, from);
    if (path !== undefined) return { size: sizeOfFile(path, surroundings), name: path, unpacked: false };
  }
  const given = command.redirections.findLast((part) => part.operator === '<')?.target;
  const path = pathOf(given, command);
  if (path !== undefined) return { size: sizeOfFile(path, surroundings), name: path, unpacked: false };
  return { size: from === undefined ? inputSize(command, surroundings) : notKnown, name: '', unpacked: false };
}

/** Bytes of one file; unknown when nothing is known to lie there. */
function sizeOfFile(path: string, { files }: CommandSurroundings): SizeRange {
  const entry = files.entryAt(path);
  return entry?.kind === 'file' ? entry.size : notKnown;
}

/** Bytes of the files that tar takes. */
function packedFiles(plan: TarPlan, command: RunCommand, { files }: CommandSurroundings): SizeRange {
  const sizes = plan.members.flatMap((word) => {
    const written = wordValue(word);
    const path =
      written.startsWith('/') || plan.folder === undefined ? pathOf(word, command) : within(plan.folder, written);
    return path === undefined ? [] : matching(path, word.pattern === true, files).map((each) => files.sizeOf(each));
  });
  return sizes.length === 0 ? notKnown : addRanges(sizes);
}

function extract(plan: TarPlan, command: RunCommand, surroundings: CommandSurroundings): void {
  const { files, evidence } = surroundings;
  if (plan.toOutput || plan.folder === undefined) return;
  const written = plan.archive === undefined ? '-' : wordValue(plan.archive);
  const path = written === '-' ? undefined : pathOf(plan.archive, command);
  const contents = path === undefined ? undefined : files.archiveAt(path);
  if (contents === 'pending') {
    const reason = t('The contents of {0} are being read.', baseName(written));
    files.write(plan.folder, 'tree', notKnown, { label: baseName(written), reason });
    return;
  }
  const partly = plan.members.length > 0;
  const part = (size: SizeRange): SizeRange => (partly ? scaled(size, 0, 0.7, 1) : size);
  const packed = path === undefined ? undefined : packedAt(path, files);
  if (packed !== undefined) {
    writeUnpacked(plan.folder, part(packed), { label: baseName(written) }, files);
    return;
  }
  if (contents !== undefined) {
    writeUnpacked(plan.folder, part(contents.size), { label: baseName(written), files: contents.files }, files);
    return;
  }
  const source =
    path === undefined
      ? streamed(command, surroundings)
      : { size: sizeOfFile(path, surroundings), name: path, unpacked: false };
  const named = compressionOf(source.name);
  const compression = plan.compression ?? named;
  const label = baseName(source.name);
  const unpacked = unpackedRelease(label) ?? expanded(source.size, ...expansion[compression]);
  const size = part(source.unpacked ? source.size : unpacked);
  const reason = t('How much {0} holds is known once the engine has unpacked it.', label === '' ? 'tar' : label);
  writeUnpacked(plan.folder, size, { ...(label !== '' && { label }), ...(size.bytes === null && { reason }) }, files);
  if (size.bytes !== null && !source.unpacked) evidence(t('What an archive of that size usually holds.'));
}

const block = 512;
const record = 20 * block;
/** Longer names take further headers. */
const longestName = 99;

/**
 * Bytes of an archive that is not compressed: a header block for each entry, files filled up to blocks, two empty blocks, and the whole
 * filled up to records of 10,240 (POSIX ustar, GNU tar's default blocking). Undefined when not every entry is known.
 */
function recordsOf(plan: TarPlan, command: RunCommand, { files, system }: CommandSurroundings): SizeRange | undefined {
  if (!/^(?:debian|ubuntu|fedora|rhel)$/.test(system.distribution ?? '')) return undefined;
  let bytes = 2 * block;
  for (const word of plan.members) {
    const written = wordValue(word);
    const path =
      written.startsWith('/') || plan.folder === undefined ? pathOf(word, command) : within(plan.folder, written);
    if (path === undefined || word.pattern) return undefined;
    const { entries, complete } = files.entriesBelow(path);
    if (!complete || entries.length === 0) return undefined;
    for (const entry of entries) {
      if (entry.kind === 'tree' || entry.size.basis !== 'exact' || entry.path.length > longestName) return undefined;
      bytes += block + Math.ceil((entry.size.bytes ?? 0) / block) * block;
    }
  }
  return exactRange(Math.ceil(bytes / record) * record);
}

/** Writes an archive and keeps in mind what it holds. */
function create(plan: TarPlan, command: RunCommand, surroundings: CommandSurroundings): void {
  const { files } = surroundings;
  const path =
    plan.archive === undefined || wordValue(plan.archive) === '-' ? undefined : pathOf(plan.archive, command);
  if (path === undefined) return;
  const compression =
    plan.compression ?? (command.words.some((word) => /^-\w*a/.test(wordValue(word))) ? compressionOf(path) : 'none');
  const content = packedFiles(plan, command, surroundings);
  const reason = t('How large {0} becomes is not known.', baseName(path));
  const exact = compression === 'none' ? recordsOf(plan, command, surroundings) : undefined;
  const size = exact ?? (compression === 'none' ? scaled(content, 1, 1.04, 1.3) : scaled(content, 0.1, 0.33, 0.9));
  files.write(path, 'file', size, content.bytes === null ? { reason } : {});
  notePacked(path, content, files);
}

export const tar: FileCommand = {
  names: ['tar', 'bsdtar'],
  act(command, surroundings) {
    const plan = tarPlan(command);
    if (plan.mode === 'x') extract(plan, command, surroundings);
    else if (plan.mode === 'c') create(plan, command, surroundings);
  },
};

export const unzip: FileCommand = {
  names: ['unzip', '7z', '7za', '7zr', 'unrar'],
  act(command, surroundings) {
    const { files, evidence } = surroundings;
    const reading = readWords(command.words, ['-d', '-x', '-P']);
    if (hasFlag(reading, '-l', '-p', '-t', '-v', '-Z')) return;
    const operands = command.name === 'unzip' ? reading.operands : reading.operands.slice(1);
    const archive = pathOf(operands[0], command);
    const seven = command.words
      .map(wordValue)
      .find((word) => /^-o./.test(word))
      ?.slice(2);
    const directory =
      lastValue(reading, '-d') ??
      (seven === undefined || command.name === 'unzip' ? undefined : { text: seven, value: seven });
    const folder = directory === undefined ? command.directory : pathOf(directory, command);
    if (archive === undefined || folder === undefined) return;
    const source = sizeOfFile(archive, surroundings);
    const size = unpackedRelease(baseName(archive)) ?? expanded(source, ...expansion.zip);
    const reason = t('How much {0} holds is known once the engine has unpacked it.', baseName(archive));
    writeUnpacked(
      folder,
      operands.length > 1 ? scaled(size, 0, 0.7, 1) : size,
      {
        label: baseName(archive),
        ...(size.bytes === null && { reason }),
      },
      files,
    );
    if (size.bytes !== null) evidence(t('What an archive of that size usually holds.'));
  },
};

const formats: Readonly<
  Record<string, { readonly suffix: string; readonly compression: Compression; readonly unpacks: boolean }>
> = {
  gzip: { suffix: '.gz', compression: 'gzip', unpacks: false },
  pigz: { suffix: '.gz', compression: 'gzip', unpacks: false },
  gunzip: { suffix: '.gz', compression: 'gzip', unpacks: true },
  xz: { suffix: '.xz', compression: 'xz', unpacks: false },
  unxz: { suffix: '.xz', compression: 'xz', unpacks: true },
  bzip2: { suffix: '.bz2', compression: 'bzip2', unpacks: false },
  bunzip2: { suffix: '.bz2', compression: 'bzip2', unpacks: true },
  zstd: { suffix: '.zst', compression: 'zstd', unpacks: false },
  unzstd: { suffix: '.zst', compression: 'zstd', unpacks: true },
};

export const compress: FileCommand = {
  names: Object.keys(formats),
  act(command, surroundings) {
    const { files } = surroundings;
    const format = Object.hasOwn(formats, command.name ?? '') ? formats[command.name ?? ''] : undefined;
    const reading = readWords(command.words, ['-S', '-o']);
    if (format === undefined || hasFlag(reading, '-c', '--stdout', '--to-stdout', '-t', '-l')) return;
    const unpacks = format.unpacks || hasFlag(reading, '-d', '--decompress', '--uncompress');
    const keeps = hasFlag(reading, '-k', '--keep') || /zst/.test(command.name ?? '');
    for (const word of reading.operands) {
      const written = pathOf(word, command);
      if (written === undefined) continue;
      for (const path of matching(written, word.pattern === true, files)) {
        const source = sizeOfFile(path, surroundings);
        const target = lastValue(reading, '-o');
        const named = unpacks ? path.replace(/\.[A-Za-z0-9]{1,4}$/, '') : `${path}${format.suffix}`;
        const size = unpacks ? expanded(source, ...expansion[format.compression]) : scaled(source, 0.1, 0.33, 1);
        if (!keeps) files.remove(path);
        const reason = t('How large {0} becomes is not known.', baseName(named));
        const result = target === undefined ? named : (pathOf(target, command) ?? named);
        files.write(result, 'file', size, size.bytes === null ? { reason } : {});
      }
    }
  },
};
