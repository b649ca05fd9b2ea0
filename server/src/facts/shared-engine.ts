/** One connection to an engine for all Dockerfiles of the process. */

import { t } from '../localize';
import { type ConnectEngine, createEngine, type Engine } from './engine';
import { createEngineClient } from './engine-client';
import { describeEndpoint, type Endpoint, findEndpoint } from './engine-endpoint';
import { openTransport } from './engine-transport';
import type { Clock, Disposable, Log } from './ports';

export interface EngineWish {
  /** As the user gave it; empty: where Docker's own command line would find one. */
  readonly socket: string;
  /** Engines on other machines are left alone. */
  readonly offline: boolean;
}

const engines = new Map<string, { readonly engine: Engine; users: number }>();

/** The engine of the wish. Every user disposes of what it got; the connection ends with the last one. */
export function shareEngine(wish: EngineWish, clock: Clock, log: Log): { readonly engine: Engine } & Disposable {
  const key = JSON.stringify([wish.socket, wish.offline]);
  const shared = engines.get(key) ?? { engine: createEngine(connector(wish), clock, log), users: 0 };
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
function connector({ socket, offline }: EngineWish): ConnectEngine {
  return async () => {
    const answer = await findEndpoint({
      ...(socket !== '' && { socket }),
      environment: process.env,
      platform: process.platform,
    });
    if (answer.kind === 'none') return answer;
    const { endpoint } = answer;
    if (offline && !isLocal(endpoint)) {
      return { kind: 'none', reason: t('Offline: the engine at {0} is not asked.', describeEndpoint(endpoint)) };
    }
    return { kind: 'found', port: createEngineClient(openTransport(endpoint)) };
  };
}

function isLocal(endpoint: Endpoint): boolean {
  if (endpoint.kind === 'socket') return true;
  return endpoint.kind === 'tcp' && /^(?:localhost|127(?:\.\d+){3}|::1)$/.test(endpoint.host);
}
