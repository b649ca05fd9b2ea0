/** A builder without an engine: builds are put in, failures are set. */
import type { HeldResults } from '../../../server/src/cache/types';
import type {
  BuilderIdentity,
  BuilderPort,
  BuildVertex,
  HistoryEntry,
  HistoryEvent,
} from '../../../server/src/facts/builder-port';
import type { ClockReading } from '../../../server/src/facts/engine-clock';

export interface InMemoryBuilder extends BuilderPort {
  /** What it remembers; newest last. */
  readonly entries: HistoryEntry[];
  who: BuilderIdentity;
  held: HeldResults;
  clock: ClockReading;
  /** Called before each answer; may reject, or never end. */
  before: (member: string, signal: AbortSignal) => Promise<void>;
  /** Adds a build and tells followers. */
  build(entry: HistoryEntry): void;
  forget(reference: string): void;
  /** Tells that something was pruned. */
  prune(held: HeldResults): void;
  /** Ends the streams, as a restart of the engine does. */
  hangUp(): void;
  /** Number of questions so far, by member. */
  readonly asked: Readonly<Record<string, number>>;
}

/** A build with one RUN, begun so many milliseconds after the test's beginning. */
export function someBuild(reference: string, after: number, more: Partial<HistoryEntry> = {}): HistoryEntry {
  const startedAt = Date.UTC(2026, 0, 1) + after;
  return {
    reference,
    startedAt,
    completedAt: startedAt + 100,
    failed: false,
    attributes: { target: 'app' },
    provenance: [],
    progressSize: 100,
    ...more,
  };
}

const vertices: readonly BuildVertex[] = [
  {
    digest: 'sha256:1',
    hasInputs: true,
    name: '[2/2] RUN make',
    cached: false,
    error: '',
    startedAt: 1,
    completedAt: 2,
  },
];

export function inMemoryBuilder(): InMemoryBuilder {
  const asked: Record<string, number> = {};
  const followers = new Set<{ readonly listener: (event: HistoryEvent) => void; readonly end: () => void }>();
  const watchers = new Set<() => void>();
  const answer = async <Value>(member: string, signal: AbortSignal, value: () => Value): Promise<Value> => {
    asked[member] = (asked[member] ?? 0) + 1;
    await builder.before(member, signal);
    signal.throwIfAborted();
    return value();
  };
  const untilAborted = (signal: AbortSignal, end: (resolve: () => void) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      end(resolve);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  const builder: InMemoryBuilder = {
    address: 'memory',
    entries: [],
    who: { label: 'Builder in memory', identity: 'one', platform: 'linux/amd64' },
    held: { kind: 'listed', results: [] },
    clock: { askedAt: 0, answeredAt: 0, engineTime: 8e12, sameKernel: true },
    before: async () => undefined,
    asked,
    build(entry) {
      builder.entries.push(entry);
      for (const { listener } of followers) listener({ kind: 'completed', entry });
    },
    forget(reference) {
      builder.entries.splice(
        builder.entries.findIndex((entry) => entry.reference === reference),
        1,
      );
      for (const { listener } of followers) listener({ kind: 'deleted', reference });
    },
    prune(held) {
      builder.held = held;
      for (const listener of watchers) listener();
    },
    hangUp() {
      for (const { end } of [...followers]) end();
      followers.clear();
    },
    identify: (signal) => answer('identify', signal, () => builder.who),
    readClock: (signal) => answer('readClock', signal, () => builder.clock),
    list: (limit, signal) =>
      answer('list', signal, () => [...builder.entries].sort((a, b) => b.startedAt - a.startedAt).slice(0, limit)),
    follow: async (listener, signal) => {
      await builder.before('follow', signal);
      return untilAborted(signal, (end) => followers.add({ listener, end }));
    },
    watchCache: async (listener, signal) => {
      await builder.before('watchCache', signal);
      return untilAborted(signal, () => watchers.add(listener));
    },
    vertices: (_, limit, signal) => answer('vertices', signal, () => vertices.slice(0, limit)),
    provenance: (_attachment, _limit, signal) => answer('provenance', signal, () => undefined),
    errorDetails: (_attachment, _limit, signal) => answer('errorDetails', signal, () => []),
    results: (signal) => answer('results', signal, () => builder.held),
    dispose: () => builder.hangUp(),
  };
  return builder;
}
