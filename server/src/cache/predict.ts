/**
 * Which steps the next build reuses. A lattice that is sound by construction: `cached` only where a record holds the very key; what only a
 * build can tell is `may rebuild`; the rest `rebuilds`.
 */

import { stepLine } from '../build/step-line';
import type { BuildGraph, BuildStage, BuildStep } from '../build/types';
import { t } from '../localize';
import type { CachePrediction } from '../report/types';
import { explain, explainParent } from './explain';
import type { GraphKeys } from './keys';
import type { BuildRecord, RecordedStep, StepKeys } from './types';

/** A past build to compare with, and the keys of the present state as they compare with it. */
export interface ComparedBuild {
  readonly record: Pick<BuildRecord, 'steps'>;
  /** Why a step with the same key is reused, localised: names the build. */
  readonly sentence: string;
  /** Keys of the present; they can differ between builds when a base image has changed since one of them. */
  readonly keys: GraphKeys;
  /** First changed paths that a step takes from the build context, and how many there are; made when asked for. */
  readonly changedPaths: (
    stage: number,
    step: number,
  ) => { readonly paths: readonly string[]; readonly count: number } | undefined;
  /** References whose image is known to be another one now. */
  readonly changedBases: ReadonlySet<string>;
}

export interface StepPrediction {
  readonly prediction: CachePrediction;
  /** Seconds, as the matching build measured. */
  readonly duration?: number;
}

/** Predictions by stage and step index. */
export interface Predictions {
  of(stage: number, step: number): StepPrediction | undefined;
}

interface BuildKeys {
  readonly build: ComparedBuild;
  readonly byKey: ReadonlyMap<string, RecordedStep>;
  readonly byOpenKey: ReadonlyMap<string, RecordedStep>;
}

function indexBuild(build: ComparedBuild): BuildKeys {
  const byKey = new Map<string, RecordedStep>();
  const byOpenKey = new Map<string, RecordedStep>();
  for (const step of build.record.steps) {
    if (step.key !== null) byKey.set(step.key, step);
    if (step.openKey !== null) byOpenKey.set(step.openKey, step);
  }
  return { build, byKey, byOpenKey };
}

/** What a chain carries upward: the first step that runs again, or may. */
interface Above {
  readonly status: 'cached' | 'rebuilds' | 'may rebuild' | 'pending';
  readonly line: number;
}

class Prediction implements Predictions {
  readonly #found = new Map<string, StepPrediction>();
  readonly #ends: Above[] = [];
  readonly #builds: readonly BuildKeys[];

  constructor(graph: BuildGraph, builds: readonly ComparedBuild[]) {
    this.#builds = builds.map(indexBuild);
    for (const stage of graph.stages) this.#ends.push(this.stage(stage));
  }

  of(stage: number, step: number): StepPrediction | undefined {
    return this.#found.get(`${stage}:${step}`);
  }

  private stage(stage: BuildStage): Above {
    const base = stage.base.kind === 'stage' ? this.#ends[stage.base.stage] : undefined;
    let above: Above = base ?? { status: 'cached', line: 0 };
    for (const step of stage.steps) {
      const line = stepLine(stage, step);
      const found = this.step(stage, step, above);
      this.#found.set(`${stage.index}:${step.index}`, found);
      const { status } = found.prediction;
      if (step.produces !== 'layer' || !step.needed) continue;
      const turned = status === 'rebuilds' || status === 'may rebuild' || status === 'pending';
      // The first step that runs is the cause of all that follows; a certain one takes the place of a doubtful one.
      if (turned && (above.status === 'cached' || (above.status !== 'rebuilds' && status === 'rebuilds')))
        above = { status, line };
    }
    return above;
  }

  private step(stage: BuildStage, step: BuildStep, above: Above): StepPrediction {
    if (!step.needed) {
      return { prediction: { status: 'not built', reason: t('The target does not need this stage.') } };
    }
    if (step.produces === 'nothing') {
      return {
        prediction: { status: 'cached', reason: t('Adds nothing here: it acts in images that are built on this one.') },
      };
    }
    if (step.produces === 'metadata') {
      return {
        prediction: { status: 'cached', reason: t("Changes only the image's configuration: no step runs for it.") },
      };
    }
    for (const { build, byKey } of this.#builds) {
      const key = build.keys.of(stage.index, step.index)?.key;
      const recorded = key === undefined || key === null ? undefined : byKey.get(key);
      if (recorded !== undefined) return this.cached(recorded, build);
    }
    return { prediction: this.miss(stage, step, above) };
  }

  private cached(recorded: RecordedStep, build: ComparedBuild): StepPrediction {
    return {
      prediction: { status: 'cached', reason: build.sentence },
      ...(recorded.duration === undefined ? {} : { duration: recorded.duration }),
    };
  }

  private miss(stage: BuildStage, step: BuildStep, above: Above): CachePrediction {
    const newest = this.#builds[0];
    const keys = newest?.build.keys.of(stage.index, step.index);
    if (keys?.gap?.kind === 'pending')
      return { status: 'pending', reason: t('The contents of the build context are being read.') };
    const open = this.#builds.some(({ build, byOpenKey }) => {
      const openKey = build.keys.of(stage.index, step.index)?.openKey;
      return openKey !== undefined && openKey !== null && byOpenKey.has(openKey);
    });
    if (open) return this.doubtful(stage, step, above, keys);
    if (keys?.gap?.kind === 'unreadable' && above.status !== 'rebuilds') {
      return { status: 'may rebuild', reason: t('Its files could not be compared: {0}', keys.gap.reason) };
    }
    if (above.status === 'rebuilds') return explainParent(above.line);
    return explain(
      this.#builds.map(({ build }) => build),
      stage,
      step,
    );
  }

  /** All that can be known is as it was; the rest depends on what another step puts out, or on a remote file. */
  private doubtful(stage: BuildStage, step: BuildStep, above: Above, keys: StepKeys | undefined): CachePrediction {
    const source = this.rebuildingSource(step);
    if (source !== undefined) {
      return {
        status: 'may rebuild',
        reason: t("Runs again only if line {0}'s output differs.", source),
        cause: { line: source },
      };
    }
    if (above.status === 'may rebuild' || above.status === 'rebuilds') {
      return {
        status: 'may rebuild',
        reason: t('Runs again only if line {0} does.', above.line),
        cause: { line: above.line },
      };
    }
    if (keys?.gap?.kind === 'remote') {
      return {
        status: 'may rebuild',
        reason: t('Runs again only if {0} has changed.', keys.gap.what),
        cause: { input: keys.gap.what },
      };
    }
    return {
      status: 'may rebuild',
      reason: t('Only the engine can tell: --link counts with some image stores and not with others.'),
      cause: { line: stepLine(stage, step), input: '--link' },
    };
  }

  /** Line of the first step that runs again, or may, in a stage that this step reads. */
  private rebuildingSource(step: BuildStep): number | undefined {
    const { operation } = step;
    const origins =
      operation.kind === 'copy'
        ? [operation.origin]
        : operation.kind === 'execute'
          ? operation.mounts.map((mount) => mount.origin)
          : [];
    for (const origin of origins) {
      if (origin.kind !== 'stage') continue;
      const end = this.#ends[origin.stage];
      if (end !== undefined && end.status !== 'cached') return end.line;
    }
    return undefined;
  }
}

/** Predictions against past builds, newest first; there is at least one. */
export function predict(graph: BuildGraph, builds: readonly ComparedBuild[]): Predictions {
  return new Prediction(graph, builds);
}
