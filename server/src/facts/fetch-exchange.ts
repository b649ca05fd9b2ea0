/** One request and its answer over node:http or node:https: no redirects, no retries, every wait with an end. */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { rootCertificates } from 'node:tls';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import ipaddr from 'ipaddr.js';
import { getProxyForUrl } from 'proxy-from-env';
import { t } from '../localize';
import { codeOf, messageOf } from './errors';
import type { FetchFailure, FetchHeaders } from './fetch';
import {
  AddressRefused,
  bareHost,
  describeUrl,
  isPrivate,
  judgingLookup,
  type LookUp,
  type Reach,
} from './fetch-reach';
import type { Clock, Disposable } from './ports';

export interface Exchange {
  readonly url: URL;
  readonly reach: Reach;
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly body?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly maximumBytes: number;
  readonly authorities?: readonly string[];
}

export type RawAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: FetchHeaders;
      /** Without its content encoding; empty where the status says that it is no success. */
      readonly body: Uint8Array;
      /** The server has an address inside this network. */
      readonly privateAddress: boolean;
    }
  | {
      readonly kind: 'failed';
      readonly failure: FetchFailure;
      readonly reason: string;
      /** There is nobody at the address: trying at once again is of no use. */
      readonly absent?: boolean;
    };

/** Milliseconds until a connection stands and the server begins to answer. */
const longestSilence = 15_000;
/** What a server may say of a failure (bytes); the rest is not read. */
const failureBytes = 65_536;
/** Codes of a connection that never was. */
const nobody: ReadonlySet<string> = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENETDOWN',
]);
const maximumHeaderBytes = 32_768;

/** Connections that are kept for the next request. */
export interface Agents {
  readonly plain: HttpAgent;
  readonly secure: HttpsAgent;
  readonly proxied: Map<string, HttpProxyAgent<string> | HttpsProxyAgent<string>>;
}

export function openAgents(): Agents {
  return { plain: new HttpAgent({ keepAlive: true }), secure: new HttpsAgent({ keepAlive: true }), proxied: new Map() };
}

export function closeAgents(agents: Agents): void {
  agents.plain.destroy();
  agents.secure.destroy();
  for (const agent of agents.proxied.values()) agent.destroy();
  agents.proxied.clear();
}

interface Surroundings {
  readonly clock: Clock;
  readonly agents: Agents;
  readonly lookUp: LookUp;
}

/** Rejects only with the signal's reason. The URL was judged by its text already; its addresses are judged here. */
export function exchange(ask: Exchange, around: Surroundings, signal: AbortSignal): Promise<RawAnswer> {
  const { url, reach } = ask;
  const host = bareHost(url);
  const place = describeUrl(url.href);
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    let privateAddress = ipaddr.isValid(host) && isPrivate(host);
    let silence: Disposable | undefined;
    let settled = false;
    const proxy = proxyFor(url);
    const secure = url.protocol === 'https:';
    const outgoing = (secure ? httpsRequest : httpRequest)(url, {
      method: ask.method,
      headers: ask.headers,
      maxHeaderSize: maximumHeaderBytes,
      agent:
        proxy === '' ? (secure ? around.agents.secure : around.agents.plain) : proxyAgent(around.agents, proxy, secure),
      ...(proxy === '' && {
        lookup: judgingLookup(around.lookUp, reach, (address) => {
          privateAddress = isPrivate(address);
        }),
      }),
      ...(secure && ask.authorities && { ca: [...rootCertificates, ...ask.authorities] }),
    });
    const finish = (): boolean => {
      if (settled) return false;
      settled = true;
      silence?.dispose();
      signal.removeEventListener('abort', aborted);
      return true;
    };
    const end = (answer: RawAnswer): void => {
      if (finish()) resolve(answer);
    };
    const giveUp = (failure: FetchFailure, reason: string, absent = false): void => {
      end({ kind: 'failed', failure, reason, absent });
      outgoing.destroy();
    };
    const aborted = (): void => {
      if (finish()) reject(signal.reason);
      outgoing.destroy();
    };
    const wait = (): void => {
      silence?.dispose();
      silence = around.clock.after(longestSilence, () => giveUp('timeout', t('{0} did not answer in time.', place)));
    };
    signal.addEventListener('abort', aborted, { once: true });
    wait();
    outgoing.on('error', (error) => {
      if (error instanceof AddressRefused) giveUp('refused', error.message);
      else {
        const code = codeOf(error) ?? '';
        giveUp('unreachable', t("{0} can't be reached: {1}", place, code || messageOf(error)), nobody.has(code));
      }
    });
    outgoing.on('response', (incoming) => {
      wait();
      const status = incoming.statusCode ?? 0;
      const headers = headersOf(incoming);
      const success = status >= 200 && status <= 299;
      const limit = success ? ask.maximumBytes : failureBytes;
      const announced = Number(headers.get('content-length') ?? Number.NaN);
      if (success && ask.method !== 'HEAD' && announced > limit) return giveUp('too large', tooLarge(place, limit));
      const chunks: Uint8Array[] = [];
      let received = 0;
      let decoded = 0;
      const answer = (): void =>
        end({
          kind: 'answered',
          status,
          headers,
          body: success ? Buffer.concat(chunks) : new Uint8Array(),
          privateAddress,
        });
      incoming.on('data', (chunk: Buffer) => {
        wait();
        received += chunk.byteLength;
        if (received <= limit) return;
        if (success) giveUp('too large', tooLarge(place, limit));
        else {
          answer();
          outgoing.destroy();
        }
      });
      const body = decodedBody(incoming, headers.get('content-encoding'));
      body.on('data', (chunk: Buffer) => {
        if (settled || !success) return;
        decoded += chunk.byteLength;
        if (decoded > limit) giveUp('too large', tooLarge(place, limit));
        else chunks.push(chunk);
      });
      body.on('end', answer);
      const broken = (error: Error): void =>
        giveUp('unreachable', t("{0} can't be reached: {1}", place, codeOf(error) ?? messageOf(error)));
      incoming.on('error', broken);
      incoming.on('aborted', () => broken(new Error('aborted')));
      if (body !== incoming) body.on('error', broken);
    });
    outgoing.end(ask.body);
  });
}

function tooLarge(place: string, limit: number): string {
  return t('{0} answered with more than {1} MB, which is not read.', place, Math.ceil(limit / 1e6));
}

function headersOf(incoming: IncomingMessage): FetchHeaders {
  return new Map(
    Object.entries(incoming.headers).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}

function decodedBody(incoming: IncomingMessage, encoding: string | undefined): Readable {
  switch (encoding?.trim().toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return incoming.pipe(createGunzip());
    case 'deflate':
      return incoming.pipe(createInflate());
    case 'br':
      return incoming.pipe(createBrotliDecompress());
    default:
      return incoming;
  }
}

/** The proxy that the environment names; empty when there is none for the URL or none that can be used. */
function proxyFor(url: URL): string {
  const proxy = getProxyForUrl(url.href);
  return URL.canParse(proxy) && /^https?:$/.test(new URL(proxy).protocol) ? proxy : '';
}

function proxyAgent(agents: Agents, proxy: string, secure: boolean): HttpProxyAgent<string> | HttpsProxyAgent<string> {
  const key = `${secure ? 'https' : 'http'} ${proxy}`;
  let agent = agents.proxied.get(key);
  if (agent === undefined) {
    agent = secure ? new HttpsProxyAgent(proxy, { keepAlive: true }) : new HttpProxyAgent(proxy, { keepAlive: true });
    agents.proxied.set(key, agent);
  }
  return agent;
}
