/**
 * Ports to the outside world, one per kind, each as narrow as its use. Adapters live beside this file; tests use the
 * in-memory twins in `test/unit/facts/`.
 *
 * Every slow member takes an `AbortSignal` and rejects with the signal's reason when it is aborted. No member blocks.
 */
import type { BuildRecord, HeldResults, PastBuild, RecordFile } from '../cache/types';
import type { ContextFacts } from '../context/types';
import type { FactRequest, MeasuredCacheRecord } from '../report/facts';
import type { BlobList } from './blob-list';

/** Something to let go of; calling it twice does nothing more. */
export interface Disposable {
  dispose(): void;
}

/** Messages for the log channel or stderr; never shown as part of an answer, never holding a credential. */
export interface Log {
  /** What happens in the ordinary course: connected, indexed, refreshed. */
  info(message: string): void;
  /** What a person may want to act on: an engine that does not answer, a record file that is damaged. */
  warn(message: string): void;
}

/** Time, so that tests need not wait for it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once after so many milliseconds, unless disposed before. Never keeps the process alive. */
  after(milliseconds: number, callback: () => void): Disposable;
}

/** An answer that could not be had, with a sentence for people that names the place and the way out. */
export type Failable<Value> =
  | { readonly kind: 'ok'; readonly value: Value }
  | { readonly kind: 'failed'; readonly reason: string };

/** Who answers on an engine's socket. */
export interface EngineIdentity {
  /** For people, for example `Docker Engine 28.5.2 (overlay2)`. */
  readonly label: string;
  /** What the engine's sizes count: apparent bytes of files, or disk usage in whole blocks (containerd image store). */
  readonly sizeUnit: 'content' | 'blocks';
}

/** One row of the engine's image list. */
export interface EngineImageSummary {
  /** Image ID, `sha256:…`: a content address, so what is read under it never changes. */
  readonly id: string;
  /** `node:20-slim`; empty for an image without a name. */
  readonly tags: readonly string[];
  /** Milliseconds since the epoch. */
  readonly created: number;
}

/** One image as inspected. Everything but the ID may be missing in what an engine answers. */
export interface EngineImage {
  readonly id: string;
  readonly tags: readonly string[];
  /** Manifest digests the image was pulled by: `node@sha256:…`. */
  readonly repositoryDigests: readonly string[];
  /** ISO date of creation. */
  readonly createdAt?: string;
  readonly operatingSystem: string;
  readonly architecture: string;
  /** Bytes, in the engine's unit. */
  readonly size: number;
  /** Digests of the uncompressed layers (RootFS), from the bottom. */
  readonly layerDigests: readonly string[];
  readonly environment: readonly string[];
  readonly workdir: string;
  readonly user: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly shell?: readonly string[];
  readonly onbuild: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** One entry of an image's history; the engine does not tell which entries made a layer. */
export interface EngineHistoryEntry {
  readonly createdBy: string;
  /** Bytes, in the engine's unit. */
  readonly size: number;
  /** ISO date. */
  readonly createdAt?: string;
}

/** A container engine, read only. Answers are checked and bounded by the adapter. */
export interface EnginePort {
  /** Where it is, for messages: a socket path or a host without credentials. */
  readonly address: string;
  /** Who answers. Rejects within 3 s when nobody does. */
  identify(signal: AbortSignal): Promise<EngineIdentity>;
  /** The newest images, newest first, at most `limit`. */
  listImages(limit: number, signal: AbortSignal): Promise<readonly EngineImageSummary[]>;
  /** One image by name or ID; undefined when the engine does not have it. */
  inspectImage(reference: string, signal: AbortSignal): Promise<EngineImage | undefined>;
  /** History from the bottom. */
  imageHistory(id: string, signal: AbortSignal): Promise<readonly EngineHistoryEntry[]>;
  /** The build cache listing. */
  buildCache(signal: AbortSignal): Promise<readonly MeasuredCacheRecord[]>;
  /** Calls the listener whenever images or build cache may have changed; resolves when the engine ends the stream. */
  watch(listener: () => void, signal: AbortSignal): Promise<void>;
  /** Closes idle connections. */
  dispose(): void;
}

/** A commit and what it says of itself. */
export interface GitCommit {
  /** Full object ID. */
  readonly revision: string;
  /** ISO date of the commit. */
  readonly at: string;
  /** First line of the message. */
  readonly subject: string;
}

/** What a tree holds at a path. */
export interface GitTreeEntry {
  /** Relative to the folder asked for, separated by `/`. */
  readonly path: string;
  /** `submodule`: a commit of another repository; its files are not in this one. */
  readonly type: 'file' | 'symlink' | 'submodule';
  readonly executable: boolean;
  /** Object ID of the blob. */
  readonly blob: string;
  /** Where a symbolic link points to. */
  readonly linkTarget?: string;
}

/** Git, read only: nothing is locked, no hook and no file-system monitor is run. */
export interface GitPort {
  /** Where a folder lies in its repository; fails when it is in none, git is missing or distrusts the folder. */
  locate(folder: string, signal: AbortSignal): Promise<Failable<GitLocation>>;
  /** The commit a revision names; fails when there is none yet or the name is unknown. */
  commit(folder: string, revision: string, signal: AbortSignal): Promise<Failable<GitCommit>>;
  /** All blobs below a folder of a commit's tree. `prefix` as `GitLocation` gives it. */
  tree(
    folder: string,
    revision: string,
    prefix: string,
    signal: AbortSignal,
  ): Promise<Failable<readonly GitTreeEntry[]>>;
  /** Text of files of a commit by their path from the repository's root; undefined for a path that is no file there. */
  texts(
    folder: string,
    revision: string,
    paths: readonly string[],
    signal: AbortSignal,
  ): Promise<Failable<readonly (string | undefined)[]>>;
  /** Tracked files below the folder whose content or mode differs from HEAD, relative to the folder. */
  modified(folder: string, prefix: string, signal: AbortSignal): Promise<Failable<readonly string[]>>;
}

export interface GitLocation {
  /** Root of the working tree. */
  readonly root: string;
  /** Git's own folder of this working tree (`.git`, or a folder below it for a linked one). */
  readonly gitFolder: string;
  /** Path of the folder from the root, separated by `/`, ending in `/`; empty for the root itself. */
  readonly prefix: string;
}

/** Where build records are kept. */
export interface RecordStore {
  /** Records of a file; a file that does not exist is an empty one. Fails, naming the file, when it is damaged. */
  read(file: string, signal?: AbortSignal): Promise<Failable<RecordFile>>;
  /** Adds one build, keeping the newest 50; the file is replaced as a whole or not at all. */
  add(file: string, record: BuildRecord): Promise<Failable<RecordFile>>;
  /** Puts builds with references among those of the file, each once and the newest kept; the file is replaced as a whole or not at all. */
  merge(file: string, records: readonly BuildRecord[]): Promise<Failable<RecordFile>>;
  /** The file in the given storage folder for the records of what lies at a path: a Dockerfile, or a build context. */
  fileFor(storagePath: string, of: string): string;
}

/** The build context of one Dockerfile, indexed off the main thread. */
export interface ContextPort extends Disposable {
  /** What is known now; the same object until something changes. */
  current(): ContextFacts;
  /** Fetches archives and digests in the background; other requests are not its own and are passed over. */
  request(needs: readonly FactRequest[]): void;
  /** Called after `current()` has changed. */
  onChange(listener: () => void): Disposable;
  /** Absolute paths that were created, changed or deleted. */
  fileEvents(paths: readonly string[]): void;
  /** Looks at everything again: for what no file event tells, such as folders that an editor does not watch. */
  recheck(): void;
  /**
   * Object IDs of tracked files that git found unchanged, by context path: they need not be read. `asOf` is when git began
   * to look, in milliseconds since the epoch: files touched later are read all the same.
   */
  setBlobs(blobs: BlobList, asOf: number): void;
  /** Resolves when all that was asked for is there or known not to be had. */
  settled(signal?: AbortSignal): Promise<void>;
}

/** How the engine's clock and this machine's go together: whether a file's time can be held against a build's. */
export type EngineClock =
  /** One clock. A file whose change time is at least so many milliseconds before a build began is as the build saw it. */
  | { readonly kind: 'shared'; readonly margin: number }
  /** Another machine, or clocks that differ: the reason is localised. */
  | { readonly kind: 'foreign'; readonly reason: string };

/** What the engine remembers of builds. */
export type HistoryFacts =
  | { readonly state: 'pending' }
  | { readonly state: 'absent'; readonly reason: string }
  | {
      readonly state: 'ready';
      /** Who remembers, for people. */
      readonly label: string;
      /** Names the builder's memory: the same text for the same engine, another one after its data was thrown away. */
      readonly identity: string;
      /** Newest first, bounded. */
      readonly builds: readonly PastBuild[];
      /** Others are left to be read, which `readOlder` begins. */
      readonly older?: true;
      /** Start of the oldest build of the context in question that the engine lists, where not all builds are read. */
      readonly firstOwnAt?: number;
      readonly results: HeldResults;
      readonly clock: EngineClock;
    };

/** The engine's build history, kept current in the background. */
export interface HistorySource extends Disposable {
  /** The same object until something changes. */
  current(): HistoryFacts;
  /**
   * Somebody looks at what follows from it: what the builder holds is read again, if that was not just now. Nothing tells when results are
   * pruned (BuildKit's own Prune and its garbage collection give no event).
   */
  glance(): void;
  /** Reads more builds where some were left out; absent where all are read at once. */
  readOlder?(): void;
  onChange(listener: () => void): Disposable;
  /** Resolves when what the engine remembered at the time of the call is read, or known not to be had. */
  settled(signal?: AbortSignal): Promise<void>;
}
