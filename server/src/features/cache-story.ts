/** The part of a layer's story that is about reuse: the cause of a miss, what it costs, and what follows from it. */
import { t } from '../localize';
import { stepsBecauseOf } from '../report/rebuild-cost';
import type { Report, Step } from '../report/types';
import { baselineInWords, costInWords, forecastInWords, formatDuration, isMiss, statusWord } from '../report/words';
import { asSentence, changedPath, lineLink, lineLinks, linkedLine } from './story-links';
import { escapeMarkdown, sentenceMarkdown } from './wording';

/** Lines that a sentence names before it only counts them. */
const listedLines = 8;

/** Paragraphs on whether the next build reuses the step. With `documentUri`, lines and files are links. */
export function cacheStory(report: Report, step: Step, documentUri: string | undefined): readonly string[] {
  const { cache } = step;
  if (step.produces !== 'layer' && !isMiss(cache)) return [sentenceMarkdown(asSentence(cache.reason))];
  const paragraphs = [
    verdict(report, step, documentUri),
    // The list is long: what it costs and what follows stand before it, where no scrolling is needed.
    whatItCosts(report, step, documentUri),
    changedFiles(report, step, documentUri),
    comparedWith(report, step),
    step.forecast === undefined ? undefined : forecastInWords(step.forecast, report.forecast),
  ];
  return paragraphs.filter((paragraph) => paragraph !== undefined);
}

/** Which other lines an edit of the step would rebuild; what already runs again says so in its own words. */
export function rebuildsAfterEdit(step: Step, documentUri: string | undefined): string | undefined {
  if (step.cache.cost !== undefined) return undefined;
  const lines = step.affects.filter((line) => line !== step.line);
  const [only] = lines;
  if (only === undefined) return t('An edit here would rebuild no other line.');
  if (lines.length === 1) return t('An edit here would also rebuild {0}.', lineLink(only, documentUri));
  return t('An edit here would also rebuild lines {0}.', lineLinks(lines, listedLines, documentUri));
}

/** Status and cause in one line; what another line causes names that line's own cause too. */
function verdict(report: Report, step: Step, documentUri: string | undefined): string {
  const { cache } = step;
  const line = isMiss(cache) && cache.cause?.line !== step.line ? cache.cause?.line : undefined;
  const origin = line === undefined ? undefined : ownMissAt(report, line);
  const parts = [
    `${t('Cache')}: **${statusWord(cache.status)}**.`,
    linkedLine(sentenceMarkdown(cache.reason), line, documentUri),
    ...(origin === undefined ? [] : [t('In line {0}: {1}', origin.line, sentenceMarkdown(origin.cache.reason))]),
    ...(step.duration === undefined ? [] : [t('It took {0} when last measured.', formatDuration(step.duration))]),
  ];
  return parts.join(' ');
}

/** The step of a line that runs again for a reason of its own. */
function ownMissAt(report: Report, line: number): Step | undefined {
  return report.stages
    .flatMap((stage) => stage.steps)
    .find((step) => step.line === line && step.cache.cost !== undefined);
}

function changedFiles(report: Report, step: Step, documentUri: string | undefined): string | undefined {
  const { cause } = step.cache;
  const paths = cause?.paths ?? [];
  if (!isMiss(step.cache) || paths.length === 0) return undefined;
  const kindOf = (path: string) =>
    cause?.deleted?.includes(path) === true
      ? 'deleted'
      : cause?.directories?.includes(path) === true
        ? 'directory'
        : 'file';
  const rows = paths.map((path) => `- ${changedPath(report, path, kindOf(path), documentUri !== undefined)}`);
  const more = (cause?.pathCount ?? paths.length) - paths.length;
  return [...rows, ...(more > 0 ? [`- ${t('and {0} more', more)}`] : [])].join('\n');
}

/** Steps and time, and which other lines run again because of it. */
function whatItCosts(report: Report, step: Step, documentUri: string | undefined): string | undefined {
  const { cost } = step.cache;
  if (cost === undefined) return undefined;
  const count = cost.steps === 1 ? t('1 step') : t('{0} steps', cost.steps);
  return `${t('Cost')}: ${count}, ${costInWords(cost)}. ${followers(report, step, documentUri)}`;
}

/** Which other lines run again because of it, and which only may. */
function followers(report: Report, step: Step, documentUri: string | undefined): string {
  const later = stepsBecauseOf(report.stages, step);
  const linesThat = (status: 'rebuilds' | 'may rebuild') => [
    ...new Set(later.filter(({ cache }) => cache.status === status).map(({ line }) => line)),
  ];
  const listed = (status: 'rebuilds' | 'may rebuild') => lineLinks(linesThat(status), listedLines, documentUri);
  const certain = listed('rebuilds');
  const doubtful = listed('may rebuild');
  if (certain === '' && doubtful === '') return t('No other line runs again because of it.');
  return [
    ...(certain === '' ? [] : [t('Lines that run again because of it: {0}.', certain)]),
    ...(doubtful === '' ? [] : [t('Lines that may run again because of it: {0}.', doubtful)]),
  ].join(' ');
}

/** When and where the compared build was; the reason of what is reused names it itself. */
function comparedWith({ baseline }: Report, { cache }: Step): string | undefined {
  if (!isMiss(cache) || baseline.kind === 'none' || baseline.label === '') return undefined;
  return t('Compared with: {0}.', escapeMarkdown(baselineInWords(baseline)));
}
