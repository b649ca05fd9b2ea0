/**
 * What the builder of an engine tells of builds (BuildKit's control API), read only. `builder-client.ts` is the adapter;
 * tests use the in-memory twin in `test/unit/facts/`.
 */
import type { HeldResults } from '../cache/types';
import type { ClockReading } from './engine-clock';

/** A piece of content that the builder keeps with a build. */
export interface BuildAttachment {
  /** `sha256:…` */
  readonly digest: string;
  /** Bytes, as the builder says. */
  readonly size: number;
  /** The platform it belongs to, in a build for several; empty otherwise. */
  readonly platform: string;
}

/** One entry of the build history: a build that has ended. */
export interface HistoryEntry {
  /** The builder's own reference of the build: letters and digits. */
  readonly reference: string;
  /** Milliseconds since the epoch with fractions, by the engine's clock. */
  readonly startedAt: number;
  readonly completedAt: number;
  readonly failed: boolean;
  /** What the client asked the frontend for, by name: `target`, `build-arg:NAME`, `force-network-mode`, … */
  readonly attributes: Readonly<Record<string, string>>;
  /** Statements of how the result was made (SLSA provenance); none for a build that failed. */
  readonly provenance: readonly BuildAttachment[];
  /** Bytes of the recorded progress: states of vertices, and what the commands printed. */
  readonly progressSize: number;
  /** The error in detail, of a build that failed. */
  readonly error?: BuildAttachment;
}

export type HistoryEvent =
  | { readonly kind: 'completed'; readonly entry: HistoryEntry }
  | { readonly kind: 'deleted'; readonly reference: string };

/** A node of the build graph, after the last of its updates. */
export interface BuildVertex {
  /** `sha256:…` */
  readonly digest: string;
  /** Without inputs it is shown as done whether its result was made or taken (solver/jobs.go: `sharedOp.CacheMap`). */
  readonly hasInputs: boolean;
  /** As progress shows it. */
  readonly name: string;
  readonly cached: boolean;
  /** Empty when it did not fail. */
  readonly error: string;
  /** From the first start to the last completion: a vertex may start again. Milliseconds since the epoch with fractions. */
  readonly startedAt?: number;
  readonly completedAt?: number;
}

/** One detail of a failed build's error: a type name and a value in JSON. */
export interface ErrorDetail {
  readonly type: string;
  readonly value: unknown;
}

/** Who keeps the history. */
export interface BuilderIdentity {
  /** For people. */
  readonly label: string;
  /** The engine and the builder's storage: another text after the data was thrown away. */
  readonly identity: string;
  /** Platform of builds that name none: `linux/amd64`. */
  readonly platform: string;
}

/** The builder inside an engine. Members reject with `EngineError`, or with the signal's reason. */
export interface BuilderPort {
  /** Where it is, for messages. */
  readonly address: string;
  /** Who answers; rejects with `missing` for an engine that keeps no history. */
  identify(signal: AbortSignal): Promise<BuilderIdentity>;
  /** The engine's clock now, held against this machine's. */
  readClock(signal: AbortSignal): Promise<ClockReading>;
  /** The newest builds that have ended, newest first, at most `limit`. */
  list(limit: number, signal: AbortSignal): Promise<readonly HistoryEntry[]>;
  /** Tells of builds that end or are forgotten from now on; resolves when the engine ends the stream. */
  follow(listener: (event: HistoryEvent) => void, signal: AbortSignal): Promise<void>;
  /** Calls back when something other than a build may have changed what the builder holds; resolves at the stream's end. */
  watchCache(listener: () => void, signal: AbortSignal): Promise<void>;
  /** The nodes of a build's graph, at most `limit`. */
  vertices(reference: string, limit: number, signal: AbortSignal): Promise<readonly BuildVertex[]>;
  /** A provenance statement's JSON; undefined when it is larger than `limit` bytes or no JSON. */
  provenance(attachment: BuildAttachment, limit: number, signal: AbortSignal): Promise<unknown>;
  /** Details of an error; none when larger than `limit` bytes. */
  errorDetails(attachment: BuildAttachment, limit: number, signal: AbortSignal): Promise<readonly ErrorDetail[]>;
  /** What the builder holds. */
  results(signal: AbortSignal): Promise<HeldResults>;
  /** Closes the connection. */
  dispose(): void;
}
