/** The files that apt itself keeps: lists of packages, archives and its binary caches. */
import { t } from '../localize';
import type { AptStage } from './apt-stage';
import { computedBytes } from './byte-range';
import type { EffectParts } from './effect-parts';
import type { DistributionPackage } from './types';

/** lz4 takes this share of an index (measured on bookworm and trixie). */
const COMPRESSED = 0.372;
/** Descriptions in English, which images that keep `Acquire::Languages` fetch too, for a byte of the index. */
const TRANSLATION = 0.6;
/** `pkgcache.bin` and `srcpkgcache.bin` for a byte of the index. */
const BINARY_CACHES = 0.6;

/** What `update` leaves. */
export function writeLists(parts: EffectParts, stage: AptStage): void {
  const { listsSize } = stage.index;
  const label = t('package lists');
  parts.because(t('Lists of packages ({0}).', stage.source));
  if (stage.official) {
    parts.tree('/var/lib/apt/lists', listsSize, label);
    return;
  }
  const plain = (listsSize.bytes ?? 0) / COMPRESSED;
  parts.tree('/var/lib/apt/lists', { ...computedBytes(plain * (1 + TRANSLATION), 0.1), basis: 'estimated' }, label);
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
