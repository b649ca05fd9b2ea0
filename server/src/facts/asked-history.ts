/**
 * What the engine remembers of builds, for a program that asks once and ends. Few builds are read at first: the newest of the context,
 * which tells how the next one is done, and those that made what the builder still holds. The others are read when they are asked for.
 */
import { setMaxListeners } from 'node:events';
import type { HeldResults, PastBuild } from '../cache/types';
import { t } from '../localize';
import { type BuilderConnection, BuildMemory } from './build-reading';
import type { BuilderPort, HistoryEntry } from './builder-port';
import { ClockWatch } from './engine-clock';
import type { ConnectBuilder } from './engine-history';
import { EngineError, silent } from './engine-transport';
import { messageOf } from './errors';
import { BuildChoice, contextOf } from './history-choice';
import { Listeners, unlessAborted } from './listeners';
import type { Clock, HistoryFacts, HistorySource, Log } from './ports';

/** For one reading; a history of gigabytes is cut long before. */
const longestReading = 30_000;
/** What is not read by then is left out: the newest builds tell most. */
const enoughReading = 8_000;
/** Entries listed at first, and where older ones of the context are needed. */
const newestListed = 100;
const mostListed = 1_000;
/** Dockerfiles of one context of which the newest build is read first. */
const newestByDockerfile = 4;
/** Builds read in a portion before everything is. */
const portions = [4, 16];
/** How far a result's own time may lie outside of its build, in milliseconds. */
const tolerance = 250;

export interface AskedHistory extends HistorySource {
  readOlder(): void;
}

interface Reading {
  readonly to: BuilderConnection;
  readonly label: string;
  readonly identity: string;
  readonly results: HeldResults;
  readonly entries: readonly HistoryEntry[];
  /** What is left, in the order in which it is read. */
  left: readonly HistoryEntry[];
  portion: number;
}

/** Begins to connect at once. `steady` gives milliseconds of a clock that nobody sets. */
export function askHistory(
  connect: ConnectBuilder,
  contextPath: string | undefined,
  clock: Clock,
  log: Log,
  steady: () => number = () => performance.now(),
): AskedHistory {
  const stop = new AbortController();
  const changed = new Listeners();
  const choice = new BuildChoice();
  if (contextPath !== undefined) choice.prefer(contextPath);
  let facts: HistoryFacts = { state: 'pending' };
  let reading: Reading | undefined;
  let port: BuilderPort | undefined;

  const publish = (next: HistoryFacts): void => {
    if (stop.signal.aborted) return;
    facts = next;
    changed.emit();
  };

  /** Work with an end, whose failure makes the history absent. */
  const within = async (work: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    const limit = new AbortController();
    const timer = clock.after(longestReading, () => limit.abort(silent(port?.address ?? '')));
    try {
      const signal = AbortSignal.any([stop.signal, limit.signal]);
      // Every question of a reading listens to it.
      setMaxListeners(0, signal);
      await unlessAborted(work(signal), signal);
    } catch (error) {
      if (stop.signal.aborted) return;
      log.info(messageOf(error));
      publish({ state: 'absent', reason: messageOf(error) });
    } finally {
      timer.dispose();
    }
  };

  const readBuilds = async (
    { to }: Pick<Reading, 'to'>,
    entries: readonly HistoryEntry[],
    signal: AbortSignal,
  ): Promise<readonly PastBuild[]> => {
    const memory = new BuildMemory(log);
    const began = steady();
    await memory.read(to, entries, signal, () => steady() - began < enoughReading);
    const unread = entries.filter(({ reference }) => !memory.has(reference)).length;
    if (unread > 0) log.info(t('{0} older builds of the history were not read: it takes too long.', unread));
    return memory.builds();
  };

  const first = async (signal: AbortSignal): Promise<void> => {
    const answer = await connect();
    if (answer.kind === 'none') throw new EngineError('unreachable', answer.reason);
    const { noteOf } = answer;
    const open = answer.port;
    port = open;
    if (stop.signal.aborted) open.dispose();
    const clocks = new ClockWatch();
    const identified = open.identify(signal);
    const clockRead = open.readClock(signal).then((read) => ({ read, steadyAt: steady() }));
    for (const early of [identified, clockRead]) early.catch(() => undefined);
    const entries = await open.list(newestListed, signal);
    // The listing comes after the builds: what a build made that is told is in it, or is gone.
    const listed = open.results(signal).catch((error: unknown): HeldResults => {
      if (signal.aborted) throw error;
      log.info(messageOf(error));
      return { kind: 'unknown' };
    });
    listed.catch(() => undefined);
    const chosen = await choice.choose(entries, noteOf);
    const own = await ownBuilds(chosen, noteOf, contextPath);
    const who = await identified;
    const to: BuilderConnection = { port: open, noteOf, enginePlatform: who.platform };
    const start = own.newest.length > 0 ? own.newest : chosen.slice(0, 1);
    const begun = readBuilds({ to }, start, signal);
    begun.catch(() => undefined);
    const results = await listed;
    const others = chosen.filter((entry) => !start.includes(entry));
    const isMaker = makersOf(results);
    const makers = others.filter(isMaker);
    const left = [
      ...makers.filter((entry) => own.all.has(entry.reference)),
      ...makers.filter((entry) => !own.all.has(entry.reference)),
      ...others.filter((entry) => !isMaker(entry)),
    ];
    const isOfUse =
      own.all.size === 0 ? isMaker : (entry: HistoryEntry) => isMaker(entry) && own.all.has(entry.reference);
    const making = left.slice(0, Math.min(portions[0] ?? 0, left.filter(isOfUse).length));
    const more = await readBuilds({ to }, making, signal);
    const builds = newestFirst([...(await begun), ...more]);
    const { read, steadyAt } = await clockRead;
    const newest = Math.max(...entries.map(({ completedAt }) => completedAt));
    reading = { to, ...who, results, entries, left: left.slice(making.length), portion: 1 };
    const engineClock = clocks.observe(read, steadyAt, entries.length === 0 ? undefined : newest);
    const { label, identity } = who;
    const ownStarts = entries.flatMap((entry) => (own.all.has(entry.reference) ? [entry.startedAt] : []));
    const firstOwn = ownStarts.length === 0 ? {} : { firstOwnAt: Math.min(...ownStarts) };
    publish({ state: 'ready', label, identity, builds, ...olderOf(reading), ...firstOwn, results, clock: engineClock });
  };

  const further = async (signal: AbortSignal): Promise<void> => {
    const from = reading;
    if (from === undefined || facts.state !== 'ready' || !facts.older) return;
    const size = portions[from.portion];
    from.portion += 1;
    if (size === undefined) await lookBack(from, signal);
    const next = from.left.slice(0, size);
    from.left = from.left.slice(next.length);
    const read = await readBuilds(from, next, signal);
    const { older: _before, ...known } = facts;
    publish({ ...known, builds: newestFirst([...facts.builds, ...read]), ...olderOf(from) });
  };

  /** What lies further back is listed only where the first listing did not end. */
  const lookBack = async (from: Reading, signal: AbortSignal): Promise<void> => {
    if (from.entries.length < newestListed || contextPath === undefined) return;
    const all = await choice.choose(await from.to.port.list(mostListed, signal), from.to.noteOf);
    const listed = new Set(from.entries.map(({ reference }) => reference));
    from.left = [...from.left, ...all.filter(({ reference }) => !listed.has(reference))];
  };

  let working = within(first);

  return {
    current: () => facts,
    glance: () => undefined,
    readOlder() {
      working = working.then(() => within(further));
    },
    onChange: (listener) => changed.add(listener),
    async settled(signal) {
      for (let last: unknown; last !== working; ) {
        last = working;
        await unlessAborted(working, signal);
      }
    },
    dispose() {
      if (stop.signal.aborted) return;
      stop.abort(new DOMException('disposed', 'AbortError'));
      port?.dispose();
      changed.clear();
    },
  };
}

/** There may be more as long as the last portion, which is all of it, was not read. */
function olderOf({ left, portion, entries }: Reading): { readonly older?: true } {
  const isWhole = portion > portions.length || (left.length === 0 && entries.length < newestListed);
  return isWhole ? {} : { older: true };
}

/** Whether the builder holds something that was made during a build. */
function makersOf(results: HeldResults): (entry: HistoryEntry) => boolean {
  if (results.kind !== 'listed') return () => true;
  const times = results.results.map(({ madeAt }) => madeAt);
  return ({ startedAt, completedAt }) => {
    let low = 0;
    let high = times.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((times[middle] ?? 0) < startedAt - tolerance) low = middle + 1;
      else high = middle;
    }
    return (times[low] ?? Number.POSITIVE_INFINITY) <= completedAt + tolerance;
  };
}

interface OwnBuilds {
  readonly all: ReadonlySet<string>;
  /** The newest of each Dockerfile. */
  readonly newest: readonly HistoryEntry[];
}

/** Builds of the context folder, by the client's notes. */
async function ownBuilds(
  entries: readonly HistoryEntry[],
  noteOf: BuilderConnection['noteOf'],
  contextPath: string | undefined,
): Promise<OwnBuilds> {
  if (contextPath === undefined) return { all: new Set(), newest: [] };
  const own = await contextOf({ contextPath });
  const notes = await Promise.all(entries.map(async (entry) => ({ entry, note: await noteOf(entry.reference) })));
  const all = new Set<string>();
  const newest = new Map<string, HistoryEntry>();
  for (const { entry, note } of notes) {
    if (note === undefined || (await contextOf(note)) !== own) continue;
    all.add(entry.reference);
    const dockerfile = `${note.dockerfilePath} ${entry.attributes.filename ?? ''}`;
    if (!newest.has(dockerfile) && newest.size < newestByDockerfile) newest.set(dockerfile, entry);
  }
  return { all, newest: [...newest.values()] };
}

function newestFirst(builds: readonly PastBuild[]): readonly PastBuild[] {
  return builds.toSorted((a, b) => b.startedAt - a.startedAt);
}
