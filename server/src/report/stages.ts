/** The report's stages and steps. */
import { stepLine } from '../build/step-line';
import type { BuildStage, BuildStep } from '../build/types';
import type { Baseline } from '../cache/types';
import type { ImageFacts } from '../images/types';
import { t } from '../localize';
import { exactly, figure, sum, unknown } from '../size/estimate';
import { largestShown } from '../size/step-outcome';
import type { Estimate } from '../size/types';
import { AffectedLines } from './affected-lines';
import type { Facts } from './facts';
import type { CachePrediction, Stage, StageBaseReport, Step } from './types';
import type { Understanding } from './understanding';

/** What is known of a base image. */
export function imageBase(reference: string, needed: boolean, facts: Facts): StageBaseReport {
  const knowledge = facts.image(reference);
  switch (knowledge.kind) {
    case 'pending':
      // Nobody is asked for an image that the build does not pull.
      if (!needed) {
        const reason = t('The target does not need this stage.');
        return { image: reference, kind: 'image', size: unknown([reason]), source: reason };
      }
      return {
        image: reference,
        kind: 'image',
        size: unknown([t('{0} is being looked up.', reference)]),
        source: t('being looked up'),
      };
    case 'unknown':
      return { image: reference, kind: 'image', size: unknown([knowledge.reason]), source: knowledge.reason };
    case 'known': {
      const image = knowledge.facts;
      const source = sourceOf(image);
      return {
        image: reference,
        kind: 'image',
        size: imageSize(image, source),
        source,
        ...(image.layerCount === undefined ? {} : { layers: image.layerCount }),
        ...(image.os === undefined ? {} : { os: image.os }),
        ...(image.packageManager === undefined ? {} : { packageManager: image.packageManager }),
        ...(image.compressedSize === undefined ? {} : { compressedSize: image.compressedSize }),
        ...(image.date === undefined ? {} : { date: image.date }),
      };
    }
  }
}

function sourceOf({ source }: ImageFacts): string {
  switch (source.kind) {
    case 'engine':
      return t('from {0}', source.label);
    case 'registry':
      return t('from the registry ({0})', source.label);
    case 'shipped':
      return t('from the table of official images that comes with Strata ({0})', source.label);
  }
}

/**
 * An engine's figure is of the image that will be used; a registry tells that image's compressed size; the table's is of a tag as it once
 * was, and tags move.
 */
function imageSize({ size: bytes, sizeRange, source: { kind } }: ImageFacts, source: string): Estimate {
  if (bytes === undefined) return unknown([source]);
  if (kind === 'engine') return { ...exactly(bytes, source), basis: 'measured' };
  if (kind === 'registry') {
    if (sizeRange === undefined) return { ...exactly(bytes, source), basis: 'computed' };
    return figure('estimated', bytes, sizeRange, [
      source,
      t('A registry tells the compressed size; how much it becomes unpacked is known of similar images.'),
    ]);
  }
  return figure('estimated', bytes, { low: Math.round(bytes * 0.9), high: Math.round(bytes * 1.1) }, [
    source,
    t('The tag may have moved since: a later build of it is usually within a tenth.'),
  ]);
}

function noPrediction(step: BuildStep, baseline: Baseline): CachePrediction {
  if (!step.needed) return { status: 'not built', reason: t('The target does not need this stage.') };
  if (baseline.kind === 'pending') return { status: 'pending', reason: t('Earlier builds are being looked up.') };
  const why = baseline.kind === 'none' ? baseline.reason : t('No recorded build is for this platform.');
  return { status: 'no record', reason: t('Nothing to compare with: {0}', why) };
}

/** Puts the stages of an understanding into the report's form. */
export class StageReports {
  readonly stages: readonly Stage[];

  constructor(
    private readonly understanding: Understanding,
    private readonly facts: Facts,
    private readonly listedPackages = largestShown,
  ) {
    const affected = new AffectedLines(understanding.graph);
    const stages: Stage[] = [];
    for (const stage of understanding.graph.stages) stages.push(this.stage(stage, stages, affected));
    this.stages = stages;
  }

  private stage(stage: BuildStage, earlier: readonly Stage[], affected: AffectedLines): Stage {
    const base = this.base(stage, earlier);
    const below = this.layersUnder(stage);
    const steps = stage.steps.map((step) => this.step(stage, step, below, affected));
    const layers = steps.filter((step) => step.produces === 'layer').length;
    const last = stage.steps.findLast((step) => step.origin.kind === 'own')?.instruction ?? stage.instruction;
    return {
      ...(stage.name === undefined ? {} : { name: stage.name }),
      index: stage.index,
      line: stage.instruction.range.start.line + 1,
      endLine: last.range.end.line + 1,
      built: stage.needed,
      target: stage.index === this.understanding.graph.target,
      base,
      size: sum([base.size, ...steps.map((step) => step.size)], t('Base and layers of this stage added up.')),
      ...(base.layers === undefined ? {} : { layers: base.layers + layers }),
      steps,
    };
  }

  /** Layers of the image that the stage stands on at last; undefined when they are not known. */
  private layersUnder(stage: BuildStage): number | undefined {
    switch (stage.base.kind) {
      case 'stage': {
        const parent = this.understanding.graph.stages[stage.base.stage];
        return parent === undefined ? undefined : this.layersUnder(parent);
      }
      case 'image': {
        const knowledge = this.facts.image(stage.base.reference);
        return knowledge.kind === 'known' ? knowledge.facts.layerCount : undefined;
      }
      case 'scratch':
        return 0;
      case 'unresolved':
        return undefined;
    }
  }

  private base(stage: BuildStage, earlier: readonly Stage[]): StageBaseReport {
    switch (stage.base.kind) {
      case 'image':
        return imageBase(stage.base.reference, stage.needed, this.facts);
      case 'scratch':
        return {
          image: 'scratch',
          kind: 'scratch',
          size: exactly(0, t('An empty image.')),
          layers: 0,
          source: t('empty'),
        };
      case 'stage': {
        const parent = earlier[stage.base.stage];
        const name = parent?.name ?? String(stage.base.stage);
        if (parent === undefined) return { image: name, kind: 'unresolved', size: unknown([]), source: '' };
        return {
          image: name,
          kind: 'stage',
          size: parent.size,
          stage: stage.base.stage,
          source: t('stage of line {0}', parent.line),
          ...(parent.layers === undefined ? {} : { layers: parent.layers }),
          ...(parent.base.os === undefined ? {} : { os: parent.base.os }),
          ...(parent.base.packageManager === undefined ? {} : { packageManager: parent.base.packageManager }),
        };
      }
      case 'unresolved':
        return {
          image: stage.base.written,
          kind: 'unresolved',
          size: unknown([t('The name expands to nothing.')]),
          source: t('The name expands to nothing.'),
        };
    }
  }

  private step(stage: BuildStage, step: BuildStep, below: number | undefined, affected: AffectedLines): Step {
    const { sizes, predictions } = this.understanding;
    const size = sizes.of(stage.index, step.index);
    const predicted = predictions?.of(stage.index, step.index);
    const onbuild = step.origin.kind === 'onbuild';
    const { range } = onbuild ? stage.instruction : step.instruction;
    const wasted = size?.wasted;
    const packages = size?.packages ?? [];
    return {
      line: stepLine(stage, step),
      endLine: range.end.line + 1,
      instruction: step.instruction.keyword === 'INVALID' ? step.instruction.name : step.instruction.keyword,
      text: step.display,
      produces: step.produces,
      ...(step.layerAboveBase === undefined ? {} : { layer: (below ?? 0) + step.layerAboveBase }),
      ...(step.layerAboveBase === undefined || below !== undefined ? {} : { layerCountedFrom: 'base' }),
      size: size?.size ?? unknown([]),
      ...(size?.printed === undefined ? {} : { printed: size.printed }),
      ...(wasted === undefined ? {} : { wasted }),
      ...(size === undefined || size.wastedBy.length === 0 ? {} : { wastedBy: size.wastedBy }),
      ...(size === undefined || size.wastedCount <= size.wastedBy.length ? {} : { wastedCount: size.wastedCount }),
      cache: this.withKinds(predicted?.prediction ?? noPrediction(step, this.facts.baseline)),
      ...(predicted?.duration === undefined ? {} : { duration: predicted.duration }),
      ...(size === undefined || size.contents.length === 0 ? {} : { contents: size.contents }),
      ...(size?.fileCount === undefined ? {} : { fileCount: size.fileCount }),
      ...(packages.length === 0 ? {} : { packages: packages.slice(0, this.listedPackages) }),
      ...(packages.length <= this.listedPackages ? {} : { packageCount: packages.length }),
      ...(onbuild ? { origin: 'onbuild' } : {}),
      affects: affected.of(stage, step),
    };
  }

  /** Tells of the paths that a cause names which are gone and which are directories: only a file can be opened. */
  private withKinds(prediction: CachePrediction): CachePrediction {
    const { context } = this.facts;
    const paths = prediction.cause?.paths ?? [];
    if (paths.length === 0 || context.state !== 'ready') return prediction;
    const { snapshot } = context;
    const deleted = paths.filter((path) => snapshot.entry(path) === undefined);
    const directories = paths.filter((path) => snapshot.entry(path)?.type === 'directory');
    return {
      ...prediction,
      cause: {
        ...prediction.cause,
        ...(deleted.length === 0 ? {} : { deleted }),
        ...(directories.length === 0 ? {} : { directories }),
      },
    };
  }
}
