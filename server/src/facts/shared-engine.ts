/** One connection to an engine for all Dockerfiles of the process. */

import { t } from '../localize';
import { createEngine, type Engine } from './engine';
import { createEngineClient } from './engine-client';
import { describeEndpoint, type Endpoint, type EndpointAnswer, findEndpoint } from './engine-endpoint';
import { openTransport } from './engine-transport';
import type { Clock, Disposable, Log } from './ports';
import { Shared } from './sharing';

export interface EngineWish {
  /** As the user gave it; empty: where Docker's own command line would find one. */
  readonly socket: string;
  /** Engines on other machines are left alone. */
  readonly offline: boolean;
}

const engines = new Shared<Engine>();

/** The engine of the wish; `measures` as for `createEngine`. Every user disposes of what it got; the connection ends with the last one. */
export function shareEngine(
  wish: EngineWish,
  clock: Clock,
  log: Log,
  measures = true,
): { readonly engine: Engine } & Disposable {
  const shared = engines.take(`${wishKey(wish)} ${measures}`, () =>
    createEngine(
      async () => {
        const answer = await findWished(wish);
        if (answer.kind === 'none') return answer;
        return { kind: 'found', port: createEngineClient(openTransport(answer.endpoint)) };
      },
      clock,
      log,
      measures,
    ),
  );
  return { engine: shared.value, dispose: () => shared.dispose() };
}

/** Equal for wishes that mean the same engine. */
export function wishKey({ socket, offline }: EngineWish): string {
  return JSON.stringify([socket, offline]);
}

/** Looks for the endpoint anew at each call: `docker context use` takes effect without a restart. */
export async function findWished({ socket, offline }: EngineWish): Promise<EndpointAnswer> {
  const answer = await findEndpoint({
    ...(socket !== '' && { socket }),
    environment: process.env,
    platform: process.platform,
  });
  if (answer.kind === 'none' || !offline || isLocal(answer.endpoint)) return answer;
  return { kind: 'none', reason: t('Offline: the engine at {0} is not asked.', describeEndpoint(answer.endpoint)) };
}

function isLocal(endpoint: Endpoint): boolean {
  if (endpoint.kind === 'socket') return true;
  return endpoint.kind === 'tcp' && /^(?:localhost|127(?:\.\d+){3}|::1)$/.test(endpoint.host);
}
