/** Reading a commit in a worker thread, so that a large tree holds nothing up. */
import type { MessagePort } from 'node:worker_threads';
import { t } from '../localize';
import { type CommitContents, type CommitQuestion, readCommit } from './commit-contents';
import { messageOf } from './errors';
import { createGit } from './git';
import type { Failable } from './ports';
import { answerOfThread, isQuestion } from './thread-answer';

interface CommitJob {
  readonly job: 'read-commit';
  readonly question: CommitQuestion;
}

/** Reads the commit in a thread of the worker's program file. Rejects only with the signal's reason. */
export async function readCommitInThread(
  workerPath: string,
  question: CommitQuestion,
  signal: AbortSignal,
): Promise<Failable<CommitContents>> {
  const job: CommitJob = { job: 'read-commit', question };
  try {
    return await answerOfThread<Failable<CommitContents>>(workerPath, job, signal);
  } catch (error) {
    signal.throwIfAborted();
    const reason = t('The commit {0} could not be read: {1}', question.revision.slice(0, 7), messageOf(error));
    return { kind: 'failed', reason };
  }
}

/** Whether a worker thread was started with this job. */
export function isCommitJob(data: unknown): data is CommitJob {
  return isQuestion(data, 'read-commit');
}

/** The thread's side: answers once. */
export async function answerCommitJob({ question }: CommitJob, port: MessagePort): Promise<void> {
  const answer = await readCommit(createGit(), question, new AbortController().signal);
  port.postMessage(answer);
}
