/**
 * apk: Alpine. An index says of each package the sum of its files, each hard link once (`prepare_metafiles` in abuild), which is what a
 * layer counts. What is installed is what the world needs: removing a virtual package takes along what only it wanted.
 */
import { t } from '../localize';
import { type ApkAction, apkName, readApk } from './apk-command';
import { computedBytes } from './byte-range';
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

/** `3.20` of the system or of the tag; undefined when neither tells. */
function releaseOf({ system }: ProviderSurroundings): string | undefined {
  const said = /^(\d+\.\d+)/.exec(system.version ?? '')?.[1];
  if (said !== undefined) return said;
  const { baseReference = '' } = system;
  return (/alpine[:-]?v?(\d+\.\d+)/.exec(baseReference) ?? /^(?:.*\/)?alpine:(edge)$/.exec(baseReference))?.[1];
}

interface Stage {
  readonly index: DistributionIndex;
  readonly source: string;
  readonly base: { has(name: string): boolean };
  readonly has: (name: string) => boolean;
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
  parts.tree('/var/cache/apk', stage.index.listsSize, t('package lists'));
}

function add(
  parts: EffectParts,
  stage: Stage,
  memory: ApkMemory,
  action: Extract<ApkAction, { kind: 'add' }>,
): ApkMemory {
  const names = action.names.filter((name) => !/\.apk$/.test(name)).map(apkName);
  const { added, missing } = closure(stage, names);
  if (action.unknownWords > 0) parts.unknown(t('Which packages a variable names is known in the container only.'));
  const archives = action.names.filter((name) => /\.apk$/.test(name));
  for (const archive of archives) parts.unknown(t('How large {0} is once unpacked is not known.', archive));
  if (missing.length > 0)
    parts.unknown(
      t(
        'Not in the package index of {0}, so that the size is not known: {1}.',
        'Alpine',
        missing.slice(0, 10).join(', '),
      ),
    );
  if (action.elsewhere === 'repository')
    parts.because(
      t('Packages of another repository are taken to be as large as those of the same name in this release.'),
    );
  for (const of of added)
    parts.write({
      path: '/usr',
      kind: 'tree',
      size: computedBytes(of.installedSize, 0.002),
      package: { manager: MANAGER, name: of.name, version: of.version },
    });
  const all = new Set(memory.added);
  for (const of of added) all.add(of.name);
  const world = new Map(memory.world);
  if (action.virtual !== undefined) world.set(action.virtual, [...(world.get(action.virtual) ?? []), ...names]);
  else for (const name of names) world.set(name, [name]);
  if (added.length > 0 || action.virtual !== undefined) writeDatabase(parts, stage, all);
  if (added.some((of) => of.name === 'ca-certificates'))
    parts.tree('/etc/ssl/certs', computedBytes(220_000, 0.1), t('certificates in one file'));
  if (action.cache) writeIndex(parts, stage);
  parts.because(t('{0} packages with what they need ({1}).', added.length, stage.source));
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
  if (action.unknownWords > 0) parts.unknown(t('Which packages a variable names is known in the container only.'));
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
  const request: PackageRequest = { kind: 'distribution', distribution: 'alpine', suite: release, architecture };
  parts.need(request);
  const answer = surroundings.indexes.distribution('alpine', release, architecture);
  if (answer.state !== 'ready') {
    parts.unknown(answer.state === 'pending' ? t('The package index is being read.') : answer.reason);
    return memory;
  }
  const installed = surroundings.installed(MANAGER);
  const base = installed ?? new Set(BASE);
  const stage: Stage = {
    index: answer.value,
    source: answer.source,
    base,
    has: (name) => memory.added.has(name) || base.has(name),
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
      parts.unknown(
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
  handles: (command) => command.name === 'apk',
  effect(command, surroundings): PackageEffect {
    const memory = memoryOf(surroundings.memory);
    const action = readApk(command);
    const parts = new EffectParts(surroundings.mounted);
    if (command.words.some((word) => word.value === 'cache') && command.words.some((word) => word.value === 'clean')) {
      parts.remove('/var/cache/apk/*');
      return parts.effect(memory);
    }
    if (action.kind === 'nothing') return { ...noEffect, memory };
    if (action.kind === 'add' && action.elsewhere === 'root') {
      parts.unknown(t('What is installed into another root is not known.'));
      return parts.effect(memory);
    }
    return parts.effect(act(parts, surroundings, memory, action));
  },
};
