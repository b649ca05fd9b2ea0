/** A report beside what the engine then did: each step's prediction and its vertex, and the count of both. */
import type { Report, Step } from '../../server/src/report/types';
import type { Vertex } from './session';

export type Actual = 'cached' | 'ran' | 'not shown';

export interface ComparedStep {
  readonly predicted: Step['cache']['status'];
  readonly actual: Actual;
  readonly step: Step;
  readonly stage: string;
}

export interface Comparison {
  readonly compared: readonly ComparedStep[];
  /** Steps of the report that are other steps in the build: the comparison itself is broken. */
  readonly problems: readonly string[];
}

/** What the builder has a vertex for: see section "Graph" of docs on produced layers (convert.go, toDispatchState). */
function makesVertex(step: Step): boolean {
  const instruction = step.instruction.toUpperCase();
  return ['RUN', 'COPY', 'ADD'].includes(instruction) || (instruction === 'WORKDIR' && step.produces === 'layer');
}

/** Vertexes by stage and number: names are `[stage n/m] TEXT`, or `[n/m] TEXT` when the build knows one stage only. */
function numbered(vertexes: readonly Vertex[], report: Report): Map<string, Vertex> {
  const found = new Map<string, Vertex>();
  for (const vertex of vertexes) {
    const name = /^\[(?:([^\]\s]+) )?\s*(\d+)\/\d+\] (?!LINK )/.exec(vertex.name);
    if (name?.[2] === undefined) continue;
    const stage = name[1] ?? report.stages[0]?.name ?? 'stage-0';
    const key = `${stage.toLowerCase()} ${name[2]}`;
    // The download of a remote source bears the name of the ADD that it is for, and stands on nothing.
    if ((found.get(key)?.inputs ?? -1) <= vertex.inputs) found.set(key, vertex);
  }
  return found;
}

/**
 * What the engine did with a step. A vertex without inputs (WORKDIR on an empty image, as FROM) is shown as
 * cached only when its result was needed: when all that stands on it was a hit it is shown as if it had run.
 */
function actualOf(vertex: Vertex | undefined): Actual {
  if (vertex?.cached) return 'cached';
  return vertex?.completed && vertex.inputs > 0 ? 'ran' : 'not shown';
}

/** Each step of the report beside what the engine did with it. */
export function compareSteps(report: Report, vertexes: readonly Vertex[]): Comparison {
  const byNumber = numbered(vertexes, report);
  const compared: ComparedStep[] = [];
  const problems: string[] = [];
  for (const stage of report.stages) {
    const name = (stage.name ?? `stage-${stage.index}`).toLowerCase();
    // FROM of an image is vertex 1 of its stage; an empty image or another stage has none.
    let number = stage.base.kind === 'scratch' || stage.base.kind === 'stage' ? 0 : 1;
    for (const step of stage.steps.filter(makesVertex)) {
      number++;
      const vertex = byNumber.get(`${name} ${number}`);
      const text = vertex?.name.replace(/^\[[^\]]*\] (ONBUILD )?/, '');
      const keyword = step.instruction.toUpperCase();
      if (text !== undefined && !text.toUpperCase().startsWith(keyword))
        problems.push(`step ${number} of ${name} is ${keyword} in the report and "${text}" in the build`);
      compared.push({ predicted: step.cache.status, actual: actualOf(vertex), step, stage: name });
    }
  }
  return { compared, problems };
}

/** How a prediction was wrong: `unsound` promises too much, `timid` promises a miss that was a hit. */
export type Wrong = 'unsound' | 'timid';

/**
 * Whether a prediction was wrong. `may rebuild` never is.
 * @param earlierFailures after a build that stopped halfway the engine holds results that no record knows, so that
 *   a hit in place of a foretold miss proves nothing
 */
export function wrongness({ predicted, actual }: ComparedStep, earlierFailures: boolean): Wrong | undefined {
  switch (predicted) {
    case 'cached':
      return actual === 'ran' ? 'unsound' : undefined;
    case 'rebuilds':
      return actual === 'cached' && !earlierFailures ? 'timid' : undefined;
    case 'not built':
      return actual === 'not shown' ? undefined : 'unsound';
    case 'may rebuild':
      return undefined;
    case 'no record':
    case 'pending':
      return 'unsound';
    default:
      return predicted satisfies never;
  }
}

/** One line about a step for whoever looks into it. */
export function describeStep({ predicted, actual, step, stage }: ComparedStep): string {
  return `stage ${stage}, line ${step.line} ${step.text}: predicted "${predicted}" (${step.cache.reason}), ${actual}`;
}

const columns: readonly Actual[] = ['cached', 'ran', 'not shown'];
const rows = ['cached', 'rebuilds', 'may rebuild', 'not built', 'no record', 'pending'] as const;

/** How often each prediction met each outcome. */
export class ConfusionMatrix {
  readonly #counts = new Map<string, number>();

  add(predicted: Step['cache']['status'], actual: Actual): void {
    const key = `${predicted}|${actual}`;
    this.#counts.set(key, this.count(predicted, actual) + 1);
  }

  count(predicted: Step['cache']['status'], actual: Actual): number {
    return this.#counts.get(`${predicted}|${actual}`) ?? 0;
  }

  /** Steps that the engine showed, so that the prediction was put to the test. */
  get shown(): number {
    return rows.reduce((sum, row) => sum + this.count(row, 'cached') + this.count(row, 'ran'), 0);
  }

  /** Share of the shown steps about which the prediction leaves a doubt. */
  get doubtful(): number {
    const doubts = this.count('may rebuild', 'cached') + this.count('may rebuild', 'ran');
    return doubts / Math.max(1, this.shown);
  }

  /** Share of the steps taken from the cache that were foretold as cached. */
  get foretold(): number {
    const hits = rows.reduce((sum, row) => sum + this.count(row, 'cached'), 0);
    return this.count('cached', 'cached') / Math.max(1, hits);
  }

  /** A table, predictions down and what the engine did across, with the shares below. */
  toString(): string {
    const cell = (text: string | number): string => String(text).padStart(11);
    const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
    const table = rows
      .map((row) => ({ row, counts: columns.map((column) => this.count(row, column)) }))
      .filter(({ row, counts }) => counts.some((count) => count > 0) || row === 'cached' || row === 'rebuilds')
      .map(({ row, counts }) => row.padEnd(12) + counts.map(cell).join(''));
    return [
      'predicted'.padEnd(12) + columns.map(cell).join(''),
      ...table,
      `${this.shown} steps shown; "may rebuild" on ${percent(this.doubtful)}; ${percent(this.foretold)} of the hits foretold`,
    ].join('\n');
  }
}
