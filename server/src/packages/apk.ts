/**
 * apk: Alpine. An index says of each package the sum of its files, each hard link once (`prepare_metafiles` in abuild), which is what a
 * layer counts. What is installed is what the world needs: removing a virtual package takes along what only it wanted.
 */
import { t } from '../localize';
import { alpineForDebian, alpineKind, alpineSimilar, alpineStandIn } from './alpine-absent';
import { alpineContent, inBlocks } from './alpine-contents';
import { type ApkAction, apkName, readApk } from './apk-command';
import { computedBytes, type Spread, scaleBytes, spreadBytes } from './byte-range';
import { helperManager, otherPlatform, withoutHelper } from './cross-platform';
import { mostAbsent } from './debian-absent';
import { barePackages } from './debian-bases';
import { contentSize } from './debian-contents';
import { widest } from './distribution-nearest';
import { resolve } from './distribution-resolve';
import { EffectParts, noEffect } from './effect-parts';
import type {
  DistributionIndex,
  DistributionPackage,
  PackageEffect,
  PackageProvider,
  PackageRequest,
  ProviderSurroundings,
} from './types';

const MANAGER = 'apk';

/** Packages of the official image, 3.16 to 3.22; those that a release does not know do no harm. */
const BASE = [
  'alpine-baselayout alpine-baselayout-data alpine-keys alpine-release apk-tools busybox busybox-binsh ca-certificates-bundle',
  'libapk2 libc-utils libcrypto1.1 libcrypto3 libssl1.1 libssl3 musl musl-utils scanelf ssl_client zlib',
].flatMap((line) => line.split(' '));

/** Bytes of `/lib/apk/db/installed` and `scripts.tar` in the official image. */
const BASE_DATABASE = 15_000;
const BASE_SCRIPTS = 18_000;

interface ApkMemory {
  readonly kind: 'apk';
  readonly added: ReadonlySet<string>;
  /** What was asked for: names, and names of virtual packages with what they hold. */
  readonly world: ReadonlyMap<string, readonly string[]>;
}

const noMemory: ApkMemory = { kind: 'apk', added: new Set(), world: new Map() };

function memoryOf(memory: unknown): ApkMemory {
  return typeof memory === 'object' && memory !== null && (memory as { kind?: unknown }).kind === 'apk'
    ? (memory as ApkMemory)
    : noMemory;
}

/** What stands in where the image tells nothing of its release. */
const USUAL = '3.22';
/** The release is supposed: two years before or after. */
const supposedRelease: Spread = { low: 0.5, middle: 1, high: 1.75 };
/** Nothing is known of the image but that it has apk. */
const anyRelease: Spread = { low: 0.3, middle: 0.95, high: 2.3 };
/** Packages of the community's repository, whose shipped figures are five years old. */
const olderFigures: Spread = { low: 0.6, middle: 1.1, high: 2 };

/** `3.20` of the system or of the tag, and how far it may be off; undefined for another distribution. */
function releaseOf({ system }: ProviderSurroundings): { suite: string; doubt?: Spread } | undefined {
  if (system.distribution !== undefined && system.distribution !== 'alpine') return undefined;
  const { baseReference = '', supposed } = system;
  const said =
    /^(\d+\.\d+|edge)/.exec(system.version ?? '')?.[1] ??
    (/alpine[:-]?v?(\d+\.\d+)/.exec(baseReference) ?? /^(?:.*\/)?alpine:(edge)$/.exec(baseReference))?.[1];
  if (said === undefined) return { suite: USUAL, doubt: anyRelease };
  return { suite: said, ...(supposed === true ? { doubt: supposedRelease } : {}) };
}

/** What stands for an index that is not to be had: it holds no package, and its files have the bytes that those of any release have. */
const noIndex: DistributionIndex = {
  find: () => undefined,
  providers: () => [],
  listsSize: spreadBytes({ low: 1.2e6, middle: 2.4e6, high: 4e6 }),
};

/** From nothing, of a new image, to all of a bare one and some of what official images add. */
const upgraded: Spread = { low: 0, middle: 1.5e6, high: 30e6 };

interface Stage {
  readonly index: DistributionIndex;
  readonly source: string;
  readonly base: { has(name: string): boolean };
  readonly has: (name: string) => boolean;
  /** The figures are those of another release: how many times as much it may be. */
  readonly apart?: Spread;
  /** Where indexes are kept: `/etc/apk/cache` where that is a folder (apk-tools, database.c: apk_db_open). */
  readonly cacheFolder: string;
  /** Debian's packages, where Alpine's index is not known whole. */
  readonly debian: () => DistributionIndex | undefined;
}

/** The added packages and those that come along by `install_if`, again until nothing comes along. */
function closure(
  stage: Stage,
  names: readonly string[],
): { added: readonly DistributionPackage[]; missing: readonly string[] } {
  const unwanted = new Set(names.filter((name) => name.startsWith('!')).map((name) => name.slice(1)));
  const wanted = names.filter((name) => !name.startsWith('!'));
  const first = resolve(stage.index, { has: stage.has }, wanted, { recommends: false, without: unwanted });
  const added = new Map(first.added.map((of) => [of.name, of]));
  const provided = new Set(first.added.flatMap((of) => of.provides));
  const there = (name: string): boolean =>
    added.has(name) ||
    stage.has(name) ||
    provided.has(name) ||
    stage.index.providers(name).some((provider) => stage.has(provider));
  for (let grown = first.added.length > 0; grown; ) {
    grown = false;
    for (const [name, ...conditions] of stage.index.conditional ?? []) {
      if (name === undefined || added.has(name) || stage.has(name) || unwanted.has(name)) continue;
      if (!conditions.every(there)) continue;
      const more = resolve(stage.index, { has: (one) => stage.has(one) || added.has(one) }, [name], {
        recommends: false,
        without: unwanted,
      });
      for (const of of more.added) {
        added.set(of.name, of);
        for (const one of of.provides) provided.add(one);
        grown = true;
      }
    }
  }
  return { added: [...added.values()], missing: first.missing };
}

/** Packages added in the stage that the world still needs. */
function needed(stage: Stage, memory: ApkMemory): ReadonlySet<string> {
  const kept = new Set<string>();
  const queue = [...memory.world.values()].flat();
  const { index } = stage;
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const found = memory.added.has(name) ? [name] : index.providers(name).filter((one) => memory.added.has(one));
    for (const one of found) {
      if (kept.has(one)) continue;
      kept.add(one);
      queue.push(...(index.find(one)?.depends.flat() ?? []));
    }
  }
  for (const [name, ...conditions] of index.conditional ?? [])
    if (name !== undefined && memory.added.has(name) && conditions.every((one) => kept.has(one) || stage.base.has(one)))
      kept.add(name);
  return kept;
}

/** `apk` rewrites its database whole: paths and checksums of all that is installed. */
function writeDatabase(parts: EffectParts, stage: Stage, added: ReadonlySet<string>): void {
  let bytes = BASE_DATABASE;
  for (const name of added) bytes += 700 + 0.004 * (stage.index.find(name)?.installedSize ?? 0);
  const label = t('package database');
  parts.file('/lib/apk/db/installed', { ...computedBytes(bytes, 0.4), basis: 'estimated' }, label);
  parts.file(
    '/lib/apk/db/scripts.tar',
    { ...computedBytes(BASE_SCRIPTS + 400 * added.size, 0.4), basis: 'estimated' },
    label,
  );
  parts.file('/etc/apk/world', computedBytes(100, 0.9), label);
}

function writeIndex(parts: EffectParts, stage: Stage): void {
  parts.tree(stage.cacheFolder, stage.index.listsSize, t('package lists'));
}

/** One package in, or as another's figures make it likely. */
function writePackage(parts: EffectParts, stage: Stage, of: DistributionPackage, path: string, similar?: Spread): void {
  // In a table of several releases sizes on disk are those of the older ones.
  const older = stage.apart !== undefined && inBlocks(of) ? olderFigures : undefined;
  const apart = widest(widest(stage.apart, older), similar);
  const size = alpineContent(of);
  parts.write({
    path,
    kind: 'tree',
    size: apart === undefined ? size : scaleBytes(size, apart),
    package: { manager: MANAGER, name: of.name, version: of.version },
  });
}

/** Packages that the index does not hold. What stands in for them with what it needs counts as there afterwards. */
function addAbsent(
  parts: EffectParts,
  stage: Stage,
  names: readonly string[],
  there: readonly DistributionPackage[],
): readonly DistributionPackage[] {
  const known = new Set(there.map((of) => of.name));
  const instead: DistributionPackage[] = [];
  for (const name of names.slice(0, mostAbsent)) {
    const standIn = alpineStandIn(name, stage.index);
    if (standIn.kind === 'similar') {
      const { added } = closure({ ...stage, has: (one) => stage.has(one) || known.has(one) }, [standIn.name]);
      for (const of of added) {
        known.add(of.name);
        instead.push(of);
        writePackage(parts, stage, of, '/usr', alpineSimilar);
      }
      parts.because(
        t('In place of packages that the index does not hold, those of like names: {0}.', `${standIn.name} (${name})`),
      );
      continue;
    }
    const index = standIn.kind === 'debian' ? stage.debian() : undefined;
    const found = standIn.kind === 'debian' && index?.find(standIn.name) !== undefined ? standIn.name : undefined;
    if (index !== undefined && found !== undefined) {
      const { added } = resolve(index, new Set(barePackages('trixie')), [found], { recommends: false });
      const conventions = { documentation: false, python: false, suite: 'trixie' };
      const bytes = added.reduce((sum, of) => sum + (contentSize(of, conventions).bytes ?? 0), 0);
      const size = scaleBytes(computedBytes(Math.max(bytes, 50_000)), alpineForDebian);
      parts.write({ path: '/usr', kind: 'tree', size, package: { manager: MANAGER, name } });
      parts.because(
        t('{0} is not in the package index of {1}: {2}.', name, 'Alpine', t('by Debian’s package {0}', found)),
      );
      continue;
    }
    const { spread, source } = standIn.kind === 'range' ? standIn : alpineKind(name);
    parts.write({ path: '/usr', kind: 'tree', size: spreadBytes(spread), package: { manager: MANAGER, name } });
    parts.because(t('{0} is not in the package index of {1}: {2}.', name, 'Alpine', source));
  }
  return instead;
}

/** What a name that is known in the container only may stand for: one to a few packages. */
const anyPackages: Spread = { low: 0.02e6, middle: 12e6, high: 300e6 };

function add(
  parts: EffectParts,
  surrounding: Stage,
  memory: ApkMemory,
  action: Extract<ApkAction, { kind: 'add' }>,
): ApkMemory {
  const elsewhere = action.elsewhere === 'root';
  // Into another root everything comes that is not there: nothing, most likely.
  const stage: Stage = elsewhere ? { ...surrounding, base: new Set(), has: () => false } : surrounding;
  const path = elsewhere && action.root?.startsWith('/') === true ? action.root : '/usr';
  const archives = action.names.filter((name) => /\.apk$/.test(name));
  const names = action.names.filter((name) => !/\.apk$/.test(name)).map(apkName);
  const { added, missing } = closure(stage, names);
  for (const of of added) writePackage(parts, stage, of, path);
  const packed = archives.map((archive) => archive.replace(/^.*\//, '').replace(/[-_]\d.*$|\.apk$/g, ''));
  const instead = addAbsent(parts, stage, [...missing, ...packed], added);
  if (action.unknownWords > 0) {
    parts.tree(path, spreadBytes(anyPackages), t('packages that a variable names'));
    parts.because(
      t('Which packages a variable names is known in the container only: the figure is that of a middle package.'),
    );
  }
  if (action.elsewhere === 'repository')
    parts.because(
      t('Packages of another repository are taken to be as large as those of the same name in this release.'),
    );
  if (added.length > 0) parts.because(t('{0} packages with what they need ({1}).', added.length, stage.source));
  if (elsewhere) return memory;
  const all = new Set(memory.added);
  for (const of of [...added, ...instead]) all.add(of.name);
  for (const name of [...missing, ...packed]) all.add(name);
  const world = new Map(memory.world);
  const asked = [...names, ...instead.map((of) => of.name)];
  if (action.virtual !== undefined) world.set(action.virtual, [...(world.get(action.virtual) ?? []), ...asked]);
  else for (const name of asked) world.set(name, [name]);
  if (all.size > memory.added.size || missing.length > 0 || action.virtual !== undefined)
    writeDatabase(parts, stage, all);
  if (added.some((of) => of.name === 'ca-certificates'))
    parts.tree('/etc/ssl/certs', computedBytes(220_000, 0.1), t('certificates in one file'));
  if (action.cache) writeIndex(parts, stage);
  return { kind: 'apk', added: all, world };
}

function del(
  parts: EffectParts,
  stage: Stage,
  memory: ApkMemory,
  action: Extract<ApkAction, { kind: 'del' }>,
): ApkMemory {
  const world = new Map(memory.world);
  for (const name of action.names) world.delete(apkName(name));
  if (action.unknownWords > 0) parts.because(t('Which packages a variable names is known in the container only.'));
  const kept = needed(stage, { ...memory, world });
  const removed = [...memory.added].filter((name) => !kept.has(name));
  const base = action.names.filter((name) => stage.base.has(name));
  for (const name of [...removed, ...base]) parts.removePackage({ manager: MANAGER, name });
  if (removed.length + base.length > 0) {
    writeDatabase(parts, stage, kept);
    parts.because(t('{0} packages are removed again ({1}).', removed.length + base.length, stage.source));
  }
  return { kind: 'apk', added: kept, world };
}

function act(parts: EffectParts, surroundings: ProviderSurroundings, memory: ApkMemory, action: ApkAction): ApkMemory {
  const release = releaseOf(surroundings);
  if (release === undefined) {
    parts.unknown(t('Which release of Alpine the base image holds is not known.'));
    return memory;
  }
  const { architecture } = surroundings.system;
  const request: PackageRequest = { kind: 'distribution', distribution: 'alpine', suite: release.suite, architecture };
  parts.need(request);
  const answer = surroundings.indexes.distribution('alpine', release.suite, architecture);
  if (answer.state === 'pending') {
    parts.unknown(t('The package index is being read.'));
    return memory;
  }
  // Without an index each package is told by Debian's of the same name, or by its kind.
  const known = answer.state === 'ready' ? answer : { value: noIndex, source: answer.reason, apart: undefined };
  const apart = widest(known.apart, release.doubt);
  if (answer.state !== 'ready' && action.kind !== 'nothing') {
    parts.because(t('Ranges are wide without the package index of Alpine: {0}', answer.reason));
  }
  if (release.doubt !== undefined)
    parts.because(
      t(
        '{0} does not tell its release for certain: {1} is supposed.',
        surroundings.system.baseReference ?? '',
        `Alpine ${release.suite}`,
      ),
    );
  const installed = surroundings.installed(MANAGER);
  const base = installed ?? new Set(BASE);
  const stage: Stage = {
    index: known.value,
    source: known.source,
    base,
    has: (name) => memory.added.has(name) || base.has(name),
    ...(apart === undefined ? {} : { apart }),
    cacheFolder: surroundings.mounted.includes('/etc/apk/cache') ? '/etc/apk/cache' : '/var/cache/apk',
    debian: () => {
      parts.need({ kind: 'distribution', distribution: 'debian', suite: 'trixie', architecture });
      const other = surroundings.indexes.distribution('debian', 'trixie', architecture);
      return other.state === 'ready' ? other.value : undefined;
    },
  };
  switch (action.kind) {
    case 'add':
      return add(parts, stage, memory, action);
    case 'del':
      return del(parts, stage, memory, action);
    case 'update':
      writeIndex(parts, stage);
      return memory;
    case 'upgrade':
      parts.tree('/usr', spreadBytes(upgraded), t('upgraded packages'));
      parts.because(
        t('How much is upgraded depends on the age of the base image; which versions it holds is not known.'),
      );
      if (action.cache) writeIndex(parts, stage);
      return memory;
    case 'nothing':
      return memory;
    default: {
      const never: never = action;
      return never;
    }
  }
}

/** Alpine's provider. */
export const apk: PackageProvider = {
  manager: MANAGER,
  handles: (command) => command.name === 'apk' || helperManager(command) === 'apk',
  effect(called, surroundings): PackageEffect {
    const memory = memoryOf(surroundings.memory);
    const command = helperManager(called) === 'apk' ? withoutHelper(called, surroundings.system.architecture) : called;
    if (command === undefined) return { ...noEffect, unknown: otherPlatform(), memory };
    const action = readApk(command);
    const parts = new EffectParts(surroundings.mounted);
    if (command.words.some((word) => word.value === 'cache') && command.words.some((word) => word.value === 'clean')) {
      parts.remove('/var/cache/apk/*');
      return parts.effect(memory);
    }
    if (action.kind === 'nothing') return { ...noEffect, memory };
    return parts.effect(act(parts, surroundings, memory, action));
  },
};
