import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layeredIndex } from '../../../server/src/packages/distribution-layered';
import type { DistributionIndex } from '../../../server/src/packages/types';
import { debianIndex } from './distribution-fixtures';

const known = debianIndex.find('cycle-a');
assert.ok(known);
const older = { ...known, version: '0' };

test('what the first index lacks is the other one’s', () => {
  const first: DistributionIndex = {
    ...debianIndex,
    find: (name) => (name === 'cycle-a' ? older : undefined),
    providers: (name) => (name === 'mail-transport-agent' ? ['mine'] : []),
    listsSize: { bytes: 1, low: 1, high: 1, basis: 'exact' },
  };
  const both = layeredIndex(first, {
    ...debianIndex,
    find: (name) => debianIndex.find(name),
    providers: () => ['other'],
  });
  assert.equal(both.find('cycle-a')?.version, '0');
  assert.equal(both.find('cycle-b')?.name, 'cycle-b');
  assert.equal(both.find('nothing of the kind'), undefined);
  assert.deepEqual([both.providers('mail-transport-agent'), both.providers('awk')], [['mine'], ['other']]);
  assert.equal(both.listsSize.bytes, 1);
});
