/** What an edit does to the image: the image of the text with it held against the image of the text without. */
import type { BuildGraph } from '../build/types';
import type { ContextChange } from '../context/without-paths';
import type { Edit, Effect, Refactoring } from '../report/types';
import { applyEdits } from './apply';
import { imageDifference } from './image-difference';
import type { ImageOutlook, RefactorContext } from './types';

/** A refactoring before its effect is worked out. */
export type Proposal = Omit<Refactoring, 'effect'>;

/**
 * The refactoring with its effect on bytes and layers. It is worked out when somebody looks at it: an analysis of another text
 * for each offer would be too much at every keystroke. Images that only the edited text names are asked for at once: nobody else would
 * have them looked up, and what is not known of them is not known of the effect.
 * @param cache one sentence on what it does to rebuilds, localised, or what works it out together with the seconds per commit
 * @param image the effect on the image, where more is known of it than the two images tell
 */
export function offered(
  context: RefactorContext,
  proposal: Proposal,
  cache: string | (() => Pick<Effect, 'cache' | 'secondsPerCommit'>),
  image: () => Omit<Effect, 'cache'> = () => imageEffect(context, proposal.edits),
): Refactoring {
  for (const reference of imagesNamed(proposal.edits, context.graph)) context.image(reference);
  let known: Effect | undefined;
  return {
    ...proposal,
    get effect(): Effect {
      known ??= { ...image(), ...(typeof cache === 'string' ? { cache } : cache()) };
      return known;
    },
  };
}

/** Images that edits write into a FROM; those that a variable decides are left out. */
function imagesNamed(edits: readonly Edit[], { stages }: BuildGraph): readonly string[] {
  const written = edits.map(({ newText }) => newText).join('\n');
  const named = [
    ...written.matchAll(/^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*([^\s$]+)[ \t]*(?:AS[ \t]+(\S+))?[ \t]*\r?$/gim),
  ];
  const ours = new Set([
    ...stages.map(({ name }) => name),
    ...named.map(([, , name]) => name?.toLowerCase()),
    'scratch',
  ]);
  return [...new Set(named.flatMap(([, name = '']) => (ours.has(name.toLowerCase()) ? [] : [name])))];
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
  const baseLayers = base === 'same' ? 0 : base?.layers;
  return { bytes: bytesOf(before, after, base), layers: baseLayers === undefined ? null : layers + baseLayers };
}

interface BaseDifference {
  /** Absent where the size of one of them is not known. */
  readonly bytes?: { readonly best: number | null; readonly low: number; readonly high: number };
  readonly layers?: number;
}

function baseDifference(
  before: ImageOutlook['base'],
  after: ImageOutlook['base'],
): 'same' | BaseDifference | undefined {
  if (before === undefined || after === undefined) return before === after ? 'same' : undefined;
  if (before.reference === after.reference) return 'same';
  const [old, other] = [before.size, after.size];
  return {
    ...(old.high !== null &&
      other.high !== null && {
        bytes: {
          best: old.bytes === null || other.bytes === null ? null : other.bytes - old.bytes,
          low: other.low - old.high,
          high: other.high - old.low,
        },
      }),
    ...(before.layers === undefined || after.layers === undefined ? {} : { layers: after.layers - before.layers }),
  };
}

function bytesOf(
  before: ImageOutlook,
  after: ImageOutlook,
  base: 'same' | BaseDifference | undefined,
): Effect['bytes'] {
  const ground = base === 'same' ? { best: 0, low: 0, high: 0 } : base?.bytes;
  if (ground === undefined || before.files === undefined || after.files === undefined) return null;
  const files = imageDifference(before.files, after.files);
  if (files === undefined) return null;
  const best = files.best === null || ground.best === null ? undefined : files.best + ground.best;
  return {
    low: files.low === null ? null : files.low + ground.low,
    high: files.high + ground.high,
    ...(best === undefined ? {} : { best }),
  };
}
