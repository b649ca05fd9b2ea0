/** What text and facts say together, before it is put into words: the graphs, the sizes, the predictions. */
import { buildGraph } from '../build/graph';
import type { BuildGraph, BuildInputs, ImageConfiguration } from '../build/types';
import type { Predictions } from '../cache/predict';
import { predict } from '../cache/predict';
import { parseDockerfile } from '../dockerfile/parse';
import type { Dockerfile } from '../dockerfile/types';
import type { ImageFacts, ImageKnowledge } from '../images/types';
import { measure } from '../size/measured';
import type { StepSizes } from '../size/step-size';
import { stepSizes } from '../size/step-size';
import type { Comparison } from './comparison';
import { compareWith } from './comparison';
import type { AnalysisInputs, FactRequest, Facts } from './facts';
import { unreadFacts } from './foretold';

export interface Understanding {
  readonly dockerfile: Dockerfile;
  readonly graph: BuildGraph;
  /** Made with what the engine tells of base images, and nothing else; keys are made from it. */
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

/** Whether asking for an image can bring more. */
export function isOpen(knowledge: ImageKnowledge): boolean {
  return knowledge.kind === 'pending' || (knowledge.kind === 'known' && knowledge.provisional === true);
}

/** What is known of an image, or undefined. */
export function knownImage(facts: Facts, reference: string): ImageFacts | undefined {
  const knowledge = facts.image(reference);
  return knowledge.kind === 'known' ? knowledge.facts : undefined;
}

/** An image that the user's engine holds: the table of official images may tell of another build of the tag. */
export function heldImage(facts: Facts, reference: string): ImageFacts | undefined {
  const image = knownImage(facts, reference);
  return image?.source.kind === 'engine' ? image : undefined;
}

/** The configuration of images that the user's engine holds: what keys are made with. */
export function heldConfiguration(facts: Facts): (reference: string) => ImageConfiguration | undefined {
  return (reference) => heldImage(facts, reference)?.configuration;
}

/** The configurations that a graph was made with, by reference. */
export function configurationsOf(
  graph: BuildGraph,
  configuration: (reference: string) => ImageConfiguration | undefined,
): Readonly<Record<string, ImageConfiguration>> {
  return Object.fromEntries(
    graph.images.flatMap((reference): [string, ImageConfiguration][] => {
      const known = configuration(reference);
      if (known === undefined) return [];
      // Nothing else of it enters keys.
      const { environment, workdir, user, shell, onbuild } = known;
      return [[reference, { environment, workdir, user, onbuild, ...(shell === undefined ? {} : { shell }) }]];
    }),
  );
}

/** Text of a regular file of the build context; `pending` until it has been read. */
export function contextText(facts: Facts, path: string): string | undefined | 'pending' {
  const { context } = facts;
  // Whether there is such a file is not known yet, and that there is none would be a claim.
  if (context.state === 'pending') return 'pending';
  if (context.state !== 'ready' || context.snapshot.entry(path)?.type !== 'file') return undefined;
  return facts.file?.(path);
}

/** The size of each step of a graph. */
export function sizesOf(graph: BuildGraph, facts: Facts): StepSizes {
  return stepSizes(graph, {
    context: facts.context,
    engine: facts.engine,
    measurements: measure(graph, facts.engine, (reference) => knownImage(facts, reference)),
    indexes: facts.packages,
    image: (reference) => knownImage(facts, reference),
    readContextFile: (path) => contextText(facts, path),
  });
}

/** Text and facts, understood. Pure; never throws. */
export function understand(text: string, inputs: AnalysisInputs, facts: Facts): Understanding {
  const dockerfile = parseDockerfile(text);
  const build = buildInputs(inputs);
  const graph = buildGraph(dockerfile, build, (reference) => knownImage(facts, reference)?.configuration);
  const held = heldConfiguration(facts);
  const exact = graph.images.every((reference) => knownImage(facts, reference)?.configuration === held(reference));
  const keyGraph = exact ? graph : buildGraph(dockerfile, build, held);
  const sizes = sizesOf(graph, facts);
  const comparison = compareWith({
    dockerfile,
    graph: keyGraph,
    inputs: build,
    context: facts.context,
    baseline: facts.baseline,
    image: (reference) => heldImage(facts, reference),
    earlierKeys: facts.forecast?.state === 'ready' ? facts.forecast.history.keys : undefined,
  });
  const predictions =
    comparison === undefined || comparison.builds.length === 0 ? undefined : predict(keyGraph, comparison);
  const needs: FactRequest[] = [
    ...graph.images.flatMap((reference): FactRequest[] =>
      isOpen(facts.image(reference)) ? [{ kind: 'image', reference }] : [],
    ),
    ...sizes.archives.map((path): FactRequest => ({ kind: 'archive', path })),
    ...sizes.texts.map((path): FactRequest => ({ kind: 'file', path })),
    ...sizes.packages.map((request): FactRequest => ({ kind: 'package', request })),
    ...(comparison?.pending === true && facts.context.state === 'ready'
      ? [{ kind: 'digests', scheme: comparison.scheme } as const]
      : []),
    ...(sizes.lacksMeasurements ? [{ kind: 'measurements' } as const] : []),
    ...unreadFacts(keyGraph, facts, comparison, predictions),
  ];
  return { dockerfile, graph, keyGraph, sizes, comparison, predictions, needs };
}
