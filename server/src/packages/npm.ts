/** npm: what `install`, `ci`, `prune`, global installs and the cache leave in a layer. Rules as npm 7 to 11 have them. */
import { cleanPath } from '../build/paths';
import { t } from '../localize';
import type { RunCommand } from '../shell/types';
import { effectOf, notMounted, unknownEffect } from './node-effects';
import { type LockedPackage, type LockReading, lockProblem } from './node-lock';
import { platformOf } from './node-platform';
import { within } from './node-pool';
import { chosenPackages, isOmitted, layOut, nothingOmitted, type PackageTree, widened } from './node-tree';
import { cachePart, hiddenLockPart, logPart } from './npm-cache';
import { closureOf, manifestDependencies, type WantedPackage, wantedOf } from './npm-closure';
import { readNpmLock } from './npm-lock';
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
      return install(verb, command, settings, surroundings);
    case 'prune':
      return prune(log, settings, surroundings);
    case 'uninstall':
      return uninstall(log, settings);
    case 'cache':
      return cacheCommand(log, settings);
    case 'config':
      return configure(log, command, settings);
    case 'run':
      return unknownEffect(
        t('What a script of package.json writes is known only after a build: {0}', textOf(command)),
        [log],
      );
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

function install(
  verb: 'install' | 'ci',
  command: RunCommand,
  settings: NpmSettings,
  surroundings: ProviderSurroundings,
): PackageEffect {
  const { line, folder } = settings;
  if (line.open) return unknownEffect(t('Which packages npm installs is known only to the running build.'));
  if (settings.global) return installGlobally(command, settings, surroundings);
  if (folder === undefined) return unknownEffect(t('The folder in which npm runs is not known.'));
  const lock = settings.lockFile || verb === 'ci' ? lockOf(folder, surroundings) : undefined;
  if (lock === 'pending')
    return effectOf({ needs: lockNames.map((name) => ({ kind: 'file', path: join(folder, name) })) });
  const reinstalls = verb === 'ci' ? [join(folder, 'node_modules')] : [];
  if (lock?.reading.kind === 'problem') {
    return { ...unknownEffect(lockProblem(lock.name, lock.reading.problem)), removes: reinstalls };
  }
  const added = verb === 'install' ? line.operands.map(wantedOf) : [];
  const wanted = added.filter((one): one is WantedPackage => one !== undefined);
  if (wanted.length < added.length) {
    return unknownEffect(t('The size of packages from git, URLs and folders is known only after a build.'));
  }
  const locked = lock?.reading.kind === 'lock' ? lock.reading : undefined;
  if (locked === undefined && verb === 'ci') {
    return unknownEffect(t('npm ci needs package-lock.json, which is not known to lie in {0}.', folder));
  }
  const manifest = locked === undefined ? manifestOf(folder, settings, surroundings) : undefined;
  if (manifest === 'pending') return effectOf({ needs: [{ kind: 'file', path: join(folder, 'package.json') }] });
  if (locked === undefined && manifest === undefined && wanted.length === 0) {
    return unknownEffect(t('package.json in {0} is not known, so neither are the packages.', folder));
  }
  const closure = closureOf([...(manifest?.wanted ?? []), ...wanted]);
  const unknowable = [...(manifest?.others ?? []), ...closure.missing];
  const platform = platformOf(surroundings.system);
  const listed = locked === undefined ? closure.packages : withoutKnown(locked.packages, closure.packages);
  const packages = chosenPackages(listed, settings.omitted, platform);
  const tree = layOut({
    manager: 'npm',
    folder,
    home: settings.home,
    packages,
    scripts: settings.scripts,
    indexes: surroundings.indexes,
  });
  const guessed = closure.packages.length > 0;
  const lists =
    manifest?.lookedUp ?? closure.packages.length + (locked === undefined ? 0 : lookedUpFor(locked, packages));
  const writes = [
    ...(guessed ? loosened(tree) : tree.parts),
    hiddenLockPart(folder, packages),
    cachePart(settings.cache, `${folder}: ${textOf(command)}`, tree, lists),
    logPart(settings.cache, `${folder}: ${textOf(command)}`, listed.length, packages.length),
    ...(verb === 'install' && settings.lockFile ? rewritten(folder, locked === undefined, packages, surroundings) : []),
  ];
  return effectOf({
    removes: reinstalls,
    writes,
    evidence: [
      ...(locked === undefined
        ? [
            t(
              '{0} packages that package.json needs, without a lock file: the newest releases that are known',
              packages.length,
            ),
          ]
        : [setSentence(locked.form, locked.packages, packages, settings)]),
      ...tree.evidence,
    ],
    needs: tree.needs,
    ...(unknowable.length > 0 && { unknown: missingSentence(unknowable) }),
  });
}

function setSentence(
  form: string,
  all: readonly LockedPackage[],
  packages: readonly LockedPackage[],
  settings: NpmSettings,
): string {
  return settings.omitted.dev
    ? t('{0} of {1} packages of {2}, without development dependencies', packages.length, all.length, form)
    : t('{0} of {1} packages of {2}', packages.length, all.length, form);
}

function missingSentence(names: readonly string[]): string {
  const list = [...new Set(names)].slice(0, 5).join(', ');
  return t('Nothing is known of these packages and of what they need; a lock file would tell: {0}', list);
}

function withoutKnown(locked: readonly LockedPackage[], added: readonly LockedPackage[]): readonly LockedPackage[] {
  if (added.length === 0) return locked;
  const names = new Set(locked.map(({ location }) => location));
  return [...locked, ...added.filter(({ location }) => !names.has(location))];
}

/**
 * Packages whose list of releases npm asks for although they are locked: all of version 1, whose entries lack what npm wants to know, and
 * those without `resolved` (setting `omit-lockfile-registry-resolved`).
 */
function lookedUpFor(lock: LockReading & { readonly kind: 'lock' }, packages: readonly LockedPackage[]): number {
  const names = packages.flatMap(({ name, origin, resolved, bundled }) =>
    !bundled && origin === 'registry' && (lock.incomplete || resolved === undefined) ? [name] : [],
  );
  return new Set(names).size;
}

/** Without a lock file versions and doublings are guessed: the whole is off by a share of itself. */
function loosened(tree: PackageTree): readonly WrittenPart[] {
  return tree.parts.map((part) => ({ ...part, size: widened(part.size, 0.12) }));
}

const lockNames = ['npm-shrinkwrap.json', 'package-lock.json'];

function join(folder: string, name: string): string {
  return `${folder === '/' ? '' : folder}/${name}`;
}

function lockOf(
  folder: string,
  { files }: ProviderSurroundings,
): { readonly name: string; readonly reading: LockReading } | 'pending' | undefined {
  for (const name of lockNames) {
    const text = files.readText(join(folder, name));
    if (text === 'pending') return 'pending';
    if (text !== undefined) return { name, reading: readNpmLock(text) };
  }
  return undefined;
}

/** What the manifest asks for, and how many packages npm looks up for it: those that it then leaves out too. */
function manifestOf(folder: string, settings: NpmSettings, { files }: ProviderSurroundings) {
  const text = files.readText(join(folder, 'package.json'));
  if (text === undefined || text === 'pending') return text;
  const asked = manifestDependencies(text, settings.omitted);
  const all = manifestDependencies(text, nothingOmitted);
  return asked === undefined || all === undefined
    ? undefined
    : { ...asked, lookedUp: closureOf(all.wanted).packages.length };
}

/** `npm install` saves the lock file even when nothing changed (`@npmcli/arborist`, `[_saveIdealTree]`). */
function rewritten(
  folder: string,
  made: boolean,
  packages: readonly LockedPackage[],
  { files }: ProviderSurroundings,
): readonly WrittenPart[] {
  const path = join(folder, 'package-lock.json');
  const text = files.readText(path);
  const bytes = made || text === undefined || text === 'pending' ? 400 * packages.length + 200 : text.length;
  return [{ path, kind: 'file', size: within(bytes, made ? 0.3 : 0.05, 'estimated'), files: 1 }];
}

function installGlobally(
  command: RunCommand,
  settings: NpmSettings,
  surroundings: ProviderSurroundings,
): PackageEffect {
  const all = settings.line.operands.map(wantedOf);
  const wanted = all.filter((one): one is WantedPackage => one !== undefined);
  if (all.length === 0 || wanted.length < all.length) {
    return unknownEffect(t('The size of packages from git, URLs and folders is known only after a build.'));
  }
  const platform = platformOf(surroundings.system);
  const { globalFolder } = settings;
  const trees = wanted.map((one) => {
    const closure = closureOf([one]);
    const top = `node_modules/${one.name}`;
    const packages = chosenPackages(closure.packages, nothingOmitted, platform).map((each) =>
      each.location === top ? each : { ...each, location: `${top}/${each.location}` },
    );
    const tree = layOut({
      manager: 'npm',
      folder: globalFolder.replace(/\/node_modules$/, ''),
      home: settings.home,
      packages,
      scripts: settings.scripts,
      indexes: surroundings.indexes,
    });
    // A single release is what it is; what it needs moves on.
    const isExact = packages.length === 1 && /^\d+\.\d+\.\d+/.test(one.range);
    return { closure, tree, count: packages.length, isExact };
  });
  const missing = trees.flatMap(({ closure }) => closure.missing);
  return effectOf({
    removes: wanted.map(({ name }) => `${globalFolder}/${name}`),
    writes: trees.flatMap(({ tree, count, isExact }) => [
      ...(isExact ? tree.parts : loosened(tree)),
      cachePart(settings.cache, textOf(command), tree, count),
      logPart(settings.cache, textOf(command), count, count),
    ]),
    evidence: [
      t('Global packages and what they need: the newest releases that are known'),
      ...trees.flatMap(({ tree }) => tree.evidence),
    ],
    needs: trees.flatMap(({ tree }) => tree.needs),
    ...(missing.length > 0 && { unknown: missingSentence(missing) }),
  });
}

/** Takes away what the lock file has and the settings leave out; the lock file inside `node_modules` is written anew. */
function prune(log: WrittenPart, settings: NpmSettings, surroundings: ProviderSurroundings): PackageEffect {
  const { folder, omitted } = settings;
  if (folder === undefined) return unknownEffect(t('The folder in which npm runs is not known.'));
  const lock = lockOf(folder, surroundings);
  if (lock === 'pending')
    return effectOf({ needs: lockNames.map((name) => ({ kind: 'file', path: join(folder, name) })) });
  if (lock === undefined || lock.reading.kind === 'problem') {
    if (!omitted.dev) return effectOf({ writes: [log] });
    return unknownEffect(t('Which packages npm prune takes away is not known without a lock file.'), [log]);
  }
  const chosen = chosenPackages(lock.reading.packages, nothingOmitted, platformOf(surroundings.system));
  const gone = chosen.filter((locked) => isOmitted(locked, omitted));
  const kept = chosen.filter((locked) => !isOmitted(locked, omitted));
  const keptPlaces = new Set(kept.map(({ location }) => location));
  return effectOf({
    removes: gone.filter(({ location }) => !keptPlaces.has(location)).map(({ location }) => join(folder, location)),
    writes: gone.length === 0 ? [log] : [hiddenLockPart(folder, kept), log],
    evidence: [t('{0} of {1} packages of {2} are taken away', gone.length, chosen.length, lock.reading.form)],
  });
}

function uninstall(log: WrittenPart, settings: NpmSettings): PackageEffect {
  const base = settings.global ? settings.globalFolder : settings.folder && join(settings.folder, 'node_modules');
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
