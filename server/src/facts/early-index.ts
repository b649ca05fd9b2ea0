/**
 * An index that is begun before the rest of the program is loaded: walking a large build context takes longer than anything else that a
 * command does. Whoever opens the same context takes it over; nobody has to.
 */
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { ownIgnoreFile } from '../context/ignore-file';
import type { ContextReply, ContextRequest } from './context-messages';

/** What an index is of, as `openContext` is told. */
export interface IndexedView {
  readonly contextPath: string;
  readonly dockerfilePath: string;
}

export interface EarlyIndex {
  readonly worker: Worker;
  /** What it has said so far. */
  readonly replies: readonly ContextReply[];
}

/** An index that nobody has taken over yet. */
export interface BegunIndex {
  readonly key: string;
  readonly worker: Worker;
  readonly replies: ContextReply[];
  hasFailed: boolean;
  isTaken?: boolean;
}

/** A program that ends soon need not collect what a walk leaves behind. */
const youngGeneration = 64;

let begun: BegunIndex | undefined;

/** The Dockerfiles of a context that have no ignore file of their own see it alike. */
export function viewOf({ contextPath, dockerfilePath }: IndexedView): IndexedView {
  const own = existsSync(ownIgnoreFile(dockerfilePath));
  return { contextPath, dockerfilePath: own ? dockerfilePath : `${contextPath}/` };
}

function keyOf({ contextPath, dockerfilePath }: IndexedView, workerPath: string): string {
  return JSON.stringify([contextPath, dockerfilePath, workerPath]);
}

/** Begins to index. The first request of the worker is then made, with the number 1. Undefined where no worker can be had. */
export function indexEarly(view: IndexedView, workerPath: string, keptFolder: string): BegunIndex | undefined {
  try {
    const worker = new Worker(workerPath, { resourceLimits: { maxYoungGenerationSizeMb: youngGeneration } });
    const early: BegunIndex = { key: keyOf(view, workerPath), worker, replies: [], hasFailed: false };
    const fail = (): void => {
      early.hasFailed = true;
    };
    worker.unref();
    worker.on('message', (reply: ContextReply) => {
      if (!early.isTaken) early.replies.push(reply);
    });
    worker.on('error', fail);
    worker.on('exit', fail);
    const request: ContextRequest = {
      kind: 'open',
      ...view,
      ignoreText: undefined,
      version: 0,
      keptFolder,
      sequence: 1,
    };
    worker.postMessage(request);
    return early;
  } catch {
    // Whoever needs the index finds out why.
    return undefined;
  }
}

/** Leaves an index to whoever opens its context. */
export function offerEarlyIndex(early: BegunIndex): void {
  begun = early;
}

/** The index begun for this view, once; undefined when there is none. */
export function takeEarlyIndex(view: IndexedView, workerPath: string): EarlyIndex | undefined {
  if (begun === undefined || begun.key !== keyOf(view, workerPath)) return undefined;
  const { worker, replies, hasFailed } = begun;
  begun.isTaken = true;
  begun = undefined;
  // Its listeners stay: a worker whose last one is removed stops telling.
  return hasFailed ? undefined : { worker, replies };
}
