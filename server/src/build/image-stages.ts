/** Which stages the image is made of. */
import type { BuildGraph } from './types';

/** The stages whose layers the image has: the target and those it stands on. */
export function imageStages({ stages, target }: Pick<BuildGraph, 'stages' | 'target'>): ReadonlySet<number> {
  const found = new Set<number>();
  let stage = target === undefined ? undefined : stages[target];
  while (stage !== undefined && !found.has(stage.index)) {
    found.add(stage.index);
    stage = stage.base.kind === 'stage' ? stages[stage.base.stage] : undefined;
  }
  return found;
}
