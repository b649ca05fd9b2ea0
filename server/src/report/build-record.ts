/** The build record of the present state, as if it had been built now. */

import { frontendOf } from '../cache/keys';
import { keyOptions } from '../cache/normalise';
import { buildRecord, builtContext, knowsContext } from '../cache/record';
import { baseKnowledge, keyGraphs, keysOf } from '../cache/text-keys';
import type { Baseline, BuildRecord } from '../cache/types';
import { builderCopy } from '../context/builder-copy';
import type { Selection } from '../context/types';
import { unnoticedChanges } from '../context/unnoticed-changes';
import { unsurePaths } from '../context/unsure-paths';
import { parseDockerfile } from '../dockerfile/parse';
import { baseIdentity } from '../images/base-identity';
import { imageToken } from '../images/reference';
import { t } from '../localize';
import type { AnalysisInputs, FactRequest, Facts } from './facts';
import { buildInputs, configurationsOf, heldConfiguration, heldImage } from './understanding';

export type RecordAnswer =
  | { readonly kind: 'recorded'; readonly record: BuildRecord }
  /** Fetch these and ask again. */
  | { readonly kind: 'pending'; readonly needs: readonly FactRequest[] }
  | { readonly kind: 'failed'; readonly reason: string };

/** What the builder's copy of the build context goes back to. */
function newestBuild(baseline: Baseline): BuildRecord | undefined {
  if (baseline.kind !== 'record' && baseline.kind !== 'engine') return undefined;
  return baseline.builds
    .filter(knowsContext)
    .reduce<BuildRecord | undefined>(
      (newest, build) => (newest === undefined || build.at > newest.at ? build : newest),
      undefined,
    );
}

/** The record of this text and these facts; `at` is the ISO date it gets. Needs contents by SHA-256. Pure. */
export function recordPresent(text: string, inputs: AnalysisInputs, facts: Facts, at: string): RecordAnswer {
  if (facts.context.state === 'unavailable') return { kind: 'failed', reason: facts.context.reason };
  const build = buildInputs(inputs);
  const known = heldConfiguration(facts);
  const dockerfile = parseDockerfile(text);
  const graphs = keyGraphs(dockerfile, build, (reference) => baseKnowledge(known(reference)));
  const graph = graphs.plain;
  if (graph.target === undefined) return { kind: 'failed', reason: t('There is no stage to build.') };
  const images = graph.images.filter((reference) => facts.image(reference).kind === 'pending');
  const newest = newestBuild(facts.baseline);
  const before = newest === undefined ? undefined : builtContext(newest);
  const { context } = facts;
  const unnoticed = (selection: Selection): readonly string[] | undefined => {
    if (before === undefined || context.state !== 'ready') return undefined;
    const changes = unnoticedChanges(context.snapshot, selection, before.tree, before.builtAt, before.unsure);
    return changes.kind === 'none' ? undefined : changes.paths;
  };
  const keys = keysOf(graphs, {
    context: facts.context,
    scheme: 'sha256',
    image: (reference) => ({ layers: imageToken(reference) }),
    epoch: inputs.buildArguments.SOURCE_DATE_EPOCH,
    options: keyOptions({}, inputs.buildArguments),
    optionsUnknown: true,
    frontend: frontendOf(dockerfile, inputs.buildArguments),
    standIn: (selection) => {
      const paths = unnoticed(selection);
      return paths === undefined ? undefined : { kind: 'unseen', paths };
    },
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
    const image = heldImage(facts, reference);
    const identity = image === undefined ? undefined : baseIdentity(image);
    return identity === undefined ? [] : [[reference, identity]];
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
    configurations: configurationsOf(graph, known),
    unnoticed,
    copy: (selections) =>
      before === undefined || context.state !== 'ready'
        ? undefined
        : builderCopy(context.snapshot, selections, before.tree, before.builtAt).unnoticing,
    unsure: (selections) =>
      before === undefined || context.state !== 'ready' ? [] : unsurePaths(context.snapshot, selections, before),
  });
  return { kind: 'recorded', record };
}
