/** The build record of the present state, as if it had been built now. */

import { buildGraph } from '../build/graph';
import { graphKeys } from '../cache/keys';
import { buildRecord } from '../cache/record';
import type { BuildRecord } from '../cache/types';
import { parseDockerfile } from '../dockerfile/parse';
import { t } from '../localize';
import { imageToken } from './comparison';
import type { AnalysisInputs, FactRequest, Facts } from './facts';
import { buildInputs, knownImage, triggersOnly } from './understanding';

export type RecordAnswer =
  | { readonly kind: 'recorded'; readonly record: BuildRecord }
  /** Fetch these and ask again. */
  | { readonly kind: 'pending'; readonly needs: readonly FactRequest[] }
  | { readonly kind: 'failed'; readonly reason: string };

/** The record of this text and these facts; `at` is the ISO date it gets. Needs contents by SHA-256. Pure. */
export function recordPresent(text: string, inputs: AnalysisInputs, facts: Facts, at: string): RecordAnswer {
  if (facts.context.state === 'unavailable') return { kind: 'failed', reason: facts.context.reason };
  const build = buildInputs(inputs);
  const graph = buildGraph(parseDockerfile(text), build, triggersOnly(facts));
  if (graph.target === undefined) return { kind: 'failed', reason: t('There is no stage to build.') };
  const images = graph.images.filter((reference) => facts.image(reference).kind === 'pending');
  const keys = graphKeys(graph, {
    context: facts.context,
    scheme: 'sha256',
    imageToken,
    epoch: inputs.buildArguments.SOURCE_DATE_EPOCH,
    options: {},
  });
  if (keys.pending || images.length > 0) {
    return {
      kind: 'pending',
      needs: [
        ...images.map((reference): FactRequest => ({ kind: 'image', reference })),
        ...(keys.pending ? [{ kind: 'digests', scheme: 'sha256' } as const] : []),
      ],
    };
  }
  const bases = graph.images.flatMap((reference): [string, string][] => {
    const digest = knownImage(facts, reference)?.digest;
    return digest === undefined ? [] : [[reference, digest]];
  });
  const target = graph.stages[graph.target]?.name ?? null;
  const record = buildRecord({
    graph,
    keys,
    context: facts.context,
    scheme: 'sha256',
    at,
    target,
    bases: Object.fromEntries(bases),
  });
  return { kind: 'recorded', record };
}
