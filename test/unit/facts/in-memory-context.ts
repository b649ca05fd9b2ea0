/** A build context without a disk: its facts are set. */

import type { ContextFacts } from '../../../server/src/context/types';
import { unpackBlobs } from '../../../server/src/facts/blob-list';
import { Listeners } from '../../../server/src/facts/listeners';
import type { ContextPort } from '../../../server/src/facts/ports';
import type { FactRequest } from '../../../server/src/report/facts';

export interface InMemoryContext extends ContextPort {
  become(facts: ContextFacts): void;
  /** What happens while somebody waits for what was asked for; may become something else, or never end. */
  whileWaiting: () => Promise<void> | void;
  readonly requests: readonly FactRequest[];
  readonly events: readonly string[];
  readonly blobs: ReadonlyMap<string, string> | undefined;
  readonly disposed: boolean;
}

export function inMemoryContext(first: ContextFacts = { state: 'pending' }): InMemoryContext {
  const changed = new Listeners();
  const requests: FactRequest[] = [];
  const events: string[] = [];
  let facts = first;
  let disposed = false;
  let blobs: ReadonlyMap<string, string> | undefined;
  const context: InMemoryContext = {
    requests,
    events,
    whileWaiting: () => undefined,
    get blobs() {
      return blobs;
    },
    setBlobs(next) {
      blobs = unpackBlobs(next);
    },
    get disposed() {
      return disposed;
    },
    become(next) {
      facts = next;
      changed.emit();
    },
    current: () => facts,
    request: (needs) => void requests.push(...needs),
    onChange: (listener) => changed.add(listener),
    fileEvents: (paths) => void events.push(...paths),
    recheck: () => void events.push('everything'),
    async settled(signal) {
      await context.whileWaiting();
      signal?.throwIfAborted();
    },
    dispose() {
      disposed = true;
    },
  };
  return context;
}
