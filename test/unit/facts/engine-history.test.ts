/** The engine's history kept current: followed, bounded, and honest about engines that fail. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { HeldResults } from '../../../server/src/cache/types';
import { type ConnectBuilder, createHistory } from '../../../server/src/facts/engine-history';
import { EngineError } from '../../../server/src/facts/engine-transport';
import type { HistoryFacts } from '../../../server/src/facts/ports';
import { type InMemoryBuilder, inMemoryBuilder, someBuild } from './in-memory-builder';
import { inMemoryClock } from './in-memory-clock';
import { inMemoryLog } from './in-memory-log';

function openHistory(context: TestContext, builder: InMemoryBuilder, connect?: ConnectBuilder) {
  const clock = inMemoryClock();
  const log = inMemoryLog();
  const noteOf = async (reference: string) =>
    reference.startsWith('other') ? undefined : { contextPath: '/app', dockerfilePath: '' };
  const history = createHistory(connect ?? (async () => ({ kind: 'found', port: builder, noteOf })), clock, log, () =>
    clock.now(),
  );
  let changes = 0;
  history.onChange(() => {
    changes += 1;
  });
  context.after(() => history.dispose());
  return { history, clock, log, changes: () => changes };
}

/** Lets everything that waits for no clock happen. */
async function settle(): Promise<void> {
  for (let round = 0; round < 50; round += 1) await new Promise((resolve) => setImmediate(resolve));
}

function references(facts: HistoryFacts): readonly string[] {
  assert.equal(facts.state, 'ready', JSON.stringify(facts));
  return facts.state === 'ready' ? facts.builds.map(({ reference }) => reference) : [];
}

const never = (): Promise<void> => new Promise(() => undefined);

test('what is remembered is read newest first, each build once', async (context) => {
  const builder = inMemoryBuilder();
  builder.entries.push(someBuild('a', 0), someBuild('c', 2_000), someBuild('b', 1_000));
  const { history } = openHistory(context, builder);
  assert.equal(history.current().state, 'pending');
  await history.settled();
  const facts = history.current();
  assert.deepEqual(references(facts), ['c', 'b', 'a']);
  assert.ok(facts.state === 'ready');
  assert.equal(facts.identity, 'one');
  assert.equal(facts.builds[0]?.contextPath, '/app');
  assert.equal(facts.builds[0]?.steps[0]?.outcome, 'ran');
  await history.settled();
  assert.equal(history.current(), facts, 'the same object while nothing changes');
  assert.equal(builder.asked.vertices, 3);
});

test('a build that ends is told shortly after, and once', async (context) => {
  const builder = inMemoryBuilder();
  const { history, clock, changes } = openHistory(context, builder);
  await history.settled();
  const before = changes();
  builder.build(someBuild('a', 0));
  builder.build(someBuild('b', 10));
  await settle();
  assert.equal(changes(), before);
  clock.advance(300);
  await settle();
  assert.deepEqual(references(history.current()), ['b', 'a']);
  assert.equal(changes(), before + 1);
  // The engine tells a build again when its trace is stored.
  for (const entry of [...builder.entries]) builder.build(entry);
  clock.advance(10_000);
  await settle();
  assert.equal(builder.asked.vertices, 2);
  assert.equal(changes(), before + 1);
});

test('a build that ended just now is there after settling', async (context) => {
  const builder = inMemoryBuilder();
  const { history } = openHistory(context, builder);
  await history.settled();
  builder.entries.push(someBuild('a', 0));
  await history.settled();
  assert.deepEqual(references(history.current()), ['a']);
});

test('deleted builds are forgotten', async (context) => {
  const builder = inMemoryBuilder();
  builder.entries.push(someBuild('a', 0), someBuild('b', 10));
  const { history, clock } = openHistory(context, builder);
  await history.settled();
  builder.forget('a');
  clock.advance(300);
  await settle();
  assert.deepEqual(references(history.current()), ['b']);
});

test('pruning is noticed by its event and by looking now and then', async (context) => {
  const builder = inMemoryBuilder();
  const { history, clock } = openHistory(context, builder);
  await history.settled();
  const held: HeldResults = { kind: 'listed', results: [{ madeAt: 1, description: 'RUN make' }] };
  builder.prune(held);
  clock.advance(300);
  await settle();
  const facts = history.current();
  assert.deepEqual(facts.state === 'ready' && facts.results, held);
  builder.held = { kind: 'listed', results: [] };
  clock.advance(60_000);
  await settle();
  clock.advance(300);
  await settle();
  const later = history.current();
  assert.deepEqual(later.state === 'ready' && later.results, { kind: 'listed', results: [] });
});

test('a long history is cut to its newest builds', async (context) => {
  const builder = inMemoryBuilder();
  for (let index = 0; index < 500; index += 1) builder.entries.push(someBuild(`b${index}`, index));
  const { history, clock } = openHistory(context, builder);
  await history.settled();
  assert.equal(references(history.current()).length, 50);
  assert.equal(references(history.current())[0], 'b499');
  for (let index = 500; index < 520; index += 1) builder.build(someBuild(`b${index}`, index));
  clock.advance(300);
  await settle();
  assert.equal(references(history.current()).length, 50);
  assert.equal(references(history.current())[0], 'b519');
});

test('builds of a context that is worked in are found behind many others, and stay', async (context) => {
  const builder = inMemoryBuilder();
  for (let index = 0; index < 5; index += 1) builder.entries.push(someBuild(`mine${index}`, index));
  for (let index = 0; index < 300; index += 1) builder.entries.push(someBuild(`other${index}`, 1_000 + index));
  const { history, clock } = openHistory(context, builder);
  const mine = () => references(history.current()).filter((reference) => reference.startsWith('mine'));
  await history.settled();
  assert.deepEqual(mine(), []);
  const preference = history.prefer('/app');
  await history.settled();
  assert.deepEqual(mine(), ['mine4', 'mine3', 'mine2', 'mine1', 'mine0']);
  assert.equal(references(history.current()).length, 55);
  for (let index = 300; index < 420; index += 1) builder.build(someBuild(`other${index}`, 1_000 + index));
  clock.advance(300);
  await settle();
  await history.settled();
  assert.equal(mine().length, 5);
  assert.equal(references(history.current())[0], 'other419');
  builder.forget('mine2');
  clock.advance(10_000);
  await settle();
  await history.settled();
  assert.equal(mine().length, 4);
  preference.dispose();
  builder.build(someBuild('other420', 2_000));
  clock.advance(10_000);
  await settle();
  assert.deepEqual(mine(), []);
});

test('large builds are kept only as far as there is room', async (context) => {
  const builder = inMemoryBuilder();
  const attributes = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`build-arg:A${index}`, 'x'.repeat(100_000)]),
  );
  for (let index = 0; index < 50; index += 1) builder.entries.push(someBuild(`b${index}`, index, { attributes }));
  const { history } = openHistory(context, builder);
  await history.settled();
  assert.ok(references(history.current()).length < 10);
  assert.equal(references(history.current())[0], 'b49');
});

test('progress of gigabytes is not read', async (context) => {
  const builder = inMemoryBuilder();
  builder.entries.push(someBuild('a', 0, { progressSize: 3e9 }));
  const { history } = openHistory(context, builder);
  await history.settled();
  assert.deepEqual(references(history.current()), ['a']);
  assert.equal(builder.asked.vertices, undefined);
});

test('somebody else built: no paths', async (context) => {
  const builder = inMemoryBuilder();
  builder.entries.push(someBuild('other1', 0));
  const { history } = openHistory(context, builder);
  await history.settled();
  const facts = history.current();
  assert.ok(facts.state === 'ready');
  assert.equal(facts.builds[0]?.contextPath, undefined);
});

test('a build that cannot be read leaves the others', async (context) => {
  const builder = inMemoryBuilder();
  builder.entries.push(someBuild('a', 0), someBuild('b', 10));
  let failures = 0;
  builder.before = async (member) => {
    if (member === 'vertices' && failures++ === 0) throw new EngineError('missing', 'deleted meanwhile');
  };
  const { history, log } = openHistory(context, builder);
  await history.settled();
  assert.deepEqual(references(history.current()), ['a']);
  assert.ok(log.infos.includes('deleted meanwhile'));
});

test('a listing that cannot be had is unknown, and the builds are told all the same', async (context) => {
  const builder = inMemoryBuilder();
  builder.entries.push(someBuild('a', 0));
  builder.before = async (member) => {
    if (member === 'results') throw new EngineError('refused', 'too many');
  };
  const { history } = openHistory(context, builder);
  await history.settled();
  const facts = history.current();
  assert.deepEqual(facts.state === 'ready' && facts.results, { kind: 'unknown' });
});

test('an engine without history is asked rarely', async (context) => {
  const builder = inMemoryBuilder();
  builder.before = async () => {
    throw new EngineError('missing', 'keeps no history');
  };
  const { history, clock } = openHistory(context, builder);
  await history.settled();
  assert.deepEqual(history.current(), { state: 'absent', reason: 'keeps no history' });
  await settle();
  clock.advance(120_000);
  await settle();
  assert.equal(builder.asked.identify, 1);
  clock.advance(300_000);
  await settle();
  assert.equal(builder.asked.identify, 2);
});

test('no engine: absent with the reason, and tried again with growing pauses', async (context) => {
  let attempts = 0;
  const { history, clock } = openHistory(context, inMemoryBuilder(), async () => {
    attempts += 1;
    return { kind: 'none', reason: 'nobody there' };
  });
  await history.settled();
  assert.deepEqual(history.current(), { state: 'absent', reason: 'nobody there' });
  for (const pause of [1_000, 2_000, 4_000]) {
    await settle();
    clock.advance(pause);
  }
  await settle();
  assert.equal(attempts, 4);
});

for (const silentMember of ['identify', 'list', 'vertices', 'results']) {
  test(`an engine that hangs at ${silentMember} becomes absent`, async (context) => {
    const builder = inMemoryBuilder();
    builder.entries.push(someBuild('a', 0));
    builder.before = async (member) => (member === silentMember ? never() : undefined);
    const { history, clock } = openHistory(context, builder);
    await settle();
    assert.equal(history.current().state, 'pending');
    clock.advance(30_000);
    await history.settled();
    const facts = history.current();
    assert.match(facts.state === 'absent' ? facts.reason : '', /does not answer/);
  });
}

test('after a restart of the engine what was read is not read again', async (context) => {
  const builder = inMemoryBuilder();
  builder.entries.push(someBuild('a', 0));
  const { history, clock } = openHistory(context, builder);
  await history.settled();
  builder.hangUp();
  await settle();
  assert.equal(history.current().state, 'absent');
  builder.entries.push(someBuild('b', 10));
  clock.advance(1_000);
  await settle();
  assert.deepEqual(references(history.current()), ['b', 'a']);
  assert.equal(builder.asked.vertices, 2);
});

test('another builder in its place is another memory', async (context) => {
  const builder = inMemoryBuilder();
  builder.entries.push(someBuild('a', 0));
  const { history, clock } = openHistory(context, builder);
  await history.settled();
  builder.who = { ...builder.who, identity: 'two' };
  builder.hangUp();
  await settle();
  clock.advance(1_000);
  await settle();
  const facts = history.current();
  assert.equal(facts.state === 'ready' && facts.identity, 'two');
  assert.equal(builder.asked.vertices, 2);
});

test('settling ends with the signal, and nothing is told after disposal', async (context) => {
  const builder = inMemoryBuilder();
  builder.before = never;
  const { history, changes } = openHistory(context, builder);
  const stop = new AbortController();
  const settled = history.settled(stop.signal);
  stop.abort(new Error('no longer wanted'));
  await assert.rejects(settled, /no longer wanted/);
  history.dispose();
  history.dispose();
  await settle();
  assert.equal(changes(), 0);
});
