/** Compilers, assemblers and linkers that are called for single files: where the result goes is told, how large it becomes is not. */
import { baseName } from '../../build/paths';
import { t } from '../../localize';
import type { RunCommand } from '../../shell/types';
import { addRanges } from '../size-range';
import { between, scaled } from './estimates';
import { hasFlag, lastValue, pathOf, readWords, within, wordValue } from './options';
import type { CommandSurroundings, FileCommand } from './types';

const valued = '-o -I -L -D -U -include -isystem -x -arch -target -Xlinker -T -z -m -e -soname -rpath'.split(' ');

/** An object file of a source that nobody has seen: nine in ten files of sources take 0.5 to 60 kB. */
const unseenObject = between(500, 6_000, 300_000);
/** A program linked to shared libraries takes 16 kB at least with the usual page size, a static one with glibc 750 kB. */
const linked = between(4_000, 22_000, 3_000_000);
const linkedStatically = between(600_000, 900_000, 12_000_000);
/** Without the standard library nothing but the object's own code and headers is there. */
const linkedBare = between(300, 9_000, 120_000);

/** Sizes of the sources named; undefined when one is not known. */
function sources(command: RunCommand, { files }: CommandSurroundings, operands: readonly string[]) {
  const sizes = operands.map((name) => {
    const path = pathOf({ text: name, value: name }, command);
    const entry = path === undefined ? undefined : files.entryAt(path);
    return entry?.kind === 'file' && entry.size.bytes !== null ? entry.size : undefined;
  });
  const known = sizes.filter((size) => size !== undefined);
  return known.length === 0 || known.length < sizes.length ? undefined : addRanges(known);
}

function compile(command: RunCommand, surroundings: CommandSurroundings): void {
  const reading = readWords(
    // `-Wall`, `-static` and `-nostdlib` are words of their own, no clusters of letters.
    command.words.filter((word) => !/^-(?!o$|o.|c$|S$|E$).{2,}/.test(wordValue(word))),
    valued,
  );
  const words = command.words.map(wordValue);
  if (hasFlag(reading, '-E') || words.some((word) => /^-(?:-version|-help|dumpversion|dumpmachine|print-)/.test(word)))
    return;
  const operands = reading.operands.map(wordValue).filter((word) => !word.startsWith('@'));
  if (operands.length === 0) return;
  const tool = toolOf(command.name ?? '');
  const objects = tool === 'as' || hasFlag(reading, '-c', '-S');
  const output = lastValue(reading, '-o');
  const given = sources(command, surroundings, operands);
  const label = t('results of {0}', command.name ?? 'cc');
  if (objects && output === undefined && tool !== 'as') {
    if (command.directory === undefined) return;
    for (const operand of operands) {
      const path = within(command.directory, `${baseName(operand).replace(/\.\w+$/, '')}.o`);
      const own = sources(command, surroundings, [operand]);
      surroundings.files.write(path, 'file', own === undefined ? unseenObject : objectOf(own), { label });
    }
    return;
  }
  const path = output === undefined ? pathOf({ text: 'a.out', value: 'a.out' }, command) : pathOf(output, command);
  if (path === undefined || path.startsWith('/dev/')) return;
  const object = given === undefined ? unseenObject : objectOf(given);
  const linkage =
    words.includes('-nostdlib') || tool === 'ld' ? linkedBare : words.includes('-static') ? linkedStatically : linked;
  surroundings.files.write(path, 'file', objects ? object : addRanges([linkage, object]), { label });
  surroundings.evidence(t('What compilers usually make of a few files.'));
}

function objectOf(source: Parameters<typeof scaled>[0]): ReturnType<typeof scaled> {
  return addRanges([between(400, 900, 4_000), scaled(source, 0.05, 0.5, 4)]);
}

/** `gcc` of `x86_64-linux-gnu-gcc-12`: the name of the tool without the machine that it makes programs for and its version. */
export function toolOf(name: string): string {
  const [, tool = name] =
    /^(?:[a-z0-9_]+-){2,4}(gcc|g\+\+|cc|c\+\+|clang|clang\+\+|as|ld|strip|ar|ranlib|objcopy|objdump|nm|readelf)(?:-\d+)?$/.exec(
      name,
    ) ?? [];
  return tool.replace(/^((?:gcc|g\+\+|clang|clang\+\+))-\d+$/, '$1');
}

export const compilers: FileCommand = {
  names: ['gcc', 'g++', 'cc', 'c++', 'clang', 'clang++', 'as', 'ld', 'tcc', 'gfortran', 'c99', 'nasm', 'yasm'],
  act: compile,
};

/** An archive of objects, as large as they are. */
export const archiver: FileCommand = {
  names: ['ar'],
  act(command, surroundings) {
    const [mode, archive, ...members] = command.words.map(wordValue);
    const path = archive === undefined ? undefined : pathOf({ text: archive, value: archive }, command);
    if (mode === undefined || path === undefined || !/[rq]/.test(mode)) return;
    surroundings.files.write(
      path,
      'file',
      sources(command, surroundings, members) ?? between(2_000, 60_000, 5_000_000),
    );
  },
};
