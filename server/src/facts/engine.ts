/**
 * What this machine's engine knows, kept current in the background: connects, reads, follows the engine's events, and
 * connects again when it goes away. Nothing waits for it; `current()` answers at once.
 */
import type { ImageFacts } from '../images/types';
import { t } from '../localize';
import type { EngineFacts, MeasuredCacheRecord, MeasuredImage } from '../report/facts';
import { imageFactsOf, markLayers } from './engine-layers';
import { EngineError } from './engine-transport';
import { messageOf } from './errors';
import { Listeners, unlessAborted } from './listeners';
import type { Clock, Disposable, EngineIdentity, EngineImage, EngineImageSummary, EnginePort, Log } from './ports';

/** Newest images whose history is read: enough for the stages people rebuild, bounded for machines with thousands. */
const maximumImages = 200;
/** Images read at once; an engine answers them from its own disk. */
const parallelReads = 4;
/** A build emits a burst of events. */
const settleEvents = 400;
/** Where builds follow each other without end, reading takes at most one part in so many of the time. */
const restFactor = 4;
const firstRetry = 1_000;
const lastRetry = 60_000;
/** How often to look where the engine (or a proxy before it) does not give events. */
const pollInterval = 60_000;

/** Knowledge of references that were asked for: facts, or null where the engine does not have the image. */
export type EngineImages = ReadonlyMap<string, ImageFacts | null>;

export interface Engine extends Disposable {
  /** The same object until something changes. */
  current(): EngineFacts;
  /** A new map at each change. A reference that is missing in it was not asked for or is still being read. */
  images(): EngineImages;
  /** Reads an image in the background and keeps it current from then on. */
  request(reference: string): void;
  onChange(listener: () => void): Disposable;
  /** Resolves when the first connection is made or has failed and everything asked for is answered. */
  settled(signal?: AbortSignal): Promise<void>;
}

export type ConnectEngine = () => Promise<
  { readonly kind: 'found'; readonly port: EnginePort } | { readonly kind: 'none'; readonly reason: string }
>;

interface Read {
  readonly image: EngineImage;
  readonly measured: MeasuredImage;
  readonly history: Awaited<ReturnType<EnginePort['imageHistory']>>;
}

interface Connection {
  readonly port: EnginePort;
  readonly identity: EngineIdentity;
}

/** Begins to connect at once. */
export function createEngine(connect: ConnectEngine, clock: Clock, log: Log): Engine {
  const stop = new AbortController();
  const changed = new Listeners();
  const firstAttempt = new Listeners();
  const wanted = new Set<string>();
  /** By image ID: what is read under a content address stays true. */
  const reads = new Map<string, Read>();
  let facts: EngineFacts = { state: 'pending' };
  let images: EngineImages = new Map();
  let connection: Connection | undefined;
  let working: Promise<void> = Promise.resolve();
  let attempted = false;
  /** Milliseconds that the last reading took. */
  let effort = 0;

  const publish = (next: EngineFacts, nextImages: EngineImages): void => {
    if (next === facts && nextImages === images) return;
    facts = next;
    images = nextImages;
    changed.emit();
  };

  /** Work on the connection, one after the other. */
  const enqueue = (work: () => Promise<void>): Promise<void> => {
    working = working.then(work).catch((error: unknown) => {
      if (!stop.signal.aborted) log.warn(messageOf(error));
    });
    return working;
  };

  const absent = (reason: string): void => {
    if (facts.state !== 'absent' || facts.reason !== reason) log.info(reason);
    connection = undefined;
    const none: EngineImages = images.size === 0 ? images : new Map();
    publish(facts.state === 'absent' && facts.reason === reason ? facts : { state: 'absent', reason }, none);
  };

  const read = async ({ port }: Connection, id: string): Promise<Read | undefined> => {
    const known = reads.get(id);
    if (known) return known;
    const image = await port.inspectImage(id, stop.signal);
    if (!image) return undefined;
    const history = await port.imageHistory(id, stop.signal);
    const measured: MeasuredImage = {
      label: image.tags[0] ?? shortId(id),
      id,
      ...(image.createdAt !== undefined && { createdAt: image.createdAt }),
      entries: markLayers(history, image.layerDigests.length),
    };
    const made = { image, measured, history };
    reads.set(id, made);
    return made;
  };

  const measure = async (to: Connection, row: EngineImageSummary): Promise<MeasuredImage | undefined> => {
    try {
      const found = await read(to, row.id);
      if (!found) return undefined;
      const label = row.tags[0] ?? shortId(row.id);
      if (found.measured.label !== label) {
        // The image was tagged or untagged since.
        const measured = { ...found.measured, label };
        reads.set(row.id, { ...found, measured });
        return measured;
      }
      return found.measured;
    } catch (error) {
      stop.signal.throwIfAborted();
      // An image that was deleted meanwhile, or one that the engine itself can't read, leaves the others as they are.
      log.info(t('The engine could not tell about image {0}: {1}', shortId(row.id), messageOf(error)));
      return undefined;
    }
  };

  const lookUp = async (to: Connection, references: Iterable<string>): Promise<EngineImages> => {
    const next = new Map(images);
    for (const reference of references) {
      const image = await to.port.inspectImage(reference, stop.signal);
      const found = image && (await read(to, image.id));
      const before = images.get(reference);
      if (!found) next.set(reference, null);
      else if (before?.digest !== found.image.id) {
        next.set(reference, imageFactsOf(reference, found.image, found.history, to.identity));
      }
    }
    const same = next.size === images.size && [...next].every(([key, value]) => images.get(key) === value);
    return same ? images : next;
  };

  const refresh = async (to: Connection): Promise<void> => {
    const began = clock.now();
    const rows = await to.port.listImages(maximumImages, stop.signal);
    const cacheRecords = await to.port.buildCache(stop.signal).catch((error: unknown) => {
      stop.signal.throwIfAborted();
      log.info(t('The engine does not list its build cache: {0}', messageOf(error)));
      return [];
    });
    const measured = await inParallel(rows, parallelReads, (row) => measure(to, row));
    const listed = new Set(rows.map((row) => row.id));
    for (const id of reads.keys()) if (!listed.has(id) && reads.size > maximumImages * 2) reads.delete(id);
    const nextImages = await lookUp(to, wanted);
    effort = clock.now() - began;
    if (connection !== to) return;
    const next: EngineFacts = {
      state: 'ready',
      ...to.identity,
      images: measured.filter((each) => each !== undefined),
      cacheRecords,
    };
    publish(sameFacts(facts, next) ? facts : next, nextImages);
  };

  const follow = async (to: Connection): Promise<void> => {
    let scheduled: Disposable | undefined;
    const soon = (): void => {
      scheduled ??= clock.after(Math.max(settleEvents, effort * restFactor), () => {
        scheduled = undefined;
        if (connection === to) void enqueue(() => refresh(to));
      });
    };
    try {
      await to.port.watch(soon, stop.signal);
    } catch (error) {
      stop.signal.throwIfAborted();
      if (!(error instanceof EngineError && (error.failure === 'refused' || error.failure === 'missing'))) throw error;
      log.info(t('The engine gives no events ({0}); Strata looks again every minute.', error.message));
      await sleep(clock, pollInterval, stop.signal);
    } finally {
      scheduled?.dispose();
    }
  };

  const run = async (): Promise<void> => {
    let retry = firstRetry;
    while (!stop.signal.aborted) {
      let port: EnginePort | undefined;
      try {
        const answer = await connect();
        if (answer.kind === 'none') throw new EngineError('unreachable', answer.reason);
        port = answer.port;
        const to: Connection = { port, identity: await port.identify(stop.signal) };
        if (facts.state !== 'ready') log.info(t('Connected to {0} at {1}.', to.identity.label, port.address));
        connection = to;
        await enqueue(() => refresh(to));
        if (facts.state !== 'ready') {
          throw new EngineError('malformed', t('The engine at {0} does not list its images.', port.address));
        }
        attempted = true;
        firstAttempt.emit();
        retry = firstRetry;
        await follow(to);
      } catch (error) {
        if (stop.signal.aborted) break;
        absent(messageOf(error));
      } finally {
        port?.dispose();
      }
      attempted = true;
      firstAttempt.emit();
      await sleep(clock, retry, stop.signal).catch(() => undefined);
      retry = Math.min(retry * 2, lastRetry);
    }
  };
  void run();

  return {
    current: () => facts,
    images: () => images,
    request(reference) {
      if (wanted.has(reference)) return;
      wanted.add(reference);
      void enqueue(async () => {
        const to = connection;
        if (to === undefined || images.has(reference)) return;
        const next = await lookUp(to, [reference]).catch((error: unknown) => {
          stop.signal.throwIfAborted();
          log.warn(messageOf(error));
          return new Map(images).set(reference, null);
        });
        if (connection === to) publish(facts, next);
      });
    },
    onChange: (listener) => changed.add(listener),
    async settled(signal) {
      while (!attempted && !stop.signal.aborted) await firstAttempt.next(signal);
      for (let last: unknown; last !== working; ) {
        last = working;
        await unlessAborted(working, signal);
      }
    },
    dispose() {
      if (stop.signal.aborted) return;
      stop.abort();
      connection?.port.dispose();
      firstAttempt.emit();
      changed.clear();
    },
  };
}

function sameFacts(a: EngineFacts, b: EngineFacts): boolean {
  if (a.state !== 'ready' || b.state !== 'ready') return false;
  return (
    a.label === b.label &&
    a.sizeUnit === b.sizeUnit &&
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

/** Rejects with the signal's reason when it is aborted meanwhile. */
function sleep(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      timer.dispose();
      reject(signal.reason);
    };
    const timer = clock.after(milliseconds, () => {
      signal.removeEventListener('abort', aborted);
      resolve();
    });
    if (signal.aborted) aborted();
    else signal.addEventListener('abort', aborted, { once: true });
  });
}
