/** What `npm install` and `npm ci` put into a project, and `npm install --global` beside it. */

import { t } from '../localize';
import { effectOf, unknownEffect } from './node-effects';
import { isPackageName, type LockedPackage, type LockReading, lockProblem } from './node-lock';
import { platformOf } from './node-platform';
import { within } from './node-pool';
import { chosenPackages, layOut, nothingOmitted, type PackageTree, widened } from './node-tree';
import { missingSentence, npmCachedShare, unreadPart } from './node-unread';
import { cachePart, type FetchedLists, hiddenLockPart, listsOfNames, logPart } from './npm-cache';
import { type RootWant, rootWantOf } from './npm-closure';
import { findNpmLock, inFolder, npmLockNames, readManifest } from './npm-lock-place';
import { type Resolution, resolveWanted } from './npm-resolve';
import type { NpmSettings } from './npm-settings';
import type { PackageEffect, ProviderSurroundings, WrittenPart } from './types';
import { unansweredSentence } from './unanswered';
import { npmProgram, npmSet } from './unread-sets';

type Lock = LockReading & { readonly kind: 'lock' };

/** The effect in a project's folder. `text`: the command, for labels. */
export function installProject(
  verb: 'install' | 'ci',
  text: string,
  settings: NpmSettings,
  surroundings: ProviderSurroundings,
): PackageEffect {
  const { line, folder } = settings;
  if (folder === undefined) return unknownEffect(t('The folder in which npm runs is not known.'));
  const lock = settings.lockFile || verb === 'ci' ? findNpmLock(folder, surroundings) : undefined;
  if (lock === 'pending')
    return effectOf({ needs: npmLockNames.map((name) => ({ kind: 'file', path: inFolder(folder, name) })) });
  const reinstalls = verb === 'ci' ? [inFolder(folder, 'node_modules')] : [];
  if (lock?.reading.kind === 'problem') {
    return { ...unknownEffect(lockProblem(lock.name, lock.reading.problem)), removes: reinstalls };
  }
  const added = verb === 'install' ? wantsOf(line.operands) : [];
  if (added === undefined) {
    return unknownEffect(t('The size of packages from git, URLs and folders is known only after a build.'));
  }
  const locked = lock?.reading.kind === 'lock' ? lock.reading : undefined;
  if (locked === undefined && verb === 'ci') {
    return unknownEffect(t('npm ci needs package-lock.json, which is not known to lie in {0}.', folder));
  }
  const manifest = locked === undefined ? readManifest(folder, surroundings) : undefined;
  if (manifest === 'pending') return effectOf({ needs: [{ kind: 'file', path: inFolder(folder, 'package.json') }] });
  if (locked === undefined && manifest === undefined && added.length === 0) {
    const reason = t('package.json in {0} is not known, so neither are the packages.', folder);
    // It comes with a clone or an archive: the project has packages, and how many only the build knows.
    return surroundings.files.exists(inFolder(folder, 'package.json')) === false
      ? unknownEffect(reason)
      : effectOf({
          writes: [
            unreadPart(`${folder}/node_modules`, npmSet, 1),
            unreadPart(`${settings.cache}/_cacache`, npmSet, npmCachedShare),
            logPart(settings.cache, `${folder}: ${text}`),
          ],
          evidence: [reason, npmSet.source()],
        });
  }
  const wanted = [...(manifest?.wanted ?? []), ...added];
  const resolution = resolveWanted(wanted, 'project', surroundings);
  const listed = locked === undefined ? resolution.packages : withoutKnown(locked.packages, resolution.packages);
  const packages = chosenPackages(listed, settings.omitted, platformOf(surroundings.system));
  const tree = layOut({
    manager: 'npm',
    folder,
    home: settings.home,
    packages,
    scripts: settings.scripts,
    indexes: surroundings.indexes,
  });
  const lookedUp = listsOfNames(locked === undefined ? [] : lookedUpFor(locked, packages), surroundings.indexes);
  const lists = together(resolution.lists, lookedUp.lists);
  const label = `${folder}: ${text}`;
  const unknowable = [...(manifest?.others ?? []), ...resolution.missing];
  return effectOf({
    removes: reinstalls,
    writes: [
      ...loosened(tree, wanted, resolution),
      hiddenLockPart(folder, packages),
      cachePart(
        settings.cache,
        lock && added.length === 0 ? `${folder}: ${lockedSet(lock.name, settings)}` : label,
        tree,
        lists,
      ),
      logPart(settings.cache, label, listed.length, packages.length, lists.known + lists.others),
      ...(verb === 'install' && settings.lockFile
        ? [savedLock(folder, locked === undefined, listed, surroundings)]
        : []),
    ],
    evidence: [
      ...(locked === undefined
        ? resolutionSentences(resolution, packages.length)
        : [setSentence(locked.form, locked.packages, packages, settings)]),
      ...tree.evidence,
    ],
    needs: [...resolution.needs, ...lookedUp.needs, ...tree.needs],
    ...(unknowable.length > 0 && { unknown: missingSentence(unknowable) }),
  });
}

/** What is fetched by a lock file, in words: the same by `npm install` and by `npm ci`. */
function lockedSet(name: string, { omitted }: NpmSettings): string {
  const kinds = (['dev', 'optional', 'peer'] as const).filter((kind) => omitted[kind]);
  return [name, ...kinds.map((kind) => `--omit=${kind}`)].join(' ');
}

/** Undefined when one of the operands is no package of a registry. */
function wantsOf(operands: readonly string[]): readonly RootWant[] | undefined {
  const wants = operands.map(rootWantOf).filter((want) => want !== undefined);
  return wants.length < operands.length ? undefined : wants;
}

function together(left: FetchedLists, right: FetchedLists): FetchedLists {
  return {
    known: left.known + right.known,
    knownBytes: left.knownBytes + right.knownBytes,
    others: left.others + right.others,
  };
}

/** Evidence, localised, of what is installed by a manifest alone. */
export function resolutionSentences({ guesses, unanswered }: Resolution, count: number): readonly string[] {
  if (guesses === 0)
    return [t('{0} packages by the ranges of package.json and the releases in the registry now', count)];
  return [
    t('{0} packages that package.json needs, without a lock file: the newest releases that are known', count),
    ...unansweredSentence(unanswered),
  ];
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

function withoutKnown(locked: readonly LockedPackage[], added: readonly LockedPackage[]): readonly LockedPackage[] {
  if (added.length === 0) return locked;
  const names = new Set(locked.map(({ location }) => location));
  return [...locked, ...added.filter(({ location }) => !names.has(location))];
}

/**
 * Packages whose list of releases npm asks for although they are locked: all of version 1, whose entries lack what npm wants to know, and
 * those without `resolved` (setting `omit-lockfile-registry-resolved`).
 */
function lookedUpFor(lock: Lock, packages: readonly LockedPackage[]): readonly string[] {
  const locked = new Set(lock.packages);
  const names = packages.flatMap((each) => {
    const { name, origin, resolved, bundled } = each;
    return locked.has(each) && !bundled && origin === 'registry' && (lock.incomplete || resolved === undefined)
      ? [name]
      : [];
  });
  return [...new Set(names)];
}

/**
 * The share by which what is installed without a lock file may be off. Releases that the registry has now may have followers at the build; what the
 * table guesses is off by a share of the whole: releases and doublings of what the packages need, and more where what was asked for is not the
 * release that was measured.
 */
export function unlockedShare(wanted: readonly RootWant[], { packages, guesses, strange }: Resolution): number {
  if (packages.length === 0) return 0;
  return 0.02 + (guesses / packages.length) * (0.25 + (0.3 * strange) / wanted.length);
}

/** Releases that are asked for by their number are what they are. */
function loosened(tree: PackageTree, wanted: readonly RootWant[], resolution: Resolution): readonly WrittenPart[] {
  const fixed = new Set(wanted.map(({ name, range }) => `${name}@${range}`));
  const share = unlockedShare(wanted, resolution);
  return tree.parts.map((part) => {
    const { name = '', version = '' } = part.package ?? {};
    return fixed.has(`${name}@${version}`) ? part : { ...part, size: widened(part.size, share) };
  });
}

/**
 * `npm install` saves the lock file even when nothing changed (`@npmcli/arborist`, `[_saveIdealTree]`). `made`: there was none, and it has an
 * entry for each package.
 */
export function savedLock(
  folder: string,
  made: boolean,
  packages: readonly LockedPackage[],
  { files }: ProviderSurroundings,
): WrittenPart {
  const path = inFolder(folder, 'package-lock.json');
  const text = files.readText(path);
  const bytes = made || text === undefined || text === 'pending' ? 400 * packages.length + 200 : text.length;
  return { path, kind: 'file', size: within(bytes, made ? 0.3 : 0.05, 'estimated'), files: 1 };
}

/** Global packages lie in a folder each, with what they need inside it. */
export function installGlobally(
  text: string,
  settings: NpmSettings,
  { indexes, system }: ProviderSurroundings,
): PackageEffect {
  const wanted = wantsOf(settings.line.operands) ?? [];
  if (wanted.length === 0) {
    return unknownEffect(t('The size of packages from git, URLs and folders is known only after a build.'));
  }
  const { globalFolder } = settings;
  const resolution = resolveWanted(wanted, 'global', { indexes, system });
  const packages = chosenPackages(resolution.packages, nothingOmitted, platformOf(system));
  const tree = layOut({
    manager: 'npm',
    folder: globalFolder.replace(/\/node_modules$/, ''),
    home: settings.home,
    packages,
    scripts: settings.scripts,
    indexes,
  });
  const { lists, missing, needs } = resolution;
  return effectOf({
    removes: wanted.filter(({ folder }) => isPackageName(folder)).map(({ folder }) => `${globalFolder}/${folder}`),
    writes: [
      ...loosened(tree, wanted, resolution),
      cachePart(settings.cache, text, tree, lists),
      logPart(settings.cache, text, packages.length, packages.length, lists.known + lists.others),
      ...(missing.length === 0
        ? []
        : [
            unreadPart(globalFolder, npmProgram, missing.length),
            unreadPart(`${settings.cache}/_cacache`, npmProgram, missing.length * npmCachedShare),
          ]),
    ],
    evidence: [
      ...(missing.length === 0 ? [] : [missingSentence(missing), npmProgram.source()]),
      resolution.guesses === 0
        ? t('Global packages and what they need: the releases in the registry now')
        : t('Global packages and what they need: the newest releases that are known'),
      ...tree.evidence,
    ],
    needs: [...needs, ...tree.needs],
  });
}
