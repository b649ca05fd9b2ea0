/** Unpacking and reading index files in a worker thread: ten megabytes of them hold nothing up. */
import type { MessagePort } from 'node:worker_threads';
import { type FetchedFile, packFetched, unpackShipped } from './distribution-reading';
import { messageOf } from './errors';
import type { Failable } from './ports';
import { answerOfThread, isQuestion } from './thread-answer';

export type DistributionWork =
  | { readonly kind: 'pack'; readonly files: readonly FetchedFile[] }
  | { readonly kind: 'shipped'; readonly bytes: Uint8Array };

interface DistributionJob {
  readonly job: 'read-distribution';
  readonly work: DistributionWork;
}

/** The packed value. Rejects only with the signal's reason. */
export type ReadDistribution = (
  work: DistributionWork,
  signal: AbortSignal,
) => Promise<Failable<Uint8Array<ArrayBuffer>>>;

/** Megabytes for the thread: the largest index has 70 MB of text. */
const memory = 1_024;

/** Does the work in a thread of the worker's program file. */
export function readDistributionInThread(workerPath: string): ReadDistribution {
  return async (work, signal) => {
    const job: DistributionJob = { job: 'read-distribution', work };
    try {
      return await answerOfThread<Failable<Uint8Array<ArrayBuffer>>>(workerPath, job, signal, { memory });
    } catch (error) {
      signal.throwIfAborted();
      return { kind: 'failed', reason: messageOf(error) };
    }
  };
}

/** Whether a worker thread was started with this job. */
export function isDistributionJob(data: unknown): data is DistributionJob {
  return isQuestion(data, 'read-distribution');
}

/** The thread's side: answers once. */
export async function answerDistributionJob({ work }: DistributionJob, port: MessagePort): Promise<void> {
  const answer = await doWork(work);
  port.postMessage(answer, answer.kind === 'ok' ? [answer.value.buffer] : []);
}

/** The work itself, wherever it is done. */
export async function doWork(work: DistributionWork): Promise<Failable<Uint8Array<ArrayBuffer>>> {
  try {
    return { kind: 'ok', value: work.kind === 'pack' ? await packFetched(work.files) : unpackShipped(work.bytes) };
  } catch (error) {
    return { kind: 'failed', reason: messageOf(error) };
  }
}
