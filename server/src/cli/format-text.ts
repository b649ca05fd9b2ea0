/** The report as a table for terminals: each stage as the stack of layers it makes. */
import stringWidth from 'string-width';
import { t } from '../localize';
import { titleWithEffect } from '../refactor';
import type { CacheStatus, Finding, FindingSeverity, Report, Stage, Step } from '../report/types';
import { expectedInWords, statusWord } from '../report/words';
import { formatEstimate } from '../size/format';
import { withoutControls } from './controls';
import { cutTo, padTo, wrap } from './display-width';
import { causeCost, causesOf, changedFiles, nextBuildSummary, unlistedFiles } from './next-build';
import type { Terminal } from './terminal';
import {
  baselineOf,
  baseNote,
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

type Colors = Terminal['colors'];

const gap = '  ';
/** From this width on there is room for bars that show sizes against each other. */
const widthForBars = 100;
const barWidth = 8;
const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;
/** Less than this of an instruction says nothing. */
const narrowestInstruction = 18;
const narrowestNote = 16;
/** Longer lines of prose are hard to read. */
const readableWidth = 100;

interface Row {
  readonly line: string;
  readonly text: string;
  readonly layer: string;
  readonly size: string;
  readonly bytes: number;
  /** Leaves a layer in the image. */
  readonly solid: boolean;
  readonly status: string;
  readonly paint: Paint;
  /** How often the last commits would have left it cached; empty without a forecast. */
  readonly kept: string;
  readonly note: string;
}

type Paint = (text: string) => string;

/** Lines without trailing blanks, at most as wide as the terminal, ending in a line break. */
export function formatText(report: Report, terminal: Pick<Terminal, 'colors' | 'width' | 'folder'>): string {
  const { colors, folder, width } = terminal;
  const cut = (text: string) => cutTo(withoutControls(text), width);
  const head = [
    pathFrom(folder, report.dockerfile),
    report.platform,
    ...(report.stages.some((stage) => stage.target && stage.name !== undefined)
      ? [t('target {0}', report.target ?? '')]
      : []),
  ].join(' · ');
  const lines = [
    colors.bold(cut(head)),
    colors.dim(cut(t('context {0}', contextSummary(report, folder)))),
    colors.dim(cut(baselineOf(report))),
    ...(report.forecast === undefined
      ? []
      : wrap(withoutControls(expectedInWords(report.forecast)), width).map((part) => colors.dim(part))),
    '',
  ];
  const rows = report.stages.map((stage) => [
    baseRow(stage, colors),
    ...stage.steps.map((step) => stepRow(step, report, colors)),
  ]);
  const columns = columnsFor(rows.flat(), width);
  for (const [index, stage] of report.stages.entries()) {
    lines.push(stageTitle(stage, report, colors, width));
    lines.push(
      colors.dim(headings(columns)),
      ...(rows[index] ?? []).flatMap((row) => rowLines(row, columns, terminal)),
      '',
    );
  }
  if (report.stages.length > 1) {
    lines.push(`${colors.bold(t('image'))}  ${cutTo(imageSummary(report), width - 7)}`, '');
  }
  lines.push(...nextBuildLines(report, columns, terminal));
  for (const finding of report.findings) lines.push(...findingLines(finding, report, terminal));
  if (report.findings.length > 0) lines.push('');
  if (report.refactorings.length > 0) {
    lines.push(colors.bold(t('refactorings (strata refactor --list)')));
    for (const each of report.refactorings) {
      lines.push(cut(`${padTo(String(each.line), columns.line, 'right')}${gap}${titleWithEffect(each)}`));
    }
  }
  return `${lines
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd()}\n`;
}

interface Columns {
  readonly line: number;
  readonly text: number;
  readonly layer: number;
  readonly size: number;
  readonly bar: number;
  readonly status: number;
  /** 0 without a forecast. */
  readonly kept: number;
  readonly note: number;
  /** Bytes that a full bar stands for. */
  readonly full: number;
}

/** Shares the width: figures take what they need, instruction and reason what is left, the note only if both have room. */
function columnsFor(rows: readonly Row[], width: number): Columns {
  const widest = (pick: (row: Row) => string, heading: string) =>
    Math.max(stringWidth(heading), ...rows.map((row) => stringWidth(pick(row))));
  const line = widest((row) => row.line, t('LINE'));
  const layer = widest((row) => row.layer, t('LAYER'));
  const size = widest((row) => row.size, t('SIZE'));
  const status = widest((row) => row.status, t('CACHE'));
  const kept = rows.some((row) => row.kept !== '') ? widest((row) => row.kept, t('KEPT')) : 0;
  const bar = width >= widthForBars ? barWidth : 0;
  const optional = [bar, kept].filter((column) => column > 0);
  const taken =
    line + layer + size + status + gap.length * 4 + optional.reduce((sum, column) => sum + column + gap.length, 0);
  const left = Math.max(narrowestInstruction, width - taken);
  const longestText = widest((row) => row.text, t('INSTRUCTION'));
  const longestNote = Math.max(0, ...rows.map((row) => stringWidth(row.note)));
  const full = Math.max(1, ...rows.map((row) => row.bytes));
  const figures = { line, layer, size, status, kept, bar, full };
  if (longestNote === 0 || left < narrowestInstruction + gap.length + narrowestNote) {
    return { ...figures, text: Math.min(longestText, left), note: 0 };
  }
  const shared = left - gap.length;
  const text = Math.min(longestText, Math.max(narrowestInstruction, shared - Math.min(longestNote, shared >> 1)));
  return { ...figures, text, note: Math.min(longestNote, shared - text) };
}

/** What the stage stands on, as the bottom of its stack. */
function baseRow(stage: Stage, colors: Colors): Row {
  const { base } = stage;
  const count = base.layers ?? 0;
  return {
    line: String(stage.line),
    text: withoutControls(titleOf(stage)),
    layer: count === 0 ? '' : count === 1 ? '1' : `1–${count}`,
    size: base.kind === 'scratch' || base.kind === 'unresolved' ? '' : formatEstimate(base.size),
    bytes: base.size.bytes ?? base.size.low,
    solid: true,
    status: '',
    paint: colors.dim,
    kept: '',
    note: withoutControls(baseNote(stage)),
  };
}

function stepRow(step: Step, report: Report, colors: Colors): Row {
  const origin = step.origin === 'onbuild' ? 'ONBUILD ' : '';
  return {
    line: step.endLine > step.line ? `${step.line}–${step.endLine}` : String(step.line),
    text: withoutControls(origin + step.text),
    layer: layerOf(step),
    size: sizeOf(step),
    bytes: step.produces === 'layer' ? (step.size.bytes ?? step.size.low) : 0,
    solid: step.produces === 'layer',
    status: statusWord(step.cache.status),
    paint: statusColor(step.cache.status, colors),
    kept: keptOf(step, report),
    note: withoutControls(reasonOf(step.cache)),
  };
}

/** A bar of up to eight cells in eighths of a cell. */
function bar(bytes: number, fullBytes: number): string {
  const parts = Math.round((bytes / fullBytes) * barWidth * 8);
  const full = '█'.repeat(parts >> 3) + (eighths[parts & 7] ?? '');
  return bytes > 0 && full === '' ? '▏' : full;
}

/** Name and totals of a stage; an only stage is the image. */
function stageTitle(stage: Stage, report: Report, colors: Colors, width: number): string {
  if (report.stages.length === 1 && stage.name === undefined) {
    return `${colors.bold(t('image'))}  ${colors.dim(cutTo(imageSummary(report), width - 7))}`;
  }
  const facts = [
    stage.target ? t('target') : stage.built ? t('built') : t('not built'),
    layerCount(stage.layers),
    formatEstimate(stage.size),
  ].filter((part) => part !== undefined);
  const tint = stage.built ? colors.bold : colors.dim;
  const name = cutTo(withoutControls(t('stage {0}', stage.name ?? stage.index)), width >> 1);
  return `${tint(name)}  ${colors.dim(facts.join(' · '))}`;
}

function headings(columns: Columns): string {
  return [
    padTo(t('LINE'), columns.line, 'right'),
    padTo(t('INSTRUCTION'), columns.text),
    padTo(t('LAYER'), columns.layer, 'right'),
    padTo(t('SIZE'), columns.size, 'right'),
    ...(columns.bar === 0 ? [] : [' '.repeat(columns.bar)]),
    ...(columns.kept === 0
      ? [t('CACHE')]
      : [padTo(t('CACHE'), columns.status), padTo(t('KEPT'), columns.kept, 'right')]),
  ].join(gap);
}

function rowLines(
  row: Row,
  columns: Columns,
  { colors, width }: Pick<Terminal, 'colors' | 'width'>,
): readonly string[] {
  const tint: Paint = row.solid ? (text) => text : colors.dim;
  const line = [
    colors.dim(padTo(row.line, columns.line, 'right')),
    tint(padTo(cutTo(row.text, columns.text), columns.text)),
    tint(padTo(row.layer, columns.layer, 'right')),
    tint(padTo(row.size, columns.size, 'right')),
    ...(columns.bar === 0 ? [] : [colors.cyan(padTo(bar(row.bytes, columns.full), columns.bar))]),
    row.paint(padTo(row.status, columns.status)),
    ...(columns.kept === 0 ? [] : [padTo(row.kept, columns.kept, 'right')]),
    ...(columns.note === 0 ? [] : [colors.dim(cutTo(row.note, columns.note))]),
  ].join(gap);
  // Why a step runs again is worth a line of its own where there is no column for it.
  if (columns.note > 0 || row.status === '' || row.note === '') return [line];
  const indent = ' '.repeat(columns.line) + gap;
  return [line, indent + colors.dim(cutTo(`↳ ${row.note}`, width - indent.length))];
}

/** What runs again in all, then each cause with its cost and the changed files; an empty line at the end. */
function nextBuildLines(
  report: Report,
  columns: Columns,
  { colors, width }: Pick<Terminal, 'colors' | 'width'>,
): readonly string[] {
  const summary = nextBuildSummary(report);
  if (summary === undefined) return [];
  const heading = t('next build');
  const indent = ' '.repeat(columns.line) + gap;
  const room = width - indent.length;
  const beside = ' '.repeat(stringWidth(heading)) + gap;
  const lines = wrap(summary, Math.min(width, readableWidth) - beside.length).map((part, index) =>
    index === 0 ? `${colors.bold(heading)}${gap}${part}` : beside + part,
  );
  for (const step of causesOf(report)) {
    const cost = `(${causeCost(step)})`;
    const reason = cutTo(withoutControls(step.cache.reason), room - stringWidth(cost) - 1);
    lines.push(`${colors.dim(padTo(String(step.line), columns.line, 'right'))}${gap}${reason} ${colors.dim(cost)}`);
    for (const { path, note } of changedFiles(step)) {
      const text = [withoutControls(path), ...(note === undefined ? [] : [`(${note})`])].join(' ');
      lines.push(indent + colors.dim(`${cutTo(`- ${text}`, room)}`));
    }
    const more = unlistedFiles(step);
    if (more > 0) lines.push(indent + colors.dim(`- ${t('and {0} more', more)}`));
  }
  return [...lines, ''];
}

function statusColor(status: CacheStatus, colors: Colors): Paint {
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

function findingLines(
  finding: Finding,
  report: Report,
  { colors, folder, width }: Pick<Terminal, 'colors' | 'width' | 'folder'>,
): readonly string[] {
  const { line, character } = finding.range.start;
  const place = `${withoutControls(pathFrom(folder, report.dockerfile))}:${line + 1}:${character + 1}`;
  const severity = severityColor(finding.severity, colors)(severityWord(finding.severity));
  const message = wrap(withoutControls(finding.message), Math.min(width, readableWidth) - gap.length);
  return [`${place}  ${severity}  ${colors.dim(finding.code)}`, ...message.map((part) => gap + part)];
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
