/**
 * HTTP to an engine with hard limits: a deadline for the whole answer, a bound on its size, cancellation.
 *
 * Node's own client does this over sockets, named pipes, TCP and TLS. docker-modem was measured against it: 390 kB more
 * in each bundle (its ssh2 alone 330 kB), answers of any size held in memory, and an SSH client that neither checks host
 * keys nor reads the user's ssh configuration. Five GET requests don't pay for that.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import * as http from 'node:http';
import * as https from 'node:https';
import { Duplex } from 'node:stream';
import { t } from '../localize';
import { describeEndpoint, type Endpoint } from './engine-endpoint';
import { codeOf, messageOf } from './errors';

/** Why an engine gave no usable answer; the message names the address and the way out. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly failure: 'unreachable' | 'timeout' | 'refused' | 'missing' | 'malformed';
  constructor(failure: EngineError['failure'], message: string) {
    super(message);
    this.failure = failure;
  }
}

export interface AnswerLimits {
  /** For the whole answer. */
  readonly milliseconds: number;
  readonly bytes: number;
}

export interface Transport {
  readonly address: string;
  /** The parsed answer to a GET. Rejects with `EngineError`, or with the signal's reason. */
  json(path: string, limits: AnswerLimits, signal: AbortSignal): Promise<unknown>;
  /** Reads a stream of JSON lines until it ends; only the connection has a deadline. Lines over 1 MB are passed over. */
  lines(path: string, onLine: (value: unknown) => void, signal: AbortSignal): Promise<void>;
  /** A connection that has changed over to the protocol, as `/grpc` does to `h2c`; whoever asked for it closes it. */
  upgrade(path: string, protocol: string, signal: AbortSignal): Promise<Duplex>;
  dispose(): void;
}

const connectDeadline = 3_000;
const maximumLineBytes = 1_000_000;

/** A transport to the endpoint; nothing is sent until the first request. */
export function openTransport(endpoint: Endpoint): Transport {
  const address = describeEndpoint(endpoint);
  const children = new Set<ChildProcess>();
  const agent = agentFor(endpoint, children);
  const options = requestOptions(endpoint);
  const client = endpoint.kind === 'tcp' && endpoint.tls ? https : http;

  const get = (path: string, signal: AbortSignal, deadline: AbortSignal): Promise<http.IncomingMessage> =>
    new Promise((resolve, reject) => {
      const request = client.request({
        ...options,
        agent,
        path,
        method: 'GET',
        headers: { Host: 'docker', Accept: 'application/json', 'User-Agent': 'strata' },
        signal: AbortSignal.any([signal, deadline]),
      });
      request.once('response', resolve);
      request.once('error', (error) => reject(explain(error, address, signal, deadline)));
      request.end();
    });

  const upgrade = (path: string, protocol: string, signal: AbortSignal, deadline: AbortSignal): Promise<Duplex> =>
    new Promise((resolve, reject) => {
      const request = client.request({
        ...options,
        agent,
        path,
        method: 'POST',
        headers: { Host: 'docker', Connection: 'Upgrade', Upgrade: protocol, 'User-Agent': 'strata' },
        signal: AbortSignal.any([signal, deadline]),
      });
      request.once('upgrade', (_response, socket, head) => {
        // The agent's deadline for idle connections is not meant for one that is waited on.
        socket.setTimeout(0);
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
      });
      request.once('response', (response) => {
        response.destroy();
        const status = response.statusCode ?? 0;
        reject(
          status === 404
            ? new EngineError('missing', t('The engine at {0} does not have it: {1}', address, path))
            : refusal(address, status, Buffer.alloc(0)),
        );
      });
      request.once('error', (error) => reject(explain(error, address, signal, deadline)));
      request.end();
    });

  return {
    address,
    async upgrade(path, protocol, signal) {
      signal.throwIfAborted();
      const connect = new AbortController();
      const timer = setTimeout(() => connect.abort(new DOMException('timeout', 'TimeoutError')), connectDeadline);
      timer.unref();
      return upgrade(path, protocol, signal, connect.signal).finally(() => clearTimeout(timer));
    },
    async json(path, limits, signal) {
      signal.throwIfAborted();
      const deadline = AbortSignal.timeout(limits.milliseconds);
      const response = await get(path, signal, deadline);
      const body = await readBody(response, limits.bytes, address).catch((error: unknown) => {
        throw explain(error, address, signal, deadline);
      });
      const status = response.statusCode ?? 0;
      if (status === 404) throw new EngineError('missing', t('The engine at {0} does not have it: {1}', address, path));
      if (status < 200 || status > 299) throw refusal(address, status, body);
      try {
        return JSON.parse(body.toString('utf8'));
      } catch {
        throw new EngineError(
          'malformed',
          t('What answers at {0} is not a Docker engine: its answer is not JSON. Check DOCKER_HOST.', address),
        );
      }
    },
    async lines(path, onLine, signal) {
      signal.throwIfAborted();
      const connect = new AbortController();
      const timer = setTimeout(() => connect.abort(new DOMException('timeout', 'TimeoutError')), connectDeadline);
      timer.unref();
      const response = await get(path, signal, connect.signal).finally(() => clearTimeout(timer));
      if (response.statusCode !== 200) {
        response.destroy();
        throw refusal(address, response.statusCode ?? 0, Buffer.alloc(0));
      }
      let rest = '';
      response.setEncoding('utf8');
      try {
        for await (const chunk of response) {
          const parts = (rest + String(chunk)).split('\n');
          rest = parts.pop() ?? '';
          if (rest.length > maximumLineBytes) rest = '';
          for (const part of parts) {
            const value = parseLine(part);
            if (value !== undefined) onLine(value);
          }
        }
      } catch (error) {
        throw explain(error, address, signal, connect.signal);
      }
    },
    dispose() {
      agent.destroy();
      for (const child of children) child.kill();
      children.clear();
    },
  };
}

function parseLine(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // An event that can't be read says at most that something changed.
    return null;
  }
}

function requestOptions(endpoint: Endpoint): https.RequestOptions {
  switch (endpoint.kind) {
    case 'socket':
      return { socketPath: endpoint.path };
    case 'ssh':
      return { host: 'docker' };
    case 'tcp':
      return {
        host: endpoint.host,
        port: endpoint.port,
        ...(endpoint.tls && {
          ca: endpoint.tls.ca,
          cert: endpoint.tls.cert,
          key: endpoint.tls.key,
          rejectUnauthorized: endpoint.tls.verify,
        }),
      };
  }
}

function agentFor(endpoint: Endpoint, children: Set<ChildProcess>): http.Agent {
  const limits = { keepAlive: true, maxSockets: endpoint.kind === 'ssh' ? 3 : 6, timeout: 30_000 };
  if (endpoint.kind === 'tcp' && endpoint.tls) return new https.Agent(limits);
  if (endpoint.kind !== 'ssh') return new http.Agent(limits);
  const agent = new http.Agent(limits);
  // What Docker's command line does for ssh:// (cli/connhelper): the user's ssh, keys, known hosts and configuration.
  const port = endpoint.port === undefined ? [] : ['-p', String(endpoint.port)];
  Object.assign(agent, {
    createConnection: () => {
      const child = spawn(
        'ssh',
        [
          '-o',
          'BatchMode=yes',
          '-o',
          'ConnectTimeout=3',
          ...port,
          '--',
          endpoint.destination,
          'docker system dial-stdio',
        ],
        { stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true },
      );
      children.add(child);
      const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
      child.once('error', (error) => stream.destroy(error));
      child.once('exit', () => children.delete(child));
      stream.once('close', () => child.kill());
      // The HTTP client asks for these, which only real sockets have.
      return Object.assign(stream, {
        setTimeout: () => stream,
        setNoDelay: () => stream,
        setKeepAlive: () => stream,
        ref: () => stream,
        unref: () => stream,
      });
    },
  });
  return agent;
}

async function readBody(response: http.IncomingMessage, limit: number, address: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > limit) {
      response.destroy();
      throw new EngineError(
        'malformed',
        t('The answer of the engine at {0} is larger than {1} MB and was not read.', address, Math.round(limit / 1e6)),
      );
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks, length);
}

function refusal(address: string, status: number, body: Buffer): EngineError {
  const said = /"message"\s*:\s*"((?:[^"\\]|\\.){1,200})/.exec(body.subarray(0, 4_000).toString('utf8'))?.[1];
  return new EngineError(
    'refused',
    said === undefined
      ? t('The engine at {0} answered with status {1}.', address, status)
      : t('The engine at {0} answered with status {1}: {2}', address, status, said),
  );
}

/** The error as people can use it; the caller's own cancellation stays what it is. */
function explain(error: unknown, address: string, signal: AbortSignal, deadline: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof EngineError) return error;
  if (deadline.aborted) {
    return silent(address);
  }
  const code = codeOf(error);
  if (address.startsWith('ssh://') && code !== 'ENOENT') {
    return new EngineError(
      'unreachable',
      t('No Docker engine answers at {0}. Check that ssh reaches it without asking for a password.', address),
    );
  }
  switch (code) {
    case 'ENOENT':
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return new EngineError(
        'unreachable',
        t('No Docker engine answers at {0}. Start Docker, or set DOCKER_HOST.', address),
      );
    case 'EACCES':
    case 'EPERM':
      return new EngineError(
        'unreachable',
        t('No permission to use the engine at {0}. Add your user to the "docker" group, or set DOCKER_HOST.', address),
      );
    default: {
      const detail = messageOf(error);
      return new EngineError(
        'malformed',
        t('What answers at {0} does not speak HTTP as a Docker engine does ({1}).', address, detail),
      );
    }
  }
}

/** The error for an engine that accepts connections and stays silent. */
export function silent(address: string): EngineError {
  return new EngineError(
    'timeout',
    t(
      'The engine at {0} accepts connections but does not answer. Restart Docker, or choose another engine with DOCKER_HOST.',
      address,
    ),
  );
}
