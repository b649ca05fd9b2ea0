/** One reading of an engine's build history for all Dockerfiles of the process. */
import { askHistory } from './asked-history';
import type { BuilderConnection } from './build-reading';
import { type ClientPlaces, clientNotes, clientPlaces, otherBuilder, readClientNote } from './buildx-notes';
import { type BuildHistory, type ConnectBuilder, createHistory } from './engine-history';
import { openTransport } from './engine-transport';
import type { Clock, Disposable, HistoryFacts, HistorySource, Log } from './ports';
import { type EngineWish, findWished, wishKey } from './shared-engine';
import { Shared } from './sharing';

const histories = new Shared<BuildHistory>();

/**
 * The history of the wished engine, with the older builds of a context folder that the user works in. Every user disposes
 * of what it got; the connection ends with the last one.
 */
export function shareHistory(
  wish: EngineWish,
  clock: Clock,
  log: Log,
  contextPath?: string,
): { readonly history: HistorySource } & Disposable {
  const shared = histories.take(wishKey(wish), () => openHistory(wish, clock, log));
  const preference = contextPath === undefined ? undefined : shared.value.prefer(contextPath);
  return {
    history: shared.value,
    dispose() {
      preference?.dispose();
      shared.dispose();
    },
  };
}

/** The history as it is now, for a program that asks once. Rejects with the signal's reason. */
export async function readHistory(
  wish: EngineWish,
  clock: Clock,
  log: Log,
  signal?: AbortSignal,
  contextPath?: string,
): Promise<HistoryFacts> {
  const history = openHistory(wish, clock, log);
  if (contextPath !== undefined) history.prefer(contextPath);
  try {
    await history.settled(signal);
    return history.current();
  } finally {
    history.dispose();
  }
}

/** The history for a program that asks once: few builds at first, the others when they are needed. */
export function openAskedHistory(
  wish: EngineWish,
  clock: Clock,
  log: Log,
  contextPath: string,
): { readonly history: HistorySource } & Disposable {
  const notes = clientNotes(clientPlaces(process.env));
  const history = askHistory(
    connectTo(wish, clock, () => notes),
    contextPath,
    clock,
    log,
  );
  return { history, dispose: () => history.dispose() };
}

function openHistory(wish: EngineWish, clock: Clock, log: Log): BuildHistory {
  const notesOf = (places: ClientPlaces) => (reference: string) => readClientNote(places, reference);
  return createHistory(connectTo(wish, clock, notesOf), clock, log);
}

function connectTo(
  wish: EngineWish,
  clock: Clock,
  notesOf: (places: ClientPlaces) => BuilderConnection['noteOf'],
): ConnectBuilder {
  return async () => {
    const places = clientPlaces(process.env);
    const reason = await otherBuilder(places, process.env);
    if (reason !== undefined) return { kind: 'none' as const, reason };
    const answer = await findWished(wish);
    if (answer.kind === 'none') return answer;
    // What speaks to a builder is loaded where there is one.
    const { createBuilderClient } = await import('./builder-client');
    return {
      kind: 'found' as const,
      port: createBuilderClient(openTransport(answer.endpoint), clock),
      noteOf: notesOf(places),
    };
  };
}
