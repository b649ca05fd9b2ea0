/** Reads builds of the engine's history, each once: what has ended does not change. */
import type { PastBuild } from '../cache/types';
import type { BuilderPort, HistoryEntry } from './builder-port';
import type { ClientNote } from './buildx-notes';
import { EngineError } from './engine-transport';
import { assemblePastBuild } from './past-build';
import type { Log } from './ports';

/** UTF-16 units of text kept of all builds together. */
const maximumText = 20_000_000;
const maximumVertices = 5_000;
/** A statement of a build with 300 steps has about 600 kB. */
const maximumStatement = 8_000_000;
const maximumError = 4_000_000;
/** Progress holds all that the commands printed, so a part of the history can be as large as a disk. */
const maximumProgress = 50_000_000;
const readers = 4;

/** The builder and what belongs to it, for as long as the connection lasts. */
export interface BuilderConnection {
  readonly port: BuilderPort;
  /** What this user's client noted of a build. */
  readonly noteOf: (reference: string) => Promise<ClientNote | undefined>;
  readonly enginePlatform: string;
}

interface KnownBuild {
  readonly startedAt: number;
  readonly builds: readonly PastBuild[];
  /** To be read again a few times: what the client notes of a build may come after the build. */
  readonly unnoted?: { readonly entry: HistoryEntry; readonly tries: number };
}

/** How often it is looked for what a client notes of a build. */
const noteTries = 4;

/** Builds by the engine's reference, bounded, the newest kept. */
export class BuildMemory {
  readonly #builds = new Map<string, KnownBuild>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  has(reference: string): boolean {
    return this.#builds.has(reference);
  }

  /** Newest first. */
  builds(): readonly PastBuild[] {
    return this.#ordered().flatMap(([, { builds }]) => builds);
  }

  /** When the newest build ended, by the engine's clock. */
  newest(): number | undefined {
    return this.builds().reduce<number | undefined>((last, build) => Math.max(last ?? 0, build.completedAt), undefined);
  }

  forget(reference: string): void {
    this.#builds.delete(reference);
  }

  /** Forgets what the engine no longer lists: of builds begun since `from`, all but these. */
  keepListed(references: ReadonlySet<string>, from: number): void {
    for (const [reference, { startedAt }] of this.#builds) {
      if (startedAt >= from && !references.has(reference)) this.#builds.delete(reference);
    }
  }

  /** What is kept, newest first. */
  entries(): readonly { readonly reference: string }[] {
    return this.#ordered().map(([reference]) => ({ reference }));
  }

  /** Forgets all but these. */
  keepOnly(references: ReadonlySet<string>): void {
    for (const reference of this.#builds.keys()) if (!references.has(reference)) this.#builds.delete(reference);
  }

  /** Reads those that are not known yet, in order, while `goOn` says so. Rejects when the connection fails. */
  async read(
    to: BuilderConnection,
    entries: readonly HistoryEntry[],
    signal: AbortSignal,
    goOn: () => boolean,
  ): Promise<void> {
    const unnoted = [...this.#builds.values()].flatMap(({ unnoted }) => (unnoted === undefined ? [] : [unnoted.entry]));
    const unknown = [...entries.filter(({ reference }) => !this.has(reference)), ...unnoted];
    const work = unknown.values();
    const reader = async (): Promise<void> => {
      for (const entry of work) {
        if (!goOn()) return;
        const tries = (this.#builds.get(entry.reference)?.unnoted?.tries ?? 0) + 1;
        const builds = await this.#one(to, entry, signal);
        if (!builds) continue;
        const { startedAt } = entry;
        const [first] = builds;
        const again = first !== undefined && first.dockerfilePath === undefined && tries < noteTries;
        this.#builds.set(entry.reference, { startedAt, builds, ...(again && { unnoted: { entry, tries } }) });
      }
    };
    await Promise.all(Array.from({ length: Math.min(readers, unknown.length) }, reader));
    this.#trim();
  }

  /** Undefined when it may be had another time. */
  async #one(
    to: BuilderConnection,
    entry: HistoryEntry,
    signal: AbortSignal,
  ): Promise<readonly PastBuild[] | undefined> {
    try {
      const { port, enginePlatform } = to;
      const [vertices, note, errorDetails] = await Promise.all([
        entry.progressSize > maximumProgress ? [] : port.vertices(entry.reference, maximumVertices, signal),
        to.noteOf(entry.reference),
        entry.error ? port.errorDetails(entry.error, maximumError, signal) : [],
      ]);
      const parts = { entry, vertices, errorDetails, enginePlatform, ...(note && { note }) };
      if (entry.provenance.length === 0) return [assemblePastBuild(parts)];
      return await Promise.all(
        entry.provenance.map(async (attachment) => {
          const statement = await port.provenance(attachment, maximumStatement, signal);
          const { platform } = attachment;
          return assemblePastBuild({ ...parts, statement, ...(platform !== '' && { platform }) });
        }),
      );
    } catch (error) {
      if (!(error instanceof EngineError) || (error.failure !== 'missing' && error.failure !== 'refused')) throw error;
      // Deleted meanwhile, or damaged: the others can still be read.
      this.#log.info(error.message);
      return error.failure === 'missing' ? [] : undefined;
    }
  }

  #trim(): void {
    let text = 0;
    for (const [reference, { builds }] of this.#ordered()) {
      for (const build of builds) text += sizeOf(build);
      if (text > maximumText) this.#builds.delete(reference);
    }
  }

  #ordered() {
    return [...this.#builds].sort(([, a], [, b]) => b.startedAt - a.startedAt);
  }
}

function sizeOf(build: PastBuild): number {
  let size = build.dockerfile?.length ?? 0;
  for (const [name, value] of Object.entries(build.buildArguments)) size += name.length + value.length;
  for (const [name, value] of Object.entries(build.options)) size += name.length + value.length;
  for (const { name } of build.steps) size += name.length + 100;
  return size;
}
