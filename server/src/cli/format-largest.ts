/** What an image's bytes are made of, largest first: its packages, or its paths; or what the build sends of its context. */
import stringWidth from 'string-width';
import { t } from '../localize';
import type { PathSize, Report, Step } from '../report/types';
import { needlessWord, secretWord } from '../report/words';
import { formatEstimate } from '../size/format';
import type { Estimate } from '../size/types';
import { withoutControls } from './controls';
import { cutTo, padTo } from './display-width';
import type { Listing } from './listings';
import type { Terminal } from './terminal';
import { contextSummary, imageSummary } from './wording';

/** One package or path that a step puts into the image. Bytes. */
interface Item {
  readonly name: string;
  readonly version?: string;
  readonly manager?: string;
  readonly label?: string;
  /** Line (from 1) of the step; absent for what is sent, which several lines may take. */
  readonly line?: number;
  readonly bytes: number | null;
  /** Of packages. */
  readonly low?: number;
  readonly high?: number | null;
  readonly basis?: Estimate['basis'];
}

/** The steps whose layers the image has: those of the target and of the stages that it stands on. */
function imageSteps(report: Report): readonly Step[] {
  const steps: Step[] = [];
  let stage = report.stages.find((candidate) => candidate.target);
  while (stage !== undefined) {
    steps.unshift(...stage.steps);
    const { base } = stage;
    stage = base.stage === undefined ? undefined : report.stages[base.stage];
  }
  return steps;
}

function itemsOf(step: Step, by: Listing): readonly Item[] {
  switch (by) {
    case 'package':
      return (step.packages ?? []).map((each) => ({ ...each, line: step.line }));
    case 'path':
      return pathItems(step.contents ?? []).map((item) => ({ ...item, line: step.line }));
    case 'context':
      return [];
    default:
      return by satisfies never;
  }
}

/** A folder whose largest files are listed is left to them. */
function pathItems(paths: readonly PathSize[]): readonly Item[] {
  return paths.flatMap(({ path, size, label, type }): Item[] =>
    type === 'directory' && paths.some((other) => other.path !== path && other.path.startsWith(`${path}/`))
      ? []
      : [{ name: path, ...(label === undefined ? {} : { label }), bytes: size }],
  );
}

/** What is sent, each with why an image hardly needs it, or that it is usually kept secret. */
function contextItems({ contextWeight }: Report): readonly Item[] {
  if (contextWeight === undefined) return [];
  const { sent, needless, secrets } = contextWeight;
  const labels = new Map([
    ...needless.map(({ path, kind }) => [path, needlessWord(kind)] as const),
    ...secrets.map(({ path, kind }) => [path, secretWord(kind)] as const),
  ]);
  return pathItems(sent.largest).map((item) => {
    const label = labels.get(item.name);
    return label === undefined ? item : { ...item, label };
  });
}

function bytesOf({ bytes, low = 0 }: Item): number {
  return bytes ?? low;
}

function listed(report: Report, by: Listing): readonly Item[] {
  const items = by === 'context' ? contextItems(report) : imageSteps(report).flatMap((step) => itemsOf(step, by));
  return items.toSorted((left, right) => bytesOf(right) - bytesOf(left));
}

/**
 * As JSON: `{ by, size, wasted, items, unknown }`; `unknown` are the lines whose bytes are not all known. Of the context: the report's
 * `contextWeight` and `items`.
 */
export function largestAsJson(report: Report, by: Listing): string {
  const unknown = imageSteps(report).flatMap(({ line, size, produces }) =>
    produces === 'layer' && size.bytes === null ? [{ line, reasons: size.evidence }] : [],
  );
  const { size, wasted } = report.image;
  const items = listed(report, by);
  if (by === 'context') return `${JSON.stringify({ by, ...report.contextWeight, items }, null, 2)}\n`;
  return `${JSON.stringify({ by, size, wasted, items, unknown }, null, 2)}\n`;
}

/** As a table; lines are at most as wide as the terminal. */
export function largestAsText(
  report: Report,
  by: Listing,
  { colors, width, folder }: Pick<Terminal, 'colors' | 'width' | 'folder'>,
): string {
  const items = listed(report, by);
  const rows = items.map((item) => ({
    size: formatEstimate({
      bytes: item.bytes,
      low: item.low ?? bytesOf(item),
      high: item.high ?? null,
      basis: item.basis ?? 'computed',
      evidence: [],
    }),
    line: item.line === undefined ? '' : String(item.line),
    name: withoutControls([item.name, item.version].filter((part) => part !== undefined).join(' ')),
    note: withoutControls(item.manager ?? item.label ?? ''),
  }));
  const sizes = Math.max(stringWidth(t('SIZE')), ...rows.map((row) => stringWidth(row.size)));
  const lines = Math.max(stringWidth(t('LINE')), ...rows.map((row) => stringWidth(row.line)));
  const room = width - sizes - lines - 4;
  const heading = by === 'package' ? t('PACKAGE') : t('PATH');
  const table = rows.map(({ size, line, name, note }) =>
    [
      padTo(size, sizes, 'right'),
      colors.dim(padTo(line, lines, 'right')),
      `${cutTo(name, room)}${note === '' || stringWidth(name) + stringWidth(note) + 2 > room ? '' : `  ${colors.dim(note)}`}`,
    ].join('  '),
  );
  const nothing =
    by === 'package' ? t('No package that Strata knows of is installed.') : t('Nothing is known of its paths.');
  const title =
    by === 'context'
      ? cutTo(t('context {0}', contextSummary(report, folder)), width)
      : `${colors.bold(t('image'))}  ${cutTo(imageSummary(report), width - 7)}`;
  return `${[
    title,
    ...(table.length === 0
      ? [nothing]
      : [
          colors.dim([padTo(t('SIZE'), sizes, 'right'), padTo(t('LINE'), lines, 'right'), heading].join('  ')),
          ...table,
        ]),
  ].join('\n')}\n`;
}
