/** Reading and replaying a history in a worker thread, so that a large repository holds nothing up. */
import { type MessagePort, Worker } from 'node:worker_threads';
import type { ForecastHistory } from '../cache/forecast';
import { t } from '../localize';
import { messageOf } from './errors';
import { type ForecastQuestion, readForecast } from './forecast-reading';
import type { Failable } from './ports';

/** Milliseconds that a thread has for ending what it began. */
const patience = 2_000;

interface ForecastJob {
  readonly job: 'read-forecast';
  readonly question: ForecastQuestion;
}

/** Reads the history in a thread of the worker's program file. Rejects only with the signal's reason. */
export function readForecastInThread(
  workerPath: string,
  question: ForecastQuestion,
  signal: AbortSignal,
): Promise<Failable<ForecastHistory>> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const workerData: ForecastJob = { job: 'read-forecast', question };
    const worker = new Worker(workerPath, { workerData });
    const failed = (error: unknown): void => {
      end();
      void worker.terminate();
      resolve({ kind: 'failed', reason: t('The history could not be read: {0}', messageOf(error)) });
    };
    const aborted = (): void => {
      end();
      // The thread ends the git processes that it waits for, and then itself.
      worker.on('error', () => undefined);
      worker.postMessage('stop');
      setTimeout(() => void worker.terminate(), patience).unref();
      worker.unref();
      reject(signal.reason);
    };
    const end = (): void => {
      signal.removeEventListener('abort', aborted);
      worker.removeAllListeners();
    };
    signal.addEventListener('abort', aborted, { once: true });
    worker.once('message', (answer: Failable<ForecastHistory>) => {
      end();
      void worker.terminate();
      resolve(answer);
    });
    worker.once('error', failed);
    worker.once('exit', (code) => failed(new Error(`exit code ${code}`)));
  });
}

/** Whether a worker thread was started with this job. */
export function isForecastJob(data: unknown): data is ForecastJob {
  return typeof data === 'object' && data !== null && 'job' in data && data.job === 'read-forecast';
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
