/** Reads what an engine holds: the newest images with their history, the build cache, and images that were asked for. */
import type { ImageFacts } from '../images/types';
import { t } from '../localize';
import type { EngineFacts, MeasuredCacheRecord, MeasuredImage } from '../report/facts';
import { imageFactsOf, markLayers } from './engine-layers';
import { messageOf } from './errors';
import type { EngineHistoryEntry, EngineIdentity, EngineImage, EngineImageSummary, EnginePort, Log } from './ports';

/** Newest images whose history is read: enough for the stages people rebuild, bounded for machines with thousands. */
const maximumImages = 200;
/** Images read at once; an engine answers them from its own disk. */
const parallelReads = 4;

/** Knowledge of references that were asked for: facts, or null where the engine does not have the image. */
export type EngineImages = ReadonlyMap<string, ImageFacts | null>;

export interface Connection {
  readonly port: EnginePort;
  readonly identity: EngineIdentity;
}

export type ReadyFacts = Extract<EngineFacts, { readonly state: 'ready' }>;

interface Read {
  readonly image: EngineImage;
  readonly history: readonly EngineHistoryEntry[];
  readonly measured: MeasuredImage;
}

/** Remembers images by their ID: what is read under a content address stays true. */
export class EngineReader {
  readonly #log: Log;
  readonly #reads = new Map<string, Read>();

  constructor(log: Log) {
    this.#log = log;
  }

  /**
   * Everything that is measured. An image that can't be read is left out, and so is a build cache that is not listed.
   * Rejects when the images are not listed.
   */
  async measure({ port, identity }: Connection, signal: AbortSignal): Promise<ReadyFacts> {
    const rows = await port.listImages(maximumImages, signal);
    const cacheRecords = await this.#cacheRecords(port, signal);
    const failures: string[] = [];
    const images = await inParallel(rows, parallelReads, async (row) => {
      try {
        return await this.#measured(port, row, signal);
      } catch (error) {
        // Deleted meanwhile, or the engine itself can't read it: the others are as they are.
        failures.push(messageOf(error));
        return undefined;
      }
    });
    if (failures[0] !== undefined) {
      this.#log.info(t('{0} images of the engine could not be read: {1}', failures.length, failures[0]));
    }
    this.#forgetAllBut(new Set(rows.map((row) => row.id)));
    return { state: 'ready', ...identity, images: images.filter((image) => image !== undefined), cacheRecords };
  }

  /** The images with these references looked up anew; the same map when nothing is new. */
  async lookUp(
    { port, identity }: Connection,
    references: Iterable<string>,
    known: EngineImages,
    signal: AbortSignal,
  ): Promise<EngineImages> {
    const next = new Map(known);
    for (const reference of references) {
      const found = await this.#named(port, reference, signal).catch((error: unknown) => {
        this.#log.info(t('The engine could not tell about image {0}: {1}', reference, messageOf(error)));
        return undefined;
      });
      if (!found) next.set(reference, null);
      else if (known.get(reference)?.digest !== found.image.id) {
        next.set(reference, imageFactsOf(reference, found.image, found.history, identity));
      }
    }
    const same = next.size === known.size && [...next].every(([key, value]) => known.get(key) === value);
    return same ? known : next;
  }

  async #cacheRecords(port: EnginePort, signal: AbortSignal): Promise<readonly MeasuredCacheRecord[]> {
    try {
      return await port.buildCache(signal);
    } catch (error) {
      this.#log.info(t('The engine does not list its build cache: {0}', messageOf(error)));
      return [];
    }
  }

  async #named(port: EnginePort, reference: string, signal: AbortSignal): Promise<Read | undefined> {
    const image = await port.inspectImage(reference, signal);
    return image && this.#read(port, image.id, image, signal);
  }

  async #measured(port: EnginePort, row: EngineImageSummary, signal: AbortSignal): Promise<MeasuredImage | undefined> {
    const known = this.#reads.get(row.id);
    const image = known?.image ?? (await port.inspectImage(row.id, signal));
    if (!image) return undefined;
    const read = await this.#read(port, row.id, image, signal);
    const label = row.tags[0] ?? shortId(row.id);
    if (read.measured.label === label) return read.measured;
    // Tagged or untagged since.
    const measured = { ...read.measured, label };
    this.#reads.set(row.id, { ...read, measured });
    return measured;
  }

  async #read(port: EnginePort, id: string, image: EngineImage, signal: AbortSignal): Promise<Read> {
    const known = this.#reads.get(id);
    if (known) return known;
    const history = await port.imageHistory(id, signal);
    const measured: MeasuredImage = {
      label: image.tags[0] ?? shortId(id),
      id,
      ...(image.createdAt !== undefined && { createdAt: image.createdAt }),
      entries: markLayers(history, image.layerDigests.length),
    };
    const read = { image, history, measured };
    this.#reads.set(id, read);
    return read;
  }

  #forgetAllBut(listed: ReadonlySet<string>): void {
    for (const id of this.#reads.keys()) {
      if (this.#reads.size <= maximumImages * 2) return;
      if (!listed.has(id)) this.#reads.delete(id);
    }
  }
}

/** What is known of an engine whose measurements nobody has asked for. */
export function unmeasured({ identity }: Connection): ReadyFacts {
  return { state: 'ready', ...identity, images: [], cacheRecords: [], unmeasured: true };
}

/** Whether both say the same, so that the older object can stay. */
export function sameFacts(a: EngineFacts, b: ReadyFacts): boolean {
  return (
    a.state === 'ready' &&
    a.label === b.label &&
    a.sizeUnit === b.sizeUnit &&
    a.unmeasured === b.unmeasured &&
    a.images.length === b.images.length &&
    a.images.every((image, index) => image === b.images[index]) &&
    sameRecords(a.cacheRecords, b.cacheRecords)
  );
}

function sameRecords(a: readonly MeasuredCacheRecord[], b: readonly MeasuredCacheRecord[]): boolean {
  return (
    a.length === b.length &&
    a.every((record, index) => {
      const other = b[index];
      return other !== undefined && record.id === other.id && record.size === other.size;
    })
  );
}

function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}

async function inParallel<Item, Result>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      const item = items[index];
      if (item !== undefined) results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  return results;
}
