/** Builds that an engine in memory remembers of a folder in memory, and what the next build of it is said to reuse. */
import type { HeldResults, PastBuild, PastStep } from '../../../server/src/cache/types';
import { type ListedEntry, snapshotFromEntries } from '../../../server/src/context/snapshot';
import type { ContextFacts, ContextTimes } from '../../../server/src/context/types';
import { createEngineBaseline, type EngineBaseline } from '../../../server/src/facts/engine-baseline';
import type { HistoryFacts } from '../../../server/src/facts/ports';
import type { ImageFacts } from '../../../server/src/images/types';
import type { Report, Step } from '../../../server/src/report/types';
import { sha256Hex } from '../../../server/src/sha256';
import { layerSteps, reportOf } from '../report/scenario';
import { inMemoryContext } from './in-memory-context';
import { inMemoryHistory } from './in-memory-history';
import { inMemoryLog } from './in-memory-log';
import { inMemoryRecords } from './in-memory-records';

export const minute = 60_000;
/** When the first build of a test begins. */
export const start = Date.parse('2026-01-01T10:00:00.000Z');
export const contextPath = '/app';
export const dockerfilePath = '/app/Dockerfile';
export const text = 'FROM bb\nRUN one\nCOPY a /a\nRUN two\n';

interface Item {
  readonly text?: string;
  /** Permission bits; of a directory when there is no text. */
  readonly mode?: number;
  /** Milliseconds since the epoch; an hour before the first build when absent. */
  readonly changed?: number;
  readonly modified?: number;
}

export interface Folder {
  /** By path; a text stands for a file that was written long ago. */
  readonly files?: Readonly<Record<string, string | Item>>;
  readonly times?: ContextTimes;
  readonly ignore?: { readonly text: string; readonly changedAt?: number };
  /** Contents have not been read yet. */
  readonly unread?: boolean;
}

const longAgo = start - 60 * minute;

/** Facts of a folder. */
export function folder({ files = { a: 'a' }, times, ignore, unread }: Folder = {}): ContextFacts {
  const entries = Object.entries({ '': {}, ...files }).map(([path, given]): ListedEntry => {
    const item: Item = typeof given === 'string' ? { text: given } : given;
    const { text: content, changed = longAgo, modified = changed, mode } = item;
    const entry = { path, times: { ctime: changed, mtime: modified }, ...(mode !== undefined && { mode }) };
    if (content === undefined) return { ...entry, type: 'directory' };
    const bytes = new TextEncoder().encode(content);
    return { ...entry, size: bytes.length, ...(unread !== true && { digests: { sha256: sha256Hex(bytes) } }) };
  });
  return {
    state: 'ready',
    snapshot: snapshotFromEntries(entries),
    ignoreFile: ignore ?? { text: '', changedAt: longAgo },
    times: times ?? { kind: 'kept', holderChangedAt: longAgo, placedAt: longAgo },
  };
}

/** A step that ran for a second, one after the other. */
export function ran(line: number, name: string, from = start): PastStep {
  const startedAt = from + line * 1_000;
  return { lines: [line], name, outcome: 'ran', startedAt, completedAt: startedAt + 900 };
}

/** A build that completed in which everything ran, begun so many minutes after the first. */
export function built(more: Partial<PastBuild> = {}, after = 0): PastBuild {
  const startedAt = start + after * minute;
  return {
    reference: `build${after}`,
    startedAt,
    completedAt: startedAt + 10_000,
    outcome: 'completed',
    dockerfile: text,
    dockerfilePath,
    contextPath,
    buildArguments: {},
    platform: 'linux/amd64',
    options: {},
    ignorePatterns: [],
    bases: { bb: 'sha256:base' },
    steps: [
      ran(2, '[2/4] RUN one', startedAt),
      ran(3, '[3/4] COPY a /a', startedAt),
      ran(4, '[4/4] RUN two', startedAt),
    ],
    ...more,
  };
}

/** Without what the client of this user notes. */
export function unnoted({ dockerfilePath: _, contextPath: __, ...build }: PastBuild): PastBuild {
  return build;
}

export type Remembered = Extract<HistoryFacts, { readonly state: 'ready' }>;

/** What the engine remembers: the newest build first. */
export function remembering(builds: readonly PastBuild[], more: Partial<Remembered> = {}): Remembered {
  return {
    state: 'ready',
    label: 'Engine in memory',
    identity: 'one',
    builds,
    results: { kind: 'assumed' },
    clock: { kind: 'shared', margin: 100 },
    ...more,
  };
}

/** The listing right after such builds. */
export function allHeld(builds: readonly PastBuild[]): Extract<HeldResults, { readonly kind: 'listed' }> {
  return {
    kind: 'listed',
    results: builds.flatMap(({ steps }) =>
      steps.map(({ name, startedAt = 0 }) => ({
        madeAt: startedAt + 500,
        description: name.replace(/^\[[^\]]*\] /, '').replace(/^RUN /, 'mount / from exec /bin/sh -c '),
      })),
    ),
  };
}

/** A base image as the engine holds it. */
export function image(
  layer: string,
  configuration: Partial<NonNullable<ImageFacts['configuration']>> = {},
): ImageFacts {
  return {
    reference: 'bb',
    layers: [],
    layerDigests: [layer],
    configuration: { environment: [], workdir: '', user: '', onbuild: [], ...configuration },
    source: { kind: 'engine', label: 'Engine in memory' },
  };
}

export interface Opening {
  readonly history?: HistoryFacts;
  readonly context?: ContextFacts;
  readonly images?: Readonly<Record<string, ImageFacts>>;
  readonly storagePath?: string;
  readonly contextPath?: string;
  readonly dockerfilePath?: string;
  /** Milliseconds since the epoch; an hour after the first build when absent. */
  readonly openedAt?: number;
  readonly records?: ReturnType<typeof inMemoryRecords>;
  /** Another folder of the same name was built from. */
  readonly namesake?: boolean;
}

/** A baseline with all that is around it. */
export function open(given: Opening = {}) {
  const history = inMemoryHistory(given.history ?? { state: 'pending' });
  const context = inMemoryContext(given.context ?? folder());
  const log = inMemoryLog();
  const records = given.records ?? inMemoryRecords();
  const images = new Map(Object.entries(given.images ?? {}));
  const requested: string[] = [];
  const baseline: EngineBaseline = createEngineBaseline({
    dockerfilePath: given.dockerfilePath ?? dockerfilePath,
    contextPath: given.contextPath ?? contextPath,
    ...(given.storagePath !== undefined && { storagePath: given.storagePath }),
    history,
    context,
    image: (reference) => images.get(reference),
    requestImage: (reference) => void requested.push(reference),
    imagesSettled: async (signal) => signal.throwIfAborted(),
    records,
    hasNamesake: () => Promise.resolve(given.namesake === true),
    openedAt: given.openedAt ?? start + 60 * minute,
    log,
  });
  const report = (now = text): Report =>
    reportOf(
      {
        text: now,
        context: context.current(),
        images: Object.fromEntries([...images].map(([name, facts]) => [name, { kind: 'known', facts }])),
      },
      baseline.current(),
    );
  const steps = (now?: string): readonly Step[] => layerSteps(report(now));
  return {
    baseline,
    history,
    context,
    log,
    records,
    images,
    requested,
    /** What the next build reuses, by the steps that make a layer. */
    statuses: (now?: string): string =>
      steps(now)
        .map(({ cache }) => cache.status)
        .join(', '),
    steps,
    /** What the engine remembers from now on, worked out. */
    async remember(facts: HistoryFacts): Promise<void> {
      history.set(facts);
      await baseline.settled();
    },
  };
}
