/** The report as a table for terminals: each stage as the stack of layers it makes. */
import { t } from '../localize';
import type { CacheStatus, Finding, FindingSeverity, Report, Stage, Step } from '../report/types';
import { formatEstimate } from '../size/format';
import { cutTo, padTo, withoutControls } from './display-width';
import type { Terminal } from './terminal';
import {
  baselineOf,
  baseOf,
  contextSummary,
  imageSummary,
  layerCount,
  layerOf,
  pathFrom,
  reasonOf,
  sizeOf,
  statusWord,
  titleOf,
} from './wording';

type Colors = Terminal['colors'];

const gap = '  ';
/** From this width on there is room for bars that show sizes against each other. */
const widthForBars = 100;
const barWidth = 8;
const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;
/** Less than this of an instruction says nothing. */
const narrowestInstruction = 18;
const narrowestReason = 16;

interface Row {
  readonly step: Step;
  readonly line: string;
  readonly text: string;
  readonly layer: string;
  readonly size: string;
  readonly bar: string;
  readonly status: string;
  readonly reason: string;
}

/** Lines without trailing blanks, at most as wide as the terminal, ending in a line break. */
export function formatText(report: Report, terminal: Pick<Terminal, 'colors' | 'width' | 'folder'>): string {
  const { colors, folder, width } = terminal;
  const cut = (text: string) => cutTo(withoutControls(text), width);
  const head = [
    pathFrom(folder, report.dockerfile),
    report.platform,
    ...(report.target === null ? [] : [t('target {0}', report.target)]),
  ].join(' · ');
  const lines = [
    colors.bold(cut(head)),
    colors.dim(cut(t('context {0}', contextSummary(report, folder)))),
    colors.dim(cut(baselineOf(report))),
    '',
  ];
  const largest = Math.max(1, ...report.stages.flatMap((stage) => stage.steps.map((step) => step.size.bytes ?? 0)));
  const rows = report.stages.map((stage) => stage.steps.map((step) => rowOf(step, largest)));
  const columns = columnsFor(rows.flat(), width);
  for (const [index, stage] of report.stages.entries()) {
    lines.push(...stageLines(stage, rows[index] ?? [], columns, colors, width), '');
  }
  lines.push(`${colors.bold(t('image'))}  ${cutTo(imageSummary(report), width - 7)}`);
  if (report.findings.length > 0) {
    lines.push('', ...report.findings.map((finding) => findingLine(finding, report, folder, colors)));
  }
  if (report.refactorings.length > 0) {
    lines.push('', colors.bold(t('refactorings (strata refactor --list)')));
    for (const each of report.refactorings) lines.push(cut(`  ${padTo(String(each.line), 4, 'right')}  ${each.title}`));
  }
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

interface Columns {
  readonly line: number;
  readonly text: number;
  readonly layer: number;
  readonly size: number;
  readonly bar: number;
  readonly status: number;
  readonly reason: number;
}

/** Shares the width: figures take what they need, instruction and reason what is left, the reason only if both have room. */
function columnsFor(rows: readonly Row[], width: number): Columns {
  const widest = (pick: (row: Row) => string, heading: string) =>
    Math.max(heading.length, ...rows.map((row) => pick(row).length));
  const line = widest((row) => row.line, t('LINE'));
  const layer = widest((row) => row.layer, t('LAYER'));
  const size = widest((row) => row.size, t('SIZE'));
  const status = widest((row) => row.status, t('CACHE'));
  const bar = width >= widthForBars ? barWidth : 0;
  const taken = line + layer + size + status + (bar === 0 ? 0 : bar + gap.length) + gap.length * 4;
  const left = Math.max(narrowestInstruction, width - taken);
  const longestText = widest((row) => row.text, t('INSTRUCTION'));
  const longestReason = Math.max(0, ...rows.map((row) => row.reason.length));
  if (longestReason === 0 || left < narrowestInstruction + gap.length + narrowestReason) {
    return { line, layer, size, status, bar, text: Math.min(longestText, left), reason: 0 };
  }
  const shared = left - gap.length;
  const text = Math.min(longestText, Math.max(narrowestInstruction, shared - Math.min(longestReason, shared >> 1)));
  return { line, layer, size, status, bar, text, reason: Math.min(longestReason, shared - text) };
}

function rowOf(step: Step, largest: number): Row {
  const lines = step.endLine > step.line ? `${step.line}–${step.endLine}` : String(step.line);
  const origin = step.origin === 'onbuild' ? 'ONBUILD ' : '';
  return {
    step,
    line: lines,
    text: withoutControls(origin + step.text),
    layer: layerOf(step),
    size: sizeOf(step),
    bar: step.produces === 'layer' ? bar(step.size.bytes ?? 0, largest) : '',
    status: statusWord(step.cache.status),
    reason: withoutControls(reasonOf(step.cache)),
  };
}

/** A bar of up to eight cells in eighths of a cell. */
function bar(bytes: number, largest: number): string {
  const parts = Math.round((bytes / largest) * barWidth * 8);
  const full = '█'.repeat(parts >> 3) + (eighths[parts & 7] ?? '');
  return bytes > 0 && full === '' ? '▏' : full;
}

function stageLines(
  stage: Stage,
  rows: readonly Row[],
  columns: Columns,
  colors: Colors,
  width: number,
): readonly string[] {
  const place = [
    t('line {0}', stage.line),
    stage.target ? t('target') : stage.built ? t('built') : t('not built'),
    layerCount(stage.layers),
    formatEstimate(stage.size),
  ].filter((part) => part !== undefined);
  const title = cutTo(withoutControls(titleOf(stage)), width - 2);
  const tint = stage.built ? colors.bold : colors.dim;
  const lines = [
    `${tint(title)}`,
    colors.dim(
      cutTo(
        `${place.join(' · ')}${stage.base.kind === 'stage' ? '' : ` · ${t('base {0}', withoutControls(baseOf(stage)))}`}`,
        width,
      ),
    ),
  ];
  if (rows.length === 0) return lines;
  lines.push(colors.dim(headings(columns)));
  for (const row of rows) lines.push(rowLine(row, columns, colors));
  return lines;
}

function headings(columns: Columns): string {
  return [
    padTo(t('LINE'), columns.line, 'right'),
    padTo(t('INSTRUCTION'), columns.text),
    padTo(t('LAYER'), columns.layer, 'right'),
    padTo(t('SIZE'), columns.size, 'right'),
    ...(columns.bar === 0 ? [] : [' '.repeat(columns.bar)]),
    t('CACHE'),
  ].join(gap);
}

function rowLine(row: Row, columns: Columns, colors: Colors): string {
  const { step } = row;
  const paint = step.produces === 'layer' ? (text: string) => text : colors.dim;
  return [
    colors.dim(padTo(row.line, columns.line, 'right')),
    paint(padTo(cutTo(row.text, columns.text), columns.text)),
    paint(padTo(row.layer, columns.layer, 'right')),
    paint(padTo(row.size, columns.size, 'right')),
    ...(columns.bar === 0 ? [] : [colors.cyan(padTo(row.bar, columns.bar))]),
    statusColor(step.cache.status, colors)(padTo(row.status, columns.status)),
    ...(columns.reason === 0 ? [] : [colors.dim(cutTo(row.reason, columns.reason))]),
  ].join(gap);
}

function statusColor(status: CacheStatus, colors: Colors): (text: string) => string {
  switch (status) {
    case 'cached':
      return colors.green;
    case 'rebuilds':
      return colors.red;
    case 'may rebuild':
      return colors.yellow;
    case 'not built':
    case 'no record':
    case 'pending':
      return colors.dim;
    default:
      return status satisfies never;
  }
}

function findingLine(finding: Finding, report: Report, folder: string, colors: Colors): string {
  const { line, character } = finding.range.start;
  const place = `${pathFrom(folder, report.dockerfile)}:${line + 1}:${character + 1}`;
  const severity = severityColor(finding.severity, colors)(severityWord(finding.severity));
  return `${place}  ${severity}  ${withoutControls(finding.message)} ${colors.dim(`(${finding.code})`)}`;
}

/** The severity in the user's language. */
export function severityWord(severity: FindingSeverity): string {
  switch (severity) {
    case 'error':
      return t('error');
    case 'warning':
      return t('warning');
    case 'information':
      return t('information');
    case 'hint':
      return t('hint');
    default:
      return severity satisfies never;
  }
}

function severityColor(severity: FindingSeverity, colors: Colors): (text: string) => string {
  switch (severity) {
    case 'error':
      return colors.red;
    case 'warning':
      return colors.yellow;
    case 'information':
      return colors.blue;
    case 'hint':
      return colors.cyan;
    default:
      return severity satisfies never;
  }
}
