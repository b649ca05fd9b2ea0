/** pacman: Arch Linux. No index of it is read: what is installed is estimated by Debian's packages of like names. */
import { t } from '../localize';
import { type Spread, spreadBytes } from './byte-range';
import { EffectParts, noEffect } from './effect-parts';
import { debianFigures, writeLikeDebian } from './rpm-figures';
import type { PackageEffect, PackageProvider } from './types';

const MANAGER = 'pacman';

/** Databases of the repositories, which `-y` fetches. */
const LISTS: Spread = { low: 5e6, middle: 10e6, high: 45e6 };
/** What is newer than in the image, which is made every week: little of a fresh one, most of it after months. */
const UPGRADED: Spread = { low: 0.1e6, middle: 120e6, high: 700e6 };
/** Archives stay in the cache until `-Sc`. */
const ARCHIVES: Spread = { low: 0.3e6, middle: 60e6, high: 700e6 };

/** The provider of Arch. */
export const pacman: PackageProvider = {
  manager: MANAGER,
  handles: (command) => command.name === 'pacman' || command.name === 'yay' || command.name === 'paru',
  effect(command, surroundings): PackageEffect {
    const parts = new EffectParts(surroundings.mounted);
    const texts = command.words.map((word) => word.value ?? word.text);
    const flags = texts.filter((text) => /^-[A-Za-z]+$/.test(text)).join('');
    const names = command.words.flatMap(({ value }) => (value === undefined || value.startsWith('-') ? [] : [value]));
    const unknownWords = command.words.filter(({ value }) => value === undefined).length;
    const clears = /c/.test(flags) && /S/.test(flags);
    if (clears) {
      parts.remove('/var/cache/pacman/pkg/*');
      return parts.effect();
    }
    if (/R/.test(flags)) {
      for (const name of names) parts.removePackage({ manager: MANAGER, name });
      return parts.effect();
    }
    if (!/S|U/.test(flags)) return noEffect;
    if (/y/.test(flags)) parts.tree('/var/lib/pacman/sync', spreadBytes(LISTS), t('package lists'));
    if (/u/.test(flags)) {
      parts.tree('/usr', spreadBytes(UPGRADED), t('upgraded packages'));
      parts.because(
        t('How much is upgraded depends on the age of the base image; which versions it holds is not known.'),
      );
    }
    if (names.length + unknownWords > 0) {
      const figures = debianFigures(parts, surroundings);
      if (figures !== undefined)
        writeLikeDebian(parts, figures, { manager: MANAGER, names, unknownWords, large: false, there: new Set() });
    }
    if (names.length + unknownWords > 0 || /u/.test(flags))
      parts.tree('/var/cache/pacman/pkg', spreadBytes(ARCHIVES), t('archives of packages'));
    return parts.effect();
  },
};
