/** The size of each step's layer, before the build. */
import { imageStages } from '../build/image-stages';
import { stepLine } from '../build/step-line';
import type { BuildGraph, BuildStage, BuildStep } from '../build/types';
import type { ContextFacts, SourceMatch } from '../context/types';
import type { ImageFacts } from '../images/types';
import { t } from '../localize';
import type { PackageIndexes, PackageRequest, SizeRange } from '../packages/types';
import type { PackageSize, PathSize, WastedPath } from '../report/types';
import { diskUsage } from './disk-blocks';
import { exactly, figure, unknown } from './estimate';
import type { Measurement, Measurements } from './measured';
import { baseReference, measuredElsewhere } from './measured-elsewhere';
import { addRanges } from './size-range';
import type { HiddenPart, StageFilesState } from './stage-files';
import { StageProgress } from './stage-progress';
import { largestShown, type StepOutcome } from './step-outcome';
import type { EngineFacts, Estimate } from './types';
import { type ImageWaste, imageWaste } from './waste';

export interface HiddenBytes {
  readonly how: WastedPath['how'];
  readonly size: SizeRange;
  /** Lines (from 1) of the steps that hide them. */
  readonly lines: readonly number[];
}

export interface StepSize {
  readonly size: Estimate;
  /** Bytes of this layer that a later layer hides. */
  readonly wasted?: Estimate;
  /** What of it, largest first, at most twenty. */
  readonly wastedBy: readonly WastedPath[];
  readonly wastedCount: number;
  /** The same by what happens to it, with the lines where that is. */
  readonly hidden: readonly HiddenBytes[];
  /** What `docker history` of the user's engine prints, where it does not count content bytes. */
  readonly printed?: Estimate;
  readonly contents: readonly PathSize[];
  /** Largest first, all of them. */
  readonly packages: readonly PackageSize[];
  readonly fileCount?: number;
  /** Present for COPY, ADD from the build context. */
  readonly match?: SourceMatch;
}

/** Sizes by stage and step index, and what is still to be fetched for them. */
export interface StepSizes {
  of(stage: number, step: number): StepSize | undefined;
  /** The files of a stage after its last step; undefined when nothing tells of them. */
  files(stage: number): StageFilesState | undefined;
  /** What is hidden in the image of a stage. */
  waste(stage: number): ImageWaste | undefined;
  /** Archives of the context that have to be looked into. */
  readonly archives: readonly string[];
  /** Files of the context whose text is waited for. */
  readonly texts: readonly string[];
  /** What package indexes are asked for. */
  readonly packages: readonly PackageRequest[];
  /** The engine may have measured some step, and was not asked. */
  readonly lacksMeasurements: boolean;
}

export interface SizeSurroundings {
  readonly context: ContextFacts;
  readonly engine: EngineFacts;
  readonly measurements: Measurements;
  readonly indexes?: PackageIndexes | undefined;
  readonly image: (reference: string) => ImageFacts | undefined;
  readonly readContextFile: (path: string) => string | undefined | 'pending';
}

/** Where no index can be asked. */
const noIndexes: PackageIndexes = {
  distribution: () => ({ state: 'unknown', reason: t('No package index is at hand.') }),
  npm: () => ({ state: 'unknown', reason: t('No package index is at hand.') }),
  pypi: () => ({ state: 'unknown', reason: t('No package index is at hand.') }),
  url: () => ({ state: 'unknown', reason: t('No package index is at hand.') }),
};

class Sizes implements StepSizes {
  readonly #sizes = new Map<string, StepSize>();
  readonly #progress: StageProgress;
  readonly #archives = new Set<string>();
  readonly #texts = new Set<string>();
  #lacksMeasurements = false;
  readonly #packages: PackageRequest[] = [];

  constructor(
    private readonly graph: BuildGraph,
    private readonly around: SizeSurroundings,
  ) {
    const { context, image, indexes = noIndexes, readContextFile } = around;
    this.#progress = new StageProgress(graph, { context, indexes, image, readContextFile });
    const hidden = this.hiddenBySteps();
    for (const stage of graph.stages) {
      for (const step of stage.steps) {
        const key = `${stage.index}:${step.index}`;
        this.#sizes.set(key, this.step(stage, step, hidden.get(key) ?? []));
      }
    }
  }

  get archives(): readonly string[] {
    return [...this.#archives];
  }

  get texts(): readonly string[] {
    return [...this.#texts];
  }

  get lacksMeasurements(): boolean {
    return this.#lacksMeasurements;
  }

  get packages(): readonly PackageRequest[] {
    return this.#packages;
  }

  of(stage: number, step: number): StepSize | undefined {
    return this.#sizes.get(`${stage}:${step}`);
  }

  files(stage: number): StageFilesState | undefined {
    return this.#progress.files(stage);
  }

  waste(stage: number): ImageWaste | undefined {
    const files = this.#progress.files(stage);
    const { context } = this.around;
    return files === undefined
      ? undefined
      : imageWaste(files, context.state === 'ready' ? context.snapshot : undefined);
  }

  /**
   * What later layers hide, by the step that put it there. What other stages hide of a stage that they stand on counts where the target
   * stands on it.
   */
  private hiddenBySteps(): ReadonlyMap<string, readonly HiddenPart[]> {
    const found = new Map<string, HiddenPart[]>();
    const chain = imageStages(this.graph);
    for (const stage of this.graph.stages) {
      for (const part of this.#progress.files(stage.index)?.hidden ?? []) {
        if (part.hiddenBy.stage !== stage.index) continue;
        if (part.owner.stage !== stage.index && !chain.has(stage.index)) continue;
        const key = `${part.owner.stage}:${part.owner.step}`;
        const same = found.get(key);
        if (same === undefined) found.set(key, [part]);
        else same.push(part);
      }
    }
    return found;
  }

  private lineOf(stage: number, step: number): number {
    const found = this.graph.stages[stage];
    const at = found?.steps[step];
    return found === undefined || at === undefined ? 0 : stepLine(found, at);
  }

  private step(stage: BuildStage, step: BuildStep, hidden: readonly HiddenPart[]): StepSize {
    const nothing = { hidden: [], wastedBy: [], wastedCount: 0, contents: [], packages: [] };
    const outcome = this.#progress.outcome(stage.index, step.index);
    if (outcome === undefined) {
      const size =
        step.operation.kind === 'unknown'
          ? unknown([t('This instruction is not understood.')])
          : exactly(0, t('Changes only the configuration.'));
      return { ...nothing, size, ...(this.printsBlocks ? { printed: exactly(0) } : {}) };
    }
    this.noteNeeds(outcome);
    const { contents, packages, fileCount, match } = outcome;
    const printed = this.printed(stage, step, outcome);
    return {
      ...this.wasteOf(hidden),
      size: this.sizeOf(stage, step, outcome),
      ...(printed === undefined ? {} : { printed }),
      contents,
      packages,
      ...(fileCount === undefined ? {} : { fileCount }),
      ...(match === undefined ? {} : { match }),
    };
  }

  private noteNeeds(outcome: StepOutcome): void {
    for (const path of outcome.archives) this.#archives.add(path);
    for (const [path, text] of outcome.texts) if (text === 'pending') this.#texts.add(path);
    for (const request of outcome.needs) {
      // A text that was asked for and is not there yet is among `texts`.
      if (request.kind !== 'file') this.#packages.push(request);
    }
  }

  private wasteOf(hidden: readonly HiddenPart[]): Pick<StepSize, 'wasted' | 'wastedBy' | 'wastedCount' | 'hidden'> {
    if (hidden.length === 0) return { wastedBy: [], wastedCount: 0, hidden: [] };
    const parts = hidden.map((part): WastedPath => {
      const { bytes, low, high } = part.size;
      const line = this.lineOf(part.owner.stage, part.owner.step);
      const hiddenBy = this.lineOf(part.hiddenBy.stage, part.hiddenBy.step);
      return {
        path: part.path,
        bytes,
        low,
        high,
        line,
        hiddenBy,
        how: part.how === 'replaced' ? 'replaced' : 'deleted',
      };
    });
    parts.sort((left, right) => (right.bytes ?? right.low) - (left.bytes ?? left.low));
    const byKind = (['replaced', 'deleted'] as const).flatMap((how): HiddenBytes[] => {
      const same = parts.filter((part) => part.how === how);
      if (same.length === 0) return [];
      const lines = [...new Set(same.map(({ hiddenBy }) => hiddenBy))].sort((left, right) => left - right);
      const isIt = (part: HiddenPart) => (part.how === 'replaced') === (how === 'replaced');
      return [{ how, size: addRanges(hidden.filter(isIt).map(({ size }) => size)), lines }];
    });
    const evidence = byKind.map(({ how, lines }) =>
      how === 'replaced'
        ? t('The same files are written again in line {0}.', lines.join(', '))
        : t('Deleted in line {0}: the bytes stay in this layer.', lines.join(', ')),
    );
    return {
      wasted: { ...addRanges(hidden.map(({ size }) => size)), evidence },
      wastedBy: parts.slice(0, largestShown),
      wastedCount: parts.length,
      hidden: byKind,
    };
  }

  /** The engine's figure for this very step where the files themselves do not tell, then what its commands tell. */
  private sizeOf(stage: BuildStage, step: BuildStep, { size, match }: StepOutcome): Estimate {
    const fails = (match?.missing.length ?? 0) > 0 || (match?.badPatterns.length ?? 0) > 0;
    if (fails || (step.operation.kind !== 'execute' && size.basis === 'exact')) return size;
    const measurement = this.measurementOf(stage, step);
    if (measurement === undefined) return this.elsewhere(stage, step, size) ?? size;
    // Disk usage bounds what the files hold, and tells less of it than a figure of the files themselves.
    return this.printsBlocks && size.bytes !== null ? size : this.measured(measurement);
  }

  private measurementOf(stage: BuildStage, step: BuildStep): Measurement | undefined {
    const { engine, measurements } = this.around;
    if (engine.state === 'ready' && engine.unmeasured) this.#lacksMeasurements = true;
    return measurements.of(stage.index, step.index);
  }

  /** The engine's figure for the same command in another build, unless the files it reads here make another size of it. */
  private elsewhere(stage: BuildStage, step: BuildStep, size: Estimate): Estimate | undefined {
    if (step.operation.kind !== 'execute' || size.basis === 'exact') return undefined;
    const reference = baseReference(this.graph, stage);
    const base = reference === undefined ? undefined : this.around.image(reference);
    const found = measuredElsewhere(step.createdBy, base, this.around.engine);
    if (found === undefined) return undefined;
    // Files of a project make of the same command another thing; where the command is understood, the figures have to agree.
    if (size.bytes === null && this.readsFiles(stage, step)) return undefined;
    const contradicts =
      size.bytes !== null && (found.bytes < size.low || (size.high !== null && found.bytes > size.high));
    if (contradicts) return undefined;
    const range = { low: Math.round(found.low * 0.9), high: Math.round(found.high * 1.1) };
    return figure('measured', found.bytes, range, [
      t(
        'The same command on the same distribution, as measured in image {0}: other files may make another size of it.',
        found.label,
      ),
      ...size.evidence,
    ]);
  }

  /** Something was copied into the stage, or is mounted, before the step. */
  private readsFiles(stage: BuildStage, step: BuildStep): boolean {
    const before = stage.steps.slice(0, step.index + 1);
    if (before.some(({ operation }) => operation.kind === 'copy')) return true;
    if (step.operation.kind === 'execute' && step.operation.mounts.some(({ type }) => type === 'bind')) return true;
    const parent = stage.base.kind === 'stage' ? this.graph.stages[stage.base.stage] : undefined;
    const last = parent?.steps.at(-1);
    return parent !== undefined && last !== undefined && this.readsFiles(parent, last);
  }

  /** The user's engine keeps images in containerd's store and prints disk usage. */
  private get printsBlocks(): boolean {
    const { engine } = this.around;
    return engine.state === 'ready' && engine.sizeUnit === 'blocks';
  }

  private printed(stage: BuildStage, step: BuildStep, { files, folders, size }: StepOutcome): Estimate | undefined {
    if (!this.printsBlocks) return undefined;
    const measurement = this.measurementOf(stage, step);
    // A record of the build cache weighs more than `docker history` prints: it counts the packed layer beside the files.
    if (measurement?.source.kind === 'image') {
      const { bytes } = measurement;
      return { bytes, low: bytes, high: bytes, basis: 'measured', evidence: [] };
    }
    const { context } = this.around;
    const layer = files.layers - 1;
    const own = files.parts.filter(({ owner }) => owner.layer === layer);
    const usage = diskUsage(own, folders, context.state === 'ready' ? context.snapshot : undefined);
    return size.bytes === null ? unknown([], usage.low) : { ...usage, evidence: [] };
  }

  private measured(measurement: Measurement): Estimate {
    const { engine } = this.around;
    const label = engine.state === 'ready' ? engine.label : '';
    const where =
      measurement.source.kind === 'image'
        ? t('Measured by {0} in image {1}.', label, measurement.source.label)
        : t('Measured by {0}, from its build cache.', label);
    const evidence =
      measurement.at === undefined ? [where] : [where, t('Built {0}.', measurement.at.slice(0, 16).replace('T', ' '))];
    const range = { low: measurement.low, high: measurement.high };
    if (engine.state === 'ready' && engine.sizeUnit === 'blocks') {
      return figure('measured', measurement.bytes, { low: 0, high: range.high }, [
        ...evidence,
        t('This engine counts whole disk blocks, so the files themselves are a little smaller.'),
      ]);
    }
    return figure('measured', measurement.bytes, range, evidence);
  }
}

/** Sizes of all steps of the graph. */
export function stepSizes(graph: BuildGraph, around: SizeSurroundings): StepSizes {
  return new Sizes(graph, around);
}
