/**
 * dnf, microdnf, yum, tdnf, zypper and rpm. No index of these distributions is read: what they install is estimated by Debian's packages of
 * like names. Databases and caches are those that their images are known to hold.
 */
import { t } from '../localize';
import type { RunCommand } from '../shell/types';
import { type Spread, spreadBytes } from './byte-range';
import { standInFor } from './debian-absent';
import { EffectParts, noEffect } from './effect-parts';
import { debianFigures, writeLikeDebian } from './rpm-figures';
import type { PackageEffect, PackageProvider, ProviderSurroundings } from './types';

const MANAGER = 'dnf';

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
  'module',
  'copr',
  'addrepo',
  'ar',
  'removerepo',
  'modifyrepo',
  'mr',
  'lr',
  'repos',
  'import',
]);

const INSTALL = new Set(['install', 'in', 'localinstall', 'reinstall', 'groupinstall', 'group', 'groups', 'swap']);
const UPGRADE = new Set([
  'update',
  'upgrade',
  'up',
  'dup',
  'dist-upgrade',
  'distro-sync',
  'update-minimal',
  'upgrade-minimal',
  'patch',
]);
const REMOVE = new Set(['remove', 'erase', 'autoremove', 'rm']);
const REFRESH = new Set(['makecache', 'refresh', 'ref']);

/** Options that take the next word. */
const WITH_VALUE = new Set([
  '--installroot',
  '--enablerepo',
  '--disablerepo',
  '--repo',
  '--repoid',
  '--releasever',
  '--exclude',
  '-x',
  '-c',
  '--config',
  '--setopt',
  '--root',
  '-R',
  '--from',
  '-r',
]);

/** Bytes of what a manager keeps of a run that is not cleaned: metadata of its repositories, archives of some. */
const KEPT: Readonly<Record<string, Spread>> = {
  dnf: { low: 15e6, middle: 180e6, high: 420e6 },
  dnf5: { low: 15e6, middle: 180e6, high: 420e6 },
  microdnf: { low: 5e6, middle: 70e6, high: 300e6 },
  yum: { low: 15e6, middle: 160e6, high: 420e6 },
  tdnf: { low: 2e6, middle: 25e6, high: 90e6 },
  zypper: { low: 2e6, middle: 45e6, high: 250e6 },
};

/** rpm's database, whole in every layer that changes it: from a small image's to that of one with compilers. */
const DATABASE: Spread = { low: 2e6, middle: 11e6, high: 38e6 };
const SMALL_DATABASE: Spread = { low: 0.8e6, middle: 4.5e6, high: 16e6 };
/** Managers of images that hold little. */
const SMALL = new Set(['tdnf', 'microdnf']);
/** History and logs of the manager. */
const HISTORY: Spread = { low: 0.02e6, middle: 0.4e6, high: 2.5e6 };
/** All packages that are newer than in the base image: none of a fresh one, most of an old one. */
const UPGRADED: Spread = { low: 0.1e6, middle: 60e6, high: 450e6 };
/** A set of `build-dep`: from a compiler and few headers to what desktop programs are built with. */
const BUILD_NEEDS: Spread = { low: 80e6, middle: 400e6, high: 1_600e6 };

interface Line {
  readonly verb?: string;
  readonly names: readonly string[];
  readonly unknownWords: number;
  readonly root?: string;
}

function read(command: RunCommand): Line {
  const names: string[] = [];
  let unknownWords = 0;
  let root: string | undefined;
  for (let position = 0; position < command.words.length; position++) {
    const word = command.words[position];
    const text = word?.value ?? word?.text ?? '';
    if (text.startsWith('-')) {
      const [option = '', value] = text.split('=', 2);
      const given = WITH_VALUE.has(option) && value === undefined ? command.words[++position]?.value : value;
      if (option === '--installroot' || option === '--root' || option === '-R') root = given ?? '/';
    } else if (word?.value === undefined) unknownWords++;
    else names.push(...(/\s/.test(text) && !/^development/i.test(text) ? text.trim().split(/\s+/) : [text]));
  }
  const [verb, ...rest] = names;
  return {
    ...(verb === undefined ? {} : { verb }),
    names: rest,
    unknownWords,
    ...(root !== undefined && { root }),
  };
}

interface RpmMemory {
  readonly kind: 'rpm';
  /** Debian's names of what commands of the stage installed. */
  readonly there: ReadonlySet<string>;
}

function memoryOf(memory: unknown): RpmMemory {
  return typeof memory === 'object' && memory !== null && (memory as { kind?: unknown }).kind === 'rpm'
    ? (memory as RpmMemory)
    : { kind: 'rpm', there: new Set() };
}

function writeDatabase(parts: EffectParts, name: string, root = ''): void {
  parts.tree(`${root}/var/lib/rpm`, spreadBytes(SMALL.has(name) ? SMALL_DATABASE : DATABASE), t('package database'));
  parts.tree(`${root}/var/lib/dnf`, spreadBytes(HISTORY), t('logs of the installation'));
}

function writeCache(parts: EffectParts, name: string): void {
  const [path = '/var/cache/dnf/*'] = CACHES[name] ?? [];
  const kept = KEPT[name];
  if (kept !== undefined) parts.tree(path.replace(/\/\*$/, ''), spreadBytes(kept), t('package lists'));
}

/** `https://…/epel-release-latest-9.noarch.rpm`: `epel-release`. */
const nameOfArchive = (path: string): string => path.replace(/^.*\//, '').replace(/[-_](?:latest|\d).*$|\.rpm$/g, '');

/** Packages that only say where others are. */
const ONLY_SOURCES = /(?:^epel-release|-release|-repos?|-repository|^dnf-plugins-core|^yum-utils|^remi-.*)$/;
const sources: Spread = { low: 0.005e6, middle: 0.05e6, high: 6e6 };

function install(parts: EffectParts, name: string, line: Line, surroundings: ProviderSurroundings): RpmMemory {
  const memory = memoryOf(surroundings.memory);
  const figures = debianFigures(parts, surroundings);
  if (figures === undefined) return memory;
  const asked = line.names
    .filter((word) => word !== 'install')
    .map((word) => (/\.rpm$/.test(word) || word.includes('://') ? nameOfArchive(word) : word));
  const only = asked.filter((word) => ONLY_SOURCES.test(word));
  for (const word of only)
    parts.write({ path: '/etc', kind: 'tree', size: spreadBytes(sources), package: { manager: MANAGER, name: word } });
  const names = asked.filter((word) => !only.includes(word) && !word.startsWith('-'));
  const root = line.root?.startsWith('/') === true && line.root !== '/' ? line.root : undefined;
  const there = writeLikeDebian(parts, figures, {
    manager: MANAGER,
    names,
    unknownWords: line.unknownWords,
    large: name === 'dnf' || name === 'dnf5' || name === 'yum',
    there: memory.there,
    ...(root !== undefined && { root }),
  });
  writeDatabase(parts, name, root);
  writeCache(parts, name);
  return root === undefined ? { kind: 'rpm', there } : memory;
}

function runRpm(command: RunCommand, parts: EffectParts): void {
  const archives = command.words.flatMap((word) => {
    const text = word.value ?? word.text;
    return text.startsWith('-') ? [] : [text];
  });
  for (const archive of archives) {
    const name = nameOfArchive(archive);
    const instead = standInFor(name, { find: () => undefined, providers: () => [], listsSize: spreadBytes(HISTORY) });
    const spread = ONLY_SOURCES.test(name) || instead.kind !== 'range' ? sources : instead.spread;
    parts.write({ path: '/usr', kind: 'tree', size: spreadBytes(spread), package: { manager: MANAGER, name } });
  }
  writeDatabase(parts, 'rpm');
  parts.because(
    t(
      'How large the installed RPM archives are once unpacked is not known: the range is that of packages of their kind.',
    ),
  );
}

/** The provider of the RPM family. */
export const dnf: PackageProvider = {
  manager: MANAGER,
  handles: (command) => command.name !== undefined && (Object.hasOwn(CACHES, command.name) || command.name === 'rpm'),
  effect(command, surroundings): PackageEffect {
    const { memory, mounted } = surroundings;
    const parts = new EffectParts(mounted);
    if (command.name === 'rpm') {
      const installs = command.words.some((word) => /^(-[a-zA-Z]*[iUF]|--install|--upgrade)/.test(word.value ?? ''));
      const asks = command.words.some((word) => /^(-q|--query|--import|-V|--eval|-E)/.test(word.value ?? ''));
      if (!installs || asks) return { ...noEffect, memory };
      runRpm(command, parts);
      return parts.effect(memory);
    }
    const line = read(command);
    const name = command.name ?? 'dnf';
    const { verb } = line;
    if (verb === undefined || HARMLESS.has(verb)) return { ...noEffect, memory };
    if (verb === 'clean' || verb === 'cc') {
      for (const path of CACHES[name] ?? []) parts.remove(path);
      return parts.effect(memory);
    }
    if (INSTALL.has(verb)) return parts.effect(install(parts, name, line, surroundings));
    if (REMOVE.has(verb)) {
      for (const removed of line.names) parts.removePackage({ manager: MANAGER, name: removed });
      writeDatabase(parts, name);
      return parts.effect(memory);
    }
    if (REFRESH.has(verb)) {
      writeCache(parts, name);
      return parts.effect(memory);
    }
    const upgrades = UPGRADE.has(verb);
    if (upgrades || verb === 'builddep' || verb === 'build-dep') {
      parts.tree(
        '/usr',
        spreadBytes(upgrades ? UPGRADED : BUILD_NEEDS),
        upgrades ? t('upgraded packages') : t('what building needs'),
      );
      if (upgrades)
        parts.because(
          t('How much is upgraded depends on the age of the base image; which versions it holds is not known.'),
        );
      writeDatabase(parts, name);
      writeCache(parts, name);
      return parts.effect(memory);
    }
    parts.unknown(t('What {0} changes is not known, since Strata reads no index of this distribution.', name));
    return parts.effect(memory);
  },
};
