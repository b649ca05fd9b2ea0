/**
 * chmod, chown, chgrp, touch and their kin: overlayfs copies a lower layer's file up whole, also when the owner or mode is the same
 * (measured: `docker history` of `chown 0:0` and `chmod` with the mode that a file has).
 */
import type { RunCommand } from '../../shell/types';
import { noBytes } from '../size-range';
import { hasFlag, pathOf, readWords } from './options';
import { matching } from './places';
import { meantPaths } from './remove';
import type { CommandSurroundings, FileCommand } from './types';

function change(command: RunCommand, surroundings: CommandSurroundings): void {
  const reading = readWords(command.words, ['--reference', '--from']);
  // `chmod -x FILE`: the mode looks like an option.
  const modeIsFlag =
    command.name === 'chmod' && ['-r', '-w', '-x', '-X', '-s', '-t'].some((flag) => reading.flags.has(flag));
  const operands = modeIsFlag || reading.flags.has('--reference') ? reading.operands : reading.operands.slice(1);
  const recursive = hasFlag(reading, '-R', '--recursive');
  for (const path of meantPaths(operands, command, surroundings)) surroundings.files.changeAttributes(path, recursive);
}

export const changeAttributes: FileCommand = { names: ['chmod', 'chown', 'chgrp', 'fix-permissions'], act: change };

/** jupyter's `fix-permissions DIR` and access lists: all operands are paths. */
export const changeAccess: FileCommand = {
  names: ['setfacl', 'setcap', 'chattr', 'restorecon'],
  act(command, surroundings) {
    const reading = readWords(command.words, ['-m', '-x', '-M', '--modify']);
    const operands =
      command.name === 'setcap' || command.name === 'chattr' ? reading.operands.slice(1) : reading.operands;
    for (const path of meantPaths(operands, command, surroundings)) {
      surroundings.files.changeAttributes(path, hasFlag(reading, '-R', '--recursive'));
    }
  },
};

export const touch: FileCommand = {
  names: ['touch'],
  act(command, { files }) {
    const reading = readWords(command.words, ['-d', '--date', '-r', '--reference', '-t']);
    for (const word of reading.operands) {
      const written = pathOf(word, command);
      if (written === undefined) continue;
      for (const path of matching(written, word.pattern === true, files)) {
        if (files.exists(path) === true) files.changeAttributes(path, false);
        else if (!hasFlag(reading, '-c', '--no-create')) files.write(path, 'file', noBytes, { text: '' });
      }
    }
  },
};
