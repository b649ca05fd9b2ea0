/** What Yarn 1 writes besides the folders of packages. */
import { t } from '../localize';
import { ranged, within } from './node-pool';
import { type PackageTree, totalOf, widened } from './node-tree';
import type { WrittenPart } from './types';
import { classicCache, type YarnCommand } from './yarn-command';

/**
 * The parts beside `node_modules` of a project in the folder `at`.
 * @param cached the releases in Yarn's cache, each once
 * @param count how many releases
 * @param lockBytes bytes of the lock file
 */
export function besideClassic(
  one: YarnCommand,
  at: string,
  cached: PackageTree,
  count: number,
  lockBytes: number,
): readonly WrittenPart[] {
  const unpacked = totalOf(cached.parts.map(({ size }) => size));
  const cache = totalOf([
    unpacked,
    widened(cached.archives, 0.04),
    // Each has its manifest and the texts of its readme and licence once more, in `.yarn-metadata.json`.
    ranged(9000 * count, 5000 * count, 13_000 * count, 'estimated'),
  ]);
  return [
    {
      path: `${at === '/' ? '' : at}/node_modules/.yarn-integrity`,
      kind: 'file',
      size: within(lockBytes * 0.5 + 500, 0.15, 'estimated'),
    },
    {
      path: `${classicCache(one)}/v6/${at === '/' ? 'root' : at.slice(1).replace(/\//g, '-')}`,
      kind: 'tree',
      size: cache,
      label: t('cache of Yarn'),
    },
    // Yarn 1 keeps its own program compiled (package `v8-compile-cache`).
    {
      path: '/tmp/v8-compile-cache-0',
      kind: 'tree',
      size: ranged(2.2e6, 1.6e6, 2.8e6, 'estimated'),
      label: t('compiled program of Yarn'),
    },
  ];
}
