/** The build context of one Dockerfile, indexed in a worker thread. Nothing here waits for a disk. */
import { Worker } from 'node:worker_threads';
import type { SnapshotColumns } from '../context/columns';
import { withAllDigests, withRows } from '../context/row-changes';
import { createSnapshot } from '../context/snapshot';
import type { ArchiveKnowledge, ContextFacts, IgnoreFileFacts } from '../context/types';
import { t } from '../localize';
import type { FactRequest } from '../report/facts';
import type { BlobList } from './blob-list';
import type { ArchiveAnswer, ArchiveCause, ContextReply, ContextRequest } from './context-messages';
import { describeContextProblem, describeProblem } from './context-problem';
import { describeTrust } from './context-trust';
import { takeEarlyIndex } from './early-index';
import { Listeners } from './listeners';
import type { ContextPort, Disposable, Log } from './ports';

/** File events come in bursts: they are gathered for so many milliseconds. */
const quietTime = 100;
/** A worker that has failed is started again so many times. */
const restartLimit = 1;

export interface ContextOptions {
  readonly contextPath: string;
  readonly dockerfilePath: string;
  /** The worker's program file. */
  readonly workerPath: string;
  /** Folder where digests of contents are kept from one run of the program to the next; absent: they are not. */
  readonly keptFolder?: string;
  readonly log: Log;
}

export interface ContextIndex extends ContextPort {
  /** Text of the ignore file as it stands in the editor; undefined: as on disk. */
  setIgnoreText(text: string | undefined): void;
  /** Looks at everything again: for when files may have changed without an event. */
  recheck(): void;
}

type Numbered<Request> = Request extends unknown ? Omit<Request, 'sequence'> : never;

interface IndexedEntries {
  readonly columns: SnapshotColumns;
  readonly ignoreFile: IgnoreFileFacts;
}

type OwnRequest = Extract<FactRequest, { readonly kind: 'archive' | 'digests' }>;

function isOwn(need: FactRequest): need is OwnRequest {
  return need.kind === 'archive' || need.kind === 'digests';
}

/** Begins to index at once. */
export function openContext(options: ContextOptions): ContextIndex {
  return new WorkerContext(options);
}

class WorkerContext implements ContextIndex {
  readonly #options: ContextOptions;
  readonly #changed = new Listeners();
  readonly #progress = new Listeners();
  #facts: ContextFacts = { state: 'pending' };
  #entries: IndexedEntries | undefined;
  #worker: Worker | undefined;
  #restarts = 0;
  #disposed = false;
  #sequence = 0;
  #done = 0;
  #version = 0;
  #ignoreText: string | undefined;
  /** What was asked for, to be asked again of a new worker and never twice of the same. */
  readonly #needs = new Map<string, OwnRequest>();
  readonly #events = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ContextOptions) {
    this.#options = options;
    this.#start();
  }

  current(): ContextFacts {
    return this.#facts;
  }

  onChange(listener: () => void): Disposable {
    return this.#changed.add(listener);
  }

  request(needs: readonly FactRequest[]): void {
    for (const need of needs) {
      if (!isOwn(need)) continue;
      const key = need.kind === 'archive' ? `archive ${need.path}` : `digests ${need.scheme}`;
      if (this.#needs.has(key)) continue;
      this.#needs.set(key, need);
      this.#send(need);
    }
  }

  fileEvents(paths: readonly string[]): void {
    for (const path of paths) this.#events.add(path);
    if (this.#events.size === 0 || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#flushEvents(), quietTime);
    this.#timer.unref();
  }

  setIgnoreText(text: string | undefined): void {
    if (text === this.#ignoreText) return;
    this.#ignoreText = text;
    this.#send({ kind: 'ignore-text', text });
  }

  recheck(): void {
    this.#send({ kind: 'recheck' });
  }

  setBlobs(blobs: BlobList, asOf: number): void {
    // Megabytes, so they are not kept for a worker started again: that one reads the files.
    this.#send({ kind: 'blobs', blobs, asOf });
  }

  async settled(signal?: AbortSignal): Promise<void> {
    this.#flushEvents();
    // While somebody waits, the process has to stay.
    this.#worker?.ref();
    try {
      while (!this.#disposed && this.#worker && this.#done < this.#sequence) await this.#progress.next(signal);
    } finally {
      this.#worker?.unref();
    }
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    clearTimeout(this.#timer);
    void this.#worker?.terminate();
    this.#worker = undefined;
    this.#changed.clear();
    this.#progress.emit();
  }

  #flushEvents(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#events.size === 0) return;
    this.#send({ kind: 'events', paths: [...this.#events] });
    this.#events.clear();
  }

  #send(request: Numbered<ContextRequest>): void {
    if (!this.#worker) return;
    this.#sequence += 1;
    this.#worker.postMessage({ ...request, sequence: this.#sequence });
  }

  #start(): void {
    const { workerPath, contextPath, dockerfilePath, keptFolder } = this.#options;
    const early = this.#sequence === 0 ? takeEarlyIndex({ contextPath, dockerfilePath }, workerPath) : undefined;
    let worker: Worker;
    try {
      // A small young generation: a walk makes much short-lived garbage, which would otherwise stay resident.
      worker = early?.worker ?? new Worker(workerPath, { resourceLimits: { maxYoungGenerationSizeMb: 8 } });
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#worker = worker;
    worker.unref();
    worker.on('message', (reply: ContextReply) => {
      if (worker === this.#worker) this.#take(reply);
    });
    const failed = (error: unknown): void => {
      if (worker !== this.#worker) return;
      this.#worker = undefined;
      this.#fail(error);
    };
    worker.on('error', failed);
    worker.on('exit', (code) => failed(new Error(`exit code ${code}`)));
    if (early !== undefined) {
      this.#sequence = 1;
      for (const reply of early.replies) this.#take(reply);
      return;
    }
    const version = this.#version;
    this.#send({
      kind: 'open',
      contextPath,
      dockerfilePath,
      ignoreText: this.#ignoreText,
      version,
      ...(keptFolder !== undefined && { keptFolder }),
    });
    for (const need of this.#needs.values()) this.#send(need);
  }

  #fail(error: unknown): void {
    if (this.#disposed) return;
    const message = error instanceof Error ? error.message : String(error);
    this.#options.log.warn(`The worker for the build context ${this.#options.contextPath} has failed: ${message}`);
    if (this.#restarts < restartLimit) {
      this.#restarts += 1;
      this.#start();
      return;
    }
    const reason = t('The build context {0} can’t be indexed: {1}', this.#options.contextPath, message);
    this.#setFacts({ state: 'unavailable', reason });
    this.#progress.emit();
  }

  #take(reply: ContextReply): void {
    switch (reply.kind) {
      case 'ready':
        this.#entries = { columns: reply.columns, ignoreFile: reply.ignoreFile };
        this.#setSnapshot(this.#entries, reply);
        break;
      case 'contents':
        if (!this.#entries) break;
        this.#entries = { ...this.#entries, columns: columnsAfter(this.#entries.columns, reply) };
        this.#setSnapshot(this.#entries, reply);
        break;
      case 'unavailable':
        this.#setFacts({
          state: 'unavailable',
          reason: describeContextProblem(this.#options.contextPath, reply.problem),
        });
        break;
      case 'idle':
        this.#done = reply.sequence;
        this.#progress.emit();
        break;
      case 'log':
        this.#options.log[reply.level](reply.message);
        break;
      default:
        reply satisfies never;
    }
  }

  #setSnapshot(
    { columns, ignoreFile }: IndexedEntries,
    known: Extract<ContextReply, { kind: 'ready' | 'contents' }>,
  ): void {
    const { version } = known;
    this.#version = version;
    const unreadable = known.problems.map(({ path, problem }) => ({ path, reason: describeProblem(path, problem) }));
    const archives = new Map<string, ArchiveKnowledge>();
    for (const [path, answer] of known.archives) archives.set(path, knowledgeFrom(path, answer));
    const snapshot = createSnapshot(columns, { version, unreadable, archives });
    const times = describeTrust(this.#options.contextPath, known.trust);
    this.#setFacts({ state: 'ready', snapshot, ignoreFile, times });
  }

  #setFacts(facts: ContextFacts): void {
    this.#facts = facts;
    this.#changed.emit();
  }
}

/** Columns that share what has not changed with the ones before, which older snapshots go on to answer from. */
export function columnsAfter(
  columns: SnapshotColumns,
  { rows, digests }: Pick<Extract<ContextReply, { kind: 'contents' }>, 'rows' | 'digests'>,
): SnapshotColumns {
  return withRows(digests ? withAllDigests(columns, digests) : columns, rows);
}

function knowledgeFrom(path: string, answer: ArchiveAnswer): ArchiveKnowledge {
  return answer.kind === 'unreadable' ? { kind: 'unreadable', reason: archiveReason(path, answer.cause) } : answer;
}

function archiveReason(path: string, cause: ArchiveCause): string {
  switch (cause) {
    case 'too-large':
      return t('The archive {0} is too large to be looked into.', path);
    case 'too-many-entries':
      return t('The archive {0} holds too many files to be looked into.', path);
    case 'too-slow':
      return t('Looking into the archive {0} takes too long.', path);
    case 'damaged':
      return t('The archive {0} is damaged or cut off.', path);
    case 'unreadable':
      return t('The archive {0} can’t be read.', path);
    default:
      return cause satisfies never;
  }
}
