/** Which clocks go together, and that one that jumped is never trusted again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ClockReading, ClockWatch, compareClocks } from '../../../server/src/facts/engine-clock';

const start = Date.UTC(2026, 0, 1);

/** A question asked at `at` that took 30 ms, of an engine whose clock is `offset` ahead. */
function reading(at: number, offset: number, sameKernel = true): ClockReading {
  return { askedAt: at, answeredAt: at + 30, engineTime: at + 15 + offset, sameKernel };
}

const cases: readonly (readonly [string, ClockReading, 'shared' | 'foreign', number?])[] = [
  ['one kernel', reading(start, 10), 'shared', 20],
  ['one kernel, clocks apart', reading(start, 300), 'shared', 1_000],
  ['a virtual machine in step', reading(start, 10, false), 'shared', 1_000],
  ['a virtual machine that is late', reading(start, -1_500, false), 'shared', 1_750],
  ['another machine', reading(start, 5_000, false), 'foreign'],
  ['one kernel, impossible time', reading(start, -90_000), 'foreign'],
  ['no time told', { askedAt: start, answeredAt: start + 1, sameKernel: true }, 'foreign'],
];
for (const [name, read, kind, margin] of cases) {
  test(`clocks: ${name}`, () => {
    const verdict = compareClocks(read);
    assert.equal(verdict.kind, kind);
    if (verdict.kind === 'shared') assert.equal(verdict.margin, margin);
    else assert.ok(verdict.reason);
  });
}

/** A watch, and this machine's two clocks: one that people set, and a steady one. */
function watched() {
  let wall = start;
  let steady = 1_000;
  const watch = new ClockWatch();
  return {
    pass(milliseconds: number) {
      wall += milliseconds;
      steady += milliseconds;
    },
    set(milliseconds: number) {
      wall += milliseconds;
    },
    look: (offset = 0, newest?: number) => watch.observe(reading(wall, offset), steady, newest),
    read: () => ({ reading: reading(wall, 0), steadyAt: steady }),
    judge: (read: { readonly reading: ClockReading; readonly steadyAt: number }) =>
      watch.observe(read.reading, read.steadyAt, undefined),
    get wall() {
      return wall;
    },
  };
}

test('a clock that goes on is trusted', () => {
  const clocks = watched();
  for (let hour = 0; hour < 5; hour += 1) {
    assert.deepEqual(clocks.look(0, clocks.wall - 10), { kind: 'shared', margin: 20 });
    clocks.pass(3_600_000);
  }
});

test('a reading that is looked at late is no clock that was set back', () => {
  const clocks = watched();
  clocks.look();
  clocks.pass(60_000);
  const read = clocks.read();
  clocks.pass(5_000);
  assert.equal(clocks.judge(read).kind, 'shared');
});

test('sleep is no jump backwards', () => {
  const clocks = watched();
  clocks.look();
  clocks.set(8 * 3_600_000);
  assert.equal(clocks.look().kind, 'shared');
});

test('a clock that was set back is not trusted again', () => {
  const clocks = watched();
  clocks.look();
  clocks.pass(60_000);
  clocks.set(-30_000);
  assert.equal(clocks.look().kind, 'foreign');
  clocks.pass(3_600_000);
  assert.equal(clocks.look().kind, 'foreign');
});

test("the engine's clock is set while we watch", () => {
  const clocks = watched();
  clocks.look();
  clocks.pass(60_000);
  assert.equal(clocks.look(-1_500).kind, 'foreign');
  assert.equal(clocks.look(0).kind, 'foreign');
});

test('a build from the future tells of a clock that was set back before', () => {
  const clocks = watched();
  assert.equal(clocks.look(0, clocks.wall + 3_600_000).kind, 'foreign');
});

test('the widest margin holds', () => {
  const clocks = watched();
  assert.deepEqual(clocks.look(0), { kind: 'shared', margin: 20 });
  assert.deepEqual(clocks.look(200), { kind: 'shared', margin: 1_000 });
  assert.deepEqual(clocks.look(0), { kind: 'shared', margin: 1_000 });
});
