/** One client, one cache and one set of indexes for all Dockerfiles of the process that use the network alike. */
import { dirname, join } from 'node:path';
import { t } from '../localize';
import type { DistributionIndex, ReleaseList, ReleaseSize } from '../packages/types';
import { type AnswerStore, createAnswerStore } from './answer-store';
import { cacheFolderOf } from './cache-folder';
import { type Mirrors, mirrorsOfApt } from './distribution-place';
import { createDistributionSource, packedForm } from './distribution-source';
import { readDistributionInThread } from './distribution-thread';
import { createFetch, type Fetch } from './fetch';
import { notKnown, type Outcome } from './index-outcome';
import type { NetworkUse } from './network-use';
import { type NpmConfiguration, readNpmConfiguration } from './npm-configuration';
import { createNpmReleaseLists, listForm, mostLists } from './npm-release-lists';
import type { IndexQuestions } from './package-indexes';
import { createPackedStore } from './packed-store';
import type { Clock, Disposable, Log } from './ports';
import { imageForm } from './registry-images';
import { createReleaseSource, defaultPypi, releaseForm } from './release-source';
import { Shared } from './sharing';

export interface IndexWish {
  readonly network: NetworkUse;
  /** URLs that the user's settings give in the place of the usual ones. */
  readonly mirrors: Mirrors;
  readonly storagePath?: string;
  readonly workerPath: string;
  /** Folder of the data that come with Strata. */
  readonly dataFolder: string;
  /** Project whose `.npmrc` may name a registry; only when the workspace is trusted. */
  readonly project?: string;
}

/** Images kept in one of the files of the store. */
const mostImages = 60;

interface Opened extends Disposable {
  /** Absent when the network is not used. */
  readonly fetch?: Fetch;
  readonly questions: (project: string | undefined) => IndexQuestions;
  /** What was read of images. */
  readonly images: AnswerStore;
}

const opened = new Shared<Opened>();

/** The questions for a wish. Every user disposes of what it got; connections end with the last one. */
export function shareIndexes(
  wish: IndexWish,
  clock: Clock,
  log: Log,
): { readonly questions: IndexQuestions; readonly images: AnswerStore; readonly fetch?: Fetch } & Disposable {
  const { network, mirrors, storagePath, workerPath, dataFolder } = wish;
  const key = JSON.stringify([network, Object.entries(mirrors), storagePath, workerPath, dataFolder]);
  const shared = opened.take(key, () => open(wish, clock, log));
  return {
    questions: shared.value.questions(wish.project),
    images: shared.value.images,
    ...(shared.value.fetch && { fetch: shared.value.fetch }),
    dispose: () => shared.dispose(),
  };
}

function open(wish: IndexWish, clock: Clock, log: Log): Opened {
  const folder = cacheFolderOf(wish.storagePath);
  const fetch = wish.network === 'off' ? undefined : createFetch({ clock, log });
  let ofApt: Promise<Mirrors> | undefined;
  const distributions = createDistributionSource({
    ...(fetch && { fetch }),
    mirrors: (signal) => allMirrors(signal),
    store: createPackedStore(join(folder, 'distributions'), packedForm, log),
    read: readDistributionInThread(wish.workerPath),
    dataFolder: wish.dataFolder,
    clock,
    log,
  });
  const store = createAnswerStore({ folder: join(folder, 'releases'), form: releaseForm, clock, log });
  const images = createAnswerStore({
    folder: join(folder, 'images'),
    form: imageForm,
    perFile: mostImages,
    clock,
    log,
  });
  const pypi = wish.mirrors.pypi?.replace(/\/+$/, '') ?? defaultPypi;
  const releases = fetch && createReleaseSource({ fetch, store, pypi, clock });
  const listStore = createAnswerStore({
    folder: join(folder, 'lists'),
    form: listForm,
    perFile: mostLists,
    clock,
    log,
  });
  const lists = fetch && createNpmReleaseLists({ fetch, store: listStore, clock });
  const running = new Map<string, Promise<unknown>>();
  /** The same question is asked once, whoever asks: its end is not tied to one of them. */
  const together = <Value>(key: string, ask: (signal: AbortSignal) => Promise<Value>): Promise<Value> => {
    const known = running.get(key) as Promise<Value> | undefined;
    if (known) return known;
    const asking = ask(stop.signal).finally(() => running.delete(key));
    running.set(key, asking);
    return asking;
  };
  const stop = new AbortController();
  const allMirrors = async (signal: AbortSignal): Promise<Mirrors> => {
    ofApt ??= mirrorsOfApt(signal);
    return { ...(await ofApt), ...wish.mirrors };
  };
  /** Hosts that the user's own settings name: a mirror inside the user's network may be asked for a file too. */
  const knownHosts = async (configuration: Promise<NpmConfiguration>): Promise<ReadonlySet<string>> => {
    const mirrors = await allMirrors(stop.signal);
    const npm = (await configuration).registryOf('');
    return new Set([...Object.values(mirrors), ...(npm.known ? [npm.url] : [])].map(hostOf));
  };
  const off = (): Outcome<never> => notKnown(t('The network is not used.'));
  return {
    ...(fetch && { fetch }),
    images,
    questions(project) {
      let reading: Promise<NpmConfiguration> | undefined;
      const configuration = (): Promise<NpmConfiguration> => {
        reading ??= readNpmConfiguration({ environment: process.env, ...(project !== undefined && { project }) });
        return reading;
      };
      return {
        distribution: (distribution, suite, architecture) =>
          together<Outcome<DistributionIndex>>(`${distribution} ${suite} ${architecture}`, (signal) =>
            distributions.read(distribution, suite, architecture, signal),
          ),
        distributionMeanwhile: (distribution, suite, architecture) =>
          distributions.meanwhile(distribution, suite, architecture),
        async npm(name, version) {
          if (releases === undefined) return off();
          const registry = (await configuration()).registryOf(name);
          return together<Outcome<ReleaseSize>>(`npm ${registry.url} ${name} ${version}`, (signal) =>
            releases.npm(registry, name, version, signal),
          );
        },
        async npmReleases(name) {
          if (lists === undefined) return off();
          const registry = (await configuration()).registryOf(name);
          return together<Outcome<ReleaseList>>(`npm releases ${registry.url} ${name}`, (signal) =>
            lists.read(registry, name, signal),
          );
        },
        pypi: async (name, version) =>
          releases === undefined
            ? off()
            : together<Outcome<ReleaseSize>>(`pypi ${name} ${version}`, (signal) =>
                releases.pypi(name, version, signal),
              ),
        async url(url) {
          if (releases === undefined) return off();
          if (wish.network !== 'all') {
            return notKnown(
              t('URLs of a Dockerfile are asked for their size only with the setting strata.network "all".'),
            );
          }
          const reach = (await knownHosts(configuration())).has(hostOf(url)) ? 'configured' : 'public';
          return together<Outcome<number>>(`url ${url}`, (signal) => releases.url(url, reach, signal));
        },
      };
    },
    dispose() {
      stop.abort();
      fetch?.dispose();
      void store.flush();
      void listStore.flush();
      void images.flush();
    },
  };
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : '';
}

/** Folder of the data that come with Strata: beside the worker's program file. */
export function dataFolderOf(workerPath: string): string {
  return join(dirname(workerPath), 'data');
}
