import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AfterRest, Lane } from '../../../server/src/facts/lane';
import { inMemoryClock } from './in-memory-clock';

function failing(error: unknown): never {
  throw error;
}

test('work is done one after the other, and an error ends only its own', async () => {
  const errors: unknown[] = [];
  const lane = new Lane((error) => errors.push(error));
  const order: string[] = [];
  const first = lane.do(async () => {
    await Promise.resolve();
    order.push('first');
    throw new Error('broken');
  });
  void lane.do(async () => void order.push('second'));
  assert.equal(lane.busy, true);
  await first;
  assert.equal(lane.busy, true);
  await lane.idle;
  assert.deepEqual([order, errors.map(String), lane.busy], [['first', 'second'], ['Error: broken'], false]);
});

test('what is asked for while it is done is done once more, after a rest of four times what it took', async () => {
  const clock = inMemoryClock();
  let begun = 0;
  let end = (): void => undefined;
  const work = new AfterRest(clock, new Lane(failing), () => {
    begun += 1;
    return new Promise<void>((resolve) => {
      end = resolve;
    });
  });
  const done = work.now();
  await Promise.resolve();
  clock.advance(1_000);
  for (let times = 0; times < 5; times++) work.soon();
  clock.advance(10_000);
  await Promise.resolve();
  assert.equal(begun, 1);
  end();
  await done;
  clock.advance(43_000);
  await Promise.resolve();
  assert.equal(begun, 1);
  clock.advance(1_500);
  await Promise.resolve();
  assert.equal(begun, 2);
  work.dispose();
  work.soon();
  end();
});
