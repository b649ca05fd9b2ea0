/** The cache status as a word for people. */
import { t } from '../localize';
import type { CacheStatus } from './types';

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
