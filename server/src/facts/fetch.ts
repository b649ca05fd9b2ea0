/**
 * The one way over the network to indexes, registries and files that a Dockerfile names. Every answer has a limit in bytes and in time;
 * what can't be had is an answer too, with a sentence for people.
 */
import { t } from '../localize';
import { closeAgents, exchange, openAgents, type RawAnswer } from './fetch-exchange';
import { FetchLanes } from './fetch-lanes';
import { describeUrl, type LookUp, type Reach, refusalOf, systemLookUp, widestAfterRedirect } from './fetch-reach';
import { sleep } from './listeners';
import type { Clock, Disposable, Log } from './ports';

export interface FetchRequest {
  /** `http:` or `https:`. */
  readonly url: string;
  readonly method?: 'GET' | 'HEAD';
  /** Bytes of the body, also after its content encoding is undone. */
  readonly maximumBytes: number;
  /** Value of the header `Accept`. */
  readonly accept?: string;
  /** Value of the header `Authorization`: never logged, never sent to another host. */
  readonly authorization?: string;
  /** `public`: the URL was written by somebody who is not trusted. `configured`: the user's own settings name it. */
  readonly reach: 'public' | 'configured';
  /** What an earlier answer said of itself: the answer may be `unchanged`. */
  readonly validators?: { readonly etag?: string; readonly lastModified?: string };
  /** Value of the header `Range`. */
  readonly range?: string;
  /** Makes it a POST of these fields; it follows no redirect, for it may hold credentials. */
  readonly form?: Readonly<Record<string, string>>;
  /** A page of HTML is refused unless it was wanted. */
  readonly html?: boolean;
  /** Milliseconds for everything, retries included; 120,000 when absent. */
  readonly time?: number;
  /** Certificates of authorities in PEM form that count beside those of the system. */
  readonly authorities?: readonly string[];
}

/** By lower-case name; of a header that came more than once the values are joined by `, `. */
export type FetchHeaders = ReadonlyMap<string, string>;

export type FetchFailure = 'unreachable' | 'timeout' | 'too large' | 'status' | 'not data' | 'refused';

export type FetchAnswer =
  | {
      readonly kind: 'ok';
      readonly status: number;
      readonly headers: FetchHeaders;
      readonly body: Uint8Array;
      /** After redirects. */
      readonly url: string;
    }
  | { readonly kind: 'unchanged'; readonly headers: FetchHeaders }
  | {
      readonly kind: 'failed';
      readonly failure: FetchFailure;
      readonly status?: number;
      readonly headers?: FetchHeaders;
      /** Nobody is at the address, or the network is not there. */
      readonly absent?: boolean;
      /** Names the place without anything secret. Localised. */
      readonly reason: string;
    };

export interface Fetch extends Disposable {
  /** The answer of a server or why there is none. Rejects only with the signal's reason. */
  get(request: FetchRequest, signal: AbortSignal): Promise<FetchAnswer>;
}

export interface FetchOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly userAgent?: string;
  /** How names become addresses; the system's own way when absent. */
  readonly lookUp?: LookUp;
}

const usualTime = 120_000;
const maximumRedirects = 5;
/** Tries in all. */
const maximumTries = 3;
const firstDelay = 500;
/** Nobody waits longer than this (ms) because a server asks to. */
const longestDelay = 20_000;
/** So long (ms) a host is left alone after it could not be reached. */
const restAfterFailure = 30_000;
const retried: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** A client whose connections last as long as it does. */
export function createFetch(options: FetchOptions): Fetch {
  const { clock, log } = options;
  const stop = new AbortController();
  const agents = openAgents();
  const lanes = new FetchLanes(clock);
  const lookUp = options.lookUp ?? systemLookUp;

  const once = async (request: FetchRequest, signal: AbortSignal): Promise<FetchAnswer> => {
    let url = new URL(request.url);
    const origin = url.origin;
    let reach: Reach = request.reach;
    // Credentials do not come back after a way over another host, which may have chosen the path.
    let same = true;
    for (let redirects = 0; ; redirects += 1) {
      const refusal = refusalOf(url, reach);
      if (refusal !== undefined) return failed('refused', refusal);
      same &&= url.origin === origin;
      const answer = await exchange(
        {
          url,
          reach,
          method: request.form ? 'POST' : (request.method ?? 'GET'),
          ...(request.form && { body: new URLSearchParams(request.form).toString() }),
          headers: headersOf(request, same, options.userAgent ?? 'strata'),
          maximumBytes: request.maximumBytes,
          ...(request.authorities && { authorities: request.authorities }),
        },
        { clock, agents, lookUp },
        signal,
      );
      if (answer.kind === 'failed') return answer;
      const location = redirectOf(answer);
      if (location === undefined) return judged(request, url, answer);
      if (redirects === maximumRedirects || request.form)
        return failed('refused', t('{0} redirects too many times.', describeUrl(request.url)));
      const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
      if (next === undefined || !mayFollow(url, next)) {
        return failed('refused', t('{0} redirects to another kind of address.', describeUrl(request.url)));
      }
      if (next.host !== new URL(request.url).host) reach = widestAfterRedirect(reach, answer.privateAddress);
      url = next;
    }
  };

  const patiently = async (request: FetchRequest, signal: AbortSignal): Promise<FetchAnswer> => {
    // An address that is not answered under https may be under http.
    const host = new URL(request.url).origin;
    for (let tries = 1; ; tries += 1) {
      const rest = lanes.restOf(host);
      if (rest !== undefined) return failed('unreachable', rest);
      const answer = await lanes.run(host, () => once(request, signal), signal);
      if (answer.kind !== 'failed') return answer;
      const asked = retryAfter(answer.headers?.get('retry-after'), clock.now());
      if (answer.status === 429 && (asked ?? 0) > longestDelay) {
        lanes.rest(host, asked ?? restAfterFailure, answer.reason);
        return answer;
      }
      const again =
        (answer.failure === 'unreachable' && answer.absent !== true) ||
        (answer.failure === 'status' && retried.has(answer.status ?? 0));
      if (!again || tries === maximumTries || (asked ?? 0) > longestDelay) {
        if (answer.failure === 'unreachable' || answer.failure === 'timeout')
          lanes.rest(host, restAfterFailure, answer.reason);
        return answer;
      }
      await sleep(clock, asked ?? firstDelay * 2 ** (tries - 1), signal);
    }
  };

  return {
    async get(request, signal) {
      signal.throwIfAborted();
      if (!URL.canParse(request.url)) return failed('refused', t('"{0}" is no address.', request.url.slice(0, 200)));
      const limit = new AbortController();
      const timer = clock.after(request.time ?? usualTime, () => limit.abort());
      try {
        return await patiently(request, AbortSignal.any([signal, stop.signal, limit.signal]));
      } catch (error) {
        signal.throwIfAborted();
        if (limit.signal.aborted) {
          return failed('timeout', t('{0} did not answer in time.', describeUrl(request.url)));
        }
        if (stop.signal.aborted) return failed('refused', t('The request was given up.'));
        log.warn(`${describeUrl(request.url)}: ${error instanceof Error ? error.message : String(error)}`);
        return failed('unreachable', t('{0} could not be asked.', describeUrl(request.url)));
      } finally {
        timer.dispose();
      }
    },
    dispose() {
      stop.abort();
      closeAgents(agents);
    },
  };
}

function failed(failure: FetchFailure, reason: string): Extract<FetchAnswer, { readonly kind: 'failed' }> {
  return { kind: 'failed', failure, reason };
}

function headersOf(request: FetchRequest, sameOrigin: boolean, userAgent: string): Readonly<Record<string, string>> {
  const { validators, authorization } = request;
  return {
    'user-agent': userAgent,
    accept: request.accept ?? '*/*',
    'accept-encoding': request.method === 'HEAD' || request.range !== undefined ? 'identity' : 'gzip, br',
    ...(request.range !== undefined && { range: request.range }),
    ...(request.form && { 'content-type': 'application/x-www-form-urlencoded' }),
    ...(authorization !== undefined && sameOrigin && { authorization }),
    ...(validators?.etag !== undefined && { 'if-none-match': validators.etag }),
    ...(validators?.lastModified !== undefined && { 'if-modified-since': validators.lastModified }),
  };
}

function redirectOf(answer: Extract<RawAnswer, { readonly kind: 'answered' }>): string | undefined {
  return [301, 302, 303, 307, 308].includes(answer.status) ? answer.headers.get('location') : undefined;
}

/** The same scheme, or from an open line to an encrypted one; never the other way. */
function mayFollow(from: URL, to: URL): boolean {
  return to.protocol === from.protocol || (from.protocol === 'http:' && to.protocol === 'https:');
}

function judged(
  request: FetchRequest,
  url: URL,
  answer: Extract<RawAnswer, { readonly kind: 'answered' }>,
): FetchAnswer {
  const { status, headers, body } = answer;
  if (status === 304 && request.validators !== undefined) return { kind: 'unchanged', headers };
  const place = describeUrl(request.url);
  if (status < 200 || status > 299) {
    return { ...failed('status', t('{0} answered with status {1}.', place, status)), status, headers };
  }
  if (request.html !== true && isHtml(headers.get('content-type'), body)) {
    return { ...failed('not data', t('{0} answered with a web page instead of data.', place)), status, headers };
  }
  return { kind: 'ok', status, headers, body, url: url.href };
}

function isHtml(contentType: string | undefined, body: Uint8Array): boolean {
  if (/^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(contentType ?? '')) return true;
  const start = Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, 256)).toString('latin1');
  return /^(?:\u00ef\u00bb\u00bf)?\s*<(?:!doctype\s+html|html)\b/i.test(start);
}

/** Milliseconds of a header `Retry-After`, which has seconds or a date (RFC 9110, 10.2.3). */
export function retryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\s*\d{1,9}\s*$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
