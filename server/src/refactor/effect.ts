/** What an edit does to the image: the image of the text with it held against the image of the text without. */
import type { ContextChange } from '../context/without-paths';
import type { Edit, Effect, Refactoring } from '../report/types';
import { applyEdits } from './apply';
import { imageDifference } from './image-difference';
import type { ImageOutlook, RefactorContext } from './types';

/** A refactoring before its effect is worked out. */
export type Proposal = Omit<Refactoring, 'effect'>;

/**
 * The refactoring with its effect on bytes and layers. It is worked out when somebody looks at it: an analysis of another text
 * for each offer would be too much at every keystroke.
 * @param cache one sentence on what it does to rebuilds, localised, or what works it out together with the seconds per commit
 * @param image the effect on the image, where more is known of it than the two images tell
 */
export function offered(
  context: RefactorContext,
  proposal: Proposal,
  cache: string | (() => Pick<Effect, 'cache' | 'secondsPerCommit'>),
  image: () => Omit<Effect, 'cache'> = () => imageEffect(context, proposal.edits),
): Refactoring {
  let known: Effect | undefined;
  return {
    ...proposal,
    get effect(): Effect {
      known ??= { ...image(), ...(typeof cache === 'string' ? { cache } : cache()) };
      return known;
    },
  };
}

/** The change of the target's image by edits of the Dockerfile. */
export function imageEffect(context: RefactorContext, edits: readonly Edit[]): Omit<Effect, 'cache'> {
  const { text } = context.dockerfile;
  return outlookEffect(context.outlook(text), context.outlook(applyEdits(text, edits)));
}

/** The change of the target's image by another build context. */
export function contextEffect(context: RefactorContext, change: ContextChange): Omit<Effect, 'cache'> {
  const { text } = context.dockerfile;
  return outlookEffect(context.outlook(text), context.outlook(text, change));
}

/** The second image against the first. */
export function outlookEffect(before: ImageOutlook, after: ImageOutlook): Omit<Effect, 'cache'> {
  const layers = after.layers - before.layers;
  const base = baseDifference(before.base, after.base);
  const baseLayers = base === 'same' ? 0 : (base?.layers ?? 0);
  return { bytes: bytesOf(before, after, base), layers: layers + baseLayers };
}

interface BaseDifference {
  readonly best: number | null;
  readonly low: number;
  readonly high: number;
  readonly layers?: number;
}

function baseDifference(
  before: ImageOutlook['base'],
  after: ImageOutlook['base'],
): 'same' | BaseDifference | undefined {
  if (before === undefined || after === undefined) return before === after ? 'same' : undefined;
  if (before.reference === after.reference) return 'same';
  if (before.size.high === null || after.size.high === null) return undefined;
  return {
    best: before.size.bytes === null || after.size.bytes === null ? null : after.size.bytes - before.size.bytes,
    low: after.size.low - before.size.high,
    high: after.size.high - before.size.low,
    ...(before.layers === undefined || after.layers === undefined ? {} : { layers: after.layers - before.layers }),
  };
}

function bytesOf(
  before: ImageOutlook,
  after: ImageOutlook,
  base: 'same' | BaseDifference | undefined,
): Effect['bytes'] {
  if (base === undefined || before.files === undefined || after.files === undefined) return null;
  const files = imageDifference(before.files, after.files);
  if (files === undefined) return null;
  const ground = base === 'same' ? { best: 0, low: 0, high: 0 } : base;
  const best = files.best === null || ground.best === null ? undefined : files.best + ground.best;
  return {
    low: files.low === null ? null : files.low + ground.low,
    high: files.high + ground.high,
    ...(best === undefined ? {} : { best }),
  };
}
