/**
 * dnf, microdnf, yum, tdnf, zypper and rpm. No index of these distributions is read yet: what they install is unknown, and said so; what
 * cleaning removes and where their caches lie is known.
 */
import { t } from '../localize';
import type { RunCommand } from '../shell/types';
import { EffectParts, noEffect } from './effect-parts';
import type { PackageEffect, PackageProvider } from './types';

const CACHES: Readonly<Record<string, readonly string[]>> = {
  dnf: ['/var/cache/dnf/*', '/var/cache/libdnf5/*'],
  dnf5: ['/var/cache/libdnf5/*'],
  microdnf: ['/var/cache/yum/*', '/var/cache/dnf/*', '/var/cache/libdnf5/*'],
  yum: ['/var/cache/yum/*', '/var/cache/dnf/*'],
  tdnf: ['/var/cache/tdnf/*'],
  zypper: ['/var/cache/zypp/*'],
};

/** Verbs that change nothing of weight. */
const HARMLESS = new Set([
  'list',
  'info',
  'search',
  'repolist',
  'provides',
  'check-update',
  'config-manager',
  'version',
  'repoquery',
  'history',
  'mark',
  'versionlock',
]);

function verbsOf(command: RunCommand): readonly string[] {
  return command.words.flatMap((word) => {
    const text = word.value ?? word.text;
    return text.startsWith('-') ? [] : [text];
  });
}

function packagesAsked(words: readonly string[]): string {
  const names = words.slice(0, 6).join(', ');
  return words.length > 6 ? `${names}, …` : names;
}

/** The provider of the RPM family. */
export const dnf: PackageProvider = {
  manager: 'dnf',
  handles: (command) => command.name !== undefined && (CACHES[command.name] !== undefined || command.name === 'rpm'),
  effect(command, surroundings): PackageEffect {
    const { memory, mounted } = surroundings;
    const parts = new EffectParts(mounted);
    if (command.name === 'rpm') {
      const installs = command.words.some((word) => /^(-[a-zA-Z]*[iUF]|--install|--upgrade)/.test(word.value ?? ''));
      const asks = command.words.some((word) => /^(-q|--query|--import|-V|--eval|-E)/.test(word.value ?? ''));
      if (!installs || asks) return { ...noEffect, memory };
      parts.unknown(t('How large the installed RPM archives are once unpacked is not known.'));
      return parts.effect(memory);
    }
    const [verb, ...rest] = verbsOf(command);
    const name = command.name ?? 'dnf';
    if (verb === undefined || HARMLESS.has(verb)) return { ...noEffect, memory };
    if (verb === 'clean') {
      for (const path of CACHES[name] ?? []) parts.remove(path);
      return parts.effect(memory);
    }
    parts.unknown(
      rest.length > 0
        ? t(
            'What {0} installs is not known, since Strata reads no index of this distribution: {1}.',
            name,
            packagesAsked(rest),
          )
        : t('What {0} changes is not known, since Strata reads no index of this distribution.', name),
    );
    return parts.effect(memory);
  },
};
