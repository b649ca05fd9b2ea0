/**
 * What the engine remembers of builds, kept current in the background: connects, reads each build once, follows the
 * engine's events, and connects again when it goes away. Nothing waits for it; `current()` answers at once.
 */
import { setMaxListeners } from 'node:events';
import type { HeldResults } from '../cache/types';
import { t } from '../localize';
import { type BuilderConnection, BuildMemory } from './build-reading';
import type { BuilderIdentity, BuilderPort, HistoryEntry, HistoryEvent } from './builder-port';
import { ClockWatch } from './engine-clock';
import { EngineError, silent } from './engine-transport';
import { messageOf } from './errors';
import { BuildChoice } from './history-choice';
import { Listeners, sleep, unlessAborted } from './listeners';
import type { Clock, Disposable, EngineClock, HistoryFacts, HistorySource, Log } from './ports';

/** For one reading; a history of gigabytes is cut long before. */
const longestReading = 30_000;
/** What is not read by then is left out: the newest builds tell most. */
const enoughReading = 8_000;
/** How long after a build has ended it is told: a second build often follows at once. */
const settleEvents = 300;
/** Where builds follow each other without end, the pause after a reading is so many times as long as it. */
const restFactor = 1;
const firstRetry = 1_000;
const lastRetry = 60_000;
/** For an engine that keeps no history: it will not before it is replaced. */
const rareRetry = 300_000;
/** What the builder drops on its own account is told by nobody. */
const pollInterval = 60_000;
/** What was read so many milliseconds ago is new enough for whoever looks. */
const glanceInterval = 4_000;
/** After such a reading comes a rest of so many times its length. */
const glanceRest = 10;
/** But no longer than this: what was pruned would be promised all the while. */
const longestGlanceRest = 10_000;

/** Entries listed at first, and where a preferred context needs older ones. */
const newestListed = 100;
const mostListed = 1_000;

export interface BuildHistory extends HistorySource {
  /** Until disposed, older builds of this context folder are read too, however many others came after them. */
  prefer(contextPath: string): Disposable;
}

export type ConnectBuilder = () => Promise<
  | { readonly kind: 'found'; readonly port: BuilderPort; readonly noteOf: BuilderConnection['noteOf'] }
  | { readonly kind: 'none'; readonly reason: string }
>;

interface Connection extends BuilderConnection {
  readonly who: BuilderIdentity;
}

/** Begins to connect at once. `steady` gives milliseconds of a clock that nobody sets. */
export function createHistory(
  connect: ConnectBuilder,
  clock: Clock,
  log: Log,
  steady: () => number = () => performance.now(),
): BuildHistory {
  const stop = new AbortController();
  const changed = new Listeners();
  const firstAttempt = new Listeners();
  const clocks = new ClockWatch();
  const choice = new BuildChoice();
  let memory = new BuildMemory(log);
  /** What lies further back was looked through for the contexts that are preferred now. */
  let lookedBack = false;
  let remembered: string | undefined;
  let facts: HistoryFacts = { state: 'pending' };
  let connection: Connection | undefined;
  let working: Promise<void> = Promise.resolve();
  let resync: Promise<void> | undefined;
  let attempted = false;
  /** When results were read, by the steady clock. */
  let updatedAt = -Infinity;
  let glanceFrom = -Infinity;
  /** By the steady clock: not before then is read after another event. */
  let restUntil = -Infinity;

  const publish = (next: HistoryFacts): void => {
    if (next === facts || sameHistory(facts, next)) return;
    facts = next;
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
    publish({ state: 'absent', reason });
  };

  /** Work with an end: the signal stops what takes too long, with the reason of an engine that stays silent. */
  const within = async <Value>(address: string, work: (signal: AbortSignal) => Promise<Value>): Promise<Value> => {
    const limit = new AbortController();
    const timer = clock.after(longestReading, () => limit.abort(silent(address)));
    try {
      const signal = AbortSignal.any([stop.signal, limit.signal]);
      // Every question of a reading listens to it.
      setMaxListeners(0, signal);
      return await unlessAborted(work(signal), signal);
    } finally {
      timer.dispose();
    }
  };

  /** Tells what is known; nothing of a connection that has gone meanwhile. */
  const tell = (to: Connection, results: HeldResults, engineClock: EngineClock): void => {
    if (connection !== to) return;
    const { label, identity } = to.who;
    publish({ state: 'ready', label, identity, builds: memory.builds(), results, clock: engineClock });
  };

  /** Reads what is new, and anew what changes: results and clocks. */
  const update = async (to: Connection, entries: readonly HistoryEntry[], signal: AbortSignal): Promise<void> => {
    // The listing comes after the builds: what a build made that is told is in it, or is gone.
    const began = steady();
    await memory.read(to, entries, signal, () => steady() - began < enoughReading);
    const kept = await choice.choose(memory.entries(), to.noteOf);
    memory.keepOnly(new Set(kept.map(({ reference }) => reference)));
    const unread = entries.filter(({ reference }) => !memory.has(reference)).length;
    if (unread > 0) log.info(t('{0} older builds of the history were not read: it takes too long.', unread));
    const [results, read] = await Promise.all([
      to.port.results(signal).catch((error: unknown): HeldResults => {
        if (signal.aborted) throw error;
        log.info(messageOf(error));
        return { kind: 'unknown' };
      }),
      to.port.readClock(signal).then(
        (reading) => ({ reading, steadyAt: steady() }),
        (error: unknown) => {
          if (signal.aborted || facts.state !== 'ready') throw error;
          return undefined;
        },
      ),
    ]);
    const known = facts.state === 'ready' ? facts.clock : undefined;
    const engineClock = read === undefined ? known : clocks.observe(read.reading, read.steadyAt, memory.newest());
    updatedAt = steady();
    if (engineClock !== undefined) tell(to, results, engineClock);
  };

  /** What the engine lists, newest first; the whole of it or as far back as is of use. */
  const list = async (to: Connection, signal: AbortSignal): Promise<readonly HistoryEntry[]> => {
    const newest = await to.port.list(newestListed, signal);
    if (newest.length < newestListed || lookedBack || !choice.hasPreference) return newest;
    const further = await to.port.list(mostListed, signal);
    lookedBack = true;
    return further;
  };

  const readAll = (to: Connection): Promise<void> =>
    within(to.port.address, async (signal) => {
      const entries = await list(to, signal);
      if (connection !== to) return;
      const whole = entries.length < newestListed;
      const from = whole ? -Infinity : (entries.at(-1)?.startedAt ?? -Infinity);
      memory.keepListed(new Set(entries.map(({ reference }) => reference)), from);
      await update(to, await choice.choose(entries, to.noteOf), signal);
    });

  /** Lists again after what is under way; one time for all who ask before it begins. */
  const syncAgain = (to: Connection): Promise<void> => {
    resync ??= enqueue(() => {
      resync = undefined;
      return connection === to ? readAll(to) : Promise.resolve();
    });
    return resync;
  };

  const follow = async (to: Connection, signal: AbortSignal): Promise<void> => {
    const ended = new Map<string, HistoryEntry>();
    let scheduled: Disposable | undefined;
    const soon = (): void => {
      scheduled ??= clock.after(Math.max(settleEvents, restUntil - steady()), () => {
        scheduled = undefined;
        const entries = [...ended.values()];
        ended.clear();
        if (connection !== to) return;
        void enqueue(async () => {
          const began = steady();
          await within(to.port.address, (limit) => update(to, entries, limit));
          restUntil = steady() + (steady() - began) * restFactor;
        });
      });
    };
    const onEvent = (event: HistoryEvent): void => {
      switch (event.kind) {
        case 'completed':
          // A build is told again when its trace is stored.
          if (memory.has(event.entry.reference)) return;
          ended.set(event.entry.reference, event.entry);
          break;
        case 'deleted':
          ended.delete(event.reference);
          memory.forget(event.reference);
          break;
        default:
          event satisfies never;
      }
      soon();
    };
    const poll = async (): Promise<void> => {
      for (;;) {
        await sleep(clock, pollInterval, signal);
        soon();
      }
    };
    try {
      await Promise.race([to.port.follow(onEvent, signal), poll(), watchPrunes(to.port, soon, signal, log)]);
    } finally {
      scheduled?.dispose();
    }
  };

  /** Connects, reads and follows until the connection ends or fails. */
  const session = async (onReady: () => void): Promise<void> => {
    const answer = await connect();
    if (answer.kind === 'none') throw new EngineError('unreachable', answer.reason);
    const { port, noteOf } = answer;
    const over = new AbortController();
    try {
      const who = await within(port.address, (signal) => port.identify(signal));
      stop.signal.throwIfAborted();
      if (who.identity !== remembered) {
        memory = new BuildMemory(log);
        lookedBack = false;
      }
      remembered = who.identity;
      const to: Connection = { port, noteOf, enginePlatform: who.platform, who };
      connection = to;
      // Followed before it is read, so that no build falls between the two.
      const following = follow(to, AbortSignal.any([stop.signal, over.signal]));
      following.catch(() => undefined);
      const reading = readAll(to);
      // What events tell meanwhile comes after it.
      working = working.then(() => reading).catch(() => undefined);
      await reading;
      if (facts.state === 'ready') {
        log.info(t('Read {0} builds from the history of {1}.', facts.builds.length, who.label));
      }
      onReady();
      await following;
    } finally {
      over.abort();
      port.dispose();
    }
  };

  const run = async (): Promise<void> => {
    let retry = firstRetry;
    while (!stop.signal.aborted) {
      let pause = retry;
      try {
        await session(() => {
          retry = firstRetry;
          pause = firstRetry;
          attempted = true;
          firstAttempt.emit();
        });
        absent(t('The engine has ended the connection.'));
      } catch (error) {
        if (stop.signal.aborted) break;
        absent(messageOf(error));
        if (error instanceof EngineError && error.failure === 'missing') pause = rareRetry;
      }
      attempted = true;
      firstAttempt.emit();
      await sleep(clock, pause, stop.signal).catch(() => undefined);
      retry = Math.min(retry * 2, lastRetry);
    }
  };
  void run();

  return {
    current: () => facts,
    glance() {
      const to = connection;
      const now = steady();
      if (to === undefined || now < Math.max(updatedAt + glanceInterval, glanceFrom)) return;
      updatedAt = now;
      void enqueue(async () => {
        if (connection !== to) return;
        const began = steady();
        await within(to.port.address, (signal) => update(to, [], signal));
        // A slow listing is not asked for all the time; what it had to wait for does not count.
        glanceFrom = steady() + Math.min((steady() - began) * glanceRest, longestGlanceRest);
      });
    },
    onChange: (listener) => changed.add(listener),
    prefer(contextPath) {
      const preference = choice.prefer(contextPath);
      lookedBack = false;
      if (connection !== undefined && facts.state === 'ready') void syncAgain(connection);
      return preference;
    },
    async settled(signal) {
      while (!attempted && !stop.signal.aborted) await firstAttempt.next(signal);
      const to = connection;
      if (to === undefined || facts.state !== 'ready') return;
      await unlessAborted(syncAgain(to), signal);
    },
    dispose() {
      if (stop.signal.aborted) return;
      stop.abort(new DOMException('disposed', 'AbortError'));
      connection?.port.dispose();
      firstAttempt.emit();
      changed.clear();
    },
  };
}

/** Does not end before the signal says so: without events, the poll does. */
async function watchPrunes(port: BuilderPort, soon: () => void, signal: AbortSignal, log: Log): Promise<never> {
  try {
    await port.watchCache(soon, signal);
  } catch (error) {
    if (!signal.aborted) log.info(messageOf(error));
  }
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function sameHistory(a: HistoryFacts, b: HistoryFacts): boolean {
  if (a.state === 'absent' && b.state === 'absent') return a.reason === b.reason;
  if (a.state !== 'ready' || b.state !== 'ready') return false;
  return (
    a.label === b.label &&
    a.identity === b.identity &&
    sameItems(a.builds, b.builds) &&
    sameResults(a.results, b.results) &&
    JSON.stringify(a.clock) === JSON.stringify(b.clock)
  );
}

function sameResults(a: HeldResults, b: HeldResults): boolean {
  if (a.kind !== 'listed' || b.kind !== 'listed') return a.kind === b.kind;
  const other = b.results;
  return (
    JSON.stringify(a.copies) === JSON.stringify(b.copies) &&
    a.results.length === other.length &&
    a.results.every(
      ({ madeAt, description, id }, index) =>
        madeAt === other[index]?.madeAt && description === other[index].description && id === other[index].id,
    )
  );
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index]);
}
