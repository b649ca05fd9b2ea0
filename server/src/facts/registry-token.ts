/** Leave to read from a registry: bearer tokens (distribution/distribution, docs/spec/auth) and basic authentication. */
import { t } from '../localize';
import type { Fetch, FetchAnswer } from './fetch';
import { countOf, objectOf, stringOf } from './json-values';
import type { Failable } from './ports';
import type { RegistryServer } from './registry-address';
import type { Credentials } from './registry-credentials';

/** What a registry asks for with status 401. */
export type Challenge =
  | { readonly kind: 'bearer'; readonly realm: string; readonly service?: string; readonly scope?: string }
  | { readonly kind: 'basic' };

export interface Token {
  /** Value of the header `Authorization`. */
  readonly authorization: string;
  /** Milliseconds since the epoch; undefined when it does not end. */
  readonly until?: number;
}

const tokenBytes = 1_000_000;
/** Seconds that a token lasts when nobody says (distribution's token specification). */
const usualLife = 60;
const clientName = 'strata';

/** Reads a header `WWW-Authenticate` (RFC 9110, 11.6.1); the bearer challenge when there are several. Undefined when there is none of ours. */
export function readChallenge(header: string | undefined): Challenge | undefined {
  if (header === undefined || header.length > 10_000) return undefined;
  const bearer = /(?:^|,\s*)bearer\s+(.*)/i.exec(header)?.[1];
  if (bearer !== undefined) {
    const values = new Map<string, string>();
    for (const [, name = '', quoted, plain] of bearer.matchAll(/([a-z_]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi)) {
      values.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '');
    }
    const realm = values.get('realm');
    const service = values.get('service');
    const scope = values.get('scope');
    if (realm === undefined || !URL.canParse(realm)) return undefined;
    return { kind: 'bearer', realm, ...(service !== undefined && { service }), ...(scope !== undefined && { scope }) };
  }
  return /(?:^|,\s*)basic\b/i.test(header) ? { kind: 'basic' } : undefined;
}

/**
 * Asks for leave to pull from the repository. Credentials go to the registry itself or to the token server of its own site, over an
 * encrypted line or on this machine; any other token server is asked without them.
 */
export async function getToken(
  fetch: Fetch,
  server: RegistryServer,
  challenge: Challenge,
  repository: string,
  credentials: Credentials | undefined,
  now: number,
  signal: AbortSignal,
): Promise<Failable<Token>> {
  const registry = new URL(server.url);
  if (challenge.kind === 'basic') {
    if (credentials?.kind !== 'password' || !isGuarded(registry)) {
      return { kind: 'failed', reason: t('{0} asks for a login. "docker login {0}" provides it.', registry.host) };
    }
    return { kind: 'ok', value: { authorization: basic(credentials) } };
  }
  const realm = new URL(challenge.realm);
  if (realm.protocol !== 'https:' && realm.hostname !== registry.hostname) {
    return { kind: 'failed', reason: t('{0} sends to a token server that is not encrypted.', registry.host) };
  }
  const own = sameSite(registry, realm);
  const allowed = own && isGuarded(realm) ? credentials : undefined;
  const scope = `repository:${repository}:pull`;
  const common = {
    maximumBytes: tokenBytes,
    accept: 'application/json',
    reach: own ? 'configured' : 'public',
    ...(server.authorities && { authorities: server.authorities }),
  } as const;
  const service = challenge.service === undefined ? {} : { service: challenge.service };
  let answer: FetchAnswer;
  if (allowed?.kind === 'identity token') {
    const form = {
      grant_type: 'refresh_token',
      refresh_token: allowed.token,
      client_id: clientName,
      scope,
      ...service,
    };
    answer = await fetch.get({ url: realm.href, form, ...common }, signal);
  } else {
    for (const [name, value] of Object.entries({ ...service, scope })) realm.searchParams.set(name, value);
    const authorization = allowed === undefined ? {} : { authorization: basic(allowed) };
    answer = await fetch.get({ url: realm.href, ...authorization, ...common }, signal);
  }
  if (answer.kind !== 'ok') {
    const reason = answer.kind === 'failed' ? answer.reason : t('The request was given up.');
    return { kind: 'failed', reason };
  }
  return readToken(answer.body, now, registry.host);
}

function readToken(body: Uint8Array, now: number, host: string): Failable<Token> {
  try {
    const answer = objectOf(JSON.parse(Buffer.from(body).toString('utf8')));
    const token = stringOf(answer?.token, 100_000) ?? stringOf(answer?.access_token, 100_000);
    // Anything else would end the header and begin another.
    if (token !== undefined && /^[\x21-\x7e]+$/.test(token)) {
      const seconds = Math.max(countOf(answer?.expires_in) ?? usualLife, usualLife);
      return { kind: 'ok', value: { authorization: `Bearer ${token}`, until: now + seconds * 900 } };
    }
  } catch {
    // Told below.
  }
  return { kind: 'failed', reason: t('The token server of {0} gave no token.', host) };
}

function basic({ name, password }: Extract<Credentials, { readonly kind: 'password' }>): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
}

function isGuarded(url: URL): boolean {
  return url.protocol === 'https:' || /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
}

/** Second-level names under which countries register: `co.uk`, `com.au`. */
const generic = /^(?:co|com|net|org|gov|edu|ac|or|ne|go)$/;
/** Under these everybody has a name of their own. */
const shared =
  /(?:^|\.)(?:github\.io|azurewebsites\.net|cloudfront\.net|amazonaws\.com|web\.app|pages\.dev|workers\.dev|herokuapp\.com)$/;

/** Whether two hosts belong to the same owner: the same name, or the same registered domain (`registry-1.docker.io`, `auth.docker.io`). */
export function sameSite(left: URL, right: URL): boolean {
  if (left.hostname === right.hostname) return true;
  const [a, b] = [siteOf(left.hostname), siteOf(right.hostname)];
  return a !== undefined && a === b;
}

function siteOf(host: string): string | undefined {
  if (/^[\d.]+$/.test(host) || host.startsWith('[') || shared.test(host)) return undefined;
  const parts = host.split('.');
  const last = parts.slice(-2);
  if (last.length < 2) return undefined;
  return generic.test(last[0] ?? '') && (last[1]?.length ?? 0) === 2 ? parts.slice(-3).join('.') : last.join('.');
}
