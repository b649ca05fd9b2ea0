/** One connection to an engine for all Dockerfiles of the process. */

import { type ConnectEngine, createEngine, type Engine } from './engine';
import { createEngineClient } from './engine-client';
import { findEndpoint } from './engine-endpoint';
import { openTransport } from './engine-transport';
import type { Clock, Disposable, Log } from './ports';

const engines = new Map<string, { readonly engine: Engine; users: number }>();

/**
 * The engine at the socket given, or where Docker's own command line would find one. Every user disposes of what it got;
 * the connection ends with the last one.
 */
export function shareEngine(
  socket: string | undefined,
  clock: Clock,
  log: Log,
): { readonly engine: Engine } & Disposable {
  const key = socket ?? '';
  const shared = engines.get(key) ?? { engine: createEngine(connector(socket), clock, log), users: 0 };
  engines.set(key, shared);
  shared.users += 1;
  let disposed = false;
  return {
    engine: shared.engine,
    dispose() {
      if (disposed) return;
      disposed = true;
      shared.users -= 1;
      if (shared.users > 0) return;
      engines.delete(key);
      shared.engine.dispose();
    },
  };
}

/** Looks for the endpoint anew at each attempt: `docker context use` takes effect without a restart. */
export function connector(socket: string | undefined): ConnectEngine {
  return async () => {
    const answer = await findEndpoint({
      ...(socket !== undefined && socket !== '' && { socket }),
      environment: process.env,
      platform: process.platform,
    });
    if (answer.kind === 'none') return answer;
    return { kind: 'found', port: createEngineClient(openTransport(answer.endpoint)) };
  };
}
