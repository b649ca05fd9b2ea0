/** The forecast's history for one Dockerfile: read in the background, kept by commit, read again when HEAD moves. */
import { basename, dirname } from 'node:path';
import type { ForecastHistory } from '../cache/forecast';
import { t } from '../localize';
import type { ForecastFacts, ForecastRequest } from '../report/facts';
import { sameRequest } from '../report/forecast';
import { messageOf } from './errors';
import type { ForecastQuestion, ReadForecast } from './forecast-reading';
import type { ForecastStore } from './forecast-store';
import { Listeners, unlessAborted } from './listeners';
import type { Clock, Disposable, Failable, GitPort, Log } from './ports';

/** Committing and switching branches come in bursts. */
const quietTime = 300;
/** Histories kept in memory: as many branches as somebody switches between. */
const keptHistories = 8;
/** Working files and commits are compared by SHA-1 object IDs. */
const sha1Digits = 40;
/** A longer window says little of what is to come, and git would take long to tell. */
export const mostCommits = 10_000;

export interface ForecastOptions {
  readonly dockerfilePath: string;
  readonly contextPath: string;
  readonly git: GitPort;
  readonly clock: Clock;
  readonly log: Log;
  /** Calls back when something in git's own folder changes: a commit, a switch of branch. */
  readonly watchGit: (gitFolder: string, listener: () => void, log: Log) => Disposable;
  readonly readForecast: ReadForecast;
  /** Keeps the newest history between sessions. */
  readonly store?: ForecastStore;
}

export interface ForecastSource extends Disposable {
  /** The same object until something changes; undefined until somebody has asked. */
  current(): ForecastFacts | undefined;
  /** Begins to read; asking again for the same costs nothing. */
  request(request: ForecastRequest): void;
  /** Looks whether HEAD has moved. */
  recheck(): void;
  onChange(listener: () => void): Disposable;
  settled(signal?: AbortSignal): Promise<void>;
}

/** Does nothing until asked. */
export function createForecast(options: ForecastOptions): ForecastSource {
  const { git, clock, log, store } = options;
  const stop = new AbortController();
  const changed = new Listeners();
  const kept = new Map<string, Failable<ForecastHistory>>();
  let facts: ForecastFacts | undefined;
  let answered = '';
  let reading = new AbortController();
  let watched: (Disposable & { readonly folder: string }) | undefined;
  let scheduled: Disposable | undefined;
  let working: Promise<void> = Promise.resolve();

  const put = (next: ForecastFacts): void => {
    facts = next;
    changed.emit();
  };

  const questionFor = async (request: ForecastRequest, signal: AbortSignal): Promise<Failable<ForecastQuestion>> => {
    const { contextPath, dockerfilePath } = options;
    const [context, folder] = await Promise.all([
      git.locate(contextPath, signal),
      git.locate(dirname(dockerfilePath), signal),
    ]);
    if (context.kind === 'failed') return context;
    if (folder.kind === 'failed') return folder;
    const { root, gitFolder, prefix } = context.value;
    if (folder.value.root !== root) {
      const reason = t('The Dockerfile and its build context {0} are not in the same git repository.', contextPath);
      return { kind: 'failed', reason };
    }
    if (watched?.folder !== gitFolder) {
      watched?.dispose();
      watched = { folder: gitFolder, ...options.watchGit(gitFolder, check, log) };
    }
    const head = await git.commit(root, 'HEAD', signal);
    if (head.kind === 'failed') return head;
    const { revision } = head.value;
    if (revision.length > sha1Digits) {
      return {
        kind: 'failed',
        reason: t("The git repository of {0} names objects by SHA-256, which Strata can't compare with yet.", root),
      };
    }
    const dockerfile = folder.value.prefix + basename(dockerfilePath);
    const { build, triggers } = request;
    const commits = Math.min(request.commits, mostCommits);
    return { kind: 'ok', value: { root, prefix, dockerfile, revision, commits, build, triggers } };
  };

  const historyFor = async (
    question: ForecastQuestion,
    identity: string,
    signal: AbortSignal,
  ): Promise<Failable<ForecastHistory>> => {
    const known = kept.get(identity);
    if (known) return known;
    const stored = await store?.read(identity, signal);
    const history: Failable<ForecastHistory> = stored
      ? { kind: 'ok', value: stored }
      : await options.readForecast(question, signal);
    if (history.kind === 'ok') {
      kept.set(identity, history);
      for (const oldest of kept.keys()) if (kept.size > keptHistories) kept.delete(oldest);
      if (!stored) await store?.write(identity, history.value);
    }
    return history;
  };

  const read = async (request: ForecastRequest, signal: AbortSignal): Promise<void> => {
    const question = await questionFor(request, signal);
    const identity = JSON.stringify(question);
    if (identity === answered && facts?.state !== 'pending') return;
    const history = question.kind === 'ok' ? await historyFor(question.value, identity, signal) : question;
    signal.throwIfAborted();
    answered = identity;
    put(
      history.kind === 'ok'
        ? { request, state: 'ready', history: history.value }
        : { request, state: 'absent', reason: history.reason },
    );
  };

  const begin = (request: ForecastRequest): void => {
    const signal = AbortSignal.any([stop.signal, reading.signal]);
    const before = working;
    working = before
      .then(() => read(request, signal))
      .catch((error: unknown) => {
        if (signal.aborted) return;
        log.warn(messageOf(error));
        put({ request, state: 'absent', reason: messageOf(error) });
      });
  };

  function check(): void {
    scheduled ??= clock.after(quietTime, () => {
      scheduled = undefined;
      if (facts !== undefined && !stop.signal.aborted) begin(facts.request);
    });
  }

  return {
    current: () => facts,
    request(request) {
      if (stop.signal.aborted || (facts !== undefined && sameRequest(facts.request, request))) return;
      // What was begun for another request is of no use any more.
      reading.abort();
      reading = new AbortController();
      facts = { request, state: 'pending' };
      begin(request);
      changed.emit();
    },
    recheck: check,
    onChange: (listener) => changed.add(listener),
    async settled(signal) {
      for (let last: unknown; last !== working; ) {
        last = working;
        await unlessAborted(working, signal);
      }
    },
    dispose() {
      stop.abort();
      scheduled?.dispose();
      watched?.dispose();
      changed.clear();
    },
  };
}
