import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { GrowingColumn } from '../../../server/src/context/growing-column';

describe('growing column', () => {
  it('holds what an array of numbers holds, whatever was in its room before', () => {
    fc.assert(
      fc.property(fc.nat(5), fc.array(fc.array(fc.nat(9), { maxLength: 6 })), (room, runs) => {
        const column = new GrowingColumn((length) => new Uint32Array(length), new Uint32Array(room).fill(7));
        const expected: number[] = [];
        for (const run of runs) {
          if (run.length === 1) column.push(run[0] ?? 0);
          else column.append(run);
          expected.push(...run);
          if (run.length > 2) {
            expected[0] = run.length;
            column.set(0, run.length);
          }
        }
        assert.equal(column.length, expected.length);
        assert.deepEqual([...column.finish()], expected);
      }),
    );
  });
});
