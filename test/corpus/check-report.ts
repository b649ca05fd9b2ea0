/** What must hold of the report of any text. */
import type { Baseline } from '../../server/src/cache/types';
import { applyEdits } from '../../server/src/refactor';
import { analyse } from '../../server/src/report/analyse';
import { recordPresent } from '../../server/src/report/build-record';
import type { Refactoring, Report, Stage, Step } from '../../server/src/report/types';
import type { Estimate } from '../../server/src/size/types';
import { factsWith, INPUTS } from './facts';
import { wrongRanges } from './ranges';
import { startStopwatch } from './stopwatch';

const NONE: Baseline = { kind: 'none', reason: 'none' };

export interface CheckedReport {
  readonly faults: readonly string[];
  /** Milliseconds of one analysis. */
  readonly time: number;
}

/** The faults of the report of `text`, whose lines have `lengths`. Throws what the analysis throws. */
export function checkReport(text: string, lengths: readonly number[]): CheckedReport {
  const elapsed = startStopwatch();
  const { report } = analyse(text, INPUTS, factsWith(NONE));
  const time = elapsed();
  const faults = [
    ...wrongRanges([report.findings, report.refactorings], lengths).map((fault) => `report${fault}`),
    ...report.stages.flatMap((stage) => stageFaults(stage, lengths.length)),
    ...[report.image.size, report.image.wasted].flatMap((estimate) => estimateFaults(estimate, 'image')),
    ...(isPlainData(report) ? [] : ['the report is not what its JSON says']),
    // Stand-ins for what only the build knows are no text for people.
    ...(/[\uE000\uE001]/.test(text) || !/[\uE000\uE001]/.test(JSON.stringify(report))
      ? []
      : ['the report shows a stand-in']),
    ...report.refactorings.flatMap((refactoring) => refactoringFaults(text, report, refactoring)),
    // What does not build leaves no record.
    ...(errorsOf(report) > 0 ? [] : rebuildFaults(text)),
  ];
  return { faults, time };
}

function stageFaults(stage: Stage, lines: number): readonly string[] {
  const name = `stage ${stage.index}`;
  return [
    ...lineFaults(stage, lines, name),
    ...estimateFaults(stage.size, name),
    ...estimateFaults(stage.base.size, `${name} base`),
    ...stage.steps.flatMap((step) => stepFaults(step, lines)),
  ];
}

function stepFaults(step: Step, lines: number): readonly string[] {
  const name = `line ${step.line} ${step.instruction}`;
  const outside = step.affects.filter((line) => line < 1 || line > lines);
  return [
    ...lineFaults(step, lines, name),
    ...estimateFaults(step.size, name),
    ...(step.wasted === undefined ? [] : estimateFaults(step.wasted, `${name} wasted`)),
    ...(outside.length > 0 ? [`${name}: affects line ${outside[0]}`] : []),
    ...(step.produces === 'nothing' && step.layer !== undefined ? [`${name}: nothing is layer ${step.layer}`] : []),
    ...(step.cache.reason === '' ? [`${name}: no reason`] : []),
  ];
}

function lineFaults(
  { line, endLine }: { readonly line: number; readonly endLine: number },
  lines: number,
  name: string,
): readonly string[] {
  return line >= 1 && line <= endLine && endLine <= lines ? [] : [`${name}: lines ${line} to ${endLine} of ${lines}`];
}

function estimateFaults({ bytes, low, high, basis }: Estimate, name: string): readonly string[] {
  const faults: string[] = [];
  const figures = [bytes ?? low, low, high ?? low];
  if (figures.some((figure) => !Number.isFinite(figure) || figure < 0))
    faults.push(`${name}: size ${figures.join(' ')}`);
  if (low > (bytes ?? low) || (bytes ?? low) > (high ?? Number.POSITIVE_INFINITY)) {
    faults.push(`${name}: ${low} to ${high} does not hold ${bytes}`);
  }
  if (basis === 'exact' && (low !== bytes || high !== bytes)) faults.push(`${name}: exact, and ${low} to ${high}`);
  return faults;
}

function isPlainData(report: Report): boolean {
  return JSON.stringify(JSON.parse(JSON.stringify(report))) === JSON.stringify(report);
}

/** The edits must apply, must not break what was whole, and must do to the layers what their effect says. */
function refactoringFaults(text: string, before: Report, { id, edits, effect }: Refactoring): readonly string[] {
  const edited = applyEdits(text, edits);
  const after = analyse(edited, INPUTS, factsWith(NONE)).report;
  const faults: string[] = [];
  if (errorsOf(after) > errorsOf(before)) faults.push(`refactoring ${id} brings an error`);
  const [was, is] = [before.image.layers, after.image.layers];
  if (
    was !== null &&
    is !== null &&
    is - was !== effect.layers &&
    (effect.layers === null || layersOf(before) - layersOf(after) !== -effect.layers)
  ) {
    faults.push(`refactoring ${id} says ${effect.layers} layers and makes ${is - was}`);
  }
  return faults;
}

function errorsOf(report: Report): number {
  return report.findings.filter(({ severity }) => severity === 'error').length;
}

/** Layers of all stages: a refactoring may work on one that the target does not need. */
function layersOf(report: Report): number {
  return report.stages.flatMap(({ steps }) => steps).filter(({ produces }) => produces === 'layer').length;
}

/** Held against a build of the very same state, no step may be said to run. */
function rebuildFaults(text: string): readonly string[] {
  const answer = recordPresent(text, INPUTS, factsWith(NONE), '2026-01-01T00:00:00.000Z');
  if (answer.kind !== 'recorded') return [];
  const { report } = analyse(text, INPUTS, factsWith({ kind: 'record', label: 'now', builds: [answer.record] }));
  const running = report.stages
    .filter(({ built }) => built)
    .flatMap(({ steps }) => steps)
    .filter(
      ({ produces, cache }) => produces === 'layer' && !['cached', 'may rebuild', 'not built'].includes(cache.status),
    );
  // A step without its source fails, whatever is said of it and of what follows.
  const missing = report.findings.filter(({ code }) => code === 'copy-source-missing');
  if (missing.some(({ range }) => range.start.line + 1 === running[0]?.line)) return [];
  return running.map(
    ({ line, instruction, cache }) =>
      `line ${line} ${instruction}: ${cache.status} after a build of the same (${cache.reason})`,
  );
}
