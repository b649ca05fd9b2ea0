/** Sizes of the packages that a lock file names: an index's figure, the shipped table's, a near release's, or the usual size. */
import { t } from '../localize';
import { sumOfMany, sums, times } from './known-spreads';
import type { LockedPackage } from './node-lock';
import { ranged, scaled, within } from './node-pool';
import { unpackedFromTar } from './npm-release';
import { shippedDate, shippedRelease, versionNumbers } from './npm-shipped';
import type { PackageIndexes, PackageRequest, ReleaseSize, SizeRange } from './types';
import { unansweredSentence } from './unanswered';

/** Where a size comes from, best first. */
export type SizeSource =
  | { readonly kind: 'index'; readonly source: string }
  | { readonly kind: 'shipped' }
  | { readonly kind: 'near' }
  | { readonly kind: 'usual' };

export interface PackageSize {
  readonly unpacked: SizeRange;
  /** Of the compressed archive, as a cache keeps it. */
  readonly archive: SizeRange;
  readonly files?: number;
  readonly from: SizeSource;
  /** What would make it better. */
  readonly need?: PackageRequest;
  /** Why the registry does not tell it, localised. */
  readonly unanswered?: string;
}

/** Share of a usual package's bytes that its archive takes. */
const archiveShare = 0.24;

/** The same by size: what small files take is mostly headers, and large packages hold much that is alike. Medians over the shipped table. */
const archiveShares: readonly (readonly [below: number, share: number])[] = [
  [3e3, 0.58],
  [1e4, 0.43],
  [3e4, 0.32],
  [1e5, 0.25],
  [3e5, 0.225],
  [1e6, 0.21],
];
const largeShare = 0.2;
/** Packages of programs for one platform. */
const nativeShare = 0.417;
const nativeName = /linux|-x64|-arm64|-bin$/;

function archiveOf(name: string, release: ReleaseSize, same: boolean): SizeRange {
  if (release.archive !== null) {
    const share = same ? 0 : Math.max(0.1, relativeWidth(release.unpacked));
    return within(release.archive, share, same ? 'computed' : 'estimated');
  }
  const { bytes } = release.unpacked;
  if (bytes === null) return scaled(usualSize(1), archiveShare);
  if (nativeName.test(name)) return within(bytes * nativeShare, 0.25, 'estimated');
  const share = archiveShares.find(([below]) => bytes < below)?.[1] ?? largeShare;
  const best = bytes * share;
  return ranged(best, best * 0.5, best * (bytes < 3e5 ? 1.4 : 2), 'estimated');
}

function relativeWidth({ bytes, high }: SizeRange): number {
  return bytes === null || bytes === 0 || high === null ? 1 : high / bytes - 1;
}

/**
 * Sums of packages of which nothing is known, by leaving each of 38 projects out of the shipped table: the 5th, 50th and
 * 90th percentile. Sizes spread over four powers of ten, and packages of a project are alike: few are mostly small, many hold a few large
 * ones, and those of a project with native programs or generated clients are large on the whole.
 */
const usualPackages = {
  rows: sums([
    [1, 3, 21, 1_200],
    [3, 27, 150, 7_500],
    [10, 250, 1_300, 40_000],
    [30, 1_500, 6_900, 90_000],
    [100, 9_000, 35_000, 220_000],
    [400, 60_000, 152_000, 600_000],
  ]),
};

/** What a package is taken to have when it is one of `count` of which nothing is known. Such ranges add up plainly. Bytes. */
export function usualSize(count: number): SizeRange {
  const { low, middle, high } = times(sumOfMany(usualPackages, Math.max(1, count)), 1 / Math.max(1, count));
  return ranged(middle, low, high, 'estimated');
}

/** The size of one release of a registry package. Bytes. */
export function sizeOfRelease(name: string, version: string, indexes: PackageIndexes): PackageSize {
  const shipped = shippedRelease(name, version);
  if (shipped?.match === 'same') return fromRelease(name, shipped.size, { kind: 'shipped' }, true);
  const listed = fromList(name, version, indexes, shipped?.size);
  if (listed !== undefined) return listed;
  const answer = indexes.npm(name, version);
  if (answer.state === 'ready') {
    const { value } = answer;
    const archive = value.archive ?? scaledArchive(shipped?.size, value.unpacked.bytes);
    const counted =
      value.tar === undefined || shipped?.size.files === undefined || !isSameMajor(shipped.version, version)
        ? undefined
        : unpackedFromTar(value.tar, shipped.size.files);
    return fromRelease(
      name,
      { ...value, archive, ...(counted && { unpacked: counted }) },
      { kind: 'index', source: answer.source },
      answer.value.archive !== null,
    );
  }
  const need: PackageRequest = { kind: 'npm', name, version };
  const more = { need, ...(answer.state === 'unknown' && { unanswered: answer.reason }) };
  if (shipped !== undefined) return { ...fromRelease(name, shipped.size, { kind: 'near' }, false), ...more };
  return { ...ofUsualSize(1), ...more };
}

function isSameMajor(left: string, right: string): boolean {
  return versionNumbers(left)[0] === versionNumbers(right)[0];
}

/** A list that was fetched to find the release may tell its size too. */
function fromList(
  name: string,
  version: string,
  indexes: PackageIndexes,
  near: ReleaseSize | undefined,
): PackageSize | undefined {
  const answer = indexes.npmReleases?.(name);
  const release =
    answer?.state === 'ready' ? answer.value.releases.find((each) => each.version === version) : undefined;
  if (answer?.state !== 'ready' || release?.unpacked === undefined) return undefined;
  const { unpacked, files } = release;
  const value = { unpacked: ranged(unpacked, unpacked, unpacked, 'computed'), ...(files !== undefined && { files }) };
  const archive = scaledArchive(near, unpacked);
  return fromRelease(name, { ...value, archive }, { kind: 'index', source: answer.source }, false);
}

/** Releases of one package are compressed alike. */
function scaledArchive(near: ReleaseSize | undefined, bytes: number | null): number | null {
  if (near === undefined || near.archive === null || bytes === null || !near.unpacked.bytes) return null;
  return Math.round((near.archive * bytes) / near.unpacked.bytes);
}

function fromRelease(name: string, release: ReleaseSize, from: SizeSource, archiveKnown: boolean): PackageSize {
  return {
    unpacked: release.unpacked,
    archive: archiveOf(name, release, archiveKnown),
    ...(release.files !== undefined && { files: release.files }),
    from,
  };
}

/** A package of which nothing is known, one of `count`. */
export function ofUsualSize(count: number): PackageSize {
  const unpacked = usualSize(count);
  return { unpacked, archive: scaled(unpacked, archiveShare), from: { kind: 'usual' } };
}

/** The size of what a lock file's entry unpacks. Packages of other places than the registry are not asked for. */
export function sizeOfLocked(locked: LockedPackage, indexes: PackageIndexes): PackageSize {
  if (locked.origin === 'registry' && locked.version !== '') return sizeOfRelease(locked.name, locked.version, indexes);
  return ofUsualSize(1);
}

/** One sentence for each source, with how many packages it has. */
export function evidenceOf(sizes: Iterable<readonly [name: string, size: PackageSize]>): readonly string[] {
  const sources = new Map<string, number>();
  let shipped = 0;
  let near = 0;
  const unusual: string[] = [];
  const reasons: string[] = [];
  for (const [name, size] of sizes) {
    if (size.unanswered !== undefined) reasons.push(size.unanswered);
    switch (size.from.kind) {
      case 'index':
        sources.set(size.from.source, (sources.get(size.from.source) ?? 0) + 1);
        break;
      case 'shipped':
        shipped++;
        break;
      case 'near':
        near++;
        break;
      case 'usual':
        unusual.push(name);
        break;
      default:
        return size.from satisfies never;
    }
  }
  const evidence = [...sources].map(([source, count]) => t('{0} package sizes: {1}', count, source));
  if (shipped > 0) evidence.push(t('{0} package sizes: measured for Strata’s own table on {1}', shipped, shippedDate));
  if (near > 0) {
    evidence.push(t('{0} package sizes: from other releases in Strata’s own table of {1}', near, shippedDate));
  }
  if (unusual.length > 0) {
    const named = unusual.slice(0, 5).join(', ');
    evidence.push(
      unusual.length > 5
        ? t('{0} packages are taken to be of the usual size: {1} and more', unusual.length, named)
        : t('{0} packages are taken to be of the usual size: {1}', unusual.length, named),
    );
  }
  evidence.push(...unansweredSentence(reasons));
  if (near + unusual.length > 1) {
    evidence.push(t('Errors of single packages are independent, so their ranges add in quadrature.'));
  }
  return evidence;
}
