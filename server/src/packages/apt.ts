/**
 * apt, apt-get, aptitude, apt-mark and dpkg: Debian and Ubuntu. What is installed is what apt's resolver would pick from the index of the
 * stage's suite; sizes are those of the packages' files and of what dpkg, debconf and the logs leave behind.
 */
import { t } from '../localize';
import type { RunCommand } from '../shell/types';
import { type AptAction, type AptTarget, isApt, matches, readApt } from './apt-command';
import { recommendsByConfiguration } from './apt-configuration';
import { writeArchives, writeCaches, writeLists } from './apt-files';
import { foreignByName, foreignOf } from './apt-foreign';
import { unneeded, withDependants } from './apt-removal';
import { type AptMemory, type AptStage, aptMemory, aptStage, requestOf } from './apt-stage';
import { perhapsBytes, scaleBytes, shareUncertainty } from './byte-range';
import { byteCodeSize, contentSize, databaseSize } from './debian-contents';
import { afterInstallation, afterRemoval, asksQuestions, writeLeftovers, writeTriggered } from './debian-leftovers';
import { resolve } from './distribution-resolve';
import { EffectParts, noEffect } from './effect-parts';
import { compareVersions } from './package-version';
import type { DistributionPackage, PackageEffect, PackageProvider, ProviderSurroundings, SizeRange } from './types';

const MANAGER = 'apt';

type Install = Extract<AptAction, { kind: 'install' }>;

/** A command in its stage, and what it leaves so far. */
interface Work {
  readonly command: RunCommand;
  readonly surroundings: ProviderSurroundings;
  readonly memory: AptMemory;
  readonly parts: EffectParts;
}

/** Where the archives' files lie is not told apart: nearly all of it is below `/usr`. */
function writePackage(work: Work, of: DistributionPackage, content: SizeRange, code: SizeRange | undefined): void {
  const name = { manager: MANAGER, name: of.name, version: of.version };
  work.parts.write({ path: '/usr', kind: 'tree', size: content, package: name });
  if (code !== undefined)
    work.parts.write({
      path: '/usr/lib/python3',
      kind: 'tree',
      size: code,
      package: name,
      label: t('byte code of Python'),
    });
  work.parts.write({ path: '/var/lib/dpkg/info', kind: 'tree', size: databaseSize(of), package: name });
}

/** Nothing most likely, all of it at most. */
function mayBe(size: SizeRange): SizeRange {
  return { ...size, bytes: 0, low: 0, basis: 'estimated' };
}

/** A package that an older base image would get anew. */
function writePerhaps(work: Work, stage: AptStage, of: DistributionPackage): void {
  const name = { manager: MANAGER, name: of.name, version: of.version };
  const size = mayBe(contentSize(of, stage.conventions));
  work.parts.write({ path: '/usr', kind: 'tree', size, package: name });
  work.parts.write({ path: '/var/lib/dpkg/info', kind: 'tree', size: mayBe(databaseSize(of)), package: name });
}

/** All packages in, or each perhaps, when what the base holds is only supposed. */
function writePackages(work: Work, stage: AptStage, added: readonly DistributionPackage[]): void {
  const python = stage.conventions.python || added.some((of) => of.name === 'python3-minimal');
  const conventions = { ...stage.conventions, python };
  const contents = shareUncertainty(
    added.map((of) => contentSize(of, conventions)),
    0.01,
  );
  const exact = stage.answer.basis;
  added.forEach((of, position) => {
    const content = contents[position];
    if (content === undefined) return;
    const known: SizeRange = exact === 'estimated' ? { ...content, basis: 'estimated' } : content;
    // The base may hold some of it already, and may keep documentation.
    const size = stage.baseKnown ? known : scaleBytes(known, { low: 0.8, middle: 1, high: 1.06 });
    writePackage(work, of, size, byteCodeSize(of, conventions));
  });
}

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
  const { added } = resolution;
  const lacking = [...resolution.missing, ...foreign];
  if (lacking.length > 0)
    parts.unknown(
      t(
        'Not in the package index of {0}, so that the size is not known: {1}.',
        stage.suite.suite,
        lacking.slice(0, 10).join(', '),
      ),
    );
  if (action.unknownWords > 0) parts.unknown(t('Which packages a variable names is known in the container only.'));
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
  writePackages(work, stage, written);
  for (const of of newer.surely) all.set(of.name, asked.has(of.name) ? 'manual' : 'automatic');
  const automatic = added.filter((of) => !asked.has(of.name)).length;
  const leftovers = afterInstallation(memory.leftovers, added, automatic);
  writeLeftovers(parts, leftovers, {
    suite: stage.suite.suite,
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

/** Archives named by path or unpacked with dpkg: what the context or a download left there, unpacked. */
function unpack(work: Work, archives: readonly string[]): void {
  const { parts, surroundings, command } = work;
  for (const archive of archives) {
    const path = archive.startsWith('/') ? archive : `${command.directory ?? ''}/${archive.replace(/^\.\//, '')}`;
    const size = surroundings.files.sizeOf(path);
    if (size.bytes === null || size.bytes === 0) {
      parts.unknown(t('How large {0} is once unpacked is not known.', archive));
      continue;
    }
    // What the 19,000 archives of bookworm above 200 kB hold: half of them 2.1 to 6.2 times their size, nine in ten 1.1 to 13.7 times.
    const unpacked = scaleBytes(size, { low: 1.2, middle: 3.6, high: 10 });
    parts.write({ path: '/usr', kind: 'tree', size: unpacked, label: archive });
    parts.because(
      t(
        '{0} is taken to be 3.6 times as large once unpacked, as the middle package is; what it depends on is not in the figure.',
        archive,
      ),
    );
  }
}

function remove(work: Work, stage: AptStage, action: Extract<AptAction, { kind: 'remove' }>): AptMemory {
  const { parts, memory } = work;
  const named = new Set(action.names.filter((name) => stage.has(name)));
  const patterns = action.names.filter((name) => /[*^$]/.test(name));
  for (const pattern of patterns) for (const name of memory.added.keys()) if (matches(pattern, name)) named.add(name);
  const removed = new Set(withDependants(stage, memory, named));
  if (action.autoremove) for (const name of unneeded(stage, memory, removed)) removed.add(name);
  if (action.unknownWords > 0) parts.unknown(t('Which packages a variable names is known in the container only.'));
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
  writeLeftovers(parts, leftovers, { suite: stage.suite.suite, baseEntries: stage.baseEntries, asked: false });
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
    parts.unknown(
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
    suite: stage.suite.suite,
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
  switch (action.kind) {
    case 'update':
      writeLists(parts, stage);
      return memory;
    case 'install': {
      if (action.update) writeLists(parts, stage);
      const after = install(work, stage, action);
      unpack(work, action.archives);
      return after;
    }
    case 'upgrade':
      upgrade(work, stage);
      return memory;
    case 'remove':
      return remove(work, stage, action);
    case 'build-dep':
      parts.unknown(
        t('What building {0} needs is in the index of sources, which Strata does not read.', action.names.join(', ')),
      );
      return memory;
    default: {
      const never: never = action;
      return never;
    }
  }
}

/** apt's provider: handles `apt-get`, `apt`, `aptitude`, `apt-mark`, `dpkg` and scripts that set up a repository. */
export const apt: PackageProvider = {
  manager: MANAGER,
  handles: (command) => isApt(command) || foreignOf(command) !== undefined,
  effect(command, surroundings): PackageEffect {
    const memory = aptMemory(surroundings.memory);
    const parts = new EffectParts(surroundings.mounted);
    const repository = foreignOf(command);
    if (repository !== undefined) {
      parts.unknown(t('What the set-up of the package source {0} installs is not known.', repository.name));
      return parts.effect({ ...memory, foreign: [...new Set([...memory.foreign, repository.name])] });
    }
    const action = readApt(command);
    const work: Work = { command, surroundings, memory, parts };
    switch (action.kind) {
      case 'nothing':
        return { ...noEffect, memory };
      case 'mark':
        return { ...noEffect, memory: mark(memory, action) };
      case 'unpack':
        if (action.unknownWords > 0)
          parts.unknown(t('Which packages a variable names is known in the container only.'));
        unpack(work, action.archives);
        return parts.effect(memory);
      default:
        return parts.effect(act(work, action));
    }
  },
};
