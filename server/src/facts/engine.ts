/**
 * What this machine's engine knows, kept current in the background: connects, reads, follows the engine's events, and
 * connects again when it goes away. Nothing waits for it; `current()` answers at once.
 */
import { t } from '../localize';
import type { EngineFacts } from '../report/facts';
import { type Connection, type EngineImages, EngineReader, sameFacts, unmeasured } from './engine-reading';
import { EngineError, silent } from './engine-transport';
import { messageOf } from './errors';
import { AfterRest, Lane } from './lane';
import { Listeners, sleep, unlessAborted } from './listeners';
import type { Clock, Disposable, EnginePort, Log } from './ports';

/** For one reading of everything; what is not read by then is left out. */
const longestReading = 20_000;
const firstRetry = 1_000;
const lastRetry = 60_000;
/** How often to look where the engine (or a proxy before it) does not give events. */
const pollInterval = 60_000;

export interface Engine extends Disposable {
  /** The same object until something changes. */
  current(): EngineFacts;
  /** A new map at each change. A reference that is missing in it was not asked for or is still being read. */
  images(): EngineImages;
  /** Reads an image in the background and keeps it current from then on. */
  request(reference: string): void;
  /** Reads what it measured of its images and its build cache, and keeps that current from then on. */
  measure(): void;
  onChange(listener: () => void): Disposable;
  /** Resolves when the first connection is made or has failed and everything asked for is answered. */
  settled(signal?: AbortSignal): Promise<void>;
}

export type ConnectEngine = () => Promise<
  { readonly kind: 'found'; readonly port: EnginePort } | { readonly kind: 'none'; readonly reason: string }
>;

/** Begins to connect at once. Without `measures` what the engine measured is read when it is asked for. */
export function createEngine(connect: ConnectEngine, clock: Clock, log: Log, measures = true): Engine {
  const stop = new AbortController();
  const reportProblem = (error: unknown): void => {
    if (!stop.signal.aborted) log.warn(messageOf(error));
  };
  const changed = new Listeners();
  const firstAttempt = new Listeners();
  const wanted = new Set<string>();
  const reader = new EngineReader(log);
  let isMeasuring = measures;
  let facts: EngineFacts = { state: 'pending' };
  let images: EngineImages = new Map();
  let connection: Connection | undefined;
  let attempted = false;
  let retry = firstRetry;

  const publish = (next: EngineFacts, nextImages: EngineImages): void => {
    if (next === facts && nextImages === images) return;
    facts = next;
    images = nextImages;
    changed.emit();
  };

  const measuring = new Lane(reportProblem);
  /**
   * Images that are asked for decide what is said to be cached: where their tags lead is looked up at once, and does not wait until all that the
   * engine holds was measured.
   */
  const looking = new Lane(reportProblem);

  const absent = (reason: string): void => {
    if (facts.state !== 'absent' || facts.reason !== reason) log.info(reason);
    connection = undefined;
    const none: EngineImages = images.size === 0 ? images : new Map();
    publish(facts.state === 'absent' && facts.reason === reason ? facts : { state: 'absent', reason }, none);
  };

  /** Work with an end: the signal stops what takes too long, with the reason of an engine that stays silent. */
  const within = async <Value>(to: Connection, work: (signal: AbortSignal) => Promise<Value>): Promise<Value> => {
    const limit = new AbortController();
    const timer = clock.after(longestReading, () => limit.abort(silent(to.port.address)));
    try {
      const value = await work(AbortSignal.any([stop.signal, limit.signal]));
      stop.signal.throwIfAborted();
      return value;
    } finally {
      timer.dispose();
    }
  };

  /** In the lane for measuring. */
  const measure = async (to: Connection): Promise<void> => {
    if (connection !== to) return;
    const next = isMeasuring ? await within(to, (signal) => reader.measure(to, signal)) : unmeasured(to);
    if (connection === to) publish(sameFacts(facts, next) ? facts : next, images);
  };

  /** In the lane for looking up. */
  const lookUp = async (to: Connection, references: Iterable<string>): Promise<void> => {
    if (connection !== to) return;
    const next = await within(to, (signal) => reader.lookUp(to, references, images, signal));
    if (connection === to) publish(facts, next);
  };

  /** Reads everything, and what changes from then on. Ends when the engine gives no more events. */
  const follow = async (to: Connection): Promise<void> => {
    const tags = new AfterRest(clock, looking, () => lookUp(to, wanted));
    const everything = new AfterRest(clock, measuring, () => measure(to));
    const soon = (): void => {
      tags.soon();
      if (isMeasuring) everything.soon();
    };
    try {
      await Promise.all([everything.now(), tags.now()]);
      if (facts.state !== 'ready') {
        throw new EngineError('malformed', t('The engine at {0} does not list its images.', to.port.address));
      }
      attempted = true;
      firstAttempt.emit();
      retry = firstRetry;
      await to.port.watch(soon, stop.signal);
    } catch (error) {
      stop.signal.throwIfAborted();
      if (!(error instanceof EngineError && (error.failure === 'refused' || error.failure === 'missing'))) throw error;
      log.info(t('The engine gives no events ({0}); Strata looks again every minute.', error.message));
      await sleep(clock, pollInterval, stop.signal);
    } finally {
      tags.dispose();
      everything.dispose();
    }
  };

  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      let port: EnginePort | undefined;
      try {
        const answer = await connect();
        if (answer.kind === 'none') throw new EngineError('unreachable', answer.reason);
        port = answer.port;
        const to: Connection = { port, identity: await port.identify(stop.signal) };
        if (facts.state !== 'ready') log.info(t('Connected to {0} at {1}.', to.identity.label, port.address));
        connection = to;
        await follow(to);
        // What is known stays until the engine has been asked again; this connection is closed.
        connection = undefined;
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
      const to = connection;
      if (to !== undefined) void looking.do(() => lookUp(to, images.has(reference) ? [] : [reference]));
    },
    measure() {
      if (isMeasuring) return;
      isMeasuring = true;
      const to = connection;
      if (to !== undefined) void measuring.do(() => measure(to));
    },
    onChange: (listener) => changed.add(listener),
    async settled(signal) {
      while (!attempted && !stop.signal.aborted) await firstAttempt.next(signal);
      while (measuring.busy || looking.busy) {
        await unlessAborted(Promise.all([measuring.idle, looking.idle]), signal);
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
