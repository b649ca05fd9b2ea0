/** Sizes that the user's engine measured for the same command in other builds on the same distribution release. */
import type { BuildGraph, BuildStage } from '../build/types';
import type { ImageFacts } from '../images/types';
import type { EngineFacts, MeasuredEntry, MeasuredImage } from './types';

export interface ElsewhereMeasurement {
  /** Bytes, of the newest image that has the command. */
  readonly bytes: number;
  /** Smallest and largest of all that have it. */
  readonly low: number;
  readonly high: number;
  /** The newest image. */
  readonly label: string;
  readonly images: number;
}

interface Sighting {
  readonly image: MeasuredImage;
  readonly entry: MeasuredEntry;
}

type ReadyEngine = Extract<EngineFacts, { readonly state: 'ready' }>;

const indexes = new WeakMap<ReadyEngine, ReadonlyMap<string, readonly Sighting[]>>();

/** Entries of RUN by their text, of all images. */
function indexOf(engine: ReadyEngine): ReadonlyMap<string, readonly Sighting[]> {
  let known = indexes.get(engine);
  if (known !== undefined) return known;
  const found = new Map<string, Sighting[]>();
  for (const image of engine.images) {
    for (const entry of image.entries) {
      if (entry.emptyLayer || !entry.createdBy.startsWith('RUN ')) continue;
      const same = found.get(entry.createdBy);
      if (same === undefined) found.set(entry.createdBy, [{ image, entry }]);
      else same.push({ image, entry });
    }
  }
  known = found;
  indexes.set(engine, known);
  return known;
}

/** What made the bottom layer, without the moment: releases of one distribution differ in it, dates of one release do not. */
function bottomOf(createdBy: string | undefined): string {
  return (createdBy ?? '').replace(/'?@\d+'?/g, '').replace(/\b[0-9a-f]{12,}\b/g, '');
}

/**
 * What other images tell of a RUN command with the same text (build arguments included) above a bottom layer that was made the same way.
 * Undefined without the base image in the engine, or a sighting; disk usage (`blocks`) is not compared.
 */
export function measuredElsewhere(
  createdBy: string,
  base: ImageFacts | undefined,
  engine: EngineFacts,
): ElsewhereMeasurement | undefined {
  if (engine.state !== 'ready' || engine.sizeUnit !== 'content' || base?.source.kind !== 'engine') return undefined;
  const bottom = bottomOf(base.layers[0]?.createdBy);
  if (bottom === '') return undefined;
  const sightings = (indexOf(engine).get(createdBy) ?? []).filter(
    ({ image }) => bottomOf(image.entries.find((entry) => !entry.emptyLayer)?.createdBy) === bottom,
  );
  const [first, ...others] = sightings;
  if (first === undefined) return undefined;
  const at = ({ image, entry }: Sighting) => entry.createdAt ?? image.createdAt ?? '';
  const newest = others.reduce((best, other) => (at(other) > at(best) ? other : best), first);
  const sizes = sightings.map(({ entry }) => entry.size);
  return {
    bytes: newest.entry.size,
    low: Math.min(...sizes),
    high: Math.max(...sizes),
    label: newest.image.label,
    images: sightings.length,
  };
}

/** The image at the bottom of a stage; undefined for scratch. */
export function baseReference(graph: BuildGraph, stage: BuildStage): string | undefined {
  if (stage.base.kind === 'image') return stage.base.reference;
  const parent = stage.base.kind === 'stage' ? graph.stages[stage.base.stage] : undefined;
  return parent === undefined ? undefined : baseReference(graph, parent);
}
