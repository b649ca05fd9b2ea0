/** Shells that run what they read, and tools that add sources of packages. */
import { t } from '../../localize';
import { notKnown, smallOutput } from './estimates';
import { installFrom, installNode, installPiped } from './installers';
import { wordValue } from './options';
import type { FileCommand } from './types';

/** A shell that the reader of scripts could not look into: its script comes through a pipe or from a file that is not known. */
export const scripts: FileCommand = {
  names: ['sh', 'bash', 'dash', 'ash', 'zsh', 'ksh'],
  act(command, surroundings) {
    if (installPiped(command, surroundings)) return;
    const piped = command.pipe?.from !== undefined || command.pipe?.to === false;
    if (piped || command.redirections.some((part) => part.operator.startsWith('<'))) {
      surroundings.unknown(t('{0} runs what it reads, and only the build knows what that is.', command.name ?? 'sh'));
    }
  },
};

/** A list of sources, a key, and the lists of packages that are fetched at once. */
export const sourceLists: FileCommand = {
  names: ['add-apt-repository', 'apt-add-repository'],
  act(command, { files }) {
    const removes = command.words.some((word) => /^(?:-r|--remove)$/.test(wordValue(word)));
    if (removes) return;
    files.write('/etc/apt/sources.list.d/added.list', 'file', smallOutput);
    files.write('/etc/apt/trusted.gpg.d/added.gpg', 'file', smallOutput);
    if (command.words.some((word) => /^(?:-n|--no-update)$/.test(wordValue(word)))) return;
    files.write('/var/lib/apt/lists', 'tree', notKnown, {
      label: 'add-apt-repository',
      reason: t('How large the lists of the added packages are is not known.'),
    });
  },
};

/** PHP runs Composer's installer; anything else that it runs may write. */
export const php: FileCommand = {
  names: ['php'],
  act(command, surroundings) {
    if (installPiped(command, surroundings)) return;
    const words = command.words.map(wordValue);
    if (/composer-setup\.php$|(?:^|\/)installer$/.test(words.find((word) => !word.startsWith('-')) ?? '')) {
      installFrom('https://getcomposer.org/installer', command, surroundings);
      return;
    }
    const asks = words.some((word) => /^-(?:v|m|i|l|-version|-modules|-ini)$/.test(word)) || words.includes('-r');
    if (!asks) surroundings.unknown(t('What {0} writes is known once the engine has run it.', 'php'));
  },
};

export const nvm: FileCommand = { names: ['nvm'], act: installNode };
