/** What another text of the same Dockerfile would build: the other side of an edit's effect. */
import { buildGraph } from '../build/graph';
import { imageStages } from '../build/image-stages';
import type { BuildGraph, BuildStage } from '../build/types';
import type { ContextFacts } from '../context/types';
import { type ContextChange, withChange } from '../context/without-paths';
import { parseDockerfile } from '../dockerfile/parse';
import type { ImageOutlook } from '../refactor/types';
import { exactly } from '../size/estimate';
import type { StepSizes } from '../size/step-size';
import type { AnalysisInputs, Facts } from './facts';
import { imageBase } from './stages';
import { buildInputs, knownImage, sizesOf } from './understanding';

/** The image of the target that a text builds, perhaps from a changed build context. Pure; never throws. */
export function outlookOf(text: string, inputs: AnalysisInputs, whole: Facts, change?: ContextChange): ImageOutlook {
  const facts = change === undefined ? whole : { ...whole, context: changedContext(whole.context, change) };
  const graph = buildGraph(
    parseDockerfile(text),
    buildInputs(inputs),
    (reference) => knownImage(facts, reference)?.configuration,
  );
  return imageOutlook(graph, sizesOf(graph, facts), facts);
}

function changedContext(context: ContextFacts, change: ContextChange): ContextFacts {
  return context.state === 'ready' ? { ...context, snapshot: withChange(context.snapshot, change) } : context;
}

/** The image of a graph's target. */
export function imageOutlook(graph: BuildGraph, sizes: StepSizes, facts: Facts): ImageOutlook {
  const target = graph.target === undefined ? undefined : graph.stages[graph.target];
  if (target === undefined) return { layers: 0 };
  const chain = [...imageStages(graph)].flatMap((index) => graph.stages[index] ?? []);
  const lowest = chain.at(-1) ?? target;
  const base = baseOf(lowest, facts);
  const files = sizes.files(target.index);
  return {
    ...(base === undefined ? {} : { base }),
    ...(files === undefined ? {} : { files }),
    layers: chain.reduce((sum, { steps }) => sum + steps.filter(({ produces }) => produces === 'layer').length, 0),
  };
}

function baseOf({ base }: BuildStage, facts: Facts): ImageOutlook['base'] {
  switch (base.kind) {
    case 'image': {
      const { size, layers } = imageBase(base.reference, true, facts);
      return { reference: base.reference, size, ...(layers === undefined ? {} : { layers }) };
    }
    case 'scratch':
      return { reference: 'scratch', size: exactly(0), layers: 0 };
    case 'stage':
    case 'unresolved':
      return undefined;
  }
}
