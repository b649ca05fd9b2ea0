/**
 * apt, apt-get, aptitude, apt-mark and dpkg: Debian and Ubuntu. What is installed is what apt's resolver would pick from the index of the
 * stage's suite; sizes are those of the packages' files and of what dpkg, debconf and the logs leave behind.
 */
import { t } from '../localize';
import { standIns, unpack, writeUnnamed } from './apt-absent';
import { type AptAction, type AptTarget, isApt, matches, readApt } from './apt-command';
import { recommendsByConfiguration } from './apt-configuration';
import { writeArchives, writeCaches, writeLists } from './apt-files';
import { foreignByName, foreignOf } from './apt-foreign';
import { type Work, writePackage, writePackages, writePerhaps } from './apt-packages';
import { unneeded, withDependants } from './apt-removal';
import { addedSource, fetchesLists, writeSource } from './apt-sources';
import { type AptMemory, type AptStage, aptMemory, aptStage, requestOf } from './apt-stage';
import { perhapsBytes, type Spread, spreadBytes } from './byte-range';
import { helperManager, otherPlatform, withoutHelper } from './cross-platform';
import { similarApart, standInFor } from './debian-absent';
import { contentSize } from './debian-contents';
import { afterInstallation, afterRemoval, asksQuestions, writeLeftovers, writeTriggered } from './debian-leftovers';
import { widest } from './distribution-nearest';
import { resolve } from './distribution-resolve';
import { EffectParts, noEffect } from './effect-parts';
import { compareVersions } from './package-version';
import type { DistributionPackage, PackageEffect, PackageProvider } from './types';

const MANAGER = 'apt';

type Install = Extract<AptAction, { kind: 'install' }>;

/**
 * Packages of the base image that come along in a newer version: those asked for by name, and those of which an added package needs the
 * very version of the index.
 */
function upgraded(
  stage: AptStage,
  memory: AptMemory,
  added: readonly DistributionPackage[],
  asked: ReadonlySet<string>,
): { readonly surely: readonly DistributionPackage[]; readonly perhaps: readonly DistributionPackage[] } {
  const names = new Set([...asked, ...added.flatMap((of) => of.exact ?? [])]);
  const surely: DistributionPackage[] = [];
  const perhaps: DistributionPackage[] = [];
  for (const name of names) {
    if (!stage.base.has(name) || memory.added.has(name) || memory.gone.has(name)) continue;
    const of = stage.index.find(name);
    if (of === undefined) continue;
    const version = stage.baseVersion(name);
    if (version !== undefined) {
      if (compareVersions(version, of.version) < 0) surely.push(of);
    } else if (of.updated === true) perhaps.push(of);
  }
  return { surely, perhaps };
}

const nameOf = (target: AptTarget): string => target.name;

/** Names that come from a repository which a script added. */
function isForeign(memory: AptMemory, name: string): boolean {
  return memory.foreign.some((repository) =>
    foreignByName.get(repository)?.packages.some((pattern) => pattern.test(name)),
  );
}

function install(work: Work, stage: AptStage, action: Install): AptMemory {
  const { parts, memory, surroundings } = work;
  const recommends = action.recommends ?? recommendsByConfiguration(surroundings.files) ?? true;
  const wanted = action.targets.filter((target) => !target.without);
  const without = new Set(action.targets.filter((target) => target.without).map(nameOf));
  const foreign = wanted.map(nameOf).filter((name) => isForeign(memory, name));
  const names = wanted
    .map(nameOf)
    .filter((name) => !foreign.includes(name) && (!action.onlyUpgrade || !stage.has(name)));
  const resolution = action.onlyUpgrade
    ? resolve(stage.index, { has: stage.has }, [], { recommends })
    : resolve(stage.index, { has: stage.has }, names, { recommends, without });
  const lacking = action.onlyUpgrade ? [] : [...resolution.missing, ...foreign];
  const instead = standIns(parts, stage, lacking, resolution.added, { recommends, without });
  const added = [...resolution.added, ...instead];
  if (action.unknownWords > 0) writeUnnamed(parts);
  for (const target of wanted) {
    const found = target.suite === undefined ? undefined : stage.index.find(target.name);
    if (found !== undefined && target.suite !== stage.suite.suite)
      parts.because(
        t(
          '{0} is taken from {1}: the figure is that of the version in {2}.',
          target.name,
          target.suite ?? '',
          stage.suite.suite,
        ),
      );
  }
  writeArchives(parts, stage, added, action.downloadOnly);
  if (action.downloadOnly) {
    parts.because(stage.source);
    return memory;
  }
  const all = new Map(memory.added);
  const asked = new Set(wanted.map((target) => resolution.selected.get(target.name) ?? target.name));
  for (const name of asked) if (stage.has(name)) all.set(name, 'manual');
  for (const name of lacking) all.set(name, 'manual');
  for (const of of added) all.set(of.name, asked.has(of.name) ? 'manual' : 'automatic');
  const newer = upgraded(stage, memory, added, asked);
  if (newer.perhaps.length > 0) {
    for (const of of newer.perhaps) writePerhaps(work, stage, of);
    parts.because(
      t(
        'An older base image would get these anew: {0}.',
        newer.perhaps
          .slice(0, 8)
          .map((of) => of.name)
          .join(', '),
      ),
    );
  }
  if (added.length + newer.surely.length === 0) {
    if (lacking.length === 0 && action.unknownWords === 0 && action.archives.length === 0)
      parts.because(t('Everything is installed already.'));
    return { ...memory, added: all };
  }
  const written = [...added, ...newer.surely];
  writePackages(work, stage, [...resolution.added, ...newer.surely]);
  writePackages(work, stage, instead, widest(similarApart, stage.apart));
  for (const of of newer.surely) all.set(of.name, asked.has(of.name) ? 'manual' : 'automatic');
  const automatic = added.filter((of) => !asked.has(of.name)).length;
  const leftovers = afterInstallation(memory.leftovers, added, automatic);
  writeLeftovers(parts, leftovers, {
    suite: stage.conventions.suite,
    baseEntries: stage.baseEntries,
    asked: written.some(asksQuestions),
  });
  writeTriggered(parts, written);
  writeCaches(parts, stage);
  const counted = added.filter((of) => of.measured !== undefined).length;
  parts.because(t('{0} packages with what they need ({1}).', added.length, stage.source));
  if (counted > 0) parts.because(t('Files of {0} of them were counted in their archives.', counted));
  if (!stage.baseKnown)
    parts.because(
      t(
        'What the base image holds is not known: the packages of the bare {0} image are taken as there.',
        stage.suite.suite,
      ),
    );
  const gone = new Set(memory.gone);
  for (const of of added) gone.delete(of.name);
  return { ...memory, added: all, gone, leftovers };
}

/** What was installed in place of a package that the index does not hold. */
function standInThatIsThere(stage: AptStage, name: string): readonly string[] {
  if (/[*^$]/.test(name) || stage.index.find(name) !== undefined) return [];
  const instead = standInFor(name, stage.index);
  return instead.kind === 'similar' && stage.has(instead.name) ? [instead.name] : [];
}

function remove(work: Work, stage: AptStage, action: Extract<AptAction, { kind: 'remove' }>): AptMemory {
  const { parts, memory } = work;
  const named = new Set(
    action.names.flatMap((name) => [...(stage.has(name) ? [name] : []), ...standInThatIsThere(stage, name)]),
  );
  const patterns = action.names.filter((name) => /[*^$]/.test(name));
  for (const pattern of patterns) for (const name of memory.added.keys()) if (matches(pattern, name)) named.add(name);
  const removed = new Set(withDependants(stage, memory, named));
  if (action.autoremove) for (const name of unneeded(stage, memory, removed)) removed.add(name);
  if (action.unknownWords > 0) parts.because(t('Which packages a variable names is known in the container only.'));
  if (removed.size === 0) return memory;
  const found: DistributionPackage[] = [];
  const added = new Map(memory.added);
  const gone = new Set(memory.gone);
  for (const name of removed) {
    parts.removePackage({ manager: MANAGER, name });
    const of = stage.index.find(name);
    if (of !== undefined) found.push(of);
    if (!added.delete(name)) gone.add(name);
  }
  if (memory.perhapsKept) keepPerhaps(work, stage, found);
  const leftovers = afterRemoval(memory.leftovers, found);
  writeLeftovers(parts, leftovers, { suite: stage.conventions.suite, baseEntries: stage.baseEntries, asked: false });
  parts.because(t('{0} packages are removed again ({1}).', removed.size, stage.source));
  return { ...memory, added, gone, leftovers };
}

/**
 * `ldd … | xargs apt-mark manual`: libraries that the built programs link to stay, which only the build can tell. Most likely they are those
 * whose headers the script asked for.
 */
function keepPerhaps(work: Work, stage: AptStage, removed: readonly DistributionPackage[]): void {
  const linked = new Set(
    [...work.memory.manualBefore].flatMap((name) =>
      /-dev$/.test(name) ? (stage.index.find(name)?.depends.flat() ?? []) : [],
    ),
  );
  for (const of of removed) {
    if (!/^lib.*\d/.test(of.name) || /-(dev|perl|bin|common)$/.test(of.name)) continue;
    if (linked.has(of.name)) writePackage(work, of, perhapsBytes(contentSize(of, stage.conventions)), undefined);
    else writePerhaps(work, stage, of);
  }
}

function mark(memory: AptMemory, action: Extract<AptAction, { kind: 'mark' }>): AptMemory {
  const added = new Map(memory.added);
  const manual = new Set([...memory.added].filter(([, how]) => how === 'manual').map(([name]) => name));
  for (const word of action.names)
    for (const name of added.keys())
      if (name === word || (/[*^$]/.test(word) && matches(word, name)))
        added.set(name, action.as === 'auto' ? 'automatic' : 'manual');
  if (action.as === 'auto') return { ...memory, added, manualBefore: manual };
  // `apt-mark manual $savedAptMark`: what was manual before the script's own installations, nothing of which Strata added to the base.
  return { ...memory, added, perhapsKept: memory.perhapsKept || action.unknownWords > 0 };
}

function upgrade(work: Work, stage: AptStage): void {
  const { parts, surroundings } = work;
  const installed = surroundings.installed(MANAGER);
  if (installed === undefined && stage.baseKnown) {
    // Official images are made anew within weeks of an update: what of it came since is known when the image is.
    const perhaps = [...stage.base].flatMap((name) => {
      const of = work.memory.added.has(name) ? undefined : stage.index.find(name);
      return of?.updated === true ? [of] : [];
    });
    for (const of of perhaps) writePerhaps(work, stage, of);
    parts.because(
      t('An up to date base image has nothing to upgrade; {0} of its packages have had updates.', perhaps.length),
    );
    return;
  }
  if (installed === undefined) {
    // A bare image of Debian holds some 75 MB, a large one three times that: nearly nothing to nearly all of it may be newer.
    parts.tree('/usr', spreadBytes({ low: 0, middle: 15e6, high: 150e6 }), t('upgraded packages'));
    parts.because(
      t('How much is upgraded depends on the age of the base image; which versions it holds is not known.'),
    );
    return;
  }
  const newer: DistributionPackage[] = [];
  for (const [name, version] of installed) {
    const of = stage.index.find(name);
    if (of !== undefined && version !== undefined && compareVersions(version, of.version) < 0) newer.push(of);
  }
  if (newer.length === 0) {
    parts.because(t('Everything is up to date ({0}).', stage.source));
    return;
  }
  writePackages(work, { ...stage, baseKnown: true }, newer);
  writeLeftovers(parts, afterInstallation(work.memory.leftovers, newer, 0), {
    suite: stage.conventions.suite,
    baseEntries: stage.baseEntries - newer.reduce((sum, of) => sum + (of.stanzaSize ?? 0), 0),
    asked: newer.some(asksQuestions),
  });
  parts.because(t('{0} packages are newer than in the base image ({1}).', newer.length, stage.source));
}

function act(work: Work, action: Exclude<AptAction, { kind: 'nothing' | 'mark' | 'unpack' }>): AptMemory {
  const { parts, memory, surroundings } = work;
  if (action.kind === 'clean') {
    for (const path of ['archives/*', 'pkgcache.bin', 'srcpkgcache.bin']) parts.remove(`/var/cache/apt/${path}`);
    return memory;
  }
  const stage = aptStage(surroundings, memory);
  if ('lacking' in stage) {
    if (stage.suite !== undefined) parts.need(requestOf(stage.suite));
    parts.unknown(
      stage.lacking === 'suite'
        ? t('Which release of Debian or Ubuntu the base image holds is not known.')
        : stage.lacking === 'pending'
          ? t('The package index is being read.')
          : stage.lacking,
    );
    return memory;
  }
  // Better than shipped data is the index as it is now: the host fetches it when the network is allowed.
  parts.need(requestOf(stage.suite));
  if (stage.suite.doubt !== undefined)
    parts.because(
      t(
        '{0} does not tell its release for certain: {1} is supposed.',
        surroundings.system.baseReference ?? '',
        `${stage.suite.distribution} ${stage.suite.suite}`,
      ),
    );
  switch (action.kind) {
    case 'update':
      writeLists(parts, stage);
      return memory;
    case 'install': {
      if (action.update) writeLists(parts, stage);
      const after = install(work, stage, action);
      unpack(parts, action.archives, work.command.directory, (path) => surroundings.files.sizeOf(path));
      return after;
    }
    case 'upgrade':
      upgrade(work, stage);
      return memory;
    case 'remove':
      return remove(work, stage, action);
    case 'build-dep':
      parts.tree('/usr', spreadBytes(buildNeeds), t('what building needs'));
      parts.because(
        t(
          'What building {0} needs is in the index of sources, which Strata does not read: the range is that of compilers and libraries.',
          action.names.join(', '),
        ),
      );
      return memory;
    default: {
      const never: never = action;
      return never;
    }
  }
}

/** What `build-dep` brings: from a compiler and few headers to what desktop programs are built with. */
const buildNeeds: Spread = { low: 150e6, middle: 450e6, high: 1_600e6 };
/** Lists, keys and packages for `https` that a script which sets up a repository leaves. */
const repositorySetUp: Spread = { low: 0.05e6, middle: 25e6, high: 90e6 };

/** The same, and all of it may be missing. */
function perhapsEffect(effect: PackageEffect): PackageEffect {
  return { ...effect, writes: effect.writes.map((part) => ({ ...part, size: perhapsBytes(part.size) })) };
}

/** apt's provider: handles `apt-get`, `apt`, `aptitude`, `apt-mark`, `dpkg`, `xx-apt` and scripts that set up a repository. */
export const apt: PackageProvider = {
  manager: MANAGER,
  handles: (command) =>
    isApt(command) ||
    helperManager(command) === 'apt' ||
    foreignOf(command) !== undefined ||
    addedSource(command) !== undefined,
  effect(called, surroundings): PackageEffect {
    const memory = aptMemory(surroundings.memory);
    const command = helperManager(called) === 'apt' ? withoutHelper(called, surroundings.system.architecture) : called;
    if (command === undefined) return { ...noEffect, unknown: otherPlatform(), memory };
    const parts = new EffectParts(surroundings.mounted);
    const repository = foreignOf(command);
    if (repository !== undefined) {
      const label = t('set-up of the package source {0}', repository.name);
      parts.tree('/var/lib/apt/lists', spreadBytes(repositorySetUp), label);
      parts.because(
        t('The script that sets up the package source {0} fetches lists and may install tools.', repository.name),
      );
      return parts.effect({ ...memory, foreign: [...new Set([...memory.foreign, repository.name])] });
    }
    const work: Work = { command, surroundings, memory, parts };
    const source = addedSource(command);
    if (source !== undefined) {
      if (source.removes) return { ...noEffect, memory };
      const fetches = fetchesLists(source, surroundings.system);
      writeSource(parts, fetches !== false);
      const effect = parts.effect(fetches === false ? memory : act(work, { kind: 'update' }));
      return fetches === undefined ? perhapsEffect(effect) : effect;
    }
    const action = readApt(command);
    switch (action.kind) {
      case 'nothing':
        return { ...noEffect, memory };
      case 'mark':
        return { ...noEffect, memory: mark(memory, action) };
      case 'unpack':
        if (action.unknownWords > 0) writeUnnamed(parts);
        unpack(parts, action.archives, work.command.directory, (path) => surroundings.files.sizeOf(path));
        return parts.effect(memory);
      default:
        return parts.effect(act(work, action));
    }
  },
};
