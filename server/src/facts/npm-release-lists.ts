/** Lists of the releases of npm packages: fetched as npm fetches them, what is needed of them kept on disk for a day. */
import { t } from '../localize';
import { readNpmReleases, shortNpmReleases } from '../packages/npm-releases';
import type { ReleaseList } from '../packages/types';
import type { AnswerStore } from './answer-store';
import type { Fetch } from './fetch';
import { notKnown, notNow, type Outcome } from './index-outcome';
import { countOf, objectOf } from './json-values';
import type { NpmRegistry } from './npm-configuration';
import type { Clock } from './ports';

export interface NpmReleaseLists {
  /** The list of one package. Rejects only with the signal's reason. */
  read(registry: NpmRegistry, name: string, signal: AbortSignal): Promise<Outcome<ReleaseList>>;
}

export interface NpmReleaseListOptions {
  readonly fetch: Fetch;
  readonly store: AnswerStore;
  readonly clock: Clock;
}

/** Another text for every change of what is kept. */
export const listForm = 'lists 3';
/** Lists in one of the store's files. */
export const mostLists = 120;
const aDay = 86_400_000;
/** The longest lists, of packages with thousands of releases, have some 30 MB. */
const longestList = 48_000_000;
const npmName = /^(?:@[\w~-][\w.~-]{0,100}\/)?[\w~-][\w.~-]{0,213}$/;
/** What npm asks for: the short form, where the registry has one. */
const shortForm = 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*';

/** Asks nobody until asked. The same question twice at a time is for the caller to prevent. */
export function createNpmReleaseLists({ fetch, store, clock }: NpmReleaseListOptions): NpmReleaseLists {
  const fetchList = async (registry: NpmRegistry, name: string, signal: AbortSignal): Promise<Outcome<ReleaseList>> => {
    const { host } = new URL(registry.url);
    const answer = await fetch.get(
      {
        url: `${registry.url}/${name.replace('/', '%2f')}`,
        maximumBytes: longestList,
        accept: shortForm,
        reach: registry.known ? 'configured' : 'public',
        ...(registry.authorization !== undefined && { authorization: registry.authorization }),
      },
      signal,
    );
    if (answer.kind === 'unchanged') return notNow(t('The request was given up.'));
    if (answer.kind === 'failed') {
      const lasting = answer.failure === 'too large' || [404, 410].includes(answer.status ?? 0);
      return lasting || answer.failure === 'refused' ? notKnown(answer.reason) : notNow(answer.reason);
    }
    const list = readNpmReleases(jsonOf(answer.body), answer.body.byteLength);
    if (list === undefined) return notNow(t('{0} answered with something that is no JSON.', host));
    return ready(list, host);
  };

  return {
    async read(registry, name, signal) {
      if (!npmName.test(name)) return notKnown(t('{0} is not on a registry.', name));
      const key = `${registry.url} ${name}`;
      const stored = await store.read(key);
      const kept = keptList(stored?.value);
      const { host } = new URL(registry.url);
      if (kept !== undefined && stored !== undefined && clock.now() - stored.at < aDay) return ready(kept, host);
      const fetched = await fetchList(registry, name, signal);
      if (fetched.answer.state === 'ready') {
        await store.write(key, shortNpmReleases(fetched.answer.value));
        return fetched;
      }
      // Better a list of last week than none.
      return kept === undefined ? fetched : ready(kept, host);
    },
  };
}

function ready(value: ReleaseList, host: string): Outcome<ReleaseList> {
  return {
    answer: { state: 'ready', value, basis: 'computed', source: t('npm registry {0}', host) },
    again: false,
  };
}

function keptList(value: unknown): ReleaseList | undefined {
  const bytes = countOf(objectOf(value)?.bytes);
  return bytes === undefined ? undefined : readNpmReleases(value, bytes);
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch {
    return undefined;
  }
}
