/** Text and facts in, report out: the one function that everything people see comes from. */
import type { ContextChange } from '../context/without-paths';
import type { Range } from '../dockerfile/types';
import type { ImageKnowledge } from '../images/types';
import { t } from '../localize';
import type { ImageOutlook, Refusal } from '../refactor';
import { collectOffers } from '../refactor';
import { unknown } from '../size/estimate';
import type { StepSizes } from '../size/step-size';
import type { Estimate } from '../size/types';
import { efficiency } from '../size/waste';
import { weighContext } from './context-weight';
import type { AnalysisInputs, FactRequest, Facts } from './facts';
import { findings } from './findings';
import { differsFromCommit, forecastNeeds, withForecast } from './forecast';
import { orderForecast } from './order-forecast';
import { imageOutlook, outlookOf } from './outlook';
import { withRebuildCosts } from './rebuild-cost';
import { StageReports } from './stages';
import type { ContextWeight, Refactoring, Report, Stage } from './types';
import type { Understanding } from './understanding';
import { isOpen, understand } from './understanding';

export interface Analysis {
  /** Its findings and refactorings are worked out when somebody looks at them, and then once: hints do without. */
  readonly report: Report;
  /** Lines (from 0) where the text itself is in error, known without the findings. */
  readonly errorLines: ReadonlySet<number>;
  /** What would make the stages say more; fetch it in the background and analyse again. */
  readonly stageNeeds: readonly FactRequest[];
  /** The same and what findings and refactorings lack, which are worked out for it. */
  readonly needs: readonly FactRequest[];
  /** Refactorings that look possible here and are not offered, with the reason. */
  readonly refusals: readonly Refusal[];
  /** The first refactoring of fix-all for this text; worked out when it is asked for. */
  readonly unchanging: () => Refactoring | undefined;
}

function baselineOf(facts: Facts): Report['baseline'] {
  const { baseline } = facts;
  switch (baseline.kind) {
    case 'pending':
      return { kind: 'pending', label: t('being looked up') };
    case 'none':
      return { kind: 'none', label: baseline.reason };
    case 'record':
    case 'engine':
    case 'git':
      return { kind: baseline.kind, label: baseline.label, ...(baseline.at === undefined ? {} : { at: baseline.at }) };
  }
}

function contextOf(inputs: AnalysisInputs, facts: Facts): Report['context'] {
  const { context } = facts;
  switch (context.state) {
    case 'pending':
      return { path: inputs.contextPath, state: 'pending' };
    case 'unavailable':
      return { path: inputs.contextPath, state: 'unavailable', reason: context.reason };
    case 'ready':
      return {
        path: inputs.contextPath,
        state: 'ready',
        ...(context.ignoreFile.path === undefined ? {} : { ignoreFile: context.ignoreFile.path }),
      };
  }
}

/** What nobody can see of the image, and dive's figures of it; only a lower bound when commands are not understood. */
function imageOf(target: Stage | undefined, sizes: StepSizes): Report['image'] {
  if (target === undefined) {
    const nothing = unknown([t('There is no stage to build.')]);
    return { size: nothing, layers: null, wasted: nothing, efficiency: null };
  }
  const { size } = target;
  const layers = target.layers ?? null;
  const waste = sizes.waste(target.index);
  if (waste === undefined) return { size, layers, wasted: unknown([]), efficiency: null };
  const evidence = [
    ...new Set(target.steps.flatMap((step) => step.wasted?.evidence ?? [])),
    ...(waste.ofBase ? [t('Some files of the base image are written again.')] : []),
  ];
  const wasted: Estimate = { ...waste.hidden, evidence };
  const dive: Estimate = { ...waste.diveWasted, evidence: [] };
  if (waste.open) {
    const reason = t('Commands that are not understood may overwrite or delete more.');
    const open = (known: Estimate): Estimate => ({
      ...unknown([...known.evidence, reason], known.low),
      ...(known.bytes === null || known.bytes === 0 ? {} : { known: known.bytes }),
    });
    return { size, layers, wasted: open(wasted), efficiency: null, dive: { wasted: open(dive) } };
  }
  return { size, layers, wasted, efficiency: efficiency(size.bytes, waste), dive: { wasted: dive } };
}

function askedImages(facts: Facts, needs: FactRequest[]): (reference: string) => ImageKnowledge {
  return (reference) => {
    const knowledge = facts.image(reference);
    if (isOpen(knowledge)) needs.push({ kind: 'image', reference });
    return knowledge;
  };
}

function readFileOf(facts: Facts, needs: FactRequest[]): (path: string) => string | undefined | 'pending' {
  return (path) => {
    const { context } = facts;
    if (context.state !== 'ready' || context.snapshot.entry(path)?.type !== 'file') return undefined;
    const text = facts.file?.(path);
    if (text === 'pending') needs.push({ kind: 'file', path });
    return text;
  };
}

/** Several refactorings come to the same text, and all are held against the text as it is. */
function rememberOutlooks(
  { dockerfile, graph, sizes }: Understanding,
  inputs: AnalysisInputs,
  facts: Facts,
): (text: string, change?: ContextChange) => ImageOutlook {
  const known = new Map<string, ImageOutlook>();
  return (text, change) => {
    if (change !== undefined) return outlookOf(text, inputs, facts, change);
    let outlook = known.get(text);
    if (outlook === undefined) {
      outlook = text === dockerfile.text ? imageOutlook(graph, sizes, facts) : outlookOf(text, inputs, facts);
      known.set(text, outlook);
    }
    return outlook;
  };
}

function describe(
  understanding: Understanding,
  inputs: AnalysisInputs,
  facts: Facts,
  weight: ContextWeight | undefined,
): Omit<Report, 'findings' | 'refactorings'> {
  const { stages: costed, rebuild } = withRebuildCosts(
    new StageReports(understanding, facts, inputs.listedPackages).stages,
  );
  const { stages, forecast } = withForecast(costed, inputs, facts);
  const target = stages.find((stage) => stage.target);
  return {
    version: 1,
    dockerfile: inputs.dockerfilePath,
    context: contextOf(inputs, facts),
    target: target === undefined ? null : (target.name ?? String(target.index)),
    platform: inputs.platform,
    buildArgs: inputs.buildArguments,
    baseline: baselineOf(facts),
    stages,
    ...(rebuild === undefined ? {} : { rebuild }),
    ...(forecast === undefined ? {} : { forecast }),
    image: imageOf(target, understanding.sizes),
    contextSize: weight === undefined ? null : { bytes: weight.sent.bytes, files: weight.sent.files },
    ...(weight === undefined ? {} : { contextWeight: weight }),
  };
}

/**
 * The report of a Dockerfile's text with what is known now. Pure and synchronous; never throws for any text. `selection` narrows the
 * refactorings to a part of the file.
 */
export function analyse(text: string, inputs: AnalysisInputs, facts: Facts, selection?: Range): Analysis {
  const understanding = understand(text, inputs, facts);
  const weighed = weighContext(understanding, facts);
  const described = describe(understanding, inputs, facts, weighed?.weight);
  const forResults = differsFromCommit(facts, described.stages);
  const stageNeeds = [
    ...understanding.needs,
    ...(weighed?.needs ?? []),
    ...forecastNeeds(inputs, facts, understanding.graph.images, forResults),
  ];
  const needsOfRules: FactRequest[] = [];
  const offers = once(() =>
    collectOffers({
      dockerfile: understanding.dockerfile,
      graph: understanding.graph,
      report: { ...described, findings: [] },
      context: facts.context,
      image: askedImages(facts, needsOfRules),
      readContextFile: readFileOf(facts, needsOfRules),
      outlook: rememberOutlooks(understanding, inputs, facts),
      forecastWithout: orderForecast(understanding.graph, inputs, facts),
      ...(selection === undefined ? {} : { selection }),
    }),
  );
  const found = once(() => findings(understanding, facts, weighed?.weight, offers().refactorings, described.stages));
  return {
    report: {
      ...described,
      get findings() {
        return found();
      },
      get refactorings() {
        return offers().refactorings;
      },
    },
    errorLines: errorLinesOf(understanding),
    stageNeeds,
    get needs() {
      offers();
      return [...stageNeeds, ...needsOfRules];
    },
    get refusals() {
      return offers().refusals;
    },
    unchanging: () => offers().unchanging(),
  };
}

function errorLinesOf({ dockerfile, graph }: Understanding): ReadonlySet<number> {
  const errors = [...dockerfile.problems, ...graph.problems].filter(({ severity }) => severity === 'error');
  return new Set(errors.map(({ range }) => range.start.line));
}

/** Works a value out at the first question. */
function once<Value>(work: () => Value): () => Value {
  let known: { readonly value: Value } | undefined;
  return () => {
    known ??= { value: work() };
    return known.value;
  };
}
