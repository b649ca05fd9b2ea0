/**
 * Sizes that the user's own engine measured for these very steps: found in the history of its images, and in the listing of its build
 * cache (which also knows stages that are in no image). A step is the same when everything from its base up reads the same.
 */
import type { BuildGraph, BuildStage, BuildStep } from '../build/types';
import type { ImageFacts } from '../images/types';
import { baseReference } from './measured-elsewhere';
import type { EngineFacts, MeasuredCacheRecord, MeasuredImage } from './types';

export interface Measurement {
  /** Bytes, of the newest build that had this step. */
  readonly bytes: number;
  /** Smallest and largest among the builds that had it: what it copied or downloaded may have differed. */
  readonly low: number;
  readonly high: number;
  /** Where it was read, for evidence. */
  readonly source: { readonly kind: 'image'; readonly label: string } | { readonly kind: 'build-cache' };
  /** ISO date of that build. */
  readonly at?: string;
}

/** Measurements by stage and step index. */
export interface Measurements {
  of(stage: number, step: number): Measurement | undefined;
}

/** History entries that never change what a later step does. */
const neutral = /^(LABEL|CMD|ENTRYPOINT|EXPOSE|VOLUME|STOPSIGNAL|HEALTHCHECK|MAINTAINER|ONBUILD)\b/;

interface ChainStep {
  readonly stage: number;
  readonly step: BuildStep;
}

/** All steps from the base image up, those of base stages first. */
function chainOf(graph: BuildGraph, stage: BuildStage): readonly ChainStep[] {
  const own = stage.steps.map((step) => ({ stage: stage.index, step }));
  const parent = stage.base.kind === 'stage' ? graph.stages[stage.base.stage] : undefined;
  return parent === undefined ? own : [...chainOf(graph, parent), ...own];
}

class Collected implements Measurements {
  readonly #found = new Map<string, Measurement>();

  of(stage: number, step: number): Measurement | undefined {
    return this.#found.get(`${stage}:${step}`);
  }

  add({ stage, step }: ChainStep, measurement: Measurement): void {
    const key = `${stage}:${step.index}`;
    const before = this.#found.get(key);
    if (before === undefined) {
      this.#found.set(key, measurement);
      return;
    }
    const newer = (measurement.at ?? '') > (before.at ?? '') ? measurement : before;
    this.#found.set(key, {
      ...newer,
      low: Math.min(before.low, measurement.low),
      high: Math.max(before.high, measurement.high),
    });
  }
}

/**
 * Where the steps of a chain begin in an image's history: the first entry that reads like the first step, with nothing but the base's own
 * layers and configuration below it. Without knowledge of the base, whatever is below counts as base. -1 when there is no such place.
 */
function startOf(image: MeasuredImage, first: string, base: ImageFacts | undefined): number {
  const { entries } = image;
  if (base === undefined || base.source.kind !== 'engine')
    return entries.findIndex((entry) => entry.createdBy === first);
  let next = 0;
  for (const layer of base.layers) {
    while (entries[next]?.emptyLayer === true) next += 1;
    if (entries[next]?.createdBy !== layer.createdBy) return -1;
    next += 1;
  }
  while (entries[next] !== undefined && entries[next]?.createdBy !== first) {
    if (entries[next]?.emptyLayer !== true) return -1;
    next += 1;
  }
  return next < entries.length ? next : -1;
}

function measureInImage(
  chain: readonly ChainStep[],
  image: MeasuredImage,
  base: ImageFacts | undefined,
  collected: Collected,
): void {
  const relevant = chain.filter(({ step }) => step.createdBy !== '' && !neutral.test(step.createdBy));
  const first = relevant[0];
  if (first === undefined) return;
  const start = startOf(image, first.step.createdBy, base);
  if (start < 0) return;
  const entries = image.entries.slice(start).filter((entry) => !neutral.test(entry.createdBy));
  for (const [index, item] of relevant.entries()) {
    const entry = entries[index];
    if (entry === undefined || entry.createdBy !== item.step.createdBy) return;
    if (item.step.produces !== 'layer') continue;
    const at = entry.createdAt ?? image.createdAt;
    collected.add(item, {
      bytes: entry.size,
      low: entry.size,
      high: entry.size,
      source: { kind: 'image', label: image.label },
      ...(at === undefined ? {} : { at }),
    });
  }
}

const executed = 'mount / from exec ';

function folded(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** What a cache record says it is, without the step counter. */
function recordText(record: MeasuredCacheRecord): string {
  if (record.description.startsWith(executed)) return folded(record.description);
  return folded(record.description.replace(/^\[[^\]]*\]\s*(ONBUILD\s+)?/, ''));
}

function stepText(step: BuildStep): string {
  return step.operation.kind === 'execute'
    ? folded(`${executed}${step.operation.arguments.join(' ')}`)
    : folded(step.display);
}

function isStepRecord(record: MeasuredCacheRecord | undefined): boolean {
  return record !== undefined && (record.description.startsWith('[') || record.description.startsWith(executed));
}

interface CacheListing {
  readonly byId: ReadonlyMap<string, MeasuredCacheRecord>;
  readonly byText: ReadonlyMap<string, readonly MeasuredCacheRecord[]>;
}

function indexListing(records: readonly MeasuredCacheRecord[]): CacheListing {
  const byText = new Map<string, MeasuredCacheRecord[]>();
  for (const record of records) {
    const text = recordText(record);
    const same = byText.get(text);
    if (same === undefined) byText.set(text, [record]);
    else same.push(record);
  }
  return { byId: new Map(records.map((record) => [record.id, record])), byText };
}

function measureInListing(chain: readonly ChainStep[], listing: CacheListing, collected: Collected): void {
  let parents: ReadonlySet<string> | undefined;
  for (const item of chain) {
    if (item.step.produces !== 'layer') continue;
    const below = parents;
    const found: readonly MeasuredCacheRecord[] = (listing.byText.get(stepText(item.step)) ?? []).filter((record) =>
      below === undefined
        ? !record.parents.some((id) => isStepRecord(listing.byId.get(id)))
        : record.parents.some((id) => below.has(id)),
    );
    if (found.length === 0) return;
    for (const record of found) {
      collected.add(item, {
        bytes: record.size,
        low: record.size,
        high: record.size,
        source: { kind: 'build-cache' },
        ...(record.createdAt === undefined ? {} : { at: record.createdAt }),
      });
    }
    parents = new Set(found.map((record) => record.id));
  }
}

/** Everything the engine measured for the steps of the graph. `image` gives what is known of base images. */
export function measure(
  graph: BuildGraph,
  engine: EngineFacts,
  image: (reference: string) => ImageFacts | undefined,
): Measurements {
  const collected = new Collected();
  if (engine.state !== 'ready') return collected;
  const listing = indexListing(engine.cacheRecords);
  for (const stage of graph.stages) {
    const chain = chainOf(graph, stage);
    if (chain.length === 0) continue;
    const reference = baseReference(graph, stage);
    const base = reference === undefined ? undefined : image(reference);
    for (const candidate of engine.images) measureInImage(chain, candidate, base, collected);
    measureInListing(chain, listing, collected);
  }
  return collected;
}
