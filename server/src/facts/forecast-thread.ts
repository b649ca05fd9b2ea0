/** Reading and replaying a history in a worker thread, so that a large repository holds nothing up. */
import type { MessagePort } from 'node:worker_threads';
import type { ForecastHistory } from '../cache/forecast';
import { t } from '../localize';
import { messageOf } from './errors';
import { type ForecastQuestion, readForecast } from './forecast-reading';
import type { Failable } from './ports';
import { answerOfThread, isQuestion } from './thread-answer';

/** Milliseconds that a thread has for ending what it began. */
const patience = 2_000;

interface ForecastJob {
  readonly job: 'read-forecast';
  readonly question: ForecastQuestion;
}

/** Reads the history in a thread of the worker's program file. Rejects only with the signal's reason. */
export async function readForecastInThread(
  workerPath: string,
  question: ForecastQuestion,
  signal: AbortSignal,
): Promise<Failable<ForecastHistory>> {
  const job: ForecastJob = { job: 'read-forecast', question };
  try {
    // The thread ends the git processes that it waits for, and then itself.
    return await answerOfThread<Failable<ForecastHistory>>(workerPath, job, signal, { patience });
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'failed', reason: t('The history could not be read: {0}', messageOf(error)) };
  }
}

/** Whether a worker thread was started with this job. */
export function isForecastJob(data: unknown): data is ForecastJob {
  return isQuestion(data, 'read-forecast');
}

/** The thread's side: answers once, or ends without an answer when it is told to stop. */
export async function answerForecastJob({ question }: ForecastJob, port: MessagePort): Promise<void> {
  const stop = new AbortController();
  port.once('message', () => stop.abort());
  try {
    port.postMessage(await readForecast(question, stop.signal));
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    port.close();
  }
}
