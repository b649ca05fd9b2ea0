/** What a refactoring is called where people choose it: what it does, then what that gains. */
import { t } from '../localize';
import type { Effect, Refactoring } from '../report/types';
import { formatBytes } from '../size/format';

/** `Merge 3 RUN instructions (−2 layers, −38 MB)`. */
export function titleWithEffect({ title, effect }: Pick<Refactoring, 'title' | 'effect'>): string {
  const gains = [
    secondsInWords(effect.secondsPerCommit),
    layersInWords(effect.layers),
    bytesInWords(effect.bytes),
  ].filter((each) => each !== undefined);
  return gains.length === 0 ? title : `${title} (${gains.join(', ')})`;
}

/** Nothing where no history tells, or where nobody would notice. */
function secondsInWords(seconds: number | undefined): string | undefined {
  if (seconds === undefined || Math.abs(seconds) < 0.05) return undefined;
  const figure = Math.abs(seconds) < 10 ? Math.abs(seconds).toFixed(1) : String(Math.round(Math.abs(seconds)));
  return seconds < 0 ? t('−{0} s per commit', figure) : t('+{0} s per commit', figure);
}

function layersInWords(layers: Effect['layers']): string | undefined {
  if (layers === 0 || layers === null) return undefined;
  if (layers === -1) return t('−1 layer');
  if (layers === 1) return t('+1 layer');
  return layers < 0 ? t('−{0} layers', -layers) : t('+{0} layers', layers);
}

/** Nothing where it is not known; a firm end of the range where the best figure would promise too much. */
function bytesInWords(bytes: Effect['bytes']): string | undefined {
  if (bytes === null) return undefined;
  const { low, high, best } = bytes;
  if (low === high) return signed(high);
  if (low === null) return high < 0 ? t('at least {0}', signed(high)) : undefined;
  if (high < 0 && (best === undefined || low < 2 * high)) return t('at least {0}', signed(high));
  if (best !== undefined && (high < 0 || low > 0)) return t('about {0}', signed(best));
  return t('{0} to {1}', signed(high), signed(low));
}

function signed(bytes: number): string {
  return bytes === 0 ? '0 B' : `${bytes < 0 ? '−' : '+'}${formatBytes(Math.abs(bytes))}`;
}
