/** Ruby: `bundle install` by `Gemfile.lock`, `gem install`. */
import { cleanPath } from '../build/paths';
import { t } from '../localize';
import type { RunCommand, RunWord } from '../shell/types';
import { spreadBytes, unknownBytes } from './byte-range';
import { absolutePath, has, homeFolder, optionValue, readOptions } from './command-options';
import { EffectParts, noEffect } from './effect-parts';
import { rubyGem, rubyGems, sumOfMany } from './known-spreads';
import type { PackageEffect, PackageProvider, ProviderSurroundings } from './types';
import { rubySet } from './unread-sets';

const withValue: ReadonlySet<string> = new Set(
  '--path --gemfile --jobs -j --retry --with --without --binstubs --shebang --standalone --trust-policy -v --version -i --install-dir -n --bindir --platform --source -s -P'.split(
    ' ',
  ),
);
const mostCharacters = 8_000_000;

/**
 * What a gem takes more than its Debian package, which leaves tests and sources of native code out: the gem's own archive stays in `cache`
 * (about a third), and native code is built in the gem's folder.
 */
const asGems = { low: 1.2, middle: 1.7, high: 3 };

export const bundler: PackageProvider = {
  manager: 'bundler',
  handles: (command) => command.name === 'bundle' || command.name === 'bundler' || command.name === 'gem',
  effect(command, surroundings): PackageEffect {
    const parts = new EffectParts(surroundings.mounted);
    const verb = command.words[0]?.value ?? 'install';
    const rest = command.words.slice(1);
    if (command.name === 'gem') {
      if (verb === 'install') return gemEffect(parts, command, rest);
      if (verb === 'update') {
        parts.tree(gemFolder(command), { bytes: 3e6, low: 0, high: 30e6, basis: 'estimated' }, t('Ruby gems'));
        return parts.effect();
      }
      return noEffect;
    }
    if (verb === 'install' || verb.startsWith('-'))
      return bundleEffect(parts, command, verb === 'install' ? rest : command.words, surroundings);
    if (verb === 'exec' || verb === 'update' || verb === 'add' || verb === 'package' || verb === 'cache') {
      parts.unknown(t('What {0} leaves is not known before the build', `bundle ${verb}`));
      return parts.effect();
    }
    return noEffect;
  },
};

/** Docker's official image keeps gems in /usr/local/bundle (its GEM_HOME); Debian's Ruby in /var/lib/gems. */
function gemFolder(command: RunCommand): string {
  const home = command.environment.get('GEM_HOME');
  return home?.startsWith('/') ? cleanPath(home) : '/var/lib/gems';
}

/** Number of gems that a `Gemfile.lock` names; undefined when it has none of its sections. */
export function gemsOfLock(text: string): number | undefined {
  if (text.length > mostCharacters || !/^(GEM|GIT|PATH)\r?$/m.test(text)) return undefined;
  const names = new Set<string>();
  // One line of four blanks a gem; with platforms a name comes several times, and one of them is installed.
  for (const [, name = ''] of text.matchAll(/^ {4}([A-Za-z0-9_.-]+) \(/gm)) names.add(name);
  return names.size;
}

function bundleEffect(
  parts: EffectParts,
  command: RunCommand,
  words: readonly RunWord[],
  surroundings: ProviderSurroundings,
): PackageEffect {
  const options = readOptions(words, withValue);
  const gemfile = optionValue(options, '--gemfile') ?? command.environment.get('BUNDLE_GEMFILE') ?? 'Gemfile';
  const lock = absolutePath(command, `${gemfile}.lock`);
  const text = lock === undefined ? undefined : surroundings.files.readText(lock);
  const count = text === undefined || text === 'pending' ? undefined : gemsOfLock(text);
  const chosen = optionValue(options, '--path') ?? command.environment.get('BUNDLE_PATH');
  const folder = chosen === undefined ? gemFolder(command) : (absolutePath(command, chosen) ?? gemFolder(command));
  if (count === undefined) {
    // A lock file that is there and cannot be read tells that something is wrong with it.
    const absent = text === undefined;
    parts.tree(folder, absent ? spreadBytes(rubySet.spread) : unknownBytes, t('Ruby gems'));
    if (absent) parts.because(rubySet.source());
    parts.because(
      text === 'pending'
        ? t('{0} is being read', 'Gemfile.lock')
        : text === undefined
          ? t('{0} cannot be read before the build', 'Gemfile.lock')
          : t('{0} is cut off or damaged', 'Gemfile.lock'),
    );
    return parts.effect();
  }
  const without = has(options, '--without') || command.environment.get('BUNDLE_WITHOUT') !== undefined;
  const { low, middle, high } = sumOfMany(rubyGems, count);
  // A third of the gems of a Rails project is for development and tests; the lock file does not tell groups.
  const share = without ? { low: 0.4, middle: 0.7, high: 1 } : { low: 1, middle: 1, high: 1 };
  const size = {
    low: low * asGems.low * share.low,
    middle: middle * asGems.middle * share.middle,
    high: high * asGems.high * share.high,
  };
  parts.tree(folder, spreadBytes(size), t('{0} Ruby gems', count));
  parts.because(t('{0} packages of {1}', count, lock ?? 'Gemfile.lock'));
  parts.because(rubyGems.source());
  const home = `${homeFolder(command)}/.bundle/cache`;
  parts.tree(home, { bytes: 1.5e6, low: 0, high: 15e6, basis: 'estimated' }, t('cache of {0}', 'bundler'));
  return parts.effect();
}

function gemEffect(parts: EffectParts, command: RunCommand, words: readonly RunWord[]): PackageEffect {
  const options = readOptions(words, withValue);
  const folder = optionValue(options, '-i', '--install-dir') ?? gemFolder(command);
  const names = options.positional.map((word) => (word.value ?? word.text).replace(/:.*$/, ''));
  for (const name of names) {
    const { low, middle, high } = rubyGem.spread;
    const size = { low: low * asGems.low, middle: middle * asGems.middle, high: high * asGems.high };
    parts.write({
      path: `${cleanPath(folder)}/gems/${name}`,
      kind: 'tree',
      size: spreadBytes(size),
      package: { manager: 'gem', name },
    });
  }
  if (names.length > 0) parts.because(rubyGem.source());
  return parts.effect();
}
