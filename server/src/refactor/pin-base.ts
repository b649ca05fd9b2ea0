/**
 * The base image by its digest, the tag kept beside it for whoever reads.
 *
 *     FROM node:20   →   FROM node:20@sha256:…
 *
 * A tag that moves rebuilds everything above it without a word; a digest never does. The digest is that of the manifest that the tag names
 * now, as the user's engine pulled it or the registry has it.
 */
import type { BuildStage } from '../build/types';
import { parseReference } from '../images/reference';
import { t } from '../localize';
import type { Refactoring } from '../report/types';
import { offered } from './effect';
import type { Offers, RefactorContext, RefactoringRule } from './types';

const id = 'pin-base';

export const pinBase: RefactoringRule = { id, offer };

function offer(context: RefactorContext): Offers {
  return { refactorings: context.graph.stages.flatMap((stage) => pinned(context, stage)), refusals: [] };
}

function pinned(context: RefactorContext, { base, instruction, needed }: BuildStage): Refactoring[] {
  if (base.kind !== 'image' || instruction.keyword !== 'FROM' || !needed) return [];
  const written = instruction.image.text;
  // What an argument names is decided by whoever builds.
  if (/[$"'\\`]/.test(written) || written !== base.reference) return [];
  const reference = parseReference(written);
  const digest = digestOf(context, written);
  if (reference.kind !== 'ok' || reference.reference.digest !== undefined || digest === undefined) return [];
  const line = instruction.range.start.line + 1;
  return [
    offered(
      context,
      {
        id: `${id}:${line}`,
        title: t('Pin {0} to the image that it names now', written),
        kind: 'refactor.rewrite',
        line,
        endLine: instruction.range.end.line + 1,
        changesBehaviour: true,
        caution: t(
          'Later builds stay on this image until the digest is changed: fixes of the base image no longer come by themselves.',
        ),
        edits: [
          { range: { start: instruction.image.range.end, end: instruction.image.range.end }, newText: `@${digest}` },
        ],
      },
      t('A new image under this tag no longer rebuilds everything above it.'),
      // It is the same image, also where nothing else is known under the longer name.
      () => ({ bytes: { low: 0, high: 0, best: 0 }, layers: 0 }),
    ),
  ];
}

/**
 * The digest that the reference names now. A registry tells that of the index before that of the platform's manifest; an engine tells those
 * that the image was pulled by, and several leave open which one the tag names.
 */
function digestOf({ image }: RefactorContext, reference: string): string | undefined {
  const knowledge = image(reference);
  if (knowledge.kind !== 'known') return undefined;
  const { manifestDigests = [], source } = knowledge.facts;
  const [first, ...others] = new Set(manifestDigests);
  if (first === undefined || (source.kind === 'engine' && others.length > 0)) return undefined;
  return /^sha256:[0-9a-f]{64}$/.test(first) ? first : undefined;
}
