/** Entry of the worker threads: the index of one build context, or the reading of one commit. */
import { parentPort, workerData } from 'node:worker_threads';
import { answerCommitJob, isCommitJob } from './commit-thread';
import { ContextIndexer } from './context-indexer';
import type { ContextRequest } from './context-messages';

if (parentPort) {
  const port = parentPort;
  if (isCommitJob(workerData)) {
    void answerCommitJob(workerData, port);
  } else {
    const indexer = new ContextIndexer((reply, transfer) => port.postMessage(reply, [...transfer]));
    port.on('message', (request: ContextRequest) => indexer.handle(request));
  }
}
