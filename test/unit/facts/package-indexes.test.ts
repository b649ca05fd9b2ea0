import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { notKnown, notNow, type Outcome } from '../../../server/src/facts/index-outcome';
import { createPackageIndexes, type IndexQuestions } from '../../../server/src/facts/package-indexes';
import type { ReleaseSize } from '../../../server/src/packages/types';
import { inMemoryClock } from './in-memory-clock';
import { inMemoryLog } from './in-memory-log';

const size = (bytes: number): ReleaseSize => ({
  unpacked: { bytes, low: bytes, high: bytes, basis: 'computed' },
  archive: null,
});
const ready = (bytes: number): Outcome<ReleaseSize> => ({
  answer: { state: 'ready', value: size(bytes), basis: 'computed', source: 'test' },
  again: false,
});

function stand(npm: IndexQuestions['npm'], patience?: number, others: Partial<IndexQuestions> = {}) {
  const clock = inMemoryClock();
  const nothing = async (): Promise<Outcome<never>> => notKnown('nothing');
  const source = createPackageIndexes({
    questions: { distribution: nothing, npm, pypi: nothing, url: nothing, ...others },
    clock,
    log: inMemoryLog(),
    ...(patience !== undefined && { patience }),
  });
  return { source, clock };
}

const express = { kind: 'npm', name: 'express', version: '1.0.0' } as const;

test('what is not asked for is pending; an answer makes a new value and leaves the old one as it was', async () => {
  let asked = 0;
  const { source } = stand(async () => {
    asked += 1;
    return ready(5);
  });
  const before = source.current();
  assert.equal(before.npm('express', '1.0.0').state, 'pending');
  let changes = 0;
  source.onChange(() => {
    changes += 1;
  });
  source.request(express);
  source.request(express);
  await source.settled();
  assert.equal(asked, 1);
  assert.equal(changes, 1);
  const { npm } = source.current();
  assert.equal(npm('express', '1.0.0').state, 'ready');
  assert.equal(npm('express', '1.0.0'), source.current().npm('express', '1.0.0'));
  assert.equal(before.npm('express', '1.0.0').state, 'pending');
  assert.equal(source.current().npm('express', '2.0.0').state, 'pending');
  assert.equal(source.current().pypi('express', '1.0.0').state, 'pending');
});

test('what comes with Strata stands in until the live index is there, and stays when that cannot be had', async () => {
  const answer = (source: string) => ({
    state: 'ready' as const,
    value: {
      find: () => undefined,
      providers: () => [],
      listsSize: { bytes: 0, low: 0, high: 0, basis: 'exact' as const },
    },
    basis: 'computed' as const,
    source,
  });
  const question = { kind: 'distribution', distribution: 'debian', suite: 'bookworm', architecture: 'amd64' } as const;
  for (const live of ['live', 'failed'] as const) {
    let come: () => void = assert.fail;
    const arrival = new Promise<void>((done) => {
      come = done;
    });
    const { source, clock } = stand(async () => ready(5), undefined, {
      distributionMeanwhile: async () => answer('shipped'),
      distribution: async () => {
        await arrival;
        return live === 'failed' ? notKnown('no mirror') : { answer: answer('live'), again: false };
      },
    });
    const told = () => {
      const known = source.current().distribution('debian', 'bookworm', 'amd64');
      return known.state === 'ready' ? known.source : known.state;
    };
    source.request(question);
    await turn();
    clock.advance(1_000);
    assert.equal(told(), 'shipped');
    come();
    await source.settled();
    assert.equal(told(), live === 'failed' ? 'shipped' : 'live');
    source.dispose();
  }
});

test('answers that come one by one are told together', async () => {
  const { source, clock } = stand(async (name) => {
    if (name === 'slow') await new Promise<void>((done) => clock.after(10_000, done));
    return ready(1);
  });
  let changes = 0;
  source.onChange(() => {
    changes += 1;
  });
  for (const name of ['a', 'b', 'c', 'slow']) source.request({ kind: 'npm', name, version: '1' });
  await turn();
  assert.equal(changes, 0);
  clock.advance(300);
  assert.equal(changes, 1);
  assert.equal(source.current().npm('c', '1').state, 'ready');
  clock.advance(10_000);
  await source.settled();
  assert.equal(changes, 2);
});

test('waiting has an end: what did not come is unknown until it comes', async () => {
  let answer: (outcome: Outcome<ReleaseSize>) => void = () => undefined;
  const { source, clock } = stand(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
    1_000,
  );
  source.request(express);
  const waiting = source.settled();
  clock.advance(1_000);
  await waiting;
  assert.equal(source.current().npm('express', '1.0.0').state, 'unknown');
  answer(ready(3));
  await turn();
  assert.equal(source.current().npm('express', '1.0.0').state, 'ready');
});

test('waiting can be cancelled', async () => {
  const { source } = stand(() => new Promise(() => undefined));
  source.request(express);
  const stop = new AbortController();
  const waiting = source.settled(stop.signal);
  stop.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
  source.dispose();
});

test('what nobody answered is asked again later, and what was known stays meanwhile', async () => {
  const outcomes = [notNow('no network'), ready(7), notNow('no network')];
  let asked = 0;
  const { source, clock } = stand(async () => outcomes[asked++] ?? notKnown('none'));
  source.request(express);
  await source.settled();
  assert.deepEqual(source.current().npm('express', '1.0.0'), { state: 'unknown', reason: 'no network' });
  clock.advance(60_000);
  await turn();
  await turn();
  assert.equal(asked, 2);
  assert.equal(source.current().npm('express', '1.0.0').state, 'ready');
});

test('a question that throws is an answer too', async () => {
  const { source } = stand(async () => {
    throw new Error('broken');
  });
  source.request(express);
  await source.settled();
  assert.deepEqual(source.current().npm('express', '1.0.0'), { state: 'unknown', reason: 'broken' });
});

test('after disposing nothing is told', async () => {
  const { source } = stand(async () => ready(1));
  let changes = 0;
  source.onChange(() => {
    changes += 1;
  });
  source.request(express);
  source.dispose();
  await turn();
  source.request({ kind: 'npm', name: 'other', version: '1' });
  await source.settled();
  assert.equal(changes, 0);
});
