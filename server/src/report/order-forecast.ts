/** How often a step would have run again in a history had it stood above copies: asked for the effect of another order. */
import type { BuildGraph } from '../build/types';
import type { ForecastHistory, NamedStep } from '../cache/forecast';
import { isManifest } from '../cache/forecast-manifests';
import { matchSteps } from '../cache/forecast-steps';
import { stageLabel } from '../cache/record';
import type { OrderForecast, OrderQuestion } from '../refactor';
import type { AnalysisInputs, Facts } from './facts';

/**
 * Answers from the history that is there; undefined where none is, where the step is in none of its commits, or where a path is no
 * manifest, whose changes alone the history keeps. Nothing is computed before the first question.
 */
export function orderForecast(
  graph: BuildGraph,
  inputs: AnalysisInputs,
  facts: Facts,
): (question: OrderQuestion) => OrderForecast | undefined {
  let matched: Matched | undefined;
  return (question) => {
    if ((inputs.forecastCommits ?? 0) < 1 || facts.forecast?.state !== 'ready') return undefined;
    if (!question.paths.every(isManifest)) return undefined;
    matched ??= match(graph, facts.forecast.history);
    return answer(matched, question);
  };
}

interface Matched {
  readonly history: ForecastHistory;
  /** Index among the steps that make layers, by `stage:step`. */
  readonly places: ReadonlyMap<string, number>;
  readonly matches: readonly (readonly (number | undefined)[])[];
}

function match(graph: BuildGraph, history: ForecastHistory): Matched {
  const steps: NamedStep[] = [];
  const places = new Map<string, number>();
  for (const stage of graph.stages) {
    for (const step of stage.steps) {
      if (!step.needed || step.produces !== 'layer') continue;
      places.set(`${stage.index}:${step.index}`, steps.length);
      steps.push({ stage: stageLabel(stage), instruction: step.instruction.keyword, text: step.display });
    }
  }
  return { history, places, matches: history.versions.map((version) => matchSteps(steps, version)) };
}

function answer({ history, places, matches }: Matched, question: OrderQuestion): OrderForecast | undefined {
  const step = places.get(`${question.stage}:${question.step}`);
  const above = question.above === undefined ? undefined : places.get(`${question.stage}:${question.above}`);
  if (step === undefined || (question.above !== undefined && above === undefined)) return undefined;
  const paths = new Set(question.paths);
  let commits = 0;
  let before = 0;
  let after = 0;
  let last: string | undefined;
  for (const { version, outcomes, manifests = [] } of history.commits) {
    const place = version === null ? undefined : matches[version]?.[step];
    if (version === null || place === undefined) continue;
    const text = history.versions[version]?.[place]?.text;
    const edited = last !== undefined && text !== last;
    last = text;
    const outcome = outcomes[place];
    if (outcome !== 'k' && outcome !== 'r') continue;
    commits += 1;
    if (outcome === 'k') continue;
    before += 1;
    const placeAbove = above === undefined ? undefined : matches[version]?.[above];
    const outcomeAbove = above === undefined ? 'k' : placeAbove === undefined ? undefined : outcomes[placeAbove];
    // Where it can't be told, it runs again as it did.
    if (edited || outcomeAbove !== 'k' || manifests.some((path) => paths.has(path))) after += 1;
  }
  return commits === 0 ? undefined : { commits, before, after };
}
