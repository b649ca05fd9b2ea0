/**
 * The files of a stage after each of its steps. What a step does is worked out once for the same files before it: while someone types, only
 * the edited step and those above it in its stage are gone through again.
 */
import { cleanPath } from '../build/paths';
import type { BuildGraph, BuildStage, BuildStep, EnvironmentEntry } from '../build/types';
import type { ContextFacts, ContextSnapshot } from '../context/types';
import type { ImageFacts } from '../images/types';
import { t } from '../localize';
import type { PackageIndexes, StageSystem } from '../packages/types';
import { emptyLocalFolders } from './base-folders';
import { replacedBaseFile } from './base-waste';
import { copyOutcome } from './copy-step';
import { unknown } from './estimate';
import { takenFromImage } from './image-source';
import { LayerWork } from './layer-work';
import type { Owner } from './part';
import { directoryOutcome, runOutcome } from './run-step';
import { emptyStage, type StageFilesState, stageOn } from './stage-files';
import { identityOf, nameOfTaking, type TakenFiles, takenFrom } from './stage-source';
import { stageSystem } from './stage-system';
import { mountTargets } from './step-access';
import type { StepOutcome } from './step-outcome';

export interface ProgressSurroundings {
  readonly context: ContextFacts;
  readonly indexes: PackageIndexes;
  readonly image: (reference: string) => ImageFacts | undefined;
  readonly readContextFile: (path: string) => string | undefined | 'pending';
}

/** Texts of one step that are kept: more variants than a few keystrokes make. */
const keptNexts = 4;

interface NextStep {
  readonly outcome: StepOutcome;
  readonly progress: Progress;
}

class Progress {
  /** What steps made of these files, by stage and step, then by what the step is. */
  readonly #next = new Map<string, Map<string, NextStep>>();

  constructor(
    readonly files: StageFilesState,
    readonly memory: ReadonlyMap<string, unknown>,
  ) {}

  next(place: string, key: string): NextStep | undefined {
    return this.#next.get(place)?.get(key);
  }

  keep(place: string, key: string, next: NextStep): void {
    let same = this.#next.get(place);
    if (same === undefined) {
      same = new Map();
      this.#next.set(place, same);
    }
    const oldest = same.size >= keptNexts ? same.keys().next().value : undefined;
    if (oldest !== undefined) same.delete(oldest);
    same.set(key, next);
  }
}

const noMemory: ReadonlyMap<string, unknown> = new Map();
const noSnapshot = {};
const beginnings = new WeakMap<PackageIndexes, WeakMap<object, Map<string, Progress>>>();
/** Base images of one file; a few files at a time. */
const keptBeginnings = 200;

function beginningOf(
  system: StageSystem,
  emptyBase: boolean,
  around: ProgressSurroundings,
  snapshot: ContextSnapshot | undefined,
): Progress {
  let bySnapshot = beginnings.get(around.indexes);
  if (bySnapshot === undefined) {
    bySnapshot = new WeakMap();
    beginnings.set(around.indexes, bySnapshot);
  }
  const place = snapshot ?? noSnapshot;
  let byName = bySnapshot.get(place);
  if (byName === undefined || byName.size > keptBeginnings) {
    byName = new Map();
    bySnapshot.set(place, byName);
  }
  const name = JSON.stringify([system, emptyBase, reasonOf(around.context)]);
  let beginning = byName.get(name);
  if (beginning === undefined) {
    beginning = new Progress(emptyBase ? emptyStage(true) : stageOn(emptyLocalFolders(system)), noMemory);
    byName.set(name, beginning);
  }
  return beginning;
}

/** Why the context is not known; undefined when it is. */
function reasonOf(context: ContextFacts): string | undefined {
  switch (context.state) {
    case 'ready':
      return undefined;
    case 'pending':
      return t('The build context is being read.');
    case 'unavailable':
      return context.reason;
    default:
      return context satisfies never;
  }
}

const environments = new WeakMap<readonly EnvironmentEntry[], string>();

function environmentText(environment: readonly EnvironmentEntry[]): string {
  let text = environments.get(environment);
  if (text === undefined) {
    text = JSON.stringify(environment.map(({ name, value }) => [name, value]));
    environments.set(environment, text);
  }
  return text;
}

/** Goes through the stages of a graph. */
export class StageProgress {
  readonly #stages: Progress[] = [];
  readonly #outcomes = new Map<string, StepOutcome>();
  readonly #snapshot: ContextSnapshot | undefined;
  readonly #archives = new Set<string>();

  constructor(
    private readonly graph: BuildGraph,
    private readonly around: ProgressSurroundings,
  ) {
    this.#snapshot = around.context.state === 'ready' ? around.context.snapshot : undefined;
    for (const stage of graph.stages) this.#stages.push(this.stage(stage));
  }

  outcome(stage: number, step: number): StepOutcome | undefined {
    return this.#outcomes.get(`${stage}:${step}`);
  }

  /** The files of a stage after its last step. */
  files(stage: number): StageFilesState | undefined {
    return this.#stages[stage]?.files;
  }

  /** Archives of the build context that commands unpack and nobody has looked into. */
  get archives(): readonly string[] {
    return [...this.#archives];
  }

  private stage(stage: BuildStage): Progress {
    const base = stage.base.kind === 'stage' ? this.#stages[stage.base.stage] : undefined;
    const system = this.systemOf(stage);
    const environmentKnown = this.environmentKnown(stage);
    let progress = base ?? beginningOf(system, stage.base.kind === 'scratch', this.around, this.#snapshot);
    for (const step of stage.steps) {
      if (step.produces !== 'layer') continue;
      const { operation } = step;
      const taken = this.taken(step);
      const key = `${environmentKnown ? '=' : '?'}${this.keyOf(step, taken)}`;
      const place = `${stage.index} ${step.index}`;
      let next = progress.next(place, key);
      if (next === undefined || !this.isCurrent(next.outcome)) {
        const owner: Owner = { stage: stage.index, step: step.index, layer: progress.files.layers };
        const mounted = operation.kind === 'execute' ? mountTargets(operation.mounts) : [];
        const work = new LayerWork(progress.files, owner, this.#snapshot, mounted, (path) =>
          replacedBaseFile(path, system),
        );
        const outcome = this.stepOutcome(step, work, progress, { system, environmentKnown }, taken);
        next = { outcome, progress: new Progress(outcome.files, outcome.memory) };
        progress.keep(place, key, next);
      }
      for (const path of next.outcome.archives) this.#archives.add(path);
      this.#outcomes.set(`${stage.index}:${step.index}`, next.outcome);
      progress = next.progress;
    }
    return progress;
  }

  private keyOf(step: BuildStep, taken: TakenFiles | undefined): string {
    const { operation, state } = step;
    switch (operation.kind) {
      case 'execute': {
        const { arguments: words, mounts, inlineFiles } = operation;
        const text = `${words.join('\u0000')}\u0001${state.user}\u0001${state.workdir}\u0001${environmentText(state.environment)}`;
        if (mounts.length === 0 && inlineFiles.length === 0) return text;
        const stages = mounts.flatMap(({ origin }) => {
          const files = origin.kind === 'stage' ? this.#stages[origin.stage]?.files : undefined;
          return files === undefined ? [] : [identityOf(files)];
        });
        return `${text}\u0001${JSON.stringify([mounts, stages, inlineFiles])}`;
      }
      case 'copy':
        return `${JSON.stringify(operation)} ${taken === undefined ? '' : nameOfTaking(taken)}`;
      case 'make-directory':
        return operation.path;
      default:
        return operation.kind;
    }
  }

  /** False when a text that the outcome depends on is another one now. */
  private isCurrent(outcome: StepOutcome): boolean {
    for (const [path, text] of outcome.texts) if (this.around.readContextFile(path) !== text) return false;
    return true;
  }

  private taken({ operation }: BuildStep): TakenFiles | undefined {
    if (operation.kind !== 'copy' || operation.origin.kind === 'context') return undefined;
    if (operation.origin.kind === 'image') {
      const { reference } = operation.origin;
      return takenFromImage(operation, reference, this.around.image(reference));
    }
    const files = this.#stages[operation.origin.stage]?.files;
    return files === undefined ? undefined : takenFrom(files, operation, this.#snapshot);
  }

  private stepOutcome(
    step: BuildStep,
    work: LayerWork,
    before: Progress,
    known: { readonly system: StageSystem; readonly environmentKnown: boolean },
    taken: TakenFiles | undefined,
  ): StepOutcome {
    const { operation } = step;
    switch (operation.kind) {
      case 'execute': {
        const archives = new Set<string>();
        const outcome = runOutcome(operation, step, work, before.memory, {
          ...known,
          platform: this.graph.platform,
          indexes: this.around.indexes,
          installed: () => undefined,
          reading: {
            readContextFile: this.around.readContextFile,
            needArchive: (path) => archives.add(path),
            stageFiles: (stage) => this.#stages[stage]?.files,
          },
        });
        return archives.size === 0 ? outcome : { ...outcome, archives: [...archives] };
      }
      case 'copy': {
        const reason = reasonOf(this.around.context) ?? t('The build context is being read.');
        const context = this.#snapshot ?? { reason };
        return copyOutcome(operation, work, before.memory, { context, indexes: this.around.indexes, taken });
      }
      case 'make-directory':
        return directoryOutcome(work, before.memory, cleanPath(operation.path));
      case 'metadata':
      case 'nothing':
      case 'unknown': {
        work.doubtCommand(undefined);
        const nothing = directoryOutcome(work, before.memory, '/');
        return { ...nothing, size: unknown([t('This instruction is not understood.')]) };
      }
    }
  }

  /** True when the variables of the base image are in the states of the stage's steps: one that is not there is not set. */
  private environmentKnown(stage: BuildStage): boolean {
    switch (stage.base.kind) {
      case 'stage': {
        const parent = this.graph.stages[stage.base.stage];
        return parent !== undefined && this.environmentKnown(parent);
      }
      case 'image':
        return this.around.image(stage.base.reference)?.configuration !== undefined;
      case 'scratch':
        return true;
      case 'unresolved':
        return false;
    }
  }

  private systemOf(stage: BuildStage): StageSystem {
    switch (stage.base.kind) {
      case 'stage': {
        const parent = this.graph.stages[stage.base.stage];
        return parent === undefined ? stageSystem(undefined, undefined, this.graph.platform) : this.systemOf(parent);
      }
      case 'image': {
        const { reference } = stage.base;
        return stageSystem(reference, this.around.image(reference), this.graph.platform);
      }
      case 'scratch':
      case 'unresolved':
        return stageSystem(undefined, undefined, this.graph.platform);
    }
  }
}
