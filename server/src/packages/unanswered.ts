/** What is said where an index gave no answer and other figures stand in. */
import { t } from '../localize';

/** Why an index did not tell of some packages: nothing when it told of all. */
export function unansweredSentence([first, ...others]: readonly string[]): readonly string[] {
  if (first === undefined) return [];
  return [
    others.length === 0
      ? t('The index does not tell of one package: {0}', first)
      : t('The index does not tell of {0} packages; of the first: {1}', others.length + 1, first),
  ];
}
