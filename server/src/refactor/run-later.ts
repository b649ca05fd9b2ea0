/** Which RUN instructions come after one, in its stage and in the stages that stand on it. */
import type { BuildStage } from '../build/types';
import type { RunText } from './run-text';
import type { RefactorContext } from './types';

/** True when the stage is the other one or stands on it. */
export function standsOn({ graph }: RefactorContext, stage: BuildStage, below: BuildStage): boolean {
  let each: BuildStage | undefined = stage;
  for (let depth = 0; each !== undefined && depth <= graph.stages.length; depth += 1) {
    if (each.index === below.index) return true;
    each = each.base.kind === 'stage' ? graph.stages[each.base.stage] : undefined;
  }
  return false;
}

/** Those that find the files which the RUN leaves. */
export function laterTexts(context: RefactorContext, texts: readonly RunText[], text: RunText): readonly RunText[] {
  return texts.filter(
    (other) =>
      (other.stage.index === text.stage.index && other.step.index > text.step.index) ||
      (other.stage.index !== text.stage.index && standsOn(context, other.stage, text.stage)),
  );
}
