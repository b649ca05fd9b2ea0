/** One question to a thread of the worker's program file, which ends with its answer. */
import { Worker } from 'node:worker_threads';

export interface ThreadOptions {
  /** Megabytes that the thread may have; Node's own limit when absent. */
  readonly memory?: number;
  /** Milliseconds that a thread that is no longer wanted has for ending what it began, when it is told `stop`; none when absent. */
  readonly patience?: number;
}

/**
 * The first message of a thread that is started with the question as its data; it is the thread's own side that gives it its type. Rejects
 * with the signal's reason, or with what ended the thread before it had answered.
 */
export function answerOfThread<Answer>(
  workerPath: string,
  question: unknown,
  signal: AbortSignal,
  { memory, patience }: ThreadOptions = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const worker = new Worker(workerPath, {
      workerData: question,
      ...(memory !== undefined && { resourceLimits: { maxOldGenerationSizeMb: memory } }),
    });
    const stopListening = (): void => {
      signal.removeEventListener('abort', aborted);
      worker.removeAllListeners();
      // A thread that runs out of memory tells so even after it was given up.
      worker.on('error', () => undefined);
    };
    const failed = (error: Error): void => {
      stopListening();
      void worker.terminate();
      reject(error);
    };
    const aborted = (): void => {
      stopListening();
      if (patience === undefined) void worker.terminate();
      else {
        worker.postMessage('stop');
        setTimeout(() => void worker.terminate(), patience).unref();
        worker.unref();
      }
      reject(signal.reason);
    };
    signal.addEventListener('abort', aborted, { once: true });
    worker.once('message', (answer: Answer) => {
      stopListening();
      void worker.terminate();
      resolve(answer);
    });
    worker.once('error', failed);
    worker.once('exit', (code) => failed(new Error(`exit code ${code}`)));
  });
}

/** Whether a thread was started with a question of this name. */
export function isQuestion(data: unknown, name: string): boolean {
  return typeof data === 'object' && data !== null && 'job' in data && data.job === name;
}
