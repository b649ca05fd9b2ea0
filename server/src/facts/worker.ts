/** Entry of the worker thread: one build context's index. */
import { parentPort } from 'node:worker_threads';
import { ContextIndexer } from './context-indexer';
import type { ContextRequest } from './context-messages';

if (parentPort) {
  const port = parentPort;
  const indexer = new ContextIndexer((reply, transfer) => port.postMessage(reply, [...transfer]));
  port.on('message', (request: ContextRequest) => indexer.handle(request));
}
