import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ForecastHistory, NamedStep } from '../../../server/src/cache/forecast';
import { matchSteps, stepForecasts } from '../../../server/src/cache/forecast-steps';

/** `stage: INSTRUCTION rest`, one a line. */
function steps(...lines: readonly string[]): readonly NamedStep[] {
  return lines.map((line) => {
    const [stage = '', text = ''] = line.split(': ');
    return { stage, text, instruction: text.split(' ')[0] ?? '' };
  });
}

const history = (versions: readonly (readonly NamedStep[])[], ...commits: readonly [number | null, string][]) =>
  ({
    versions,
    commits: commits.map(([version, outcomes]) => ({ version, outcomes })),
    keys: [],
    since: '2026-01-01T00:00:00.000Z',
  }) satisfies ForecastHistory;

test('the same text in the same stage is the same step, the second of it the second', () => {
  const others = steps('a: RUN x', 'a: RUN x', 'b: RUN x');
  assert.deepEqual(matchSteps(steps('b: RUN x', 'a: RUN x', 'a: RUN x', 'a: RUN x'), others), [2, 0, 1, undefined]);
});

test('between two steps that are found, the same instruction is the step as it was before the edit', () => {
  const others = steps('a: COPY x', 'a: RUN one', 'a: RUN two', 'a: COPY y');
  assert.deepEqual(matchSteps(steps('a: COPY x', 'a: RUN one!', 'a: RUN two', 'a: COPY y'), others), [0, 1, 2, 3]);
  // What is new between them is nothing that was there.
  assert.deepEqual(matchSteps(steps('a: COPY x', 'a: USER u', 'a: RUN one', 'a: RUN two'), others), [
    0,
    undefined,
    1,
    2,
  ]);
  assert.deepEqual(matchSteps(steps('a: COPY x', 'a: RUN 1', 'a: RUN 2', 'a: RUN 3', 'a: COPY y'), others), [
    0,
    1,
    2,
    undefined,
    3,
  ]);
  // Not across stages, and nothing is taken twice.
  assert.deepEqual(matchSteps(steps('b: RUN one!', 'b: COPY y'), others), [undefined, undefined]);
});

test('steps in another order are found by their text', () => {
  const others = steps('a: RUN one', 'a: COPY x', 'a: RUN two');
  assert.deepEqual(matchSteps(steps('a: RUN two', 'a: COPY z', 'a: RUN one'), others), [2, undefined, 0]);
});

test('a step is counted in the commits that had it and can be compared', () => {
  const old = steps('a: COPY x', 'a: RUN one');
  const now = steps('a: COPY x', 'a: RUN zero', 'a: RUN one');
  assert.deepEqual(stepForecasts(now, history([old, now], [null, ''], [0, 'kr'], [0, 'k?'], [1, 'krr'], [1, 'kkk'])), [
    { kept: 4, commits: 4 },
    { kept: 1, commits: 2 },
    { kept: 1, commits: 3 },
  ]);
  assert.deepEqual(stepForecasts(steps('b: RUN x'), history([old], [0, 'kk'])), [undefined]);
  assert.deepEqual(stepForecasts(now, history([])), [undefined, undefined, undefined]);
});
