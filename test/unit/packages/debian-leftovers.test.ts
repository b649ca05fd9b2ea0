import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeTriggered } from '../../../server/src/packages/debian-leftovers';
import { EffectParts } from '../../../server/src/packages/effect-parts';
import type { DistributionPackage } from '../../../server/src/packages/types';

const named = (name: string): DistributionPackage => ({
  name,
  version: '1',
  installedSize: 0,
  archiveSize: 0,
  depends: [],
  recommends: [],
  provides: [],
  conflicts: [],
  priority: 'optional',
});

function created(...names: readonly string[]): Readonly<Record<string, number | null>> {
  const parts = new EffectParts([]);
  writeTriggered(parts, names.map(named));
  return Object.fromEntries(parts.effect().writes.map(({ path, size }) => [path, size.bytes]));
}

test('servers create their databases when they are installed', () => {
  assert.equal(created('postgresql-15', 'postgresql-common')['/var/lib/postgresql'], 41_000_000);
  assert.equal(created('mariadb-server')['/var/lib/mysql'], 120_000_000);
});

test('clients and servers without the script that creates one do not', () => {
  assert.deepEqual(created('postgresql-client-15', 'mariadb-client', 'postgresql-17'), {});
});
