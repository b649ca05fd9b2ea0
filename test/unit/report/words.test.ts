/** Durations, costs and forecasts in words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Report } from '../../../server/src/report/types';
import {
  baselineInWords,
  costInBrief,
  costInWords,
  expectedInWords,
  forecastInWords,
  formatDuration,
  readableDate,
  rebuildInWords,
} from '../../../server/src/report/words';
import { sampleReport, sampleStage, step } from '../features/sample-report';

test('durations', () => {
  const texts = [0, 0.04, 0.42, 4, 9.94, 9.96, 42.4, 59.6, 61, 125, 599.4, 600, 3599, 3600, 4210].map(formatDuration);
  assert.deepEqual(texts, [
    '0.1 s',
    '0.1 s',
    '0.4 s',
    '4 s',
    '9.9 s',
    '10 s',
    '42 s',
    '1 min',
    '1 min 1 s',
    '2 min 5 s',
    '9 min 59 s',
    '10 min',
    '1 h',
    '1 h',
    '1 h 10 min',
  ]);
});

test('costs, in words and in brief', () => {
  const cost = { seconds: 42, steps: 4, unmeasured: 0 };
  const told = (change: Partial<NonNullable<Report['rebuild']>>) => {
    const all = { ...cost, ...change };
    return [costInWords(all), costInBrief(all)];
  };
  assert.deepEqual(told({}), ['about 42 s when last measured', '~42 s']);
  assert.deepEqual(told({ unmeasured: 1 }), ['about 42 s when last measured, 1 step never measured', '~42 s + ?']);
  assert.deepEqual(told({ unmeasured: 4, seconds: 0 }), ['time never measured', undefined]);
  assert.deepEqual(told({ doubtful: { steps: 1, seconds: 12 } })[0], '30 s to 42 s when last measured');
  assert.deepEqual(told({ doubtful: { steps: 4, seconds: 42 } })[0], 'up to 42 s when last measured');
  assert.deepEqual(told({ doubtful: { steps: 1, seconds: 0.2 } })[0], 'about 42 s when last measured');
  assert.deepEqual(
    [80, 119.7, 700, 3580, 5400].map((seconds) => told({ seconds })[1]),
    ['~80 s', '~2 min', '~12 min', '~1 h', '~1.5 h'],
  );
});

test('what the next build runs again', () => {
  const told = (rebuild: Report['rebuild'], stages = sampleReport.stages) =>
    rebuildInWords({ stages, ...(rebuild === undefined ? {} : { rebuild }) });
  assert.equal(told(undefined), 'all 4 steps cached');
  assert.equal(told({ seconds: 1, steps: 2, unmeasured: 0 }), '2 of 4 steps run again');
  const doubtful = { seconds: 1, steps: 1 };
  assert.equal(told({ seconds: 1, steps: 2, unmeasured: 0, doubtful }), '1 of 4 steps run again, 1 more may');
  assert.equal(told({ seconds: 1, steps: 1, unmeasured: 0, doubtful }), '1 of 4 steps may run again');
  const pending = step(2, 'RUN', { cache: { status: 'pending', reason: '' } });
  assert.equal(told(undefined, [{ ...sampleStage, steps: [pending] }]), undefined);
  assert.equal(told(undefined, []), undefined);
});

test('forecasts', () => {
  const forecast = { commits: 50, since: '2025-10-01T12:00:00Z', secondsPerCommit: 12.4, unmeasured: 2 };
  assert.equal(forecastInWords({ kept: 43, commits: 50 }, forecast), 'Kept in 43 of the last 50 commits.');
  assert.equal(forecastInWords({ kept: 3, commits: 9 }, forecast), 'Kept in 3 of the 9 commits that had it.');
  assert.equal(
    expectedInWords(forecast),
    'A commit rebuilds about 12 s, going by the last 50 commits (since 2025-10-01). 2 steps were never measured.',
  );
  assert.equal(
    expectedInWords({ ...forecast, secondsPerCommit: null, note: 'The clone is shallow.' }),
    'What a commit rebuilds has never been measured (last 50 commits, since 2025-10-01). The clone is shallow.',
  );
});

test('what is compared with, and when that was', () => {
  const label = '3 recorded builds';
  assert.equal(baselineInWords({ kind: 'record', label }), label);
  assert.equal(
    baselineInWords({ kind: 'record', label, at: '2026-01-02T03:04:05' }),
    '3 recorded builds (2026-01-02 03:04)',
  );
  assert.equal(readableDate('some day'), 'some day');
});
