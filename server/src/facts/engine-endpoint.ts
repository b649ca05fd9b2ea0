/** Where the engine listens, as Docker's own command line finds it. */
import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { t } from '../localize';

export interface TlsFiles {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  /** False only where the user's Docker context says so (`SkipTLSVerify`) or `DOCKER_TLS_VERIFY` is not set. */
  readonly verify: boolean;
}

export type Endpoint =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls?: TlsFiles }
  /** `ssh://[user@]host[:port]`: reached through the user's own ssh and `docker system dial-stdio`. */
  | { readonly kind: 'ssh'; readonly destination: string; readonly port?: number };

export type EndpointAnswer =
  | { readonly kind: 'found'; readonly endpoint: Endpoint; readonly origin: string }
  | { readonly kind: 'none'; readonly reason: string };

export interface EndpointOptions {
  /** What the user gave as `--socket` or in settings; a path, or an address with a scheme. */
  readonly socket?: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** The user's home; `os.homedir()` when absent. */
  readonly home?: string;
}

/** Docker's context names (cli/context/store: `restrictedNamePattern`). */
const contextName = /^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$/;
const maximumConfigBytes = 1_000_000;

/**
 * The endpoint in the order of Docker's command line (cli/command/cli.go: `resolveContextName`): what was given
 * explicitly, `DOCKER_HOST`, `DOCKER_CONTEXT`, the current context of `config.json`, then the default sockets.
 */
export async function findEndpoint(options: EndpointOptions): Promise<EndpointAnswer> {
  const { environment } = options;
  if (options.socket) return parseAddress(options.socket, options, '--socket');
  if (environment.DOCKER_HOST) return parseAddress(environment.DOCKER_HOST, options, 'DOCKER_HOST');
  const config = environment.DOCKER_CONFIG || join(options.home ?? homedir(), '.docker');
  const name = environment.DOCKER_CONTEXT || (await currentContext(join(config, 'config.json')));
  if (name && name !== 'default') return contextEndpoint(config, name, options);
  return defaultSocket(options);
}

/** The endpoint without anything secret, for messages. */
export function describeEndpoint(endpoint: Endpoint): string {
  switch (endpoint.kind) {
    case 'socket':
      return endpoint.path;
    case 'tcp':
      return `tcp://${endpoint.host}:${endpoint.port}`;
    case 'ssh':
      return `ssh://${endpoint.destination}${endpoint.port === undefined ? '' : `:${endpoint.port}`}`;
  }
}

async function defaultSocket(options: EndpointOptions): Promise<EndpointAnswer> {
  if (options.platform === 'win32') {
    return { kind: 'found', endpoint: { kind: 'socket', path: '\\\\.\\pipe\\docker_engine' }, origin: 'default' };
  }
  const home = options.home ?? homedir();
  const runtime = options.environment.XDG_RUNTIME_DIR;
  const candidates = [
    '/var/run/docker.sock',
    ...(runtime ? [join(runtime, 'docker.sock')] : []),
    join(home, '.docker', 'run', 'docker.sock'),
    join(home, '.docker', 'desktop', 'docker.sock'),
  ];
  for (const path of candidates) {
    const found = await access(path).then(
      () => true,
      () => false,
    );
    if (found) return { kind: 'found', endpoint: { kind: 'socket', path }, origin: 'default' };
  }
  return {
    kind: 'none',
    reason: t(
      'No Docker engine found: there is no socket at {0}. Start Docker, or set DOCKER_HOST.',
      candidates[0] ?? '',
    ),
  };
}

async function parseAddress(address: string, options: EndpointOptions, origin: string): Promise<EndpointAnswer> {
  const endpoint = readAddress(address);
  if (endpoint === undefined) return { kind: 'none', reason: malformed(address, origin) };
  if (endpoint.kind !== 'tcp') return { kind: 'found', endpoint, origin };
  const { environment } = options;
  const verify = Boolean(environment.DOCKER_TLS_VERIFY);
  const wanted = verify || Boolean(environment.DOCKER_TLS) || address.startsWith('https://');
  if (!wanted) return { kind: 'found', endpoint, origin };
  const folder =
    environment.DOCKER_CERT_PATH || environment.DOCKER_CONFIG || join(options.home ?? homedir(), '.docker');
  return { kind: 'found', endpoint: { ...endpoint, tls: await readTls(folder, verify) }, origin };
}

/** An address as `DOCKER_HOST` takes it; undefined when it can't be understood. */
export function readAddress(address: string): Endpoint | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(address);
  if (!scheme) return address.trim() === '' ? undefined : { kind: 'socket', path: address };
  const name = (scheme[1] ?? '').toLowerCase();
  const rest = scheme[2] ?? '';
  if (name === 'unix') return rest === '' ? undefined : { kind: 'socket', path: rest };
  if (name === 'npipe') {
    return rest === '' ? undefined : { kind: 'socket', path: rest.replaceAll('/', '\\') };
  }
  if (name !== 'tcp' && name !== 'http' && name !== 'https' && name !== 'ssh') return undefined;
  if (!URL.canParse(`http://${rest}`)) return undefined;
  const url = new URL(`http://${rest}`);
  const port = /:(\d+)(?:\/|$)/.exec(rest)?.[1];
  if (url.hostname === '') return undefined;
  if (name === 'ssh') {
    const user = decodeURIComponent(url.username);
    // A leading dash would be read as an option by ssh.
    if (url.password !== '' || url.hostname.startsWith('-') || user.startsWith('-')) return undefined;
    const destination = user === '' ? url.hostname : `${user}@${url.hostname}`;
    return port === undefined ? { kind: 'ssh', destination } : { kind: 'ssh', destination, port: Number(port) };
  }
  const fallback = name === 'https' ? 2376 : 2375;
  return {
    kind: 'tcp',
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === undefined ? fallback : Number(port),
  };
}

async function contextEndpoint(config: string, name: string, options: EndpointOptions): Promise<EndpointAnswer> {
  const unknown: EndpointAnswer = {
    kind: 'none',
    reason: t('The Docker context "{0}" does not exist in {1}. "docker context ls" lists those that do.', name, config),
  };
  if (!contextName.test(name)) return unknown;
  const folder = createHash('sha256').update(name).digest('hex');
  const parsed = await readJson(join(config, 'contexts', 'meta', folder, 'meta.json'));
  const docker = property(property(parsed, 'Endpoints'), 'docker');
  const host = property(docker, 'Host');
  if (typeof host !== 'string' || host === '') return unknown;
  const endpoint = readAddress(host);
  if (endpoint === undefined) return { kind: 'none', reason: malformed(host, `Docker context ${name}`) };
  const origin = `Docker context ${name}`;
  if (endpoint.kind !== 'tcp') return { kind: 'found', endpoint, origin };
  const skip = property(docker, 'SkipTLSVerify') === true;
  const tls = await readTls(join(config, 'contexts', 'tls', folder, 'docker'), !skip);
  const secured = tls.ca !== undefined || tls.cert !== undefined || host.startsWith('https://');
  if (!secured && options.environment.DOCKER_TLS_VERIFY === undefined) {
    return { kind: 'found', endpoint, origin };
  }
  return { kind: 'found', endpoint: { ...endpoint, tls }, origin };
}

async function currentContext(file: string): Promise<string | undefined> {
  const name = property(await readJson(file), 'currentContext');
  return typeof name === 'string' && name !== '' ? name : undefined;
}

async function readTls(folder: string, verify: boolean): Promise<TlsFiles> {
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readFile(join(folder, name)).catch(() => undefined)),
  );
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), verify };
}

async function readJson(file: string): Promise<unknown> {
  try {
    const bytes = await readFile(file);
    return bytes.length > maximumConfigBytes ? undefined : JSON.parse(bytes.toString('utf8'));
  } catch {
    // Docker too takes a missing or damaged configuration for an empty one.
    return undefined;
  }
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

function malformed(address: string, origin: string): string {
  // What stands before an @ may be a password.
  const shown = address.replace(/\/\/[^@/]*@/, '//');
  return t(
    '{0} names no engine address that can be used: {1}. Expected unix:///path, npipe://, tcp://host:port or ssh://host.',
    origin,
    shown,
  );
}
