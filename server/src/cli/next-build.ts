/** What the next build runs again, as the text and Markdown forms tell it: steps and cost in all, then cause by cause. */
import { t } from '../localize';
import type { Report, Step } from '../report/types';
import { costInBrief, costInWords, rebuildInWords } from '../report/words';

/** Steps that run again, or may, for a reason of their own, in the order of the file. */
export function causesOf(report: Report): readonly Step[] {
  return report.stages.flatMap((stage) => stage.steps.filter(({ cache }) => cache.cost !== undefined));
}

/** `3 of 9 steps run again, about 42 s when last measured`; undefined where nothing is known. */
export function nextBuildSummary(report: Report): string | undefined {
  const steps = rebuildInWords(report);
  return steps === undefined || report.rebuild === undefined ? steps : `${steps}, ${costInWords(report.rebuild)}`;
}

/** `3 steps, ~42 s`; only the steps when none was ever measured. */
export function causeCost({ cache }: Step): string {
  if (cache.cost === undefined) return '';
  const { steps } = cache.cost;
  const time = costInBrief(cache.cost);
  return [steps === 1 ? t('1 step') : t('{0} steps', steps), ...(time === undefined ? [] : [time])].join(', ');
}

/** Changed paths of the build context, at most ten, each with what there is to say of it. */
export function changedFiles({ cache }: Step): readonly { readonly path: string; readonly note?: string }[] {
  const { paths = [], deleted = [], directories = [] } = cache.cause ?? {};
  return paths.map((path) => {
    if (deleted.includes(path)) return { path, note: t('deleted') };
    return { path: directories.includes(path) ? `${path === '' ? '.' : path}/` : path };
  });
}

/** How many more paths changed than are listed. */
export function unlistedFiles({ cache }: Step): number {
  const listed = cache.cause?.paths?.length ?? 0;
  return Math.max(0, (cache.cause?.pathCount ?? listed) - listed);
}
