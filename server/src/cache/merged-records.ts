/** Records of the same builds that were made by several who looked. */
import { isDoubting, unknownKeys } from './record';
import type { BuildRecord } from './types';

/**
 * The record of a build that stays when there are two: the one that knows more, and where both know as much the one that holds without the
 * builder's copy too, else the earlier made. But one that doubts what the builder noticed knows something that the other does not.
 */
export function betterRecord(earlier: BuildRecord, later: BuildRecord): BuildRecord {
  if (isDoubting(earlier)) return earlier;
  const more = unknownKeys(earlier) - unknownKeys(later);
  const holdsLonger = earlier.trustsCopy === true && later.trustsCopy !== true;
  return isDoubting(later) || more > 0 || (more === 0 && holdsLonger) ? later : earlier;
}

/** Each build once, by its reference, the oldest first; `before` itself where nothing comes of the others. */
export function mergedRecords(before: readonly BuildRecord[], records: readonly BuildRecord[]): readonly BuildRecord[] {
  const kept = new Map(before.map((build) => [build.reference, build]));
  let isChanged = false;
  for (const record of records) {
    const known = kept.get(record.reference);
    const better = known === undefined ? record : betterRecord(known, record);
    if (better === known) continue;
    kept.set(record.reference, better);
    isChanged = true;
  }
  if (!isChanged) return before;
  return [...kept.values()].toSorted((left, right) => (left.at < right.at ? -1 : left.at > right.at ? 1 : 0));
}
