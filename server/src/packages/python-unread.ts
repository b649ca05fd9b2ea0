/** What pip and its kin install where the requirements cannot be read before the build. */
import { t } from '../localize';
import { perhapsBytes, type Spread, spreadBytes } from './byte-range';
import type { EffectParts } from './effect-parts';
import type { UnreadRequirements } from './pip-command';
import type { SizeRange } from './types';
import { pythonPackage, pythonSet } from './unread-sets';

/** Archives as a share of what is in them. */
const archiveShare = 0.3;

/** The same, and nothing may be there. */
function perhapsSpread(spread: Spread, factor = 1): SizeRange {
  return perhapsBytes(spreadBytes(spread, factor));
}

/** Writes sets and packages of usual size to the folder of packages, and their archives to the cache unless it is undefined. */
export function writeUnread(
  parts: EffectParts,
  site: string,
  { files, names, projects }: UnreadRequirements,
  cache: string | undefined,
): void {
  const label = t('Python packages that are not known');
  for (const [sentences, { spread, source }, size] of [
    [files, pythonSet, spreadBytes],
    [names, pythonPackage, spreadBytes],
    [projects, pythonSet, perhapsSpread],
  ] as const) {
    if (sentences.length === 0) continue;
    parts.tree(site, size(spread), label);
    if (cache !== undefined) parts.tree(cache, size(spread, archiveShare), t('cache of {0}', 'pip'));
    for (const sentence of sentences.slice(0, 3)) parts.because(sentence);
    parts.because(source());
  }
}
