/** cp, mv, ln, install, mkdir and rsync. */
import { baseName } from '../../build/paths';
import { t } from '../../localize';
import type { RunCommand } from '../../shell/types';
import { noBytes } from '../size-range';
import { baseFile } from './base-files';
import { notKnown, smallOutput } from './estimates';
import { hasFlag, lastValue, pathOf, pathsOf, readWords, within, wordValue } from './options';
import { insideTree, isFolder, type Placed, placements } from './places';
import type { CommandSurroundings, FileCommand } from './types';
import { moveUnpacked } from './unpacked';

/** Places whose files are small wherever they come from. */
const smallPlaces =
  /^\/(?:etc|usr\/share\/zoneinfo|root\/\.|proc\/)|\/etc\/|\.(?:conf|ini|cfg|default|sample|example|dist|ya?ml|json|toml|txt|md|sh|service|desktop|pem|crt|key|list)(?:[-.]\w+)?$/;

/** Copies a path; one that nothing is known of may be the base image's. */
function copyPath({ from, to }: Placed, { files, system }: CommandSurroundings): void {
  const size = files.sizeOf(from);
  const inside = files.entryAt(from) === undefined ? insideTree(from, files) : undefined;
  if (inside !== undefined) {
    files.write(to, 'tree', inside, { label: baseName(from) });
    return;
  }
  const known = files.entryAt(from) !== undefined || files.entriesBelow(from).entries.length > 0;
  if (known || size.high !== 0) files.copy(from, to);
  if (known || files.exists(from) === false) return;
  const base = baseFile(from, system);
  if (base !== undefined || smallPlaces.test(from)) files.write(to, 'file', base ?? smallOutput);
  else files.write(to, 'tree', notKnown, { reason: t('How large {0} is, is not known.', from) });
}

export const copy: FileCommand = {
  names: ['cp', 'rsync'],
  act(command, surroundings) {
    const reading = readWords(command.words, [
      '-t',
      '--target-directory',
      '-S',
      '--suffix',
      ...(command.name === 'rsync' ? ['-e', '--exclude', '--include', '--chown'] : []),
    ]);
    const target = lastValue(reading, '-t', '--target-directory');
    const { files } = surroundings;
    if (hasFlag(reading, '--parents')) {
      const folder = pathOf(reading.operands.at(-1), command);
      for (const word of reading.operands.slice(0, -1)) {
        const from = pathOf(word, command);
        if (from !== undefined && folder !== undefined)
          copyPath({ from, to: within(folder, wordValue(word)) }, surroundings);
      }
      return;
    }
    const linked = hasFlag(reading, '-l', '--link') && command.name === 'cp';
    const symbolic = hasFlag(reading, '-s', '--symbolic-link') && command.name === 'cp';
    const source = reading.operands[0];
    // rsync copies the contents of `DIR/`.
    if (command.name === 'rsync' && source !== undefined && wordValue(source).endsWith('/')) {
      const [from, to] = [pathOf(source, command), pathOf(reading.operands.at(-1), command)];
      if (from !== undefined && to !== undefined) copyPath({ from, to }, surroundings);
      return;
    }
    for (const placed of placements(reading.operands, target, command, files)) {
      if (symbolic) files.write(placed.to, 'link', noBytes, { target: placed.from });
      else if (linked) files.hardLink(placed.from, placed.to);
      else copyPath(placed, surroundings);
    }
  },
};

export const move: FileCommand = {
  names: ['mv'],
  act(command, surroundings) {
    const { files } = surroundings;
    const reading = readWords(command.words, ['-t', '--target-directory', '-S', '--suffix']);
    const target = lastValue(reading, '-t', '--target-directory');
    for (const { from, to } of placements(reading.operands, target, command, files)) {
      if (moveUnpacked(from, to, files)) continue;
      const inside = files.entryAt(from) === undefined ? insideTree(from, files) : undefined;
      if (inside !== undefined) {
        files.remove(from);
        files.write(to, 'tree', inside, { label: baseName(from) });
        continue;
      }
      const known = files.entryAt(from) !== undefined || files.entriesBelow(from).entries.length > 0;
      if (!known && files.exists(from) !== false) {
        if (smallPlaces.test(from)) files.write(to, 'file', smallOutput);
        else if (files.sizeOf(from).high !== null)
          files.write(to, 'tree', notKnown, { reason: t('How large {0} is, is not known.', from) });
      }
      files.move(from, to);
    }
  },
};

export const link: FileCommand = {
  names: ['ln', 'link'],
  act(command, { files }) {
    const reading = readWords(command.words, ['-t', '--target-directory', '-S', '--suffix']);
    const target = pathOf(lastValue(reading, '-t', '--target-directory'), command);
    const { operands } = reading;
    const last = operands.at(-1);
    const destination = target ?? (operands.length > 1 ? pathOf(last, command) : command.directory);
    if (destination === undefined || last === undefined) return;
    const sources = target === undefined && operands.length > 1 ? operands.slice(0, -1) : operands;
    const plain = hasFlag(reading, '-T', '--no-target-directory', '-n');
    const folder =
      target !== undefined || operands.length !== 2 || (!plain && isFolder(wordValue(last), destination, files));
    for (const source of sources) {
      const to = folder ? within(destination, baseName(wordValue(source))) : destination;
      const from = pathOf(source, command);
      if (hasFlag(reading, '-s', '--symbolic')) {
        files.write(to, 'link', noBytes, source.value ? { target: source.value } : {});
      } else if (from !== undefined) files.hardLink(from, to);
    }
  },
};

export const makeFolder: FileCommand = {
  names: ['mkdir'],
  act(command, { files }) {
    const { operands } = readWords(command.words, ['-m', '--mode']);
    for (const path of pathsOf(operands, command)) files.write(path, 'directory', noBytes);
  },
};

function install(command: RunCommand, surroundings: CommandSurroundings): void {
  const { files } = surroundings;
  const reading = readWords(command.words, [
    '-m',
    '--mode',
    '-o',
    '--owner',
    '-g',
    '--group',
    '-t',
    '--target-directory',
    '-S',
  ]);
  const { operands } = reading;
  if (hasFlag(reading, '-d', '--directory')) {
    for (const path of pathsOf(operands, command)) files.write(path, 'directory', noBytes);
    return;
  }
  const target = lastValue(reading, '-t', '--target-directory');
  for (const placed of placements(operands, target, command, files)) copyPath(placed, surroundings);
}

export const installFiles: FileCommand = { names: ['install'], act: install };
