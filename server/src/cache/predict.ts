/**
 * Which steps the next build reuses. A lattice that is sound by construction: `cached` only where a record holds the very key; what only a
 * build can tell is `may rebuild`; the rest `rebuilds`.
 */

import { stepLine } from '../build/step-line';
import type { BuildGraph, BuildStage, BuildStep } from '../build/types';
import { t } from '../localize';
import type { CachePrediction } from '../report/types';
import type { Finding } from './demand';
import { demands, originsOf } from './demand';
import {
  explain,
  explainBase,
  explainMaybePruned,
  explainNetwork,
  explainOpen,
  explainOutput,
  explainParent,
  explainPruned,
  explainPrunedBelow,
} from './explain';
import { heldBytes, heldOf, isDirectoryListed, type Losses, lossesOf, type Recollection } from './held-results';
import { type BuildKeys, type ComparedBuild, indexBuild, isForSeveral, tracesByText } from './record-index';
import { inputNames } from './step-inputs';
import type { HeldResults, RecordedStep, ResultTrace, StepKeys } from './types';

/** What predictions are made against. */
export interface PredictionBasis {
  /** Newest first. */
  readonly builds: readonly ComparedBuild[];
  readonly held: HeldResults;
  /** Texts of steps whose results builds may have left of which nothing else is known. */
  readonly fragments: ReadonlySet<string>;
  /** Whether a commit before the one that is compared with had the same step; absent: it is not known. */
  readonly inEarlierCommit?: (stage: number, step: number) => boolean;
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

interface Match {
  readonly build: ComparedBuild;
  readonly recorded: RecordedStep;
}

/** What a chain carries upward: the first step that runs again, or may. */
interface Above {
  readonly status: 'cached' | 'rebuilds' | 'may rebuild' | 'pending';
  readonly line: number;
}

class Prediction implements Predictions {
  readonly #found = new Map<string, StepPrediction>();
  readonly #ends: Above[] = [];
  /** What has, or may have, the key of results that the builder no longer holds (`gone`), or of which its listing does not tell. */
  readonly #lost = new Map<string, 'gone' | 'unknown'>();
  #losses: Losses | undefined;
  #madeAs: ReadonlyMap<string, readonly ResultTrace[]> | undefined;
  readonly #builds: readonly BuildKeys[];
  readonly #basis: PredictionBasis;

  readonly #graph: BuildGraph;

  constructor(graph: BuildGraph, basis: PredictionBasis) {
    this.#graph = graph;
    this.#basis = basis;
    this.#builds = basis.builds.map(indexBuild);
    for (const stage of graph.stages) this.#ends.push(this.stage(stage));
    this.demandLost();
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
    const matching = this.matching(stage, step);
    const [first] = matching;
    const duration = this.durationOf(step, matching);
    const measured = duration === undefined ? {} : { duration };
    if (first === undefined) return { prediction: this.miss(stage, step, above), ...measured };
    const held = heldOf(
      matching.map(({ recorded }) => recorded),
      this.#basis.held,
      this.#recollection,
    );
    // What stands on a result that is gone need not be gone: it may have been made on another one of the same key.
    if (held !== 'held' && this.#basis.held.kind === 'listed')
      this.lose(stage, step, held === 'gone' && this.mayBeMadeAgain(stage, step) ? 'unknown' : held);
    if (this.#basis.held.kind === 'unknown') {
      const reason = t('The builder did not tell what it still holds: this result may have been pruned.');
      return { prediction: { status: 'may rebuild', reason, cause: { line: stepLine(stage, step) } }, ...measured };
    }
    return { prediction: { status: 'cached', reason: first.build.sentence }, ...measured };
  }

  readonly #recollection: Recollection = {
    losses: () => {
      this.#losses ??= lossesOf(
        this.#basis.builds.flatMap(({ record }) => record.steps),
        this.#basis.held,
      );
      return this.#losses;
    },
    above: (step) => this.#builds.flatMap(({ above, build }) => (isForSeveral(build) ? [] : (above(step) ?? []))),
    madeAs: (text) => {
      this.#madeAs ??= tracesByText(this.#basis.builds);
      return this.#madeAs.get(text) ?? [];
    },
  };

  /** A directory is not gone while one of its name is listed: one was seen that the builder had and did not list under its text. */
  private lose(stage: BuildStage, step: BuildStep, how: 'gone' | 'unknown'): void {
    const { operation } = step;
    const isOpen = operation.kind === 'make-directory' && isDirectoryListed(operation.path, this.#basis.held);
    this.#lost.set(`${stage.index}:${step.index}`, isOpen ? 'unknown' : how);
  }

  /** Results that were pruned are made again where something that runs asks for them. */
  private demandLost(): void {
    if (this.#lost.size === 0) return;
    const graph = this.#graph;
    const demanded = demands(graph, (stage, step) => this.finding(stage, step));
    for (const stage of graph.stages) {
      for (const step of stage.steps) {
        const place = `${stage.index}:${step.index}`;
        const found = this.#found.get(place);
        const { demand, doubtful } = demanded.get(place) ?? { demand: 'no' };
        const lost = this.#lost.get(place);
        if (lost === undefined || found === undefined || demand === 'no') continue;
        const line = stepLine(stage, step);
        const prediction: CachePrediction =
          lost === 'unknown'
            ? explainMaybePruned(line)
            : demand === 'yes'
              ? explainPruned(line)
              : explainPrunedBelow(doubtful ?? line);
        this.#found.set(place, { ...found, prediction });
      }
    }
  }

  private finding(stage: BuildStage, step: BuildStep): Finding {
    const place = `${stage.index}:${step.index}`;
    const lost = this.#lost.get(place);
    if (lost !== undefined) return lost === 'gone' ? 'lost' : 'maybe';
    switch (this.#found.get(place)?.prediction.status) {
      case 'cached':
        return 'hit';
      case 'rebuilds':
        return 'miss';
      default:
        return 'maybe';
    }
  }

  private matching(stage: BuildStage, step: BuildStep): readonly Match[] {
    return this.#builds.flatMap(({ build, byKey }): Match[] => {
      const key = build.keys.of(stage.index, step.index)?.key;
      const recorded = key === undefined || key === null ? undefined : byKey.get(key);
      return recorded === undefined ? [] : [{ build, recorded }];
    });
  }

  /** As the newest build measured it that has the same key, else the same text. */
  private durationOf(step: BuildStep, matching: readonly Match[]): number | undefined {
    const exact = matching.find(({ recorded }) => recorded.duration !== undefined)?.recorded.duration;
    if (exact !== undefined) return exact;
    return this.#builds.find(({ durations }) => durations.has(step.display))?.durations.get(step.display);
  }

  private miss(stage: BuildStage, step: BuildStep, above: Above): CachePrediction {
    const newest = this.#builds[0];
    const keys = newest?.build.keys.of(stage.index, step.index);
    if (keys?.gap?.kind === 'pending')
      return { status: 'pending', reason: t('The contents of the build context are being read.') };
    const open = above.status === 'rebuilds' && standsOnKey(step) ? undefined : this.openMatch(stage, step);
    // Where its key is not found it runs; where it is, only if somebody asks for the result.
    if (open === 'pruned') {
      this.lose(stage, step, 'gone');
      return { ...explainPruned(stepLine(stage, step)), status: 'may rebuild' };
    }
    if (open !== undefined) return this.doubtful(stage, step, above, keys, open);
    if (keys?.gap?.kind === 'unreadable' && above.status !== 'rebuilds') {
      return { status: 'may rebuild', reason: t('Its files could not be compared: {0}', keys.gap.reason) };
    }
    if (this.#basis.inEarlierCommit?.(stage.index, step.index) === true) {
      return {
        status: 'may rebuild',
        reason: t('As in an earlier commit: reused where that was built and kept.'),
        cause: { line: stepLine(stage, step) },
      };
    }
    if (above.status === 'rebuilds') return explainParent(above.line);
    if (this.#basis.fragments.has(step.display)) {
      return {
        status: 'may rebuild',
        reason: t('A build that did not end well may have left its result.'),
        cause: { line: stepLine(stage, step) },
      };
    }
    return explain(
      this.#builds.map(({ build }) => build),
      stage,
      step,
    );
  }

  /** All that can be known is as it was; the rest depends on what another step puts out, or on a remote file. */
  private doubtful(
    stage: BuildStage,
    step: BuildStep,
    above: Above,
    keys: StepKeys | undefined,
    open: Match,
  ): CachePrediction {
    const contents = open.build.openContents(stage.index, step.index);
    if (contents !== undefined) return explainOpen(contents, stepLine(stage, step));
    const source = this.rebuildingSource(step);
    if (source !== undefined) return explainOutput(source);
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
    if (keys?.gap?.kind === 'base') {
      return {
        status: 'may rebuild',
        reason: t('Runs again only if the base image {0} is another one now.', keys.gap.reference),
        cause: { input: keys.gap.reference },
      };
    }
    const read = readsFrom(step);
    if (read !== undefined && !isLinked(step)) {
      return {
        status: 'may rebuild',
        reason: t('Runs again only if what it reads from {0} is not what it read before.', read),
        cause: { line: stepLine(stage, step) },
      };
    }
    const { doubt } = open.recorded;
    if (doubt !== undefined) return { status: 'may rebuild', reason: doubt, cause: { line: stepLine(stage, step) } };
    if (!mayBeLinked(step, open.recorded)) {
      const line = stepLine(stage, step);
      const now = keys?.inputs().find(({ name }) => name === inputNames.network)?.value;
      const before = open.recorded.inputs.find(({ name }) => name === inputNames.network)?.value;
      return now === before ? explainBase(line) : explainNetwork(line);
    }
    return {
      status: 'may rebuild',
      reason: t('Only the engine can tell: --link counts with some image stores and not with others.'),
      cause: { line: stepLine(stage, step), input: '--link' },
    };
  }

  /** Builds that did the same as far as it can be known, the newest first. */
  private openMatches(stage: BuildStage, step: BuildStep): readonly Match[] {
    return this.#builds.flatMap(({ build, byOpenKey }): Match[] => {
      const openKey = build.keys.of(stage.index, step.index)?.openKey;
      const recorded = openKey === undefined || openKey === null ? undefined : byOpenKey.get(openKey);
      return recorded === undefined || this.hasOtherBytes(build, recorded, stage, step) ? [] : [{ build, recorded }];
    });
  }

  private readonly mayBeHeld = ({ recorded }: Match): boolean =>
    heldOf([recorded], this.#basis.held, this.#recollection) !== 'gone';

  /** The newest build that did the same as far as it can be known; `pruned`: there are such builds, and their results are gone. */
  private openMatch(stage: BuildStage, step: BuildStep): Match | 'pruned' | undefined {
    const matches = this.openMatches(stage, step);
    return matches.find(this.mayBeHeld) ?? (matches.length > 0 ? 'pruned' : undefined);
  }

  /** Whether a build of which nothing tells what it read may have made the same result as one that is gone. */
  private mayBeMadeAgain(stage: BuildStage, step: BuildStep): boolean {
    return this.openMatches(stage, step).some((match) => match.recorded.key === null && this.mayBeHeld(match));
  }

  /** Nothing tells what a build read, but what it made of it has other bytes than this step would have. */
  private hasOtherBytes(build: ComparedBuild, recorded: RecordedStep, stage: BuildStage, step: BuildStep): boolean {
    if (build.openContents(stage.index, step.index)?.kind !== 'unseen') return false;
    const before = heldBytes(recorded, this.#basis.held);
    const now = build.copiedBytes(stage.index, step.index);
    return before !== undefined && now !== undefined && before !== now;
  }

  /** Line of the first step that runs again, or may, in a stage that this step reads. */
  private rebuildingSource(step: BuildStep): number | undefined {
    for (const origin of originsOf(step)) {
      if (origin.kind !== 'stage') continue;
      const end = this.#ends[origin.stage];
      if (end !== undefined && end.status !== 'cached') return end.line;
    }
    return undefined;
  }
}

/** The other stage or image that a step reads, for people. */
function readsFrom(step: BuildStep): string | undefined {
  for (const origin of originsOf(step)) {
    if (origin.kind === 'stage') return t('another stage');
    if (origin.kind === 'image') return origin.reference;
  }
  return undefined;
}

/**
 * Whether the key of what a step stands on is in its own key, as it nearly always is: then nothing is found for it where that has another
 * key. Not of `--link`, and not of what reads its own stage, which goes by content.
 */
function standsOnKey(step: BuildStep): boolean {
  return !isLinked(step) && originsOf(step).every(({ kind }) => kind === 'context');
}

/** `--link` stands in one of the two texts. */
function mayBeLinked(step: BuildStep, recorded: RecordedStep): boolean {
  return step.operation.kind === 'copy' && (step.operation.link || /\s--link\b/.test(recorded.text));
}

function isLinked({ operation }: BuildStep): boolean {
  return operation.kind === 'copy' && operation.link && operation.mode === undefined;
}

/** Predictions against past builds; there is at least one. */
export function predict(graph: BuildGraph, basis: PredictionBasis): Predictions {
  return new Prediction(graph, basis);
}
