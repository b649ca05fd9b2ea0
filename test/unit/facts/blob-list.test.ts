import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packBlobs, unpackBlobs } from '../../../server/src/facts/blob-list';

test('what is packed comes out again, for both lengths of object IDs', () => {
  for (const width of [40, 64]) {
    const pairs = new Map([
      ['a', '0'.repeat(width)],
      ['ü/b "c"', 'f'.repeat(width)],
    ]);
    assert.deepEqual(unpackBlobs(packBlobs(pairs)), pairs);
  }
  assert.deepEqual(unpackBlobs(packBlobs([])), new Map());
});
