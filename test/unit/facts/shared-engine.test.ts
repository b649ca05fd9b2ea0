import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shareEngine } from '../../../server/src/facts/shared-engine';
import { inMemoryClock } from './in-memory-clock';
import { inMemoryLog } from './in-memory-log';

test('the same wish has the same connection, until its last user has gone', async () => {
  const wish = { socket: '/nonexistent/engine.sock', offline: false };
  const one = shareEngine(wish, inMemoryClock(), inMemoryLog());
  const two = shareEngine({ ...wish }, inMemoryClock(), inMemoryLog());
  const other = shareEngine({ ...wish, socket: '/nonexistent/other.sock' }, inMemoryClock(), inMemoryLog());
  assert.equal(one.engine, two.engine);
  assert.notEqual(one.engine, other.engine);
  one.dispose();
  one.dispose();
  const three = shareEngine(wish, inMemoryClock(), inMemoryLog());
  assert.equal(three.engine, two.engine);
  two.dispose();
  three.dispose();
  const four = shareEngine(wish, inMemoryClock(), inMemoryLog());
  assert.notEqual(four.engine, one.engine);
  four.dispose();
  other.dispose();
});

test('offline, an engine on another machine is left alone', async () => {
  const { engine, dispose } = shareEngine(
    { socket: 'tcp://192.0.2.1:2375', offline: true },
    inMemoryClock(),
    inMemoryLog(),
  );
  await engine.settled();
  const facts = engine.current();
  assert.ok(facts.state === 'absent');
  assert.match(facts.reason, /^Offline: the engine at tcp:\/\/192\.0\.2\.1:2375/);
  dispose();
});
