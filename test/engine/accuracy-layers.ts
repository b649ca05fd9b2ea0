/** Predictions of layers held against what the engine made: one row for each layer, and figures for groups of rows. */
import type { Report, Step } from '../../server/src/report/types';
import type { AccuracyCase } from './accuracy/case';
import { heldOut } from './accuracy/case';
import type { Truth } from './accuracy-truth';

/** Where a prediction's figures may come from. */
export const MODES = ['live', 'offline'] as const;
export type Mode = (typeof MODES)[number];

/** `copied`: COPY, ADD and WORKDIR; `commands`: RUN with commands on files alone; `apt`, `npm`: what these put into a layer. */
export const KINDS = ['copied', 'commands', 'apt', 'npm'] as const;
export type LayerKind = (typeof KINDS)[number];

export interface LayerRow {
  readonly case: string;
  readonly heldOut: boolean;
  readonly mode: Mode;
  readonly kind: LayerKind;
  /** Number of the step among those that end up in the image, from 1, and its text. */
  readonly step: number;
  readonly text: string;
  readonly basis: Step['size']['basis'];
  readonly predicted: number | null;
  readonly low: number;
  readonly high: number | null;
  readonly truth: number;
}

/** The steps that end up in the target's image, oldest first: those of the stages it stands on, then its own. */
export function stepsOfImage(report: Report): Step[] {
  const chain: Step[] = [];
  let stage = report.stages.find((one) => one.target);
  while (stage !== undefined) {
    chain.unshift(...stage.steps);
    const below: number | undefined = stage.base.stage;
    stage = below === undefined ? undefined : report.stages[below];
  }
  // BuildKit writes no history entry for ONBUILD (dockerfile2llb/convert.go, dispatchOnbuild).
  return chain.filter((step) => step.instruction.toUpperCase() !== 'ONBUILD');
}

function kindOf(step: Step, { dockerfile, group }: AccuracyCase): LayerKind {
  if (step.instruction.toUpperCase() === 'RUN') {
    // With the scripts of heredocs, of which the step's text has only the first line.
    const written = dockerfile
      .split('\n')
      .slice(step.line - 1, step.endLine)
      .join('\n');
    if (/\b(?:apt|apt-get|dpkg)\b(?!\/|\.)/.test(written)) return 'apt';
    if (/\b(?:npm|pnpm|yarn|npx)\s/.test(written)) return 'npm';
    return 'commands';
  }
  // What another stage's RUN made can be no truer than what is known of that RUN.
  const made = /--from=/.test(step.text) && group !== 'files' && step.size.basis !== 'exact';
  if (!made) return 'copied';
  return group === 'npm' ? 'npm' : 'commands';
}

/** One row for each step that makes a layer. Throws when report and history do not go together. */
export function compareLayers(one: AccuracyCase, mode: Mode, report: Report, truth: Truth): LayerRow[] {
  const steps = stepsOfImage(report);
  const entries = truth.history.slice(-steps.length);
  if (entries.length !== steps.length) {
    throw new Error(`${one.name}: ${steps.length} steps in the report, ${truth.history.length} in docker history`);
  }
  return steps.flatMap((step, index): LayerRow[] => {
    const { bytes, low, high, basis } = step.size;
    const size = entries[index]?.size ?? 0;
    if (step.produces !== 'layer' && bytes === size) return [];
    return [
      {
        case: one.name,
        heldOut: heldOut(one.name),
        mode,
        kind: kindOf(step, one),
        step: index + 1,
        text: step.text,
        basis,
        predicted: bytes,
        low,
        high,
        truth: size,
      },
    ];
  });
}

/** The prediction's distance from the truth as a share of the truth; infinite when nothing was predicted. */
export function errorOf(row: LayerRow): number {
  if (row.predicted === null) return Number.POSITIVE_INFINITY;
  if (row.predicted === row.truth) return 0;
  return row.truth === 0 ? Number.POSITIVE_INFINITY : Math.abs(row.predicted - row.truth) / row.truth;
}

/** Width of the range as a share of the predicted value; infinite when nothing bounds it. */
export function widthOf(row: LayerRow): number {
  if (row.predicted === null || row.high === null) return Number.POSITIVE_INFINITY;
  if (row.high === row.low) return 0;
  return row.predicted === 0 ? Number.POSITIVE_INFINITY : (row.high - row.low) / row.predicted;
}

export function inRange(row: LayerRow): boolean {
  return row.truth >= row.low && (row.high === null || row.truth <= row.high);
}

/** True when the figure claims to follow from what is written: by its basis, or by a range that is no range. */
export function claimsTruth(row: LayerRow): boolean {
  if (row.basis === 'exact' || row.basis === 'computed') return true;
  return row.predicted !== null && row.low === row.predicted && row.high === row.predicted;
}

export interface Figures {
  readonly layers: number;
  /** Layers with no figure. */
  readonly unknown: number;
  /** Layers whose figure is the truth to the byte. */
  readonly equal: number;
  /** Shares; infinite when it is that of a layer with no figure. */
  readonly medianError: number;
  readonly tailError: number;
  readonly inRange: number;
  readonly medianWidth: number;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1))] ?? 0;
}

/** Figures of a group of rows. The tail is the 90th percentile. */
export function figuresOf(rows: readonly LayerRow[]): Figures {
  const errors = rows.map(errorOf);
  return {
    layers: rows.length,
    unknown: rows.filter((row) => row.predicted === null).length,
    equal: rows.filter((row) => row.predicted === row.truth).length,
    medianError: quantile(errors, 0.5),
    tailError: quantile(errors, 0.9),
    inRange: rows.length === 0 ? 1 : rows.filter(inRange).length / rows.length,
    medianWidth: quantile(rows.map(widthOf), 0.5),
  };
}
