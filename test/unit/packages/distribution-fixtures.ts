/** Small indexes for the tests of distributions. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDistribution, packDistribution } from '../../../server/src/packages/distribution-data';
import type { DistributionIndex, PackageIndexes } from '../../../server/src/packages/types';

const folder = join(__dirname, '../../fixtures/distribution-index');

export const packagesText = readFileSync(join(folder, 'Packages'), 'utf8');
export const alpineText = readFileSync(join(folder, 'APKINDEX'), 'utf8');

function opened(bytes: Uint8Array): DistributionIndex {
  const index = openDistribution(bytes);
  if (index === undefined) throw new Error('the packed index cannot be opened');
  return index;
}

export const debianPacked = packDistribution([
  { url: '', kind: 'packages', suite: 'bookworm', component: 'main', text: packagesText },
  { url: '', kind: 'release', suite: 'bookworm', component: '', text: 'Origin: Debian\n' },
]);
export const debianIndex = opened(debianPacked);
export const alpineIndex = opened(
  packDistribution([{ url: '', kind: 'apkindex', suite: '3.20', component: 'main', text: alpineText }]),
);

/** Indexes that know the one distribution. */
export function only(index: DistributionIndex): Partial<PackageIndexes> {
  return {
    distribution: () => ({ state: 'ready', value: index, basis: 'computed', source: 'the index of the test' }),
  };
}
