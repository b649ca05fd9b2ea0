/** What changing the commands of RUN instructions does to the image and to rebuilds. */
import type { BuildStage } from '../build/types';
import { t } from '../localize';
import type { Effect, Refactoring } from '../report/types';
import { type Owner, sizeOfPart } from '../size/part';
import { imageEffect, offered, type Proposal } from './effect';
import { stepsByLine } from './merge-effect';
import { lineOf, type RunText } from './run-text';
import type { RefactorContext } from './types';

/**
 * The refactoring with its effect: where what one of the RUNs writes is not known, neither is what running other commands changes.
 * @param texts the RUNs whose commands change
 */
export function offeredForRuns(
  context: RefactorContext,
  proposal: Proposal,
  cache: string,
  texts: readonly RunText[],
): Refactoring {
  return offered(context, proposal, cache, (): Omit<Effect, 'cache'> => {
    const effect = imageEffect(context, proposal.edits);
    return hasDoubt(context, texts) ? { ...effect, bytes: null } : effect;
  });
}

/** The same where nothing tells of the bytes. */
export function offeredWithoutBytes(context: RefactorContext, proposal: Proposal, cache: string): Refactoring {
  return offered(context, proposal, cache, () => ({ ...imageEffect(context, proposal.edits), bytes: null }));
}

function hasDoubt(context: RefactorContext, texts: readonly RunText[]): boolean {
  const { doubts = [], parts = [] } = context.outlook(context.dockerfile.text).files ?? {};
  const isTheirs = ({ owner }: { readonly owner: Owner }): boolean =>
    texts.some(({ stage, step }) => owner.stage === stage.index && owner.step === step.index);
  return doubts.some(isTheirs) || parts.some((part) => sizeOfPart(part).high === null && isTheirs(part));
}

/** One sentence: the changed steps and all below them run once more, then they are reused as before. */
export function sentenceOnRebuilds(context: RefactorContext, stage: BuildStage, texts: readonly RunText[]): string {
  const byLine = stepsByLine(context);
  const [first] = texts;
  const seconds = stage.steps
    .filter(({ index, instruction }) => index >= (first?.step.index ?? 0) && instruction.keyword !== 'FROM')
    .reduce((sum, { instruction }) => sum + (byLine.get(instruction.range.start.line + 1)?.duration ?? 0), 0);
  const lines = texts.map(lineOf).join(', ');
  return seconds >= 1
    ? t(
        'Line {0} and what follows run once more, about {1} s; then they are reused as before.',
        lines,
        Math.round(seconds),
      )
    : t('Line {0} and what follows run once more; then they are reused as before.', lines);
}
