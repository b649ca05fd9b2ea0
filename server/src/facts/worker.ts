/** Entry of the worker threads: the index of one build context or a part of a look at it, the reading of one commit, of a history, or of a distribution's index. */
import { parentPort, workerData } from 'node:worker_threads';
import { ContextIndexer } from './context-indexer';
import type { ContextRequest } from './context-messages';
import { answerUntouchedJob, isUntouchedJob } from './untouched-threads';

if (parentPort) {
  const port = parentPort;
  if (workerData === null || workerData === undefined) {
    const indexer = new ContextIndexer((reply, transfer) => port.postMessage(reply, [...transfer]), __filename);
    port.on('message', (request: ContextRequest) => indexer.handle(request));
  } else if (isUntouchedJob(workerData)) answerUntouchedJob(workerData);
  else void import('./jobs').then(({ answerJob }) => answerJob(workerData, port));
}
