/**
 * Reads what a registry knows of an image: manifest, configuration, and the ends of its layers. By the OCI distribution specification.
 * Every answer is held against its digest; nothing is sent but the image's name, and that only to its registry.
 */
import { createHash } from 'node:crypto';
import { archiveSize, type CompressedLayer, unpackedSize } from '../images/layer-sizes';
import { operatingSystemOf, packageManagerOf } from '../images/operating-system';
import type { ImageReference } from '../images/reference';
import type { ImageFacts } from '../images/types';
import { t } from '../localize';
import type { Fetch, FetchAnswer, FetchRequest } from './fetch';
import type { Clock, Failable } from './ports';
import type { RegistryServer } from './registry-address';
import type { Credentials } from './registry-credentials';
import {
  type ConfigurationDocument,
  choosePlatform,
  type Descriptor,
  digestPattern,
  manifestTypes,
  readConfiguration,
  readManifest,
} from './registry-documents';
import { type Challenge, getToken, readChallenge, type Token } from './registry-token';

export interface RegistryClientOptions {
  readonly fetch: Fetch;
  readonly servers: (reference: ImageReference) => Promise<readonly RegistryServer[]>;
  /** The user's credentials for a registry; asked for only when it refuses to answer without. */
  readonly credentials: (key: string) => Promise<Credentials | undefined>;
  readonly clock: Clock;
}

export interface RegistryFailure {
  readonly kind: 'failed';
  readonly reason: string;
  /** Asking later may bring more. */
  readonly again: boolean;
  /** The registry said so itself; otherwise nobody could be asked under that address. */
  readonly answered: boolean;
}

export type RegistryAnswer = { readonly kind: 'ok'; readonly value: RegistryImage } | RegistryFailure;

/** Everything of `ImageFacts` but the reference, which may be written in many ways. */
export type RegistryImage = Omit<ImageFacts, 'reference'>;

const documentBytes = 4_000_000;
/** Ends of layers that are asked for, the largest first. */
const mostEnds = 24;
/** A layer so small (bytes) makes no difference. */
const smallLayer = 20_000;
const mostTokens = 200;

interface Session {
  readonly server: RegistryServer;
  readonly repository: string;
}

/** Asks nobody until asked. */
export function createRegistryClient(options: RegistryClientOptions): {
  /** Rejects only with the signal's reason. */
  read(reference: ImageReference, platform: string, signal: AbortSignal): Promise<RegistryAnswer>;
} {
  const { fetch, clock } = options;
  const tokens = new Map<string, Token>();

  const authorize = async (
    { server, repository }: Session,
    challenge: Challenge,
    credentials: Credentials | undefined,
    signal: AbortSignal,
  ): Promise<Failable<Token>> => {
    const token = await getToken(fetch, server, challenge, repository, credentials, clock.now(), signal);
    if (token.kind === 'ok') {
      tokens.set(`${server.url} ${repository}`, token.value);
      for (const oldest of tokens.keys()) if (tokens.size > mostTokens) tokens.delete(oldest);
    }
    return token;
  };

  /** First as anybody, then with the user's credentials where the registry wants to know who asks. */
  const get = async (session: Session, path: string, more: Partial<FetchRequest>, signal: AbortSignal) => {
    const { server, repository } = session;
    const ask = (token: Token | undefined): Promise<FetchAnswer> =>
      fetch.get(
        {
          url: `${server.url}/v2/${repository}/${path}`,
          maximumBytes: documentBytes,
          reach: 'configured',
          ...(server.authorities && { authorities: server.authorities }),
          ...(token && { authorization: token.authorization }),
          ...more,
        },
        signal,
      );
    const known = tokens.get(`${server.url} ${repository}`);
    let answer = await ask(known?.until !== undefined && known.until < clock.now() ? undefined : known);
    for (const login of [false, true]) {
      if (answer.kind !== 'failed') return answer;
      const limited = answer.status === 429;
      if (answer.status !== 401 && answer.status !== 403 && !limited) return answer;
      const challenge = readChallenge(answer.headers?.get('www-authenticate'));
      const key = server.credentialKey;
      const credentials = login && key !== undefined ? await options.credentials(key) : undefined;
      if (login && credentials === undefined) return answer;
      if (challenge === undefined) return answer;
      const token = await authorize(session, challenge, credentials, signal);
      if (token.kind === 'failed') {
        if (login || key === undefined) return answer;
        continue;
      }
      answer = await ask(token.value);
    }
    return answer;
  };

  const document = async (
    session: Session,
    path: string,
    accept: string,
    digest: string | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly kind: 'ok'; readonly json: unknown; readonly digest: string } | RegistryFailure> => {
    const answer = await get(session, path, { accept }, signal);
    const { host } = new URL(session.server.url);
    if (answer.kind !== 'ok') return failureOf(answer, session);
    const found = `sha256:${createHash('sha256').update(answer.body).digest('hex')}`;
    const told = digest ?? answer.headers.get('docker-content-digest');
    if (told !== undefined && digestPattern.test(told) && told !== found) {
      return failed(t('{0} answered with something else than the digest says.', host), true);
    }
    try {
      return { kind: 'ok', json: JSON.parse(Buffer.from(answer.body).toString('utf8')), digest: found };
    } catch {
      // Cut off on its way: a later answer may be whole.
      return failed(t('{0} answered with something that is no JSON.', host), true);
    }
  };

  const ends = async (
    session: Session,
    layers: readonly Descriptor[],
    signal: AbortSignal,
  ): Promise<readonly CompressedLayer[]> => {
    const asked = new Set(
      layers
        .filter(({ size, mediaType }) => size > smallLayer && /gzip$/.test(mediaType))
        .toSorted((a, b) => b.size - a.size)
        .slice(0, mostEnds),
    );
    return Promise.all(
      layers.map(async (layer): Promise<CompressedLayer> => {
        const compressed = layer.size;
        if (!asked.has(layer)) return { compressed };
        const range = `bytes=${compressed - 4}-${compressed - 1}`;
        const answer = await get(session, `blobs/${layer.digest}`, { range, maximumBytes: 4 }, signal);
        const archive =
          answer.kind === 'ok' && answer.status === 206 ? archiveSize(answer.body, compressed) : undefined;
        return { compressed, ...(archive !== undefined && { archive }) };
      }),
    );
  };

  const readFrom = async (
    session: Session,
    reference: ImageReference,
    platform: string,
    signal: AbortSignal,
  ): Promise<RegistryAnswer> => {
    const { digest: pinned } = reference;
    const { host } = new URL(session.server.url);
    const name = pinned ?? reference.tag ?? 'latest';
    const top = await document(session, `manifests/${name}`, manifestTypes, pinned, signal);
    if (top.kind === 'failed') return top;
    const digests = [top.digest];
    let manifest = readManifest(top.json);
    if (manifest?.kind === 'index') {
      const chosen = choosePlatform(manifest.manifests, platform);
      if (chosen === undefined) {
        return failed(t('{0} has no image of {1} for {2}.', host, session.repository, platform), false);
      }
      const below = await document(session, `manifests/${chosen.digest}`, manifestTypes, chosen.digest, signal);
      if (below.kind === 'failed') return below;
      digests.push(below.digest);
      manifest = readManifest(below.json);
    }
    if (manifest?.kind !== 'manifest') {
      return failed(t('{0} describes {1} in a way that is not known.', host, session.repository), false);
    }
    const { configuration: described, layers } = manifest;
    if (described.size > documentBytes) {
      return failed(t('{0} describes {1} in a way that is not known.', host, session.repository), false);
    }
    const blob = await document(session, `blobs/${described.digest}`, '*/*', described.digest, signal);
    if (blob.kind === 'failed') return blob;
    const configuration = readConfiguration(blob.json);
    if (configuration === undefined || configuration.layerDigests.length !== layers.length) {
      return failed(t('{0} describes {1} in a way that is not known.', host, session.repository), false);
    }
    const unpacked = await ends(session, layers, signal);
    const source = { kind: 'registry', label: `${host}, ${dayOf(clock.now())}` } as const;
    const value = imageOf(session.repository, configuration, layers, unpacked);
    return { kind: 'ok', value: { ...value, digest: described.digest, manifestDigests: digests, source } };
  };

  return {
    async read(reference, platform, signal) {
      const servers = await options.servers(reference);
      let last: RegistryFailure | undefined;
      for (const server of servers) {
        const session = { server, repository: reference.repository };
        const answer = await readFrom(session, reference, platform, signal);
        if (answer.kind === 'ok') return answer;
        // What a registry says itself counts for more than that another address does not lead to it.
        if (last?.answered !== true || answer.answered) last = answer;
        if (answer.answered && isHost(server, reference.registry)) break;
      }
      return last ?? failed(t('There is no registry to ask.'), false);
    },
  };
}

function failed(reason: string, again: boolean, answered = true): RegistryFailure {
  return { kind: 'failed', reason, again, answered };
}

/** Not a mirror of it. */
function isHost({ url }: RegistryServer, registry: string): boolean {
  return new URL(url).host === new URL(`${new URL(url).protocol}//${registry}`).host;
}

function failureOf(
  answer: Exclude<FetchAnswer, { readonly kind: 'ok' }>,
  { server, repository }: Session,
): RegistryFailure {
  const { host } = new URL(server.url);
  if (answer.kind === 'unchanged') return failed(t('The request was given up.'), true);
  switch (answer.status) {
    case 401:
    case 403:
      return failed(
        t('{0} does not show {1} without a login. "docker login {0}" may provide it.', host, repository),
        true,
      );
    case 404:
      return failed(t('{0} has no such image: {1}', host, repository), false);
    case 429:
      return failed(t('{0} limits how often it is asked. A login may help: "docker login {0}".', host), true);
    default:
      return failed(
        answer.reason,
        answer.failure !== 'refused' && answer.failure !== 'too large',
        // Servers for https answer 400 to plain http.
        answer.failure !== 'unreachable' && answer.status !== 400,
      );
  }
}

function dayOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}

function imageOf(
  repository: string,
  document: ConfigurationDocument,
  layers: readonly Descriptor[],
  unpacked: readonly CompressedLayer[],
): Omit<RegistryImage, 'source'> {
  const { configuration, history, layerDigests, architecture, createdAt } = document;
  const compressedSize = layers.reduce((sum, { size }) => sum + size, 0);
  const { bytes, low, high } = unpackedSize(unpacked);
  const made = history.filter(({ emptyLayer }) => !emptyLayer);
  const os = operatingSystemOf(document, history);
  const packageManager = packageManagerOf(os, repository);
  return {
    size: bytes,
    sizeRange: { low, high },
    compressedSize,
    layerCount: layers.length,
    layers: layers.map((_, index) => ({ createdBy: made[index]?.createdBy ?? '' })),
    configuration,
    layerDigests,
    ...(os !== undefined && { os }),
    ...(packageManager !== undefined && { packageManager }),
    ...(architecture !== '' && { architecture }),
    ...(createdAt !== undefined && { date: createdAt }),
  };
}
