/** What merging RUN instructions does to rebuilds. */
import { t } from '../localize';
import type { Refactoring, Step } from '../report/types';
import type { RunPart } from './run-part';
import type { RefactorContext } from './types';

/** Seconds per commit below which nobody would notice that more runs again. */
const noticeableSeconds = 0.5;

/** Steps of the report that the file itself writes, by line from 1. */
export function stepsByLine(context: RefactorContext): ReadonlyMap<number, Step> {
  const steps = context.report.stages.flatMap((stage) => stage.steps).filter((step) => step.origin === undefined);
  return new Map(steps.map((step) => [step.line, step]));
}

/** One sentence on what merging the parts does to rebuilds, with the history's word on it where it has one. */
export function mergedRebuilds(parts: readonly RunPart[], byLine: ReadonlyMap<number, Step>): string {
  const steps = parts.map((part) => byLine.get(part.instruction.range.start.line + 1));
  const lines = parts.map((part) => part.instruction.range.start.line + 1);
  const last = lines.at(-1) ?? 0;
  const more = addedSeconds(steps);
  if (more !== undefined && more >= noticeableSeconds) {
    return t(
      'Not advised: going by the git history the merged step would rebuild as often as line {0} does, about {1} s more per commit.',
      last,
      more < 10 ? more.toFixed(1) : Math.round(more),
    );
  }
  if (more !== undefined) {
    return t(
      'Lines {0} rebuild together; going by the git history they did so in nearly every commit anyway.',
      lines.join(', '),
    );
  }
  const duration = steps.slice(0, -1).reduce((sum, step) => sum + (step?.duration ?? 0), 0);
  if (duration >= 1) {
    return t(
      'Lines {0} rebuild together: a change to line {1} also repeats the {2} s of those above it.',
      lines.join(', '),
      last,
      Math.round(duration),
    );
  }
  if (steps.every((step) => step?.cache.status === 'cached')) {
    return t(
      'Lines {0} are cached now; merged they run once more, and from then on a change to one reruns all.',
      lines.join(', '),
    );
  }
  return t('Lines {0} rebuild together: a change to one reruns all.', lines.join(', '));
}

/** Whether the history speaks against a merge: noticeably more would run again with each commit. */
export function costsRebuilds(
  { line, endLine }: Pick<Refactoring, 'line' | 'endLine'>,
  context: RefactorContext,
): boolean {
  const steps = [...stepsByLine(context).values()].filter(
    (step) => step.instruction === 'RUN' && line <= step.line && step.line <= endLine,
  );
  const more = addedSeconds(steps);
  return more !== undefined && more >= noticeableSeconds;
}

/**
 * Seconds of rebuilding that a commit costs more when all run as often as the last of them; undefined without a forecast and a
 * duration of each.
 */
function addedSeconds(steps: readonly (Step | undefined)[]): number | undefined {
  const last = steps.at(-1)?.forecast;
  if (last === undefined || last.commits === 0) return undefined;
  let seconds = 0;
  for (const step of steps.slice(0, -1)) {
    const { forecast, duration } = step ?? {};
    if (forecast === undefined || forecast.commits === 0 || duration === undefined) return undefined;
    seconds += duration * Math.max(0, forecast.kept / forecast.commits - last.kept / last.commits);
  }
  return seconds;
}
