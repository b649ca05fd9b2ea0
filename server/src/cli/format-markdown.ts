/** The report as Markdown: for a pull request, a wiki page, a job summary. */
import { t } from '../localize';
import type { Finding, Report, Stage } from '../report/types';
import { expectedInWords, needlessWord, secretWord, statusWord } from '../report/words';
import { formatBytes, formatEstimate } from '../size/format';
import { withoutControls } from './controls';
import { severityWord } from './format-text';
import { causeCost, causesOf, changedFiles, nextBuildSummary, unlistedFiles } from './next-build';
import {
  baselineOf,
  baseOf,
  contextSummary,
  imageSummary,
  keptOf,
  layerCount,
  layerOf,
  pathFrom,
  reasonOf,
  sizeOf,
  titleOf,
} from './wording';

/** Longer instructions would make the table unreadable. */
const longestInstruction = 120;

/** GitHub-flavoured Markdown, ending in a line break. */
export function formatMarkdown(report: Report, folder: string): string {
  const nextBuild = nextBuildSummary(report);
  const parts = [
    `## ${escaped(pathFrom(folder, report.dockerfile))}`,
    [
      `- **${t('image')}** ${escaped(imageSummary(report))}`,
      `- **${t('build context')}** ${escaped(contextSummary(report, folder))}`,
      `- **${t('cache')}** ${escaped(baselineOf(report))}`,
      ...(nextBuild === undefined ? [] : [`- **${t('next build')}** ${escaped(nextBuild)}`]),
      `- **${t('platform')}** ${escaped(report.platform)}`,
      ...(report.forecast === undefined ? [] : [`- **${t('forecast')}** ${escaped(expectedInWords(report.forecast))}`]),
    ].join('\n'),
    ...report.stages.map((stage) => stagePart(stage, report)),
    ...(report.rebuild === undefined ? [] : [causesPart(report)]),
    ...contextPart(report),
    ...(report.findings.length === 0 ? [] : [findingsPart(report.findings)]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function stagePart(stage: Stage, report: Report): string {
  const hasForecast = report.forecast !== undefined;
  const facts = [
    stage.target ? t('target') : stage.built ? t('built') : t('not built'),
    formatEstimate(stage.size),
    layerCount(stage.layers),
    t('base {0}', baseOf(stage)),
  ].filter((part) => part !== undefined);
  const rows = stage.steps.map((step) =>
    tableRow([
      String(step.line),
      code((step.origin === 'onbuild' ? 'ONBUILD ' : '') + step.text),
      escaped(layerOf(step)),
      escaped(sizeOf(step)),
      escaped([statusWord(step.cache.status), reasonOf(step.cache)].filter((part) => part !== '').join(': ')),
      ...(hasForecast ? [escaped(keptOf(step, report))] : []),
    ]),
  );
  const head = [
    tableRow([
      t('Line'),
      t('Instruction'),
      t('Layer'),
      t('Size'),
      t('Cache'),
      ...(hasForecast ? [t('Kept by commits')] : []),
    ]),
    `| ---: | --- | ---: | ---: | --- |${hasForecast ? ' ---: |' : ''}`,
  ];
  const title = `### ${code(titleOf(stage))}\n\n${escaped(facts.join(' · '))}`;
  return rows.length === 0 ? title : `${title}\n\n${[...head, ...rows].join('\n')}`;
}

/** Each cause of a rebuild with its cost and the changed files. */
function causesPart(report: Report): string {
  const rows = causesOf(report).flatMap((step) => {
    const more = unlistedFiles(step);
    return [
      `- ${t('line {0}', step.line)}: ${escaped(step.cache.reason)} (${escaped(causeCost(step))})`,
      ...changedFiles(step).map(({ path, note }) => `  - ${code(path)}${note === undefined ? '' : ` (${note})`}`),
      ...(more > 0 ? [`  - ${t('and {0} more', more)}`] : []),
    ];
  });
  return `### ${t('Why steps run again')}\n\n${rows.join('\n')}`;
}

/** What is sent and what of it hardly belongs into an image; nothing where there is no fault to find. */
function contextPart({ contextWeight }: Report): readonly string[] {
  const { needless = [], secrets = [] } = contextWeight ?? {};
  if (needless.length === 0 && secrets.length === 0) return [];
  const rows = [
    ...secrets.map(({ path, kind, line }) => `- ${t('line {0}', line)}: ${code(path)}, ${escaped(secretWord(kind))}`),
    ...needless.map(
      ({ path, bytes, kind, line }) =>
        `- ${t('line {0}', line)}: ${code(path)} ${formatBytes(bytes)}, ${escaped(needlessWord(kind))}`,
    ),
  ];
  return [`### ${t('Hardly needed, or usually kept secret')}\n\n${rows.join('\n')}`];
}

function findingsPart(findings: readonly Finding[]): string {
  const rows = findings.map(({ range, severity, message, code: id, link }) => {
    const name = link === undefined ? escaped(id) : `[${escaped(id)}](${link.replace(/[()\s]/g, encodeURIComponent)})`;
    return `- ${t('line {0}', range.start.line + 1)}: **${severityWord(severity)}** ${escaped(message)} (${name})`;
  });
  return `### ${t('Findings')}\n\n${rows.join('\n')}`;
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function code(text: string): string {
  const flat = withoutControls(text);
  const cut = flat.length > longestInstruction ? `${flat.slice(0, longestInstruction - 1)}…` : flat;
  const longest = Math.max(0, ...[...cut.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const padding = longest > 0 ? ' ' : '';
  // Inside a table a bar ends the cell even in code.
  return `${fence}${padding}${cut.replaceAll('|', '\\|')}${padding}${fence}`;
}

function escaped(text: string): string {
  return withoutControls(text).replace(/[\\`*_[\]<>|#~]/g, '\\$&');
}
