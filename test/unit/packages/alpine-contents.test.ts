import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alpineContent, inBlocks } from '../../../server/src/packages/alpine-contents';
import type { DistributionPackage } from '../../../server/src/packages/types';

const sized = (name: string, installedSize: number): DistributionPackage => ({
  name,
  version: '1',
  installedSize,
  archiveSize: 0,
  depends: [],
  recommends: [],
  provides: [],
  conflicts: [],
  priority: 'optional',
});

/** In the indexes of Alpine 3.20 and 3.22, the same version in both. */
const rows: readonly (readonly [string, number, number])[] = [
  ['bash', 1_396_736, 1_273_235],
  ['git', 6_623_232, 6_726_397],
  ['perl', 41_914_368, 38_095_494],
];

test('sizes on a disk become bytes, within limits', () => {
  for (const [name, blocks, bytes] of rows) {
    assert.ok(inBlocks(sized(name, blocks)));
    const { low, high } = alpineContent(sized(name, blocks));
    assert.ok(low <= bytes && high !== null && bytes <= high, name);
    assert.ok(!inBlocks(sized(name, bytes)));
    assert.equal(alpineContent(sized(name, bytes)).bytes, bytes);
  }
});
