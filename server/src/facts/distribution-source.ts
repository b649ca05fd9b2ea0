/** Indexes of distributions: from their mirrors, kept on disk, else those that come with Strata. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { t } from '../localize';
import type { Spread } from '../packages/byte-range';
import { openDistribution } from '../packages/distribution-data';
import { layeredIndex } from '../packages/distribution-layered';
import { type NearRelease, nearestRelease } from '../packages/distribution-nearest';
import type { DistributionIndex } from '../packages/types';
import { type Mirrors, placesOf, type SuitePlace } from './distribution-place';
import { type FetchedFile, readRelease } from './distribution-reading';
import type { ReadDistribution } from './distribution-thread';
import type { Fetch, FetchAnswer } from './fetch';
import type { Outcome } from './index-outcome';
import { objectOf, stringOf } from './json-values';
import type { PackedStore } from './packed-store';
import type { Clock, Failable, Log } from './ports';

export interface DistributionOptions {
  /** Absent: the network is not used. */
  readonly fetch?: Fetch;
  readonly mirrors: (signal: AbortSignal) => Promise<Mirrors>;
  readonly store: PackedStore;
  readonly read: ReadDistribution;
  /** Folder of the indexes that come with Strata. */
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly log: Log;
}

export interface DistributionSource {
  /** Rejects only with the signal's reason. */
  read(
    distribution: string,
    suite: string,
    architecture: string,
    signal: AbortSignal,
  ): Promise<Outcome<DistributionIndex>>;
  /** What comes with Strata, to stand in while `read` asks; undefined where nothing does. */
  meanwhile(distribution: string, suite: string, architecture: string): Promise<ReadyIndex | undefined>;
}

export type ReadyIndex = Extract<Outcome<DistributionIndex>['answer'], { readonly state: 'ready' }>;

/** Another number for every change of the packed form. */
export const packedForm = 'distribution 4';
/** Milliseconds for which an index counts as current without asking. */
const fresh = 6 * 3_600_000;
const releaseBytes = 4_000_000;
const indexBytes = 64_000_000;
/** Indexes in memory: as many systems as somebody builds on. */
const mostOpened = 6;
const shippedArchitecture = 'amd64';

/** Asks nobody until asked. */
export function createDistributionSource(options: DistributionOptions): DistributionSource {
  const { store, clock, log } = options;
  const shippedIndexes = new Map<string, Promise<Shipped | undefined>>();
  const shippedOf = (distribution: string, suite: string): Promise<Shipped | undefined> => {
    const name = `${distribution}-${suite}`;
    let shipped = shippedIndexes.get(name);
    if (shipped === undefined) {
      shipped = readShipped(options, distribution, suite, () => nearOf(distribution, suite));
      shippedIndexes.set(name, shipped);
    }
    return shipped;
  };
  /** The shipped release that comes nearest, and how far it is apart. */
  const nearOf = async (distribution: string, suite: string): Promise<NearShipped | undefined> => {
    const near = nearestRelease(distribution, suite);
    const shipped = near && (await shippedOf(near.distribution, near.suite));
    return near && shipped && { near, shipped };
  };

  const live = async (
    key: string,
    fetch: Fetch,
    places: readonly SuitePlace[],
    architecture: string,
    signal: AbortSignal,
  ): Promise<Failable<Live>> => {
    const stored = await store.read(key);
    if (stored && clock.now() - stored.at < fresh) return { kind: 'ok', value: stored };
    const fetched = await fetchFirst(fetch, places, signal);
    if (fetched.kind === 'failed') {
      if (stored === undefined) return fetched;
      log.info(fetched.reason);
      return { kind: 'ok', value: stored };
    }
    const origin = originOf(fetched.value);
    if (stored?.origin === origin) {
      const renewed = { ...stored, at: clock.now() };
      await store.write(key, renewed);
      return { kind: 'ok', value: renewed };
    }
    const rest = await fetchRest(fetch, fetched.value, architecture, signal);
    if (rest.kind === 'failed') return stored ? { kind: 'ok', value: stored } : rest;
    const packed = await options.read({ kind: 'pack', files: rest.value }, signal);
    if (packed.kind === 'failed') return packed;
    const answer = { origin, at: clock.now(), bytes: packed.value };
    await store.write(key, answer);
    return { kind: 'ok', value: answer };
  };

  /** Opened once for all who ask; of the newest state of each. */
  const opened = new Map<string, DistributionIndex>();
  const indexOf = (
    key: string,
    { bytes, origin }: Live,
    shipped: Shipped | undefined,
  ): DistributionIndex | undefined => {
    const known = opened.get(`${key} ${origin}`);
    if (known) return known;
    const index = openDistribution(bytes, shipped?.index);
    if (index) opened.set(`${key} ${origin}`, index);
    for (const oldest of opened.keys()) if (opened.size > mostOpened) opened.delete(oldest);
    return index;
  };

  return {
    async meanwhile(distribution, suite, architecture) {
      const shipped = await shippedOf(distribution, suite);
      if (shipped) return comesWithStrata(`${distribution} ${suite}`, architecture, shipped);
      const near = await nearOf(distribution, suite);
      return near && standsIn(`${distribution} ${suite}`, near, t('The package index is being read.'));
    },
    async read(distribution, suite, architecture, signal) {
      const mirrors = options.fetch ? await options.mirrors(signal) : {};
      const places = placesOf(distribution, suite, architecture, mirrors);
      const name = `${distribution} ${suite}`;
      if (places === undefined) {
        return { answer: { state: 'unknown', reason: t('Strata knows no package index of {0}.', name) }, again: false };
      }
      const shipped = await shippedOf(distribution, suite);
      let reason = t('The network is not used.');
      if (options.fetch) {
        const key = JSON.stringify([places.map(({ url, components }) => [url, components]), architecture]);
        const answer = await live(key, options.fetch, places, architecture, signal);
        if (answer.kind === 'ok') {
          // Where nothing of this release was counted, the nearest one's archives tell what packages hold.
          const index = indexOf(key, answer.value, shipped ?? (await nearOf(distribution, suite))?.shipped);
          if (index) {
            const source = t('Package index of {0} as of {1}', name, day(answer.value.at));
            return { answer: { state: 'ready', value: index, basis: 'computed', source }, again: false };
          }
        }
        reason = answer.kind === 'failed' ? answer.reason : t('The package index of {0} is damaged.', name);
        log.info(reason);
      }
      const again = options.fetch !== undefined;
      if (shipped) return { answer: comesWithStrata(name, architecture, shipped), again };
      const near = await nearOf(distribution, suite);
      if (near) return { answer: standsIn(name, near, reason), again };
      return {
        answer: { state: 'unknown', reason: t('There is no package index of {0}: {1}', name, reason) },
        again,
      };
    },
  };
}

/** A part of a release, the rest being the nearest one’s: 1,090 sets of one, three and eight packages of Debian 11, nine in ten. */
const partly: Spread = { low: 0.92, middle: 1, high: 1.08 };

function comesWithStrata(name: string, architecture: string, { index, date, partial }: Shipped): ReadyIndex {
  const same = architecture === shippedArchitecture;
  const source = same
    ? t('Package index of {0} as of {1}, which comes with Strata', name, date)
    : t('Package index of {0} for amd64 as of {1}, which comes with Strata', name, date);
  const basis = same && !partial ? 'computed' : 'estimated';
  return { state: 'ready', value: index, basis, source, ...(partial && { apart: partly }) };
}

interface NearShipped {
  readonly near: NearRelease;
  readonly shipped: Shipped;
}

function standsIn(name: string, { near, shipped }: NearShipped, reason: string): ReadyIndex {
  const source = t(
    'Figures of {0} as of {1}, which come with Strata, for {2}, of which there is no package index: {3}',
    `${near.distribution} ${shipped.release ?? near.suite}`,
    shipped.date,
    name,
    reason,
  );
  const { suite, apart } = near;
  return { state: 'ready', value: shipped.index, basis: 'estimated', source, apart, suite };
}

interface Live {
  readonly origin: string;
  readonly at: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

interface Shipped {
  readonly index: DistributionIndex;
  readonly date: string;
  /** Where the data are named otherwise than the release: `3.22`. */
  readonly release?: string;
  /** Only the most used packages; those of the nearest release stand in for the others. */
  readonly partial: boolean;
}

async function readShipped(
  { dataFolder, read, log }: DistributionOptions,
  distribution: string,
  suite: string,
  nearest: () => Promise<NearShipped | undefined>,
): Promise<Shipped | undefined> {
  const name = `${distribution}-${suite}`;
  const bytes = await readFile(join(dataFolder, `${name}.br`)).catch(() => undefined);
  if (bytes === undefined) return undefined;
  const about = await readFile(join(dataFolder, `${distribution}.json`), 'utf8')
    .then((text) => objectOf(objectOf(JSON.parse(text))?.[suite]))
    .catch(() => undefined);
  const unpacked = await read({ kind: 'shipped', bytes: new Uint8Array(bytes) }, new AbortController().signal);
  const partial = about?.partial === true;
  const near = partial ? (await nearest())?.shipped.index : undefined;
  const opened = unpacked.kind === 'ok' ? openDistribution(unpacked.value, near) : undefined;
  const index = opened && near ? layeredIndex(opened, near) : opened;
  if (index === undefined) {
    log.warn(t('The file {0} that comes with Strata is damaged. Install Strata again.', `${name}.br`));
    return undefined;
  }
  const release = stringOf(about?.release, 20);
  return { index, date: stringOf(about?.date, 10) ?? '', partial, ...(release !== undefined && { release }) };
}

function day(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}

/** A place with the answer for the file that is asked first: the release file, or the index itself where there is none. */
interface Asked {
  readonly place: SuitePlace;
  readonly url: string;
  readonly bytes: Uint8Array;
}

async function fetchFirst(
  fetch: Fetch,
  places: readonly SuitePlace[],
  signal: AbortSignal,
): Promise<Failable<readonly Asked[]>> {
  const answers = await Promise.all(
    places.map(async (place) => {
      const url = `${place.url}/${place.kind === 'debian' ? 'InRelease' : 'APKINDEX.tar.gz'}`;
      return { place, url, answer: await get(fetch, url, releaseBytes, signal) };
    }),
  );
  const asked: Asked[] = [];
  for (const { place, url, answer } of answers) {
    if (answer.kind === 'ok') asked.push({ place, url, bytes: answer.body });
    // A release has no updates before it is one, and none any more after its end.
    else if (place.main || answer.kind !== 'failed' || answer.status !== 404) {
      return { kind: 'failed', reason: reasonOf(answer, url) };
    }
  }
  return { kind: 'ok', value: asked };
}

function get(fetch: Fetch, url: string, maximumBytes: number, signal: AbortSignal): Promise<FetchAnswer> {
  // Mirrors are the user's choice.
  return fetch.get({ url, maximumBytes, reach: 'configured' }, signal);
}

function reasonOf(answer: FetchAnswer, url: string): string {
  return answer.kind === 'failed' ? answer.reason : t('{0} could not be asked.', url);
}

function originOf(asked: readonly Asked[]): string {
  const hash = createHash('sha256');
  for (const { url, bytes } of asked) hash.update(url).update('\n').update(bytes);
  return hash.digest('hex');
}

async function fetchRest(
  fetch: Fetch,
  asked: readonly Asked[],
  architecture: string,
  signal: AbortSignal,
): Promise<Failable<readonly FetchedFile[]>> {
  const files: FetchedFile[] = [];
  for (const { place, url, bytes } of asked) {
    const { suite } = place;
    if (place.kind === 'alpine') {
      files.push({ url, kind: 'apkindex', suite, component: place.components[0] ?? '', bytes });
      continue;
    }
    const release = readRelease(Buffer.from(bytes).toString('utf8'));
    files.push({ url, kind: 'release', suite, component: '', bytes });
    for (const component of place.components) {
      const plain = `${component}/binary-${architecture}/Packages`;
      // Without an ending it is named everywhere, and on few mirrors.
      const found = ['.gz', '.xz', ''].map((ending) => release.files.get(plain + ending)).find((each) => each);
      if (found === undefined) {
        // Security suites write their components as `updates/main` in some releases.
        if (place.main) return { kind: 'failed', reason: t('{0} does not name {1}.', url, plain) };
        continue;
      }
      const from = `${place.url}/${found.path}`;
      const answer = await get(fetch, from, Math.min(indexBytes, found.size), signal);
      if (answer.kind !== 'ok') return { kind: 'failed', reason: reasonOf(answer, from) };
      const { digest } = found;
      files.push({ url: from, kind: 'packages', suite, component, bytes: answer.body, digest });
    }
  }
  return { kind: 'ok', value: files };
}
