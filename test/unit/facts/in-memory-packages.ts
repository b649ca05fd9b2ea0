/** Package indexes that know what a test tells them. */
import { Listeners } from '../../../server/src/facts/listeners';
import type { PackageIndexSource } from '../../../server/src/facts/package-indexes';
import type { PackageIndexes, PackageRequest } from '../../../server/src/packages/types';

export interface InMemoryPackages extends PackageIndexSource {
  readonly requests: readonly PackageRequest[];
  /** From now on the indexes answer so; what is left out is pending. */
  answer(indexes: Partial<PackageIndexes>): void;
}

export function inMemoryPackages(): InMemoryPackages {
  const changed = new Listeners();
  const requests: PackageRequest[] = [];
  const pending = () => ({ state: 'pending' }) as const;
  const nothing: PackageIndexes = { distribution: pending, npm: pending, pypi: pending, url: pending };
  let current = nothing;
  return {
    requests,
    current: () => current,
    request: (request) => void requests.push(request),
    onChange: (listener) => changed.add(listener),
    settled: async () => undefined,
    answer(indexes) {
      current = { ...nothing, ...indexes };
      changed.emit();
    },
    dispose: () => changed.clear(),
  };
}
