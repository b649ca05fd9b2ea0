/** The files that apt itself keeps: lists of packages, archives and its binary caches. */
import { t } from '../localize';
import type { AptStage } from './apt-stage';
import { computedBytes, type Spread, scaleBytes } from './byte-range';
import type { EffectParts } from './effect-parts';
import { times } from './known-spreads';
import type { DistributionPackage } from './types';

/** Lists of another release for those of Debian 12 and 13: Debian 11 to sid; Ubuntu's hold universe too. */
const otherLists: Spread = { low: 0.65, middle: 0.95, high: 1.4 };
const ubuntuLists: Spread = { low: 1.1, middle: 2.1, high: 2.9 };

/** lz4 takes this share of an index (measured on bookworm and trixie). */
const COMPRESSED = 0.372;
/** Descriptions in English, which images that keep `Acquire::Languages` fetch too, for a byte of the index. */
const TRANSLATION = 0.6;
/** `pkgcache.bin` and `srcpkgcache.bin` for a byte of the index. */
const BINARY_CACHES = 0.6;

/** What `update` leaves. */
export function writeLists(parts: EffectParts, stage: AptStage): void {
  const { distribution } = stage.suite;
  const factor = stage.apart === undefined ? undefined : distribution === 'ubuntu' ? ubuntuLists : otherLists;
  const listsSize = factor === undefined ? stage.index.listsSize : scaleBytes(stage.index.listsSize, factor);
  const label = t('package lists');
  parts.because(t('Lists of packages ({0}).', stage.source));
  if (stage.official) {
    parts.tree('/var/lib/apt/lists', listsSize, label);
    return;
  }
  const plain = { low: 0.9 / COMPRESSED, middle: 1 / COMPRESSED, high: 1.1 / COMPRESSED };
  parts.tree('/var/lib/apt/lists', scaleBytes(listsSize, times(plain, 1 + TRANSLATION)), label);
  writeCaches(parts, stage);
}

/** The binary caches, which official images switch off. */
export function writeCaches(parts: EffectParts, stage: AptStage): void {
  if (stage.official) return;
  const each = (((stage.index.listsSize.bytes ?? 0) / COMPRESSED) * BINARY_CACHES) / 2;
  for (const name of ['pkgcache.bin', 'srcpkgcache.bin'])
    parts.file(`/var/cache/apt/${name}`, { ...computedBytes(each, 0.15), basis: 'estimated' }, t('caches of apt'));
}

/** The fetched archives: official images delete them after each run of dpkg (`docker-clean`). */
export function writeArchives(
  parts: EffectParts,
  stage: AptStage,
  added: readonly DistributionPackage[],
  downloadOnly: boolean,
): void {
  if (stage.official && !downloadOnly) return;
  const bytes = added.reduce((sum, of) => sum + of.archiveSize, 0);
  if (bytes > 0) parts.tree('/var/cache/apt/archives', computedBytes(bytes, 0.01), t('archives of packages'));
}
