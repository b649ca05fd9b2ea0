/**
 * A large context is looked at by several threads at once, as git does (`core.preloadIndex`): the file system answers them side by side. The
 * thread that asks waits for the others, which is why it is one that nobody waits for.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { ContextModel } from './context-model';
import { isUntouched, type RowRange } from './context-untouched';

/** Rows for which a thread is worth its start. */
const worthThread = 20_000;
/** Threads at most, the asking one included: more do not make a disk quicker. */
const mostThreads = 4;
/** Milliseconds after which a thread that has not answered is not waited for any more. */
const patience = 10_000;

const answers = { none: 0, untouched: 1, touched: 2 } as const;

interface UntouchedJob {
  readonly job: 'untouched';
  readonly root: string;
  readonly model: ContextModel;
  readonly listedAt: number;
  readonly range: RowRange;
  /** Takes one of `answers`. */
  readonly answer: Int32Array;
}

interface Started {
  readonly worker: Worker;
  readonly answer: Int32Array;
}

/** All rows in as many parts as threads are of use, with so many rows for each at least. */
export function partsOf(rows: number, threads: number, least: number): readonly RowRange[] {
  const parts = Math.max(1, Math.min(threads, mostThreads, Math.floor(rows / least)));
  return Array.from({ length: parts }, (_, part) => ({
    from: Math.floor((rows * part) / parts),
    to: Math.floor((rows * (part + 1)) / parts),
  }));
}

/**
 * The same as `isUntouched` of all rows.
 * @param workerPath program file of the threads; undefined: there is one thread
 * @param least rows for each thread
 */
export function isAllUntouched(
  root: string,
  model: ContextModel,
  listedAt: number,
  workerPath: string | undefined,
  least = worthThread,
): boolean {
  const threads = workerPath === undefined ? 1 : availableParallelism();
  const [own, ...others] = partsOf(model.columns.count, threads, least);
  if (own === undefined) return false;
  const started: Started[] = [];
  if (workerPath !== undefined) {
    try {
      for (const range of others) started.push(start(workerPath, { root, model, listedAt, range }));
    } catch {
      // No thread is to be had: whoever asks looks at everything by itself.
      return false;
    }
  }
  const isSame = isUntouched(root, model, listedAt, own) && started.every(({ answer }) => isAnsweredSame(answer));
  // One that has answered is ending by itself, one that has not is of no use any more.
  for (const { worker } of started) void worker.terminate();
  return isSame;
}

function start(
  workerPath: string,
  { root, model, listedAt, range }: Pick<UntouchedJob, 'root' | 'model' | 'listedAt' | 'range'>,
): Started {
  const answer = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const { columns, mtimes, ctimes, inodes } = model;
  // What is not asked for need not be copied.
  const needed: ContextModel = {
    columns: { ...columns, digests: {}, fileCounts: new Uint32Array() },
    mtimes,
    ctimes,
    inodes,
  };
  const workerData: UntouchedJob = { job: 'untouched', root, model: needed, listedAt, range, answer };
  const worker = new Worker(workerPath, { workerData });
  // It fails after it was given up, or without an answer, which counts as one.
  worker.on('error', () => undefined);
  worker.unref();
  return { worker, answer };
}

function isAnsweredSame(answer: Int32Array): boolean {
  Atomics.wait(answer, 0, answers.none, patience);
  return Atomics.load(answer, 0) === answers.untouched;
}

/** Whether a worker thread was started with this job. */
export function isUntouchedJob(data: unknown): data is UntouchedJob {
  return typeof data === 'object' && data !== null && 'job' in data && data.job === 'untouched';
}

/** The thread's side: answers once. */
export function answerUntouchedJob({ root, model, listedAt, range, answer }: UntouchedJob): void {
  let found: number = answers.touched;
  try {
    if (isUntouched(root, model, listedAt, range)) found = answers.untouched;
  } finally {
    Atomics.store(answer, 0, found);
    Atomics.notify(answer, 0);
  }
}
