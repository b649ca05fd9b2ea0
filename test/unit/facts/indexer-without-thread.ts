import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { SnapshotColumns } from '../../../server/src/context/columns';
import { createSnapshot } from '../../../server/src/context/snapshot';
import type { ContextSnapshot, IgnoreFileFacts, ReadyContext } from '../../../server/src/context/types';
import { columnsAfter } from '../../../server/src/facts/context-index';
import { ContextIndexer } from '../../../server/src/facts/context-indexer';
import type { ContextReply, ContextRequest } from '../../../server/src/facts/context-messages';
import { describeTrust } from '../../../server/src/facts/context-trust';

export type Ask = ContextRequest extends infer Request
  ? Request extends unknown
    ? Omit<Request, 'sequence'>
    : never
  : never;

/** The indexer without its thread: requests in, what is known out. */
export class Index {
  readonly replies: ContextReply[] = [];
  readonly #folder: string;
  #sequence = 0;
  #idle: (() => void) | undefined;
  readonly #indexer = new ContextIndexer((reply) => {
    this.replies.push(reply);
    if (reply.kind === 'idle' && reply.sequence === this.#sequence) this.#idle?.();
  });

  static async open(folder: string, dockerfile = join(folder, 'Dockerfile'), keptFolder?: string): Promise<Index> {
    const index = new Index(folder);
    await index.ask({
      kind: 'open',
      contextPath: folder,
      dockerfilePath: dockerfile,
      ignoreText: undefined,
      version: 0,
      ...(keptFolder !== undefined && { keptFolder }),
    });
    return index;
  }

  private constructor(folder: string) {
    this.#folder = folder;
  }

  async ask(...requests: readonly Ask[]): Promise<void> {
    const idle = new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
    for (const request of requests) this.#indexer.handle({ ...request, sequence: ++this.#sequence });
    await idle;
  }

  snapshot(): ContextSnapshot {
    return this.facts().snapshot;
  }

  facts(): ReadyContext {
    const known = this.replies.filter((reply) => reply.kind === 'ready' || reply.kind === 'contents');
    let columns: SnapshotColumns | undefined;
    let ignoreFile: IgnoreFileFacts = { text: '' };
    for (const reply of known) {
      if (reply.kind === 'ready') {
        columns = reply.columns;
        ignoreFile = reply.ignoreFile;
      } else if (columns) columns = columnsAfter(columns, reply);
    }
    const last = known.at(-1);
    assert.ok(columns && last, JSON.stringify(this.replies));
    const unreadable = last.problems.map(({ path, problem }) => ({ path, reason: problem.kind }));
    const snapshot = createSnapshot(columns, { version: last.version, unreadable });
    return { state: 'ready', snapshot, ignoreFile, times: describeTrust(this.#folder, last.trust) };
  }
}
