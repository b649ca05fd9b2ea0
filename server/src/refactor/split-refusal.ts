/** Why a single stage is not split into a build and a runtime stage. */
import { t } from '../localize';
import type { Refused } from './split-types';
import type { Offers, RefactorContext } from './types';

/** The refusal at the stage's FROM, for the rule of that id; nothing where there is nothing to split. */
export function refusedSplit({ graph }: RefactorContext, rule: string, refused: Refused): Offers {
  const from = graph.stages[0]?.instruction;
  if (refused.kind === 'none' || from === undefined) return { refactorings: [], refusals: [] };
  const title = t('Split into a build and a runtime stage');
  return {
    refactorings: [],
    refusals: [{ rule, range: from.range, title, reason: t('Not split: {0}.', refused.reason) }],
  };
}
