/** Words for people that all surfaces share. */
import { t } from '../localize';
import type { CacheStatus, Step } from './types';

/** The status in the user's language. */
export function statusWord(status: CacheStatus): string {
  switch (status) {
    case 'cached':
      return t('cached');
    case 'rebuilds':
      return t('rebuilds');
    case 'may rebuild':
      return t('may rebuild');
    case 'not built':
      return t('not built');
    case 'no record':
      return t('no record');
    case 'pending':
      return t('checking…');
    default:
      return status satisfies never;
  }
}

/** The number of a step's layer: `12`, or `+1` above a base whose layers are not known. Undefined for a step that makes none. */
export function layerNumber(step: Step): string | undefined {
  if (step.layer === undefined) return undefined;
  return step.layerCountedFrom === 'base' ? `+${step.layer}` : String(step.layer);
}
