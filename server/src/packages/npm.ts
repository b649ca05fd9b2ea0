/** npm: what `install`, `ci`, `prune`, global installs and the cache leave in a layer. Rules as npm 7 to 11 have them. */
import { cleanPath } from '../build/paths';
import { t } from '../localize';
import type { RunCommand } from '../shell/types';
import { effectOf, notMounted, unknownEffect } from './node-effects';
import { within } from './node-pool';
import { leftByRun } from './node-run';
import { logPart } from './npm-cache';
import { wantedOf } from './npm-closure';
import { installGlobally, installProject } from './npm-install';
import { prune } from './npm-prune';
import { type NpmSettings, npmSettings } from './npm-settings';
import type { PackageEffect, PackageProvider, ProviderSurroundings, WrittenPart } from './types';

/** npm's names for the same commands (npm, `lib/utils/cmd-list.js`). */
const verbs: Readonly<Record<string, NpmVerb>> = {
  ...same('install', 'install i in ins inst insta instal isnt isnta isntal isntall add install-test it'),
  ...same('ci', 'ci clean-install ic install-clean isntall-clean install-ci-test cit clean-install-test sit'),
  ...same('prune', 'prune'),
  ...same('uninstall', 'uninstall un unlink remove rm r'),
  ...same('cache', 'cache'),
  ...same('config', 'config c set'),
  ...same('run', 'run run-script rum urn test t tst start stop restart'),
  ...same('exec', 'exec x init create innit'),
  ...same('pack', 'pack'),
  ...same('update', 'update up upgrade udpate dedupe ddp audit find-dupes rebuild rb'),
  ...same('link', 'link ln'),
};

type NpmVerb =
  | 'install'
  | 'ci'
  | 'prune'
  | 'uninstall'
  | 'cache'
  | 'config'
  | 'run'
  | 'exec'
  | 'pack'
  | 'update'
  | 'link';

function same(verb: NpmVerb, names: string): Record<string, NpmVerb> {
  return Object.fromEntries(names.split(' ').map((name) => [name, verb]));
}

export const npm: PackageProvider = {
  manager: 'npm',
  handles: (command) => command.name === 'npm' || command.name === 'npx',
  effect(command, surroundings) {
    if (command.name === 'npx') return npx(command);
    const settings = npmSettings(command, surroundings.files);
    const { verb } = settings.line;
    const known = verb !== undefined && Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
    const effect = effectOfVerb(known, command, settings, surroundings);
    const needs = settings.pending.map((path) => ({ kind: 'file', path }) as const);
    return {
      ...effect,
      writes: notMounted(effect.writes, surroundings.mounted),
      needs: [...needs, ...effect.needs],
    };
  },
};

function effectOfVerb(
  verb: NpmVerb | undefined,
  command: RunCommand,
  settings: NpmSettings,
  surroundings: ProviderSurroundings,
): PackageEffect {
  const log = logPart(settings.cache, textOf(command));
  switch (verb) {
    case 'install':
    case 'ci':
      if (settings.line.open) {
        return unknownEffect(t('Which packages npm installs is known only to the running build.'));
      }
      return settings.global
        ? installGlobally(textOf(command), settings, surroundings)
        : installProject(verb, textOf(command), settings, surroundings);
    case 'prune':
      return prune(textOf(command), settings, surroundings);
    case 'uninstall':
      return uninstall(log, settings);
    case 'cache':
      return cacheCommand(log, settings);
    case 'config':
      return configure(log, command, settings);
    case 'run': {
      const left = leftByRun(settings.line.operands[0] ?? command.words[0]?.value, settings.folder);
      if (left !== undefined) return effectOf({ writes: [log, ...left.writes], evidence: left.evidence });
      return unknownEffect(
        t('What a script of package.json writes is known only after a build: {0}', textOf(command)),
        [log],
      );
    }
    case 'exec':
      return npx(command, [log]);
    case 'pack':
      return unknownEffect(t('The size of the archive that npm pack makes is not known before it is made.'), [log]);
    case 'update':
      return unknownEffect(t('What {0} changes depends on the registry at the time of the build.', textOf(command)), [
        log,
      ]);
    case 'link':
    case undefined:
      return effectOf({ writes: [log] });
  }
}

function textOf(command: RunCommand): string {
  return [command.name ?? '', ...command.words.map(({ text }) => text)].join(' ').slice(0, 80);
}

/** A program that may come from the registry and does what it likes. */
function npx(command: RunCommand, writes: readonly WrittenPart[] = []): PackageEffect {
  return unknownEffect(t('What {0} writes is known only after a build.', textOf(command)), writes);
}

function uninstall(log: WrittenPart, settings: NpmSettings): PackageEffect {
  const base = settings.global
    ? settings.globalFolder
    : settings.folder && cleanPath(`${settings.folder}/node_modules`);
  if (base === undefined) return unknownEffect(t('The folder in which npm runs is not known.'));
  const names = settings.line.operands.flatMap((word) => wantedOf(word)?.name ?? []);
  return effectOf({ removes: names.map((name) => `${base}/${name}`), writes: [log] });
}

function cacheCommand(log: WrittenPart, settings: NpmSettings): PackageEffect {
  const [action] = settings.line.operands;
  const cleans = action === 'clean' || action === 'clear' || action === 'rm';
  return effectOf({
    removes: cleans ? [`${settings.cache}/_cacache`] : [],
    writes: [log],
  });
}

/** `npm config set name value` and `npm set name=value` write the user's `.npmrc`. */
function configure(log: WrittenPart, command: RunCommand, settings: NpmSettings): PackageEffect {
  const words = settings.line.verb === 'set' ? ['set', ...settings.line.operands] : settings.line.operands;
  if (words[0] !== 'set') return effectOf({ writes: [log] });
  const bytes = Math.max(2, textOf(command).length);
  const path = settings.global ? cleanPath(`${settings.globalFolder}/../../etc/npmrc`) : `${settings.home}/.npmrc`;
  return effectOf({ writes: [{ path, kind: 'file', size: within(bytes, 1, 'estimated'), files: 1 }, log] });
}
