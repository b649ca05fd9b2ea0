/** What the files about Yarn have in common: a command, the lock file found for it, Yarn's folders, and packages laid out. */
import { cleanPath } from '../build/paths';
import { t } from '../localize';
import type { RunCommand } from '../shell/types';
import type { LockedPackage } from './node-lock';
import type { readCommandLine } from './node-options';
import { type NodePlatform, platformOf } from './node-platform';
import { ranged } from './node-pool';
import { layOut, type PackageTree } from './node-tree';
import type { ProviderSurroundings, WrittenPart } from './types';
import type { YarnReading } from './yarn-lock';

/** One command of Yarn and where it runs. */
export interface YarnCommand {
  readonly command: RunCommand;
  readonly line: ReturnType<typeof readCommandLine>;
  /** Absolute. */
  readonly folder: string;
  readonly home: string;
  readonly development: boolean;
  readonly surroundings: ProviderSurroundings;
}

/** A lock file that could be read. */
export type Lock = YarnReading & { readonly kind: 'lock' };

/** Yarn 1, `src/constants.js`, and its folder of versions; root's cache is a system folder. */
export function classicCache({ line, command, home }: YarnCommand): string {
  const option = line.options.get('cache-folder');
  const given = typeof option === 'string' ? option : command.environment.get('YARN_CACHE_FOLDER');
  if (given?.startsWith('/')) return cleanPath(given);
  return home === '/root' ? '/usr/local/share/.cache/yarn' : `${home}/.cache/yarn`;
}

/** Where Yarn 2 and later keep archives for all projects of a user. */
export function berryCache(home: string): string {
  return `${home}/.yarn/berry/cache`;
}

/** The lock file and manifest that a command works with. */
export interface Found {
  readonly lock: Lock;
  readonly manifest: string;
  /** Absolute folder of both. */
  readonly at: string;
}

/** Evidence, localised: how many packages of the lock file are put in. */
export function sentences(one: YarnCommand, lock: Lock, packages: number, tree: PackageTree): readonly string[] {
  return [
    one.development
      ? t('{0} of {1} packages of {2}', packages, lock.graph.size, lock.form)
      : t('{0} of {1} packages of {2}, without development dependencies', packages, lock.graph.size, lock.form),
    ...tree.evidence,
  ];
}

/** The packages laid out in `folder`, with their sizes. */
export function treeOf(one: YarnCommand, folder: string, packages: readonly LockedPackage[]): PackageTree {
  return layOut({
    manager: 'yarn',
    folder,
    home: one.home,
    packages,
    scripts: !one.line.options.has('ignore-scripts'),
    indexes: one.surroundings.indexes,
  });
}

/** What packages for certain systems are chosen by. */
export function platform(one: YarnCommand): NodePlatform {
  return platformOf(one.surroundings.system);
}

/** Where doubles lie is a matter of ties that only Yarn breaks: their parts are less certain. */
export function loosened(tree: PackageTree, share: number): readonly WrittenPart[] {
  return tree.parts.map((part) => {
    const { bytes, low, high, basis } = part.size;
    if (bytes === null || high === null) return part;
    return { ...part, size: ranged(bytes, low - bytes * share, high + bytes * share, basis) };
  });
}
