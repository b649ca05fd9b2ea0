/** Shells that run what they read, and PHP. */
import { t } from '../../localize';
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
