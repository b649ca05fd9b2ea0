/** Two indexes as one: what the first does not hold is the other's. */
import type { DistributionIndex } from './types';

/** `first` before `other`, whose figures stand in for packages that `first` lacks. */
export function layeredIndex(first: DistributionIndex, other: DistributionIndex): DistributionIndex {
  const providers = new Map<string, readonly string[]>();
  return {
    find: (name) => first.find(name) ?? other.find(name),
    providers(name) {
      const known = providers.get(name);
      if (known !== undefined) return known;
      const own = first.providers(name);
      const found = own.length > 0 ? own : other.providers(name);
      providers.set(name, found);
      return found;
    },
    listsSize: first.listsSize,
    conditional: first.conditional ?? [],
  };
}
