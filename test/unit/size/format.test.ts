import assert from 'node:assert/strict';
import { it } from 'node:test';
import { exactly, figure, sum, unknown } from '../../../server/src/size/estimate';
import { formatBytes, formatEstimate, formatRange } from '../../../server/src/size/format';

it('writes bytes in decimal units with three digits', () => {
  const rows: readonly (readonly [number, string])[] = [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [1234, '1.23 kB'],
    [45_200_000, '45.2 MB'],
    [199_400_000, '199 MB'],
    [999_400, '999 kB'],
    [999_600, '1 MB'],
    [1_960_000_000, '1.96 GB'],
    [-1234, '−1.23 kB'],
  ];
  for (const [bytes, text] of rows) assert.equal(formatBytes(bytes), text);
});

it('marks estimates and lower bounds', () => {
  assert.equal(formatEstimate(exactly(1000)), '1 kB');
  assert.equal(formatEstimate(figure('estimated', 1000, { low: 900, high: 1100 }, [])), '~1 kB');
  assert.equal(formatEstimate(unknown([], 1000)), '≥ 1 kB');
  assert.equal(formatEstimate(unknown([])), 'size unknown');
  assert.equal(formatRange(exactly(5)), undefined);
  assert.equal(formatRange(figure('estimated', 1000, { low: 900, high: 1100 }, [])), '900 B to 1.1 kB');
});

it('adds ranges and keeps the weakest basis', () => {
  const total = sum([exactly(10), figure('estimated', 100, { low: 90, high: 120 }, [])]);
  assert.deepEqual([total.bytes, total.low, total.high, total.basis], [110, 100, 130, 'estimated']);
  const open = sum([exactly(10), unknown([], 5)]);
  assert.deepEqual([open.bytes, open.low, open.high, open.basis], [null, 15, null, 'unknown']);
  assert.equal(formatEstimate(open), '15 B + ?');
  assert.equal(
    formatEstimate(sum([figure('estimated', 1000, { low: 900, high: 1100 }, []), unknown([])])),
    '~1 kB + ?',
  );
  assert.equal(sum([]).bytes, 0);
});
