/** What another order of the steps does to rebuilds: by the forecast where there is a history, else in words. */
import type { BuildStep } from '../build/types';
import { t } from '../localize';
import { stepsByLine } from './merge-effect';
import type { RunText } from './run-text';
import type { RefactorContext } from './types';

export interface OrderEffect {
  /** One sentence, localised. */
  readonly cache: string;
  /** Change of the expected seconds of rebuilding per commit, negative is less; absent without history or measured durations. */
  readonly secondsPerCommit?: number;
}

/**
 * The effect on RUN instructions that come to stand above copies.
 * @param runs in the order of the file; the last is the one that the refactoring is about
 * @param first the first of the copies that they no longer wait for
 * @param paths files of the build context that the last one still depends on
 * @param otherwise the sentence where no history tells
 */
export function orderEffect(
  context: RefactorContext,
  runs: readonly RunText[],
  first: BuildStep | undefined,
  paths: readonly string[],
  otherwise: string,
): OrderEffect {
  const last = runs.at(-1);
  if (last === undefined || first === undefined) return { cache: otherwise };
  const { stage } = last;
  const above = stage.steps.slice(0, first.index).findLast(({ produces }) => produces === 'layer');
  const byLine = stepsByLine(context);
  let seconds: number | undefined;
  let sentence = otherwise;
  for (const run of runs) {
    const forecast = context.forecastWithout?.({
      stage: stage.index,
      step: run.step.index,
      ...(above === undefined ? {} : { above: above.index }),
      paths: run === last ? paths : [],
    });
    if (forecast === undefined) continue;
    const { commits, before, after } = forecast;
    const duration = byLine.get(run.instruction.range.start.line + 1)?.duration;
    if (duration !== undefined) seconds = (seconds ?? 0) + (duration * (after - before)) / commits;
    if (run !== last) continue;
    const line = run.instruction.range.start.line + 1;
    sentence = t(
      'Going by the last {0} commits, line {1} runs again after {2} of them instead of {3}.',
      commits,
      line,
      after,
      before,
    );
  }
  if (seconds !== undefined && seconds <= -0.05)
    sentence += ` ${t('That is about {0} s less for each commit.', inSeconds(-seconds))}`;
  return { cache: sentence, ...(seconds === undefined ? {} : { secondsPerCommit: seconds }) };
}

/** One digit behind the point below ten. */
export function inSeconds(seconds: number): string {
  return seconds < 10 ? seconds.toFixed(1) : String(Math.round(seconds));
}
