/** Gradle: downloads go to its user home, results to `build`. No file tells the sizes; the places are known. */
import { cleanPath } from '../build/paths';
import { t } from '../localize';
import { spreadBytes } from './byte-range';
import { absolutePath, homeFolder, optionValue, readOptions } from './command-options';
import { EffectParts, noEffect } from './effect-parts';
import { javaLibraries, sumOfMany } from './known-spreads';
import type { PackageEffect, PackageProvider } from './types';

const withValue: ReadonlySet<string> = new Set(
  '-p --project-dir -g --gradle-user-home -b --build-file -c -x --exclude-task -I'.split(' '),
);

export const gradle: PackageProvider = {
  manager: 'gradle',
  handles: (command) => command.name === 'gradle' || command.name === 'gradlew',
  effect(command, surroundings): PackageEffect {
    const options = readOptions(command.words, withValue);
    const tasks = options.positional.map((word) => word.value ?? word.text);
    if (command.words.some((word) => /^(-v|--version|--stop|--help)$/.test(word.value ?? ''))) return noEffect;
    const parts = new EffectParts(surroundings.mounted);
    const chosen = optionValue(options, '-g', '--gradle-user-home') ?? command.environment.get('GRADLE_USER_HOME');
    const home = chosen?.startsWith('/') ? cleanPath(chosen) : `${homeFolder(command)}/.gradle`;
    if (!parts.isMounted(home)) {
      // The wrapper fetches a release of Gradle too: its archive of 100 to 150 MB and what is in it.
      const wrapper =
        command.name === 'gradlew' ? { low: 180e6, middle: 270e6, high: 330e6 } : { low: 0, middle: 0, high: 0 };
      const libraries = {
        low: sumOfMany(javaLibraries, 3).low,
        middle: sumOfMany(javaLibraries, 25).middle + 40e6,
        high: 2 * sumOfMany(javaLibraries, 50).high,
      };
      parts.tree(
        home,
        spreadBytes({
          low: wrapper.low + libraries.low,
          middle: wrapper.middle + libraries.middle,
          high: wrapper.high + libraries.high,
        }),
        t('Gradle’s downloads'),
      );
      parts.because(javaLibraries.source());
    }
    const folder = absolutePath(command, optionValue(options, '-p', '--project-dir') ?? '.');
    if (folder === undefined) parts.unknown(t('What {0} leaves is not known before the build', 'gradle'));
    else if (tasks.length > 0) {
      parts.tree(
        cleanPath(`${folder}/.gradle`),
        { bytes: 60e3, low: 1e3, high: 5e6, basis: 'estimated' },
        t('cache of {0}', 'gradle'),
      );
      if (!parts.isMounted(cleanPath(`${folder}/build`))) {
        parts.tree(
          cleanPath(`${folder}/build`),
          spreadBytes({ low: 5e3, middle: 12e6, high: 200e6 }),
          t('compiled classes and archives'),
        );
      }
    }
    return parts.effect();
  },
};
