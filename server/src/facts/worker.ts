/** Entry of the worker threads: the index of one build context, the reading of one commit, of a history, or of a distribution's index. */
import { parentPort, workerData } from 'node:worker_threads';
import { answerCommitJob, isCommitJob } from './commit-thread';
import { ContextIndexer } from './context-indexer';
import type { ContextRequest } from './context-messages';
import { answerDistributionJob, isDistributionJob } from './distribution-thread';
import { answerForecastJob, isForecastJob } from './forecast-thread';

if (parentPort) {
  const port = parentPort;
  if (isCommitJob(workerData)) {
    void answerCommitJob(workerData, port);
  } else if (isForecastJob(workerData)) {
    void answerForecastJob(workerData, port);
  } else if (isDistributionJob(workerData)) {
    void answerDistributionJob(workerData, port);
  } else {
    const indexer = new ContextIndexer((reply, transfer) => port.postMessage(reply, [...transfer]));
    port.on('message', (request: ContextRequest) => indexer.handle(request));
  }
}
