import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { askHistory } from '../../../server/src/facts/asked-history';
import type { HistoryEntry } from '../../../server/src/facts/builder-port';
import { EngineError } from '../../../server/src/facts/engine-transport';
import { type InMemoryBuilder, inMemoryBuilder, someBuild } from './in-memory-builder';
import { inMemoryClock } from './in-memory-clock';
import { inMemoryLog } from './in-memory-log';

const minute = 60_000;

/** A history of this folder, noted for every build but those whose reference begins with another letter than `o`. */
function asking(builder: InMemoryBuilder) {
  const noteOf = async (reference: string) => ({
    contextPath: reference.startsWith('o') ? '/own' : '/other',
    dockerfilePath: '',
  });
  const connect = async () => ({ kind: 'found' as const, port: builder, noteOf });
  return askHistory(connect, '/own', inMemoryClock(), inMemoryLog());
}

/** References of the builds that are told, newest first. */
function told(history: ReturnType<typeof asking>): string {
  const facts = history.current();
  return facts.state === 'ready' ? facts.builds.map(({ reference }) => reference).join(' ') : facts.state;
}

function remembering(...entries: readonly HistoryEntry[]): InMemoryBuilder {
  const builder = inMemoryBuilder();
  builder.entries.push(...entries);
  return builder;
}

const held = (...entries: readonly HistoryEntry[]) => ({
  kind: 'listed' as const,
  results: entries.map(({ startedAt }) => ({ madeAt: startedAt + 50, description: 'x' })),
});

describe('a history that is asked once', () => {
  it('tells the newest build of the folder and those that made what is held; the others when they are asked for', async () => {
    const entries = ['o0', 'o1', 'o2', 'x3', 'o4', 'x5'].map((name, at) => someBuild(name, at * minute));
    const builder = remembering(...entries);
    builder.held = held(...entries.slice(1, 2));
    const history = asking(builder);
    await history.settled();
    assert.equal(told(history), 'o4 o1');
    assert.equal(builder.asked.vertices, 2);
    for (let portion = 0; portion < 2; portion += 1) history.readOlder();
    await history.settled();
    assert.equal(told(history), 'x5 o4 x3 o2 o1 o0');
    const facts = history.current();
    assert.equal(facts.state === 'ready' && facts.older, undefined);
    assert.equal(builder.asked.vertices, 6);
    history.readOlder();
    await history.settled();
    assert.equal(builder.asked.vertices, 6);
    history.dispose();
  });

  it('tells the newest of all where the folder was never built', async () => {
    const history = asking(remembering(someBuild('x0', 0), someBuild('x1', minute)));
    await history.settled();
    assert.equal(told(history), 'x1');
    history.dispose();
  });

  it('looks back for builds of the folder only when all are asked for', async () => {
    const others = Array.from({ length: 120 }, (_, at) => someBuild(`x${at}`, (at + 1) * minute));
    const builder = remembering(someBuild('o0', 0), ...others);
    const history = asking(builder);
    await history.settled();
    assert.equal(builder.asked.list, 1);
    for (let portion = 0; portion < 2; portion += 1) history.readOlder();
    await history.settled();
    assert.equal(builder.asked.list, 2);
    assert.match(told(history), / o0$/);
    history.dispose();
  });

  it('is absent where the engine fails, also later', async () => {
    const builder = remembering(someBuild('o0', 0), someBuild('o1', minute));
    const history = asking(builder);
    await history.settled();
    builder.before = async () => {
      throw new EngineError('unreachable', 'It is gone.');
    };
    history.readOlder();
    history.readOlder();
    await history.settled();
    assert.deepEqual(history.current(), { state: 'absent', reason: 'It is gone.' });
    history.dispose();
  });
});
