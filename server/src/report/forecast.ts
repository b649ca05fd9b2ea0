/** What the git history says of rebuilds to come: shares of commits for each step, seconds for each commit. */
import { stepForecasts } from '../cache/forecast-steps';
import { stageLabel } from '../cache/record';
import type { AnalysisInputs, FactRequest, Facts, ForecastRequest } from './facts';
import type { Forecast, Stage, Step } from './types';
import { buildInputs, knownImage } from './understanding';

/** Commits to look back for builds that may have left a result. */
const commitsForResults = 50;

/** Whether a step is not as in the commit it is compared with, so that the commits before that one matter. */
export function differsFromCommit(facts: Facts, stages: readonly Stage[]): boolean {
  return (
    facts.baseline.kind === 'git' &&
    stages.some((stage) =>
      stage.steps.some(({ cache }) => cache.status === 'rebuilds' || cache.status === 'may rebuild'),
    )
  );
}

/**
 * The history that is still to be read for these inputs and base images; empty when none is wanted or it is there. `forResults`: it is
 * wanted for the results that earlier commits may have left.
 */
export function forecastNeeds(
  inputs: AnalysisInputs,
  facts: Facts,
  images: readonly string[],
  forResults: boolean,
): readonly FactRequest[] {
  const wanted = inputs.forecastCommits ?? 0;
  const commits = wanted < 1 && forResults ? commitsForResults : wanted;
  const request = requestFor({ ...inputs, forecastCommits: commits }, facts, images);
  if (request === undefined) return [];
  if (facts.forecast !== undefined && sameRequest(facts.forecast.request, request)) return [];
  return [{ kind: 'forecast', ...request }];
}

/** Whether two requests have the same answer as long as HEAD stays where it is. */
export function sameRequest(left: ForecastRequest, right: ForecastRequest): boolean {
  const identity = ({ commits, build, triggers }: ForecastRequest): string =>
    JSON.stringify([
      commits,
      build.target ?? null,
      build.platform,
      Object.entries(build.buildArguments).toSorted(),
      Object.entries(triggers).toSorted(),
    ]);
  return identity(left) === identity(right);
}

function requestFor(inputs: AnalysisInputs, facts: Facts, images: readonly string[]): ForecastRequest | undefined {
  if (inputs.forecastCommits === undefined || inputs.forecastCommits < 1) return undefined;
  const triggers = images.flatMap((reference): [string, readonly string[]][] => {
    const onbuild = knownImage(facts, reference)?.configuration?.onbuild ?? [];
    return onbuild.length === 0 ? [] : [[reference, onbuild]];
  });
  return { commits: inputs.forecastCommits, build: buildInputs(inputs), triggers: Object.fromEntries(triggers) };
}

export interface ForecastStages {
  readonly stages: readonly Stage[];
  readonly forecast?: Forecast;
}

/**
 * The stages with the forecast of each step that the target needs and that makes a layer, and the seconds of rebuilding to
 * expect after a commit: of each step its measured duration as often as it was not kept. Pure.
 */
export function withForecast(stages: readonly Stage[], inputs: AnalysisInputs, facts: Facts): ForecastStages {
  if (inputs.forecastCommits === undefined || facts.forecast?.state !== 'ready') return { stages };
  const { history } = facts.forecast;
  const steps = stages.flatMap((stage) =>
    stage.built ? stage.steps.filter((step) => step.produces === 'layer').map((step) => ({ stage, step })) : [],
  );
  const found = stepForecasts(
    steps.map(({ stage, step }) => ({ stage: stageLabel(stage), instruction: step.instruction, text: step.text })),
    history,
  );
  const forecasts = new Map(steps.map(({ step }, index): [Step, (typeof found)[number]] => [step, found[index]]));
  let seconds = 0;
  let measured = 0;
  for (const { step } of steps) {
    const forecast = forecasts.get(step);
    if (step.duration === undefined || forecast === undefined) continue;
    measured += 1;
    seconds += step.duration * (1 - forecast.kept / forecast.commits);
  }
  return {
    stages: stages.map((stage) => ({
      ...stage,
      steps: stage.steps.map((step) => {
        const forecast = forecasts.get(step);
        return forecast === undefined ? step : { ...step, forecast };
      }),
    })),
    forecast: {
      commits: history.commits.length,
      since: history.since,
      secondsPerCommit: measured === 0 ? null : seconds,
      unmeasured: steps.length - measured,
      ...(history.note === undefined ? {} : { note: history.note }),
    },
  };
}
