/** What registries of packages and single URLs say of sizes: small questions, answers kept on disk. */
import { t } from '../localize';
import {
  archiveOfNpmRelease,
  readNpmRelease,
  unpackedFromArchive,
  unpackedFromArchiveEnd,
} from '../packages/npm-release';
import { readPypiRelease } from '../packages/pypi-release';
import type { ReleaseSize, SizeRange } from '../packages/types';
import type { AnswerStore } from './answer-store';
import type { Fetch, FetchAnswer } from './fetch';
import { describeUrl } from './fetch-reach';
import { notKnown, notNow, type Outcome } from './index-outcome';
import { countOf, objectOf, stringOf, stringsOf } from './json-values';
import type { NpmRegistry } from './npm-configuration';
import type { Clock } from './ports';

export interface ReleaseSource {
  npm(registry: NpmRegistry, name: string, version: string, signal: AbortSignal): Promise<Outcome<ReleaseSize>>;
  pypi(name: string, version: string, signal: AbortSignal): Promise<Outcome<ReleaseSize>>;
  /** Bytes, by the header `Content-Length` of a HEAD request; `configured` where the user's own settings name the host. */
  url(url: string, reach: 'public' | 'configured', signal: AbortSignal): Promise<Outcome<number>>;
}

export interface ReleaseOptions {
  readonly fetch: Fetch;
  readonly store: AnswerStore;
  /** PyPI or what stands in its place, without a slash at its end. */
  readonly pypi: string;
  readonly clock: Clock;
}

/** Another text for every change of what is kept. */
export const releaseForm = 'releases 4';
export const defaultPypi = 'https://pypi.org';
const documentBytes = 4_000_000;
/** gzip's count of what it packed. */
const endBytes = 4;
const aDay = 86_400_000;
/** A release may be published any minute; until then it is not asked for again. */
const absentTime = 3_600_000;
const npmName = /^(?:@[\w~-][\w.~-]{0,100}\/)?[\w~-][\w.~-]{0,213}$/;
const pypiName = /^[A-Za-z0-9](?:[\w.-]{0,98}[A-Za-z0-9])?$/;
const versionPattern = /^[\w.+!~-]{1,128}$/;

/** Asks nobody until asked. The same question twice at a time is for the caller to prevent. */
export function createReleaseSource({ fetch, store, pypi, clock }: ReleaseOptions): ReleaseSource {
  /** From the store while it is good, else from the network; a stale answer is better than none. */
  const kept = async <Value>(
    key: string,
    lasts: number,
    check: (value: unknown) => Value | undefined,
    ask: () => Promise<{ readonly value: Value } | Outcome<never>>,
    source: (at: number) => string,
  ): Promise<Outcome<Value>> => {
    const stored = await store.read(key);
    const value = stored && check(stored.value);
    const ready = (of: Value, at: number): Outcome<Value> => ({
      answer: { state: 'ready', value: of, basis: basisOf(of), source: source(at) },
      again: false,
    });
    const absent = stringOf(objectOf(stored?.value)?.absent);
    const age = stored ? clock.now() - stored.at : Number.POSITIVE_INFINITY;
    if (stored && value !== undefined && age < lasts) return ready(value, stored.at);
    if (absent !== undefined && age < absentTime) return notKnown(absent);
    const asked = await ask();
    if ('value' in asked) {
      await store.write(key, asked.value);
      return ready(asked.value, clock.now());
    }
    if (stored && value !== undefined) return ready(value, stored.at);
    if (!asked.again && asked.answer.state === 'unknown') await store.write(key, { absent: asked.answer.reason });
    return asked;
  };

  return {
    async npm(registry, name, version, signal) {
      if (!npmName.test(name) || !versionPattern.test(version)) {
        return notKnown(t('{0}@{1} is not on a registry.', name, version));
      }
      const { host } = new URL(registry.url);
      const exact = /^\d+\.\d+\.\d+/.test(version);
      const url = `${registry.url}/${name.replace('/', '%2f')}/${encodeURIComponent(version)}`;
      return kept(
        `npm ${registry.url} ${name} ${version}`,
        exact ? Number.POSITIVE_INFINITY : aDay,
        releaseFrom,
        async () => {
          const credentials = registry.authorization === undefined ? {} : { authorization: registry.authorization };
          const reach = registry.known ? 'configured' : 'public';
          const accept = 'application/json';
          const answer = await fetch.get({ url, maximumBytes: documentBytes, accept, reach, ...credentials }, signal);
          const document = jsonOf(answer);
          if ('answer' in document) return document;
          const release = readNpmRelease(document.json);
          if (release !== undefined) return { value: release };
          const without = t('{0} does not tell the size of {1}@{2}.', host, name, version);
          const archive = archiveOfNpmRelease(document.json);
          if (archive === undefined || !URL.canParse(archive) || new URL(archive).host !== host)
            return notKnown(without);
          const end = { url: archive, maximumBytes: endBytes, range: `bytes=-${endBytes}`, reach } as const;
          const counted = endOf(await fetch.get({ ...end, ...credentials }, signal));
          if (counted !== undefined) return { value: counted };
          const asked = { url: archive, method: 'HEAD', maximumBytes: 0, reach, ...credentials } as const;
          const length = lengthOf(await fetch.get(asked, signal));
          if (typeof length !== 'number') return length ?? notKnown(without);
          return { value: unpackedFromArchive(length) };
        },
        () => t('npm registry {0}', host),
      );
    },
    async pypi(name, version, signal) {
      if (!pypiName.test(name) || (version !== '' && !versionPattern.test(version))) {
        return notKnown(t('{0} {1} is not on PyPI.', name, version));
      }
      const { host } = new URL(pypi);
      const url = `${pypi}/pypi/${name}/${version === '' ? '' : `${encodeURIComponent(version)}/`}json`;
      return kept(
        `pypi ${pypi} ${name} ${version}`,
        version === '' ? aDay : Number.POSITIVE_INFINITY,
        releaseFrom,
        async () => {
          const answer = await fetch.get(
            { url, maximumBytes: documentBytes, accept: 'application/json', reach: 'configured' },
            signal,
          );
          const document = jsonOf(answer);
          if ('answer' in document) return document;
          const release = readPypiRelease(document.json, version);
          return release
            ? { value: release }
            : notKnown(t('{0} does not tell the size of {1} {2}.', host, name, version));
        },
        (at) => t('{0}, {1}', host, day(at)),
      );
    },
    async url(url, reach, signal) {
      const place = describeUrl(url);
      return kept(
        `url ${url}`,
        aDay,
        countOf,
        async () => {
          const asked = { url, method: 'HEAD', maximumBytes: 0, reach, html: true } as const;
          const answer = await fetch.get(asked, signal);
          const length = lengthOf(answer);
          if (typeof length !== 'number') return length ?? notKnown(t('{0} does not tell its size.', place));
          const html = answer.kind === 'ok' && /^text\/html\b/i.test(answer.headers.get('content-type') ?? '');
          if (html && !/(?:\.html?|\/)$/i.test(new URL(url).pathname)) {
            return notKnown(t('{0} answered with a web page instead of data.', place));
          }
          return { value: length };
        },
        (at) => t('{0} on {1}', place, day(at)),
      );
    },
  };
}

function jsonOf(answer: FetchAnswer): { readonly json: unknown } | Outcome<never> {
  if (answer.kind !== 'ok') return failure(answer);
  try {
    return { json: JSON.parse(Buffer.from(answer.body).toString('utf8')) };
  } catch {
    // Cut off or no JSON at all: a server in trouble may answer better later.
    return notNow(t('{0} answered with something that is no JSON.', describeUrl(answer.url)));
  }
}

/** What the last bytes of an archive tell; undefined when a server gives no parts of files, or they tell nothing. */
function endOf(answer: FetchAnswer): ReleaseSize | undefined {
  if (answer.kind !== 'ok' || answer.status !== 206) return undefined;
  const [, length] = /^bytes \d+-\d+\/(\d{1,15})$/.exec(answer.headers.get('content-range') ?? '') ?? [];
  return length === undefined ? undefined : unpackedFromArchiveEnd({ length: Number(length), end: answer.body });
}

/** Bytes that the answer to a HEAD request announces; undefined when it announces none. */
function lengthOf(answer: FetchAnswer): number | undefined | Outcome<never> {
  if (answer.kind !== 'ok') return failure(answer);
  const length = answer.headers.get('content-length');
  return length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}

function failure(answer: Exclude<FetchAnswer, { readonly kind: 'ok' }>): Outcome<never> {
  if (answer.kind === 'unchanged') return notNow(t('The request was given up.'));
  const lasting =
    answer.failure === 'refused' ||
    answer.failure === 'too large' ||
    (answer.failure === 'status' && [400, 404, 405, 410, 451].includes(answer.status ?? 0));
  return lasting ? notKnown(answer.reason) : notNow(answer.reason);
}

function basisOf(value: unknown): 'computed' | 'estimated' {
  return objectOf(objectOf(value)?.unpacked)?.basis === 'estimated' ? 'estimated' : 'computed';
}

/** A kept release with every member checked. */
function releaseFrom(value: unknown): ReleaseSize | undefined {
  const release = objectOf(value);
  const unpacked = rangeFrom(release?.unpacked);
  const archive = release?.archive === null ? null : countOf(release?.archive);
  if (release === undefined || unpacked === undefined || archive === undefined) return undefined;
  const files = countOf(release.files);
  const tar = countOf(release.tar);
  const version = stringOf(release.version, 200);
  const bytecode = rangeFrom(release.bytecode);
  return {
    unpacked,
    archive,
    ...(files !== undefined && { files }),
    ...(tar !== undefined && { tar }),
    ...(version !== undefined && { version }),
    ...(Array.isArray(release.requires) && { requires: stringsOf(release.requires) }),
    ...(bytecode !== undefined && { bytecode }),
    ...(typeof release.pure === 'boolean' && { pure: release.pure }),
  };
}

const bases = ['exact', 'measured', 'computed', 'estimated', 'unknown'] as const;

function rangeFrom(value: unknown): SizeRange | undefined {
  const range = objectOf(value);
  const low = countOf(range?.low);
  const basis = bases.find((each) => each === range?.basis);
  const bytes = range?.bytes === null ? null : countOf(range?.bytes);
  const high = range?.high === null ? null : countOf(range?.high);
  if (low === undefined || basis === undefined || bytes === undefined || high === undefined) return undefined;
  return { bytes, low, high, basis };
}

function day(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}
