/** Records of the same builds that were made by several who looked. */
import { unknownKeys } from './record';
import type { BuildRecord } from './types';

/** Each build once, by its reference, the oldest first: of two records the one that knows more, and the earlier made where both know as much. */
export function mergedRecords(before: readonly BuildRecord[], records: readonly BuildRecord[]): readonly BuildRecord[] {
  const kept = new Map(before.map((build) => [build.reference, build]));
  for (const record of records) {
    const known = kept.get(record.reference);
    if (known === undefined || unknownKeys(record) < unknownKeys(known)) kept.set(record.reference, record);
  }
  return [...kept.values()].toSorted((left, right) => (left.at < right.at ? -1 : left.at > right.at ? 1 : 0));
}
