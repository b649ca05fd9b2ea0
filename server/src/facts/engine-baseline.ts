/**
 * The engine's own history of builds as a baseline: for each build the keys that our own rules give its Dockerfile, and the build context
 * as it was then. What was worked out once for a build is kept, since later nothing may tell any more what a file held.
 */
import { join } from 'node:path';
import { betterRecord } from '../cache/merged-records';
import { builtContext, isBlind } from '../cache/record';
import type { Baseline, BuildRecord, PastBuild } from '../cache/types';
import { contentsAsBuilt } from '../context/as-built';
import { builderCopy } from '../context/builder-copy';
import { contentTree } from '../context/content-tree';
import { maybeUnnoticed } from '../context/maybe-unnoticed';
import type { ContextFacts, Selection } from '../context/types';
import { unnoticedChanges } from '../context/unnoticed-changes';
import { unsurePaths } from '../context/unsure-paths';
import { baseIdentity, compareBase } from '../images/base-identity';
import type { ImageFacts } from '../images/types';
import { t } from '../localize';
import type { Unseen } from '../report/past-build';
import { basesOf, progressText, recordPastBuild } from '../report/past-build';
import type { AssumedContext } from './assumed-context';
import { copyBegunBefore, isCopyGone } from './context-copies';
import { messageOf } from './errors';
import { Listeners, unlessAborted } from './listeners';
import { ownBuilds } from './own-builds';
import type { ContextPort, Disposable, HistoryFacts, HistorySource, Log, RecordStore } from './ports';

/** Newest builds of the context of which all paths are kept: what changed is told against them. */
const buildsWithPaths = 3;

/** More rounds than kinds of facts that lead to each other. */
const maximumRounds = 8;

export interface EngineBaselineOptions {
  readonly dockerfilePath: string;
  readonly contextPath: string;
  /** Folder for what was worked out; without it, it is worked out anew each time. */
  readonly storagePath?: string;
  readonly history: HistorySource;
  readonly context: Pick<ContextPort, 'current' | 'request' | 'recheck' | 'settled'> &
    Partial<Pick<AssumedContext, 'assumption' | 'onAssumed'>>;
  /** The image as the engine holds it. */
  readonly image: (reference: string) => ImageFacts | undefined;
  readonly requestImage: (reference: string) => void;
  /** Resolves when the images that were requested are known or known not to be had. */
  readonly imagesSettled: (signal: AbortSignal) => Promise<void>;
  readonly records: RecordStore;
  /** Whether the client may have built from another folder of the same name, with which the builder shares its copy of the context. */
  readonly hasNamesake: () => Promise<boolean>;
  /** Milliseconds since the epoch by this machine's clock: the build context was not looked at earlier. */
  readonly openedAt: number;
  readonly log: Log;
}

export interface EngineBaseline extends Disposable {
  /** The same object until something changes. */
  current(): Baseline;
  /** The engine remembers a build of this build context. */
  knowsContext(): boolean;
  /** Somebody looks: see `HistorySource`. */
  glance(): void;
  /** Takes in more builds where some were left out. */
  readOlder(): void;
  onChange(listener: () => void): Disposable;
  settled(signal?: AbortSignal): Promise<void>;
}

type ReadyHistory = Extract<HistoryFacts, { readonly state: 'ready' }>;

/** Begins to work at once. */
export function createEngineBaseline(options: EngineBaselineOptions): EngineBaseline {
  const { history, context, records, log } = options;
  const stop = new AbortController();
  const changed = new Listeners();
  const own = ownBuilds(options.contextPath, options.dockerfilePath);
  /** By the engine's reference; null where nothing can be said of a build. */
  const resolved = new Map<string, BuildRecord | null>();
  /** What was worked out before this one began. */
  const kept = new Map<string, BuildRecord>();
  /** Builds of which the client's note was not there yet when they were looked at. */
  const unnoted = new Set<string>();
  /** Builds that were looked at once more, when the copy of the context that they used had gone. */
  const doubted = new Set<string>();
  /** Why nothing was known of what builds read from the build context, as the log has it. */
  let toldWhy = '';
  let baseline: Baseline = { kind: 'pending' };
  let knows = false;
  let restored = false;
  /** The context with assumed contents that the records in `resolved` were made of. */
  let assumed: ContextFacts | undefined;
  const file =
    options.storagePath === undefined
      ? undefined
      : // All Dockerfiles of a context share it: what one of them was open for to see, none can tell later.
        records.fileFor(join(options.storagePath, 'engine'), options.contextPath);

  const restore = async (): Promise<void> => {
    if (file === undefined || restored) return;
    restored = true;
    const read = await records.read(file, stop.signal);
    if (read.kind === 'failed') {
      log.warn(read.reason);
      return;
    }
    for (const record of read.value.builds) if (record.reference !== undefined) kept.set(record.reference, record);
  };

  const known = options.image;
  /** The newest earlier build of the same context of which it is known what it had of which path. */
  const recordBefore = (build: PastBuild, ready: ReadyHistory): BuildRecord | undefined => {
    for (const each of ready.builds) {
      if (each.startedAt >= build.startedAt || !own.isOfContext(each)) continue;
      const record = resolved.get(each.reference);
      if (record !== undefined && record !== null && contentTree(record.tree).size > 0) return record;
    }
    return undefined;
  };

  const isWithoutCopy = (build: PastBuild, ready: ReadyHistory): boolean =>
    own.isOfContext(build) && isCopyGone(build, own.ofContext(ready.builds), ready.results);
  const isTrusting = (build: PastBuild): boolean => resolved.get(build.reference)?.trustsCopy === true;

  const newestOwn = (ready: ReadyHistory): ReadonlySet<string> =>
    new Set(
      own
        .ofContext(ready.builds)
        .slice(0, buildsWithPaths)
        .map((build) => build.reference),
    );

  /** Lets go of the paths of builds that are no longer among the newest. */
  const dropPaths = (ready: ReadyHistory): void => {
    const newest = newestOwn(ready);
    for (const [reference, record] of resolved) {
      if (record !== null && !newest.has(reference) && contentTree(record.tree).size > 0)
        resolved.set(reference, withoutPaths(record));
    }
  };

  const unseenBy = (
    build: PastBuild,
    ready: ReadyHistory,
    present: ContextFacts,
    before: BuildRecord | undefined,
    namesake: boolean,
  ) => {
    return (selection: Selection): Unseen | undefined => {
      if (!own.isOfContext(build) || present.state !== 'ready' || ready.clock.kind === 'foreign')
        return { why: 'later', paths: [] };
      // Which files were left out is not told of a failed build, and another Dockerfile may have an ignore file of its own.
      if (build.ignorePatterns === undefined && build.outcome === 'failed' && !own.isOfDockerfile(build))
        return { why: 'later', paths: [] };
      const time = build.startedAt - ready.clock.margin;
      const seen = contentsAsBuilt(present.snapshot, present, selection, time, build.ignorePatterns);
      if (seen.kind === 'unseen') return { why: 'later', paths: seen.paths };
      const doubtfulFrom = unsureSince(build, ready, namesake);
      if (doubtfulFrom !== undefined) {
        // What a record has is what the files were, and not what the copy had of a folder of the same name.
        const isKnown = (path: string) =>
          !namesake &&
          before !== undefined &&
          before.trustsCopy !== true &&
          contentTree(before.tree).digest(path) !== undefined &&
          before.unsure?.includes(path) !== true;
        const paths = maybeUnnoticed(present.snapshot, selection, doubtfulFrom, isKnown);
        if (paths.length > 0) return { why: 'unnoticed', paths };
      }
      // Of assumed contents, what is as that build saw it is what every build saw.
      if (before === undefined || present.assumed !== undefined) return undefined;
      // The builder may have gone on with what it saw before, so that nobody knows what this result was made of.
      const { tree, builtAt, unsure } = builtContext(before);
      const changes = unnoticedChanges(present.snapshot, selection, tree, builtAt, unsure);
      return changes.kind === 'none' ? undefined : { why: 'unnoticed', paths: changes.paths };
    };
  };

  /**
   * The builder made a result of its own copy of the context, which it keeps from build to build and in which it does not notice
   * everything. When that copy is gone the next build looks at the files themselves: what may not have been noticed since the first build
   * is doubtful then, and the modes of all folders where the copy may have been begun for another folder of the same name. Undefined while
   * the copy is there, or was new.
   */
  const unsureSince = (build: PastBuild, ready: ReadyHistory, namesake: boolean): number | undefined => {
    if (ready.clock.kind === 'foreign' || !isWithoutCopy(build, ready)) return undefined;
    if (namesake) return Number.NEGATIVE_INFINITY;
    const begun = copyBegunBefore(build, own.ofContext(ready.builds), ready.firstOwnAt);
    return begun === undefined ? undefined : begun - ready.clock.margin;
  };

  /** Whether a record of a build says nothing once the builder's copy of the context is gone. */
  const trustsCopy = (build: PastBuild, ready: ReadyHistory, before: BuildRecord | undefined): boolean => {
    if (!own.isOfContext(build) || isWithoutCopy(build, ready)) return false;
    if (before !== undefined) return before.trustsCopy === true;
    return copyBegunBefore(build, own.ofContext(ready.builds), ready.firstOwnAt) !== undefined;
  };

  const resolveBuild = async (
    build: PastBuild,
    ready: ReadyHistory,
    namesake: boolean,
  ): Promise<BuildRecord | null> => {
    if (build.dockerfile === undefined) return null;
    for (const reference of basesOf(build)) options.requestImage(reference);
    await options.imagesSettled(stop.signal);
    for (let round = 0; round < maximumRounds; round += 1) {
      const present: ContextFacts = own.isOfContext(build)
        ? context.current()
        : { state: 'unavailable', reason: t('That build had another build context.') };
      if (present.state === 'pending') {
        await context.settled(stop.signal);
        continue;
      }
      const before = recordBefore(build, ready);
      const answer = recordPastBuild(build, {
        context: present,
        unseen: unseenBy(build, ready, present, before, namesake),
        ...(before !== undefined &&
          present.state === 'ready' &&
          present.assumed === undefined && {
            copy: (selections) =>
              builderCopy(present.snapshot, selections, before.tree, Date.parse(before.at)).unnoticing,
            unsure: (selections) => unsurePaths(present.snapshot, selections, builtContext(before)),
          }),
        keepPaths: newestOwn(ready).has(build.reference),
        configuration: (reference) => known(reference)?.configuration,
        identity(reference, digest) {
          const now = known(reference);
          return now !== undefined && compareBase(digest, now) === 'same' ? baseIdentity(now) : undefined;
        },
      });
      if (answer.kind === 'recorded')
        return trustsCopy(build, ready, before) ? { ...answer.record, trustsCopy: true } : answer.record;
      if (answer.kind === 'unusable') return null;
      context.request([{ kind: 'digests', scheme: 'sha256' }]);
      await context.settled(stop.signal);
    }
    log.info(t('The build context keeps changing: what the build {0} read of it stays unknown.', build.reference));
    return null;
  };

  /** What is known of a build: null where it is nothing, or nonsense. */
  const recordOf = async (build: PastBuild, ready: ReadyHistory, namesake: boolean): Promise<BuildRecord | null> => {
    // Of a build with another context, nothing that is kept says with which.
    const before = own.isOfContext(build) && !namesake ? kept.get(build.reference) : undefined;
    const isDoubtful = before?.trustsCopy === true && isWithoutCopy(build, ready);
    // A Dockerfile with an ignore file of its own may tell of its builds what another one of the context could not.
    const mayLearn =
      before !== undefined && own.isOfDockerfile(build) && isBlind(before) && !isWithoutCopy(build, ready);
    if (before !== undefined && !isDoubtful && !mayLearn) return before;
    try {
      const now = await resolveBuild(build, ready, namesake);
      if (before === undefined || isDoubtful) return now;
      return now === null ? before : betterRecord(before, now);
    } catch (error) {
      stop.signal.throwIfAborted();
      log.warn(t('The build {0} is not understood: {1}', build.reference, messageOf(error)));
      return isDoubtful ? null : (before ?? null);
    }
  };

  /** Puts into the log why nothing of the build context can be known to be as builds saw it. */
  const tellWhy = ({ clock }: ReadyHistory): void => {
    const present = context.current();
    const times = present.state === 'ready' ? present.times : undefined;
    const why = clock.kind === 'foreign' ? clock.reason : times?.kind === 'untrusted' ? times.reason : '';
    if (why !== toldWhy && why !== '')
      log.info(t('What earlier builds read from the build context is not known. {0}', why));
    toldWhy = why;
  };

  /** Builds whose copy of the context is gone, and may have been begun for another folder of the same name. */
  const buildsOfNamesakes = async (facts: ReadyHistory): Promise<ReadonlySet<string>> => {
    const gone = facts.builds.filter((build) => isWithoutCopy(build, facts));
    if (gone.length === 0 || !(await options.hasNamesake())) return new Set();
    return new Set(gone.map(({ reference }) => reference));
  };

  const refresh = async (): Promise<void> => {
    stop.signal.throwIfAborted();
    const facts = history.current();
    if (facts.state === 'pending') return;
    if (facts.state === 'absent') {
      publish({ kind: 'none', reason: facts.reason }, false);
      return;
    }
    await restore();
    if (context.assumption !== undefined) {
      await context.settled(stop.signal);
      const now = context.assumption() === undefined ? undefined : context.current();
      // Keys of assumed contents say nothing beside those of another snapshot, be it of the same files.
      if (now !== assumed) resolved.clear();
      assumed = now;
    }
    const withoutCopy = await buildsOfNamesakes(facts);
    const fresh = facts.builds.filter(
      (build) =>
        !resolved.has(build.reference) ||
        (unnoted.has(build.reference) && build.contextPath !== undefined) ||
        ((withoutCopy.has(build.reference) || (isTrusting(build) && isWithoutCopy(build, facts))) &&
          !doubted.has(build.reference)),
    );
    const ownFresh = own.ofContext(fresh);
    if (ownFresh.length > 0) {
      // What the index says must have been looked at after those builds, or a change before them would go unnoticed.
      if (ownFresh.some((build) => build.completedAt >= options.openedAt)) context.recheck();
      await context.settled(stop.signal);
      tellWhy(facts);
    }
    // The oldest first: what a build saw is also told by what the one before it saw.
    for (const build of fresh.toReversed()) {
      if (build.contextPath === undefined) unnoted.add(build.reference);
      else unnoted.delete(build.reference);
      const namesake = withoutCopy.has(build.reference);
      resolved.set(build.reference, await recordOf(build, facts, namesake));
      if (namesake || isWithoutCopy(build, facts)) doubted.add(build.reference);
      stop.signal.throwIfAborted();
    }
    const listed = new Set(facts.builds.map((build) => build.reference));
    for (const reference of resolved.keys()) if (!listed.has(reference)) resolved.delete(reference);
    for (const reference of unnoted) if (!listed.has(reference)) unnoted.delete(reference);
    for (const reference of doubted) if (!listed.has(reference)) doubted.delete(reference);
    dropPaths(facts);
    publish(engineBaseline(facts), facts.builds.some(own.isOfContext));
    if (file !== undefined && ownFresh.length > 0) {
      const written = await records.merge(
        file,
        own.ofContext(facts.builds).flatMap((build) => resolved.get(build.reference) ?? []),
      );
      if (written.kind === 'failed') log.warn(written.reason);
    }
  };

  const engineBaseline = (facts: ReadyHistory): Baseline => {
    if (facts.builds.length === 0) return { kind: 'none', reason: t('The engine remembers no builds.') };
    const newest = own.newest(facts.builds);
    const lost = facts.builds.filter((build) => resolved.get(build.reference) === null);
    const at = own.newest(facts.builds.filter((build) => !lost.includes(build)))?.startedAt;
    return {
      kind: 'engine',
      label: facts.label,
      ...(at !== undefined && { at: new Date(at).toISOString() }),
      builds: facts.builds.flatMap((build) => resolved.get(build.reference) ?? []),
      ...(facts.older && { older: facts.older }),
      results: facts.results,
      fragments: new Set(lost.flatMap(({ steps }) => steps.filter(hasResult).map(({ name }) => progressText(name)))),
      options: (newest ?? facts.builds[0])?.options ?? {},
    };
  };

  const publish = (next: Baseline, knowsNow: boolean): void => {
    if (stop.signal.aborted || (next.kind === 'none' && baseline.kind === 'none' && next.reason === baseline.reason))
      return;
    baseline = next;
    knows = knowsNow;
    changed.emit();
  };

  let working: Promise<void> = Promise.resolve();
  const enqueue = (): void => {
    working = working.then(refresh).catch((error: unknown) => {
      if (stop.signal.aborted) return;
      log.warn(messageOf(error));
      publish({ kind: 'none', reason: messageOf(error) }, false);
    });
  };
  const listening = [history.onChange(enqueue), context.onAssumed?.(enqueue)];
  enqueue();

  return {
    current: () => baseline,
    knowsContext: () => knows,
    glance: () => history.glance(),
    readOlder: () => history.readOlder?.(),
    onChange: (listener) => changed.add(listener),
    async settled(signal) {
      await history.settled(signal);
      // Not what comes later: on a machine that builds all the time it never ends.
      await unlessAborted(working, signal);
    },
    dispose() {
      stop.abort();
      for (const each of listening) each?.dispose();
      changed.clear();
    },
  };
}

function withoutPaths({ unsure: _, ...record }: BuildRecord): BuildRecord {
  return { ...record, tree: {} };
}

function hasResult({ outcome }: PastBuild['steps'][number]): boolean {
  return outcome === 'cached' || outcome === 'ran';
}
