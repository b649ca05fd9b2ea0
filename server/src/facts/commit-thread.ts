/** Reading a commit in a worker thread, so that a large tree holds nothing up. */
import { type MessagePort, Worker } from 'node:worker_threads';
import { t } from '../localize';
import { type CommitContents, type CommitQuestion, readCommit } from './commit-contents';
import { messageOf } from './errors';
import { createGit } from './git';
import type { Failable } from './ports';

interface CommitJob {
  readonly job: 'read-commit';
  readonly question: CommitQuestion;
}

/** Reads the commit in a thread of the worker's program file. Rejects only with the signal's reason. */
export function readCommitInThread(
  workerPath: string,
  question: CommitQuestion,
  signal: AbortSignal,
): Promise<Failable<CommitContents>> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const workerData: CommitJob = { job: 'read-commit', question };
    const worker = new Worker(workerPath, { workerData });
    const failed = (error: unknown): void => {
      end();
      const reason = t('The commit {0} could not be read: {1}', question.revision.slice(0, 7), messageOf(error));
      resolve({ kind: 'failed', reason });
    };
    const aborted = (): void => {
      end();
      reject(signal.reason);
    };
    const end = (): void => {
      signal.removeEventListener('abort', aborted);
      worker.removeAllListeners();
      void worker.terminate();
    };
    signal.addEventListener('abort', aborted, { once: true });
    worker.once('message', (answer: Failable<CommitContents>) => {
      end();
      resolve(answer);
    });
    worker.once('error', failed);
    worker.once('exit', (code) => failed(new Error(`exit code ${code}`)));
  });
}

/** Whether a worker thread was started with this job. */
export function isCommitJob(data: unknown): data is CommitJob {
  return typeof data === 'object' && data !== null && 'job' in data && data.job === 'read-commit';
}

/** The thread's side: answers once. */
export async function answerCommitJob({ question }: CommitJob, port: MessagePort): Promise<void> {
  const answer = await readCommit(createGit(), question, new AbortController().signal);
  port.postMessage(answer);
}
