/** What an image's bytes are made of, largest first: its packages, or its paths. */
import stringWidth from 'string-width';
import { t } from '../localize';
import type { Report, Step } from '../report/types';
import { formatEstimate } from '../size/format';
import type { Estimate } from '../size/types';
import { cutTo, padTo, withoutControls } from './display-width';
import type { Terminal } from './terminal';
import { imageSummary } from './wording';

/** What the bytes are listed by. */
export const listings = ['package', 'path'] as const;
export type Listing = (typeof listings)[number];

/** One package or path that a step puts into the image. Bytes. */
interface Item {
  readonly name: string;
  readonly version?: string;
  readonly manager?: string;
  readonly label?: string;
  /** Line (from 1) of the step. */
  readonly line: number;
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
      // A folder whose largest files are listed is left to them.
      return (step.contents ?? []).flatMap(({ path, size, label, type }): Item[] =>
        type === 'directory' &&
        (step.contents ?? []).some((other) => other.path !== path && other.path.startsWith(`${path}/`))
          ? []
          : [{ name: path, ...(label === undefined ? {} : { label }), line: step.line, bytes: size }],
      );
    default:
      return by satisfies never;
  }
}

function bytesOf({ bytes, low = 0 }: Item): number {
  return bytes ?? low;
}

function listed(report: Report, by: Listing): readonly Item[] {
  return imageSteps(report)
    .flatMap((step) => itemsOf(step, by))
    .sort((left, right) => bytesOf(right) - bytesOf(left));
}

/** As JSON: `{ by, size, wasted, items, unknown }`; `unknown` are the lines whose bytes are not all known. */
export function largestAsJson(report: Report, by: Listing): string {
  const unknown = imageSteps(report).flatMap(({ line, size, produces }) =>
    produces === 'layer' && size.bytes === null ? [{ line, reasons: size.evidence }] : [],
  );
  const { size, wasted } = report.image;
  return `${JSON.stringify({ by, size, wasted, items: listed(report, by), unknown }, null, 2)}\n`;
}

/** As a table; lines are at most as wide as the terminal. */
export function largestAsText(
  report: Report,
  by: Listing,
  { colors, width }: Pick<Terminal, 'colors' | 'width'>,
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
    line: String(item.line),
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
  return `${[
    `${colors.bold(t('image'))}  ${cutTo(imageSummary(report), width - 7)}`,
    ...(table.length === 0
      ? [nothing]
      : [
          colors.dim([padTo(t('SIZE'), sizes, 'right'), padTo(t('LINE'), lines, 'right'), heading].join('  ')),
          ...table,
        ]),
  ].join('\n')}\n`;
}
