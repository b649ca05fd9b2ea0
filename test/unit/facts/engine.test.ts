import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createEngine } from '../../../server/src/facts/engine';
import { EngineError } from '../../../server/src/facts/engine-transport';
import { inMemoryClock } from './in-memory-clock';
import { inMemoryEngine } from './in-memory-engine';
import { inMemoryLog } from './in-memory-log';

const base = { id: 'sha256:aaa', tags: ['node:20'], history: [{ createdBy: 'ADD x', size: 100 }] };
const built = { id: 'sha256:bbb', tags: [], history: [{ createdBy: 'RUN y', size: 7 }] };

function open(port = inMemoryEngine(), measures = true) {
  const clock = inMemoryClock();
  const log = inMemoryLog();
  const engine = createEngine(async () => ({ kind: 'found', port }), clock, log, measures);
  return { port, clock, log, engine };
}

/** Lets everything happen that needs no timer. */
async function quiet(): Promise<void> {
  for (let turns = 0; turns < 20; turns += 1) await turn();
}

test('what the engine holds becomes facts, an unnamed image by its short ID', async () => {
  const port = inMemoryEngine();
  port.hold([base, built], [{ id: 'r', parents: [], description: 'd', size: 3 }]);
  const { engine } = open(port);
  assert.deepEqual(engine.current(), { state: 'pending' });
  await engine.settled();
  const facts = engine.current();
  assert.ok(facts.state === 'ready');
  assert.deepEqual(
    facts.images.map(({ label }) => label),
    ['node:20', 'bbb'],
  );
  assert.deepEqual(facts.images[0]?.entries, [{ createdBy: 'ADD x', size: 100, emptyLayer: false }]);
  assert.equal(facts.cacheRecords.length, 1);
  engine.dispose();
});

test('an image that is asked for is known, one that is not there is null', async () => {
  const port = inMemoryEngine();
  port.hold([base]);
  const { engine } = open(port);
  engine.request('node:20');
  engine.request('node:21');
  await engine.settled();
  assert.equal(engine.images().get('node:20')?.size, 100);
  assert.equal(engine.images().get('node:21'), null);
  assert.equal(engine.images().get('node:22'), undefined);
  engine.request('node:22');
  await engine.settled();
  assert.equal(engine.images().get('node:22'), null);
  engine.dispose();
});

test('what is measured is read when it is asked for, where it is not read at once', async () => {
  const port = inMemoryEngine();
  port.hold([base, built], [{ id: 'r', parents: [], description: 'd', size: 3 }]);
  const { engine } = open(port, false);
  engine.request('node:20');
  await engine.settled();
  const before = engine.current();
  assert.ok(before.state === 'ready' && before.unmeasured === true);
  assert.equal(before.images.length, 0);
  assert.equal(engine.images().get('node:20')?.size, 100);
  engine.measure();
  engine.measure();
  await engine.settled();
  const after = engine.current();
  assert.ok(after.state === 'ready' && after.unmeasured === undefined);
  assert.equal(after.images.length, 2);
  assert.equal(after.cacheRecords.length, 1);
  engine.dispose();
});

test('events bring new images in, once for a burst; nothing new leaves the same objects', async () => {
  const port = inMemoryEngine();
  port.hold([base]);
  const { engine, clock } = open(port);
  engine.request('node:20');
  await engine.settled();
  let changes = 0;
  engine.onChange(() => {
    changes += 1;
  });
  const before = { facts: engine.current(), images: engine.images() };
  await quiet();
  port.announce();
  port.announce();
  clock.advance(1_000);
  await engine.settled();
  assert.equal(engine.current(), before.facts);
  assert.equal(engine.images(), before.images);
  assert.equal(changes, 0);

  port.hold([{ ...base, id: 'sha256:ccc' }, built]);
  port.announce();
  clock.advance(1_000);
  await engine.settled();
  // The image that was asked for, and then everything.
  assert.equal(changes, 2);
  assert.equal(engine.images().get('node:20')?.digest, 'sha256:ccc');
  const facts = engine.current();
  assert.ok(facts.state === 'ready');
  assert.equal(facts.images.length, 2);
  assert.equal(port.asked.listImages, 3);
  engine.dispose();
});

test('a tag that moves is noticed while everything is still being measured', async () => {
  const port = inMemoryEngine();
  port.hold([base]);
  const { engine, clock } = open(port);
  engine.request('node:20');
  await engine.settled();
  await quiet();
  const before = engine.current();
  port.listImages = (_, signal) =>
    new Promise<never>((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
    );
  port.hold([{ ...base, id: 'sha256:ccc' }]);
  port.announce();
  clock.advance(1_000);
  await quiet();
  port.hold([{ ...base, id: 'sha256:ddd' }]);
  port.announce();
  clock.advance(1_000);
  await quiet();
  assert.equal(engine.images().get('node:20')?.digest, 'sha256:ddd');
  assert.equal(engine.current(), before);
  engine.dispose();
});

test('between two connections what is known stays, and what is asked for waits for the next', async () => {
  const port = inMemoryEngine();
  port.hold([base, built]);
  const { engine, clock } = open(port);
  engine.request('node:20');
  await engine.settled();
  await quiet();
  const asked = port.asked.inspectImage;
  port.hangUp();
  await quiet();
  engine.request('app');
  engine.measure();
  await quiet();
  assert.equal(port.asked.inspectImage, asked);
  assert.equal(engine.current().state, 'ready');
  assert.deepEqual([...engine.images().keys()], ['node:20']);
  clock.advance(1_000);
  await quiet();
  assert.deepEqual([...engine.images().keys()].toSorted(), ['app', 'node:20']);
  engine.dispose();
});

test('an engine that goes away is absent, and is there again when it comes back', async () => {
  const port = inMemoryEngine();
  port.hold([base]);
  const { engine, clock } = open(port);
  engine.request('node:20');
  await engine.settled();
  await quiet();
  port.fail(new EngineError('unreachable', 'gone'));
  port.hangUp();
  await quiet();
  clock.advance(1_000);
  await quiet();
  assert.deepEqual(engine.current(), { state: 'absent', reason: 'gone' });
  assert.equal(engine.images().size, 0);
  port.fail(undefined);
  clock.advance(60_000);
  await quiet();
  assert.equal(engine.current().state, 'ready');
  assert.equal(engine.images().get('node:20')?.size, 100);
  engine.dispose();
});

test('the pause between attempts grows', async () => {
  const port = inMemoryEngine();
  port.fail(new EngineError('unreachable', 'nobody'));
  const { engine, clock } = open(port);
  await engine.settled();
  assert.deepEqual(engine.current(), { state: 'absent', reason: 'nobody' });
  for (let second = 0; second < 60; second += 1) {
    clock.advance(1_000);
    await quiet();
  }
  // At once and after 1, 2, 4, 8, 16 and 32 s would be seven.
  const attempts = port.asked.identify ?? 0;
  assert.ok(attempts >= 5 && attempts <= 7, String(attempts));
  engine.dispose();
});

test('no endpoint is a reason, not an error', async () => {
  const engine = createEngine(async () => ({ kind: 'none', reason: 'no socket' }), inMemoryClock(), inMemoryLog());
  engine.request('node:20');
  await engine.settled();
  assert.deepEqual(engine.current(), { state: 'absent', reason: 'no socket' });
  engine.dispose();
});

test('disposing ends waiting', async () => {
  const engine = createEngine(() => new Promise(() => undefined), inMemoryClock(), inMemoryLog());
  const waiting = engine.settled();
  engine.dispose();
  await waiting;
});

test('waiting can be cancelled', async () => {
  const engine = createEngine(() => new Promise(() => undefined), inMemoryClock(), inMemoryLog());
  await assert.rejects(engine.settled(AbortSignal.abort(new Error('enough'))), /enough/);
  engine.dispose();
});

test('an engine that stops answering in the middle is read as far as it went', async () => {
  const port = inMemoryEngine();
  port.hold([base, built]);
  const history = port.imageHistory;
  const stuck = (id: string, signal: AbortSignal) =>
    id === built.id
      ? new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
      : history(id, signal);
  const { engine, clock, log } = open(Object.assign(port, { imageHistory: stuck }));
  await quiet();
  assert.equal(engine.current().state, 'pending');
  clock.advance(30_000);
  await engine.settled();
  const facts = engine.current();
  assert.ok(facts.state === 'ready');
  assert.deepEqual(
    facts.images.map(({ label }) => label),
    ['node:20'],
  );
  assert.match(log.infos.join(), /1 images of the engine could not be read: .*does not answer/);
  engine.dispose();
});
