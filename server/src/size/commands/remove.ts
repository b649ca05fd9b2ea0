/** rm, rmdir, unlink, shred. */
import type { RunCommand, RunWord } from '../../shell/types';
import { selectedBy } from './find';
import { pathOf, readWords, wordValue } from './options';
import type { CommandSurroundings, FileCommand } from './types';
import { removeUnpacked } from './unpacked';

/** A pattern in which `[...]` stands for any one character, as `StageFileAccess.remove` has no classes. */
export function removable(path: string): string {
  return path.replace(/\[[^\]/]*\]/g, '?');
}

/** The paths of words; for the unknown words that `find … | xargs` gives, what find selects. */
export function meantPaths(
  operands: readonly RunWord[],
  command: RunCommand,
  surroundings: CommandSurroundings,
): readonly string[] {
  const feeding = command.pipe?.from;
  return operands.flatMap((word) => {
    if (word.text === '…' && feeding?.name === 'find') return selectedBy(feeding, surroundings).map(({ path }) => path);
    const path = pathOf(word, command);
    if (path === undefined || path === '/') return [];
    // A word that is nothing but an unknown text can be any path, and not one in the working folder.
    return /^\uE000[^\uE001]*\uE001$/.test(wordValue(word)) ? [] : [word.pattern ? removable(path) : path];
  });
}

export const remove: FileCommand = {
  names: ['rm', 'unlink', 'shred'],
  act(command, surroundings) {
    const { operands } = readWords(command.words);
    for (const path of meantPaths(operands, command, surroundings)) {
      removeUnpacked(path, surroundings.files);
      surroundings.files.remove(path);
    }
  },
};

/** An empty folder has no bytes: nothing to do. */
export const removeFolder: FileCommand = { names: ['rmdir'], act: () => undefined };
