/** What Node's package managers install where neither a lock file nor a table tells of the packages. */
import { t } from '../localize';
import type { Spread } from './byte-range';
import type { KnownSpread } from './known-spreads';
import { ranged } from './node-pool';
import type { WrittenPart } from './types';

/** Archives and lists of releases in npm's cache, for one byte of unpacked packages. */
export const npmCachedShare = 0.45;

/**
 * Yarn's cache for one byte of unpacked packages: Yarn 1 keeps them unpacked and as archives, with their manifests once more, later ones keep
 * archives alone.
 */
const yarnCachedShare: Spread = { low: 0.2, middle: 1.35, high: 1.8 };

/** Packages of which nothing is known, as large as `many` of their kind usually are. */
export function unreadPart(path: string, { spread }: KnownSpread, many: number): WrittenPart {
  const { low, middle, high } = spread;
  const size = ranged(many * middle, many * low, many * high, 'estimated');
  return { path, kind: 'tree', size, label: t('npm packages that are not known') };
}

/** Packages of which nothing is known, in `folder` and in Yarn's cache. */
export function unreadByYarn(folder: string, cache: string, known: KnownSpread, many: number): readonly WrittenPart[] {
  const { low, middle, high } = known.spread;
  const share = yarnCachedShare;
  return [
    unreadPart(`${folder === '/' ? '' : folder}/node_modules`, known, many),
    {
      path: cache,
      kind: 'tree',
      size: ranged(many * middle * share.middle, many * low * share.low, many * high * share.high, 'estimated'),
      label: t('cache of Yarn'),
    },
  ];
}

/** Localised: these packages are in no table. */
export function missingSentence(names: readonly string[]): string {
  const list = [...new Set(names)].slice(0, 5).join(', ');
  return t('Nothing is known of these packages and of what they need; a lock file would tell: {0}', list);
}
