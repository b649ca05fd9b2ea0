/** The copies of build contexts that a builder keeps from build to build (BuildKit source/local/source.go: `snapshot`). */
import type { HeldCopy, HeldResults, PastBuild } from '../cache/types';

/** How long after its end a build may still have a copy of its context, in milliseconds. */
const longestRelease = 10_000;

/**
 * Whether the builder no longer has the copy that a build used, so that the next one looks at the files themselves. False where the listing
 * does not tell of copies.
 * @param own the builds of the same context that are known
 */
export function isCopyGone(build: PastBuild, own: readonly PastBuild[], results: HeldResults): boolean {
  if (results.kind !== 'listed' || results.copies === undefined) return false;
  const since = own.filter(({ startedAt }) => startedAt >= build.startedAt);
  return !results.copies.some((copy) => copy.begunAt <= build.completedAt && isUsedBy(copy, since));
}

/**
 * When the builder may have begun the copy of the context that a build used, in milliseconds since the epoch; undefined: with that build.
 * @param own the builds of the same context that are known
 * @param firstAt when the first one of all began, where that is remembered
 */
export function copyBegunBefore(
  build: PastBuild,
  own: readonly PastBuild[],
  firstAt: number | undefined,
): number | undefined {
  const first = Math.min(firstAt ?? Number.POSITIVE_INFINITY, ...own.map(({ startedAt }) => startedAt));
  return first < build.startedAt ? first : undefined;
}

/**
 * Whether the last to use a copy may have been one of these builds: only they use the copy of their context, and let go of it when they end
 * (cache/refs.go: release).
 */
function isUsedBy({ usedAt }: HeldCopy, builds: readonly PastBuild[]): boolean {
  return (
    usedAt === undefined ||
    builds.some(({ startedAt, completedAt }) => usedAt >= startedAt && usedAt <= completedAt + longestRelease)
  );
}
