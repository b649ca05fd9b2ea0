/** What package indexes say, as an immutable value for one Dockerfile: asked for in the background, new when more is known. */
import { t } from '../localize';
import type {
  Answer,
  DistributionIndex,
  PackageIndexes,
  PackageRequest,
  ReleaseList,
  ReleaseSize,
} from '../packages/types';
import { messageOf } from './errors';
import { notKnown, type Outcome } from './index-outcome';
import { Listeners, unlessAborted } from './listeners';
import type { Clock, Disposable, Log } from './ports';

/** Everything there is to ask. Each member rejects only with the signal's reason. */
export interface IndexQuestions {
  distribution(
    distribution: string,
    suite: string,
    architecture: string,
    signal: AbortSignal,
  ): Promise<Outcome<DistributionIndex>>;
  /** What stands in until `distribution` has answered; undefined where nothing does. Absent: never. */
  distributionMeanwhile?(
    distribution: string,
    suite: string,
    architecture: string,
  ): Promise<Exclude<Answer<DistributionIndex>, { readonly state: 'pending' }> | undefined>;
  npm(name: string, version: string, signal: AbortSignal): Promise<Outcome<ReleaseSize>>;
  /** Absent: nobody can be asked. */
  npmReleases?(name: string, signal: AbortSignal): Promise<Outcome<ReleaseList>>;
  pypi(name: string, version: string, signal: AbortSignal): Promise<Outcome<ReleaseSize>>;
  url(url: string, signal: AbortSignal): Promise<Outcome<number>>;
}

export interface PackageIndexSource extends Disposable {
  /** The same object until something changes; its answers never do. */
  current(): PackageIndexes;
  /** Begins to ask; for the same again it costs nothing. Files are not its own and are passed over. */
  request(request: PackageRequest): void;
  onChange(listener: () => void): Disposable;
  /** Resolves when all that was asked for is known or known not to be had, or the time for it is over. */
  settled(signal?: AbortSignal): Promise<void>;
}

export interface PackageIndexOptions {
  readonly questions: IndexQuestions;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds after which what is still under way counts as not known for now. */
  readonly patience?: number;
}

/** Answers of a lock file come one by one; an analysis for each would be too many. */
const gathering = 250;
const usualPatience = 60_000;
const firstRetry = 60_000;
const lastRetry = 1_800_000;
/** More than any lock file has; the rest stays unknown. */
const mostQuestions = 6_000;

type Known<Value> = Map<string, Exclude<Answer<Value>, { readonly state: 'pending' }>>;

interface Answers {
  readonly distributions: Known<DistributionIndex>;
  readonly releases: Known<ReleaseSize>;
  readonly lists: Known<ReleaseList>;
  readonly urls: Known<number>;
}

const pending = { state: 'pending' } as const;

/** Asks nobody until asked. */
export function createPackageIndexes(options: PackageIndexOptions): PackageIndexSource {
  const { questions, clock, log } = options;
  const patience = options.patience ?? usualPatience;
  const stop = new AbortController();
  const changed = new Listeners();
  const answers: Answers = { distributions: new Map(), releases: new Map(), lists: new Map(), urls: new Map() };
  const asked = new Set<string>();
  const underWay = new Map<string, Promise<void>>();
  const unanswered = new Map<string, PackageRequest>();
  let published = snapshotOf(answers);
  let dirty = false;
  let scheduled: Disposable | undefined;
  let retrying: Disposable | undefined;
  let retryDelay = firstRetry;
  let idle = new Listeners();

  const publish = (): void => {
    scheduled?.dispose();
    scheduled = undefined;
    if (!dirty || stop.signal.aborted) return;
    dirty = false;
    published = snapshotOf(answers);
    changed.emit();
  };

  const put = <Value>(into: Known<Value>, key: string, { answer }: Outcome<Value>): void => {
    const before = into.get(key);
    // What was known stays when asking again brings nothing.
    if (before !== undefined && answer.state === 'unknown') return;
    into.set(key, answer);
    dirty = true;
  };

  /** An older index says more than nothing while the live one is fetched, which may take a minute. */
  const standIn = (
    key: string,
    answer: Exclude<Answer<DistributionIndex>, { readonly state: 'pending' }> | undefined,
  ): void => {
    if (answer === undefined || answers.distributions.has(key)) return;
    answers.distributions.set(key, answer);
    dirty = true;
    scheduled ??= clock.after(gathering, publish);
  };

  const ask = async (request: PackageRequest, key: string): Promise<void> => {
    const { signal } = stop;
    const noted = <Value>(into: Known<Value>, outcome: Outcome<Value>): void => {
      put(into, key, outcome);
      if (outcome.again) unanswered.set(key, request);
    };
    switch (request.kind) {
      case 'distribution': {
        const { distribution, suite, architecture } = request;
        standIn(key, await questions.distributionMeanwhile?.(distribution, suite, architecture));
        return noted(answers.distributions, await questions.distribution(distribution, suite, architecture, signal));
      }
      case 'npm':
        return noted(answers.releases, await questions.npm(request.name, request.version, signal));
      case 'npm releases':
        return noted(
          answers.lists,
          (await questions.npmReleases?.(request.name, signal)) ?? notKnown(t('The network is not used.')),
        );
      case 'pypi':
        return noted(answers.releases, await questions.pypi(request.name, request.version, signal));
      case 'url':
        return noted(answers.urls, await questions.url(request.url, signal));
      case 'file':
        return undefined;
      default: {
        const never: never = request;
        return never;
      }
    }
  };

  const retryLater = (): void => {
    if (unanswered.size === 0 || retrying !== undefined || stop.signal.aborted) return;
    retrying = clock.after(retryDelay, () => {
      retrying = undefined;
      retryDelay = Math.min(retryDelay * 2, lastRetry);
      const again = [...unanswered];
      unanswered.clear();
      for (const [key, request] of again) begin(request, key);
    });
  };

  const begin = (request: PackageRequest, key: string): void => {
    const work = ask(request, key)
      .catch((error: unknown) => {
        if (stop.signal.aborted) return;
        log.warn(messageOf(error));
        giveUp(request, key, messageOf(error));
      })
      .finally(() => {
        underWay.delete(key);
        if (underWay.size === 0) {
          publish();
          idle.emit();
          retryLater();
        } else if (dirty) scheduled ??= clock.after(gathering, publish);
      });
    underWay.set(key, work);
  };

  const giveUp = (request: PackageRequest, key: string, reason: string): void => {
    const outcome = notKnown(reason);
    if (request.kind === 'distribution') put(answers.distributions, key, outcome);
    else if (request.kind === 'url') put(answers.urls, key, outcome);
    else if (request.kind === 'npm releases') put(answers.lists, key, outcome);
    else if (request.kind !== 'file') put(answers.releases, key, outcome);
  };

  const requests = new Map<string, PackageRequest>();

  return {
    current: () => published,
    request(request) {
      const key = keyOf(request);
      if (key === undefined || asked.has(key) || stop.signal.aborted) return;
      asked.add(key);
      requests.set(key, request);
      if (asked.size > mostQuestions) {
        giveUp(request, key, t('More than {0} packages are not asked for.', mostQuestions));
        scheduled ??= clock.after(gathering, publish);
        return;
      }
      begin(request, key);
    },
    onChange: (listener) => changed.add(listener),
    async settled(signal) {
      if (underWay.size === 0) {
        publish();
        return;
      }
      const limit = new Listeners();
      const timer = clock.after(patience, () => limit.emit());
      try {
        // Asking again what nobody answered is not waited for: it has an answer already.
        await unlessAborted(Promise.race([idle.next(), limit.next()]), signal);
      } finally {
        timer.dispose();
      }
      for (const key of underWay.keys()) {
        const request = requests.get(key);
        if (request) giveUp(request, key, t('The index did not answer in time.'));
      }
      publish();
    },
    dispose() {
      stop.abort();
      scheduled?.dispose();
      retrying?.dispose();
      changed.clear();
      idle.emit();
      idle = new Listeners();
    },
  };
}

function keyOf(request: PackageRequest): string | undefined {
  switch (request.kind) {
    case 'distribution':
      return distributionKey(request.distribution, request.suite, request.architecture);
    case 'npm':
    case 'pypi':
      return releaseKey(request.kind, request.name, request.version);
    case 'npm releases':
      return listKey(request.name);
    case 'url':
      return request.url;
    case 'file':
      return undefined;
    default: {
      const never: never = request;
      return never;
    }
  }
}

const distributionKey = (distribution: string, suite: string, architecture: string): string =>
  `${distribution} ${suite} ${architecture}`;
const listKey = (name: string): string => `npm releases ${name}`;
const releaseKey = (manager: 'npm' | 'pypi', name: string, version: string): string => `${manager} ${name}@${version}`;

function snapshotOf(answers: Answers): PackageIndexes {
  const distributions = new Map(answers.distributions);
  const releases = new Map(answers.releases);
  const lists = new Map(answers.lists);
  const urls = new Map(answers.urls);
  return {
    distribution: (distribution, suite, architecture) =>
      distributions.get(distributionKey(distribution, suite, architecture)) ?? pending,
    npm: (name, version) => releases.get(releaseKey('npm', name, version)) ?? pending,
    npmReleases: (name) => lists.get(listKey(name)) ?? pending,
    pypi: (name, version) => releases.get(releaseKey('pypi', name, version)) ?? pending,
    url: (url) => urls.get(url) ?? pending,
  };
}
