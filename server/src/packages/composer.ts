/** Composer: `composer install` by `composer.lock`. */
import { cleanPath } from '../build/paths';
import { t } from '../localize';
import type { RunCommand, RunWord } from '../shell/types';
import { spreadBytes, unknownBytes } from './byte-range';
import { absolutePath, has, homeFolder, optionValue, readOptions } from './command-options';
import { EffectParts, noEffect } from './effect-parts';
import { phpPackages, sumOfMany, times } from './known-spreads';
import type { PackageEffect, PackageProvider, ProviderSurroundings } from './types';
import { phpSet } from './unread-sets';

const withValue: ReadonlySet<string> = new Set('-d --working-dir --prefer-install --ignore-platform-req'.split(' '));
const mostCharacters = 16_000_000;
/** The archives that Composer keeps in its cache take about a quarter of what they hold. */
const archiveShare = 0.27;

export const composer: PackageProvider = {
  manager: 'composer',
  handles: (command) => command.name === 'composer' || command.name === 'composer.phar',
  effect(command, surroundings): PackageEffect {
    const verb = command.words.find((word) => !(word.value ?? word.text).startsWith('-'))?.value;
    const words = command.words.filter((word) => word.value !== verb);
    switch (verb) {
      case 'install':
      case 'i':
        return installEffect(command, words, surroundings);
      case 'clear-cache':
      case 'clearcache':
      case 'cc':
        return { ...noEffect, removes: [`${cacheFolder(command)}/*`] };
      case 'update':
      case 'require':
      case 'create-project':
      case 'global':
      case 'run-script': {
        const parts = new EffectParts(surroundings.mounted);
        parts.unknown(t('What {0} leaves is not known before the build', `composer ${verb}`));
        return parts.effect();
      }
      case 'dump-autoload':
      case 'dumpautoload': {
        const parts = new EffectParts(surroundings.mounted);
        const folder = absolutePath(command, 'vendor/composer');
        // Class maps: 30 kB for an empty project, up to some megabytes with --optimize.
        if (folder !== undefined)
          parts.tree(folder, { bytes: 300e3, low: 20e3, high: 6e6, basis: 'estimated' }, t('class maps'));
        return parts.effect();
      }
      default:
        return noEffect;
    }
  },
};

function cacheFolder(command: RunCommand): string {
  const cache = command.environment.get('COMPOSER_CACHE_DIR');
  if (cache?.startsWith('/')) return cleanPath(cache);
  const home = command.environment.get('COMPOSER_HOME');
  return home?.startsWith('/') ? cleanPath(`${home}/cache`) : `${homeFolder(command)}/.cache/composer`;
}

/** Number of packages of a `composer.lock`; undefined when it is cut off or none. */
export function packagesOfComposerLock(text: string, development: boolean): number | undefined {
  if (text.length > mostCharacters) return undefined;
  try {
    const root: unknown = JSON.parse(text);
    if (typeof root !== 'object' || root === null || !('packages' in root) || !Array.isArray(root.packages))
      return undefined;
    const more =
      development && 'packages-dev' in root && Array.isArray(root['packages-dev']) ? root['packages-dev'].length : 0;
    return root.packages.length + more;
  } catch {
    return undefined;
  }
}

function installEffect(
  command: RunCommand,
  words: readonly RunWord[],
  surroundings: ProviderSurroundings,
): PackageEffect {
  const parts = new EffectParts(surroundings.mounted);
  const options = readOptions(words, withValue);
  const folder = absolutePath(command, optionValue(options, '-d', '--working-dir') ?? '.');
  if (folder === undefined) {
    parts.unknown(t('What {0} leaves is not known before the build', 'composer install'));
    return parts.effect();
  }
  const vendor = cleanPath(`${folder}/${command.environment.get('COMPOSER_VENDOR_DIR') ?? 'vendor'}`);
  const path = cleanPath(`${folder}/composer.lock`);
  const text = surroundings.files.readText(path);
  const development = !has(options, '--no-dev') && command.environment.get('COMPOSER_NO_DEV') !== '1';
  const count = text === undefined || text === 'pending' ? undefined : packagesOfComposerLock(text, development);
  if (count === undefined) {
    // A lock file that is there and cannot be read tells that something is wrong with it.
    const absent = text === undefined;
    parts.tree(vendor, absent ? spreadBytes(phpSet.spread) : unknownBytes, t('PHP packages'));
    if (absent) parts.because(phpSet.source());
    parts.because(
      text === undefined
        ? t('{0} cannot be read before the build', path)
        : text === 'pending'
          ? t('{0} is being read', path)
          : t('{0} is cut off or damaged', path),
    );
    return parts.effect();
  }
  const size = sumOfMany(phpPackages, count);
  parts.tree(vendor, spreadBytes(size), t('{0} PHP packages', count));
  parts.tree(`${vendor}/composer`, { bytes: 150e3, low: 30e3, high: 6e6, basis: 'estimated' }, t('class maps'));
  parts.because(t('{0} packages of {1}', count, path));
  parts.because(phpPackages.source());
  if (!has(options, '--no-cache') && count > 0) {
    parts.tree(cacheFolder(command), spreadBytes(times(size, archiveShare)), t('cache of {0}', 'composer'));
  }
  return parts.effect();
}
