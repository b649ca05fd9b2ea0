/** Packages as the shipped data has them. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { openDistribution } from '../../server/src/packages/distribution-data';
import type { PackageIndexes } from '../../server/src/packages/types';
import { REPOSITORY } from './session';

/** Those of Debian bookworm and nothing else. */
export function shippedIndexes(): PackageIndexes {
  const data = path.join(REPOSITORY, 'server/src/packages/data/debian-bookworm.br');
  const index = openDistribution(new Uint8Array(brotliDecompressSync(fs.readFileSync(data))));
  assert.ok(index);
  const nothing = { state: 'unknown', reason: 'not asked' } as const;
  return {
    distribution: () => ({ state: 'ready', value: index, basis: 'computed', source: 'what is shipped' }),
    npm: () => nothing,
    pypi: () => nothing,
    url: () => nothing,
  };
}
