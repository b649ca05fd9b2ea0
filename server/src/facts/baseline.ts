/** What predictions for one Dockerfile are held against, kept current in the background. */
import type { Baseline, BuildRecord } from '../cache/types';
import { t } from '../localize';
import type { BaselineChoice } from './baseline-choice';
import type { BlobList } from './blob-list';
import type { ReadCommit } from './commit-contents';
import type { EngineBaseline } from './engine-baseline';
import { messageOf } from './errors';
import { type GitBaseline, readGitBaseline } from './git-baseline';
import { Listeners, unlessAborted } from './listeners';
import type { Clock, Disposable, Failable, GitPort, Log, RecordStore } from './ports';

/** Saving, committing and switching branches come in bursts. */
const quietTime = 300;

export interface BaselineOptions {
  readonly choice: BaselineChoice;
  readonly dockerfilePath: string;
  readonly contextPath: string;
  /** Folder for records of Dockerfiles; without it there are none but in files named by the choice. */
  readonly storagePath?: string;
  readonly git: GitPort;
  readonly records: RecordStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Calls back when something in git's own folder changes: a commit, a switch of branch. */
  readonly watchGit: (gitFolder: string, listener: () => void, log: Log) => Disposable;
  /**
   * Takes the object IDs of files that were as HEAD has them at a time (milliseconds since the epoch), before a baseline
   * from git is offered.
   */
  readonly takeBlobs: (blobs: BlobList, asOf: number) => void;
  readonly readCommit: ReadCommit;
  /** Builds that the engine remembers; without it the engine is not asked, for the reason given. */
  readonly engine: EngineBaseline | { readonly absent: string };
}

export interface BaselineSource extends Disposable {
  /** The same object until something changes. */
  current(): Baseline;
  onChange(listener: () => void): Disposable;
  /** Absolute paths that were created, changed or deleted: looks again, soon, where that can make a difference. */
  fileEvents(paths: readonly string[]): void;
  /** Adds a build to the record of the Dockerfile (or to the file the choice names). */
  add(record: BuildRecord): Promise<Failable<{ readonly file: string; readonly builds: number }>>;
  settled(signal?: AbortSignal): Promise<void>;
}

/** Begins to look at once. */
export function createBaseline(options: BaselineOptions): BaselineSource {
  const { choice, engine, git, records, clock, log } = options;
  const stop = new AbortController();
  const changed = new Listeners();
  let baseline: Baseline = { kind: 'pending' };
  let lastGit: GitBaseline | undefined;
  let watched: (Disposable & { readonly folder: string }) | undefined;
  let scheduled: Disposable | undefined;

  const recordFile =
    choice.kind === 'record' && choice.file !== undefined
      ? choice.file
      : options.storagePath === undefined
        ? undefined
        : records.fileFor(options.storagePath, options.dockerfilePath);

  const fromRecord = async (): Promise<Baseline> => {
    if (recordFile === undefined) return { kind: 'none', reason: t('No place for build records is set.') };
    const read = await records.read(recordFile, stop.signal);
    if (read.kind === 'failed') {
      log.warn(read.reason);
      return { kind: 'none', reason: read.reason };
    }
    const { builds } = read.value;
    const newest = builds.at(-1);
    if (newest === undefined) {
      const reason =
        choice.kind === 'record' && choice.file !== undefined
          ? t('There is no record file {0}. "strata record --output" makes one.', recordFile)
          : t('No build has been recorded for this Dockerfile.');
      return { kind: 'none', reason };
    }
    const label = builds.length === 1 ? t('recorded build') : t('{0} recorded builds', builds.length);
    return { kind: 'record', label, at: newest.at, builds };
  };

  const fromGit = async (revision: string): Promise<Baseline> => {
    const { dockerfilePath, contextPath, readCommit } = options;
    const question = { dockerfilePath, contextPath, revision };
    const asOf = clock.now();
    const answer = await readGitBaseline(git, readCommit, question, lastGit, stop.signal);
    if (answer.kind === 'failed') return { kind: 'none', reason: answer.reason };
    const { location, clean } = answer.value;
    if (watched?.folder !== location.gitFolder) {
      watched?.dispose();
      watched = { folder: location.gitFolder, ...options.watchGit(location.gitFolder, check, log) };
    }
    if (clean) options.takeBlobs(clean, asOf);
    lastGit = answer.value.baseline;
    return lastGit;
  };

  const look = async (): Promise<Baseline> => {
    switch (choice.kind) {
      case 'none':
        return { kind: 'none', reason: t('No baseline is chosen.') };
      case 'engine':
        return 'absent' in engine ? { kind: 'none', reason: engine.absent } : engine.current();
      case 'record':
        return fromRecord();
      case 'git':
        return fromGit(choice.revision);
      case 'auto': {
        const remembered = 'absent' in engine ? undefined : engine.current();
        if (remembered?.kind === 'pending') return remembered;
        if (remembered?.kind === 'engine' && !('absent' in engine) && engine.knowsContext()) return remembered;
        const record = await fromRecord();
        return record.kind === 'record' ? record : fromGit('HEAD');
      }
      default:
        return choice satisfies never;
    }
  };

  const refresh = async (): Promise<void> => {
    const next = await look().catch((error: unknown): Baseline => {
      stop.signal.throwIfAborted();
      log.warn(messageOf(error));
      return { kind: 'none', reason: messageOf(error) };
    });
    if (stop.signal.aborted || sameBaseline(baseline, next)) return;
    baseline = next;
    changed.emit();
  };

  let working: Promise<void> = Promise.resolve();
  const enqueue = (): void => {
    working = working.then(refresh).catch(() => undefined);
  };
  enqueue();
  const listening = 'absent' in engine ? undefined : engine.onChange(enqueue);

  function check(): void {
    scheduled ??= clock.after(quietTime, () => {
      scheduled = undefined;
      if (!stop.signal.aborted) enqueue();
    });
  }

  return {
    current: () => baseline,
    onChange: (listener) => changed.add(listener),
    fileEvents(paths) {
      // A commit stays what it is whatever happens to files; a new commit is noticed in git's own folder.
      if (baseline.kind !== 'git' || (recordFile !== undefined && paths.includes(recordFile))) check();
    },
    async add(record) {
      if (recordFile === undefined) {
        return { kind: 'failed', reason: t('No place for build records is set.') };
      }
      const added = await records.add(recordFile, record);
      if (added.kind === 'failed') return added;
      enqueue();
      await working;
      return { kind: 'ok', value: { file: recordFile, builds: added.value.builds.length } };
    },
    async settled(signal) {
      if (!('absent' in engine)) await engine.settled(signal);
      for (let last: unknown; last !== working; ) {
        last = working;
        await unlessAborted(working, signal);
      }
    },
    dispose() {
      stop.abort();
      scheduled?.dispose();
      watched?.dispose();
      listening?.dispose();
      changed.clear();
    },
  };
}

function sameBaseline(a: Baseline, b: Baseline): boolean {
  if (a === b || (a.kind === 'pending' && b.kind === 'pending')) return true;
  if (a.kind === 'none' && b.kind === 'none') return a.reason === b.reason;
  // A record gains builds at its end; the newest tells whether it did.
  if (a.kind === 'record' && b.kind === 'record') {
    return a.at === b.at && a.builds.length === b.builds.length;
  }
  return false;
}
