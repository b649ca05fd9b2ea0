/** What text and facts say together, before it is put into words: the graphs, the sizes, the predictions. */
import { buildGraph } from '../build/graph';
import type { BuildGraph, BuildInputs, ImageConfiguration } from '../build/types';
import type { Predictions } from '../cache/predict';
import { predict } from '../cache/predict';
import { parseDockerfile } from '../dockerfile/parse';
import type { Dockerfile } from '../dockerfile/types';
import type { ImageFacts } from '../images/types';
import { measure } from '../size/measured';
import type { StepSizes } from '../size/step-size';
import { stepSizes } from '../size/step-size';
import type { Comparison } from './comparison';
import { compareWith } from './comparison';
import type { AnalysisInputs, FactRequest, Facts } from './facts';

export interface Understanding {
  readonly dockerfile: Dockerfile;
  readonly graph: BuildGraph;
  /** Made without knowledge of base images; keys are made from it. */
  readonly keyGraph: BuildGraph;
  readonly sizes: StepSizes;
  readonly comparison: Comparison | undefined;
  readonly predictions: Predictions | undefined;
  readonly needs: readonly FactRequest[];
}

/** The inputs as the build graph takes them. */
export function buildInputs(inputs: AnalysisInputs): BuildInputs {
  return {
    ...(inputs.target === undefined ? {} : { target: inputs.target }),
    buildArguments: inputs.buildArguments,
    platform: inputs.platform,
  };
}

/** What is known of an image, or undefined. */
export function knownImage(facts: Facts, reference: string): ImageFacts | undefined {
  const knowledge = facts.image(reference);
  return knowledge.kind === 'known' ? knowledge.facts : undefined;
}

/**
 * Only what ONBUILD of the base adds: keys must not depend on what else happens to be known of an image. The same for every way in which
 * the graph for keys is made.
 */
export function triggersOnly(facts: Facts): (reference: string) => ImageConfiguration | undefined {
  return (reference) => {
    const onbuild = knownImage(facts, reference)?.configuration?.onbuild ?? [];
    return onbuild.length === 0 ? undefined : { environment: [], workdir: '', user: '', onbuild };
  };
}

/** Text and facts, understood. Pure; never throws. */
export function understand(text: string, inputs: AnalysisInputs, facts: Facts): Understanding {
  const dockerfile = parseDockerfile(text);
  const build = buildInputs(inputs);
  const graph = buildGraph(dockerfile, build, (reference) => knownImage(facts, reference)?.configuration);
  const triggers = triggersOnly(facts);
  const plain = graph.images.every((reference) => knownImage(facts, reference)?.configuration === undefined);
  const keyGraph = plain ? graph : buildGraph(dockerfile, build, triggers);
  const measurements = measure(graph, facts.engine, (reference) => knownImage(facts, reference));
  const sizes = stepSizes(graph, { context: facts.context, engine: facts.engine, measurements });
  const comparison = compareWith({
    graph: keyGraph,
    inputs: build,
    context: facts.context,
    baseline: facts.baseline,
    image: (reference) => knownImage(facts, reference),
    triggers,
  });
  const predictions =
    comparison === undefined || comparison.builds.length === 0 ? undefined : predict(keyGraph, comparison);
  const needs: FactRequest[] = [
    ...graph.images.flatMap((reference): FactRequest[] =>
      facts.image(reference).kind === 'pending' ? [{ kind: 'image', reference }] : [],
    ),
    ...sizes.archives.map((path): FactRequest => ({ kind: 'archive', path })),
    ...(comparison?.pending === true && facts.context.state === 'ready'
      ? [{ kind: 'digests', scheme: comparison.scheme } as const]
      : []),
  ];
  return { dockerfile, graph, keyGraph, sizes, comparison, predictions, needs };
}
