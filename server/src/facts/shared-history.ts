/** One reading of an engine's build history for all Dockerfiles of the process. */
import { createBuilderClient } from './builder-client';
import { clientPlaces, otherBuilder, readClientNote } from './buildx-notes';
import { type BuildHistory, createHistory } from './engine-history';
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

function openHistory(wish: EngineWish, clock: Clock, log: Log): BuildHistory {
  const connect = async () => {
    const places = clientPlaces(process.env);
    const reason = await otherBuilder(places, process.env);
    if (reason !== undefined) return { kind: 'none' as const, reason };
    const answer = await findWished(wish);
    if (answer.kind === 'none') return answer;
    return {
      kind: 'found' as const,
      port: createBuilderClient(openTransport(answer.endpoint), clock),
      noteOf: (reference: string) => readClientNote(places, reference),
    };
  };
  return createHistory(connect, clock, log);
}
