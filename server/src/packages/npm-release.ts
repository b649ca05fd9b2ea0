/** What a registry of npm packages says of one release: the document at `{registry}/{name}/{version}`. */

import { recordOf } from './node-lock';
import { ranged } from './node-pool';
import type { ReleaseSize, SizeRange } from './types';

/** More bytes than any release has. */
const mostBytes = 20e9;

function bytesOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= mostBytes
    ? value
    : undefined;
}

/**
 * `dist.unpackedSize` is the sum of the archive's files as the publishing npm counted them (libnpmpack, `npm-packlist`); releases before
 * 2018 and some registries have none: then there is nothing to tell. The archive's size is not in the document.
 */
export function readNpmRelease(json: unknown): ReleaseSize | undefined {
  const distribution = recordOf(recordOf(json)?.dist);
  const unpacked = bytesOf(distribution?.unpackedSize);
  if (unpacked === undefined) return undefined;
  const files = bytesOf(distribution?.fileCount);
  return {
    unpacked: ranged(unpacked, unpacked, unpacked, 'computed'),
    archive: null,
    ...(files !== undefined && { files }),
  };
}

/** Where a release's archive lies, for a registry that does not tell its unpacked size. */
export function archiveOfNpmRelease(json: unknown): string | undefined {
  const tarball = recordOf(recordOf(json)?.dist)?.tarball;
  return typeof tarball === 'string' && /^https?:\/\/\S{1,2000}$/.test(tarball) ? tarball : undefined;
}

/** Bytes after unpacking an archive of so many bytes: source text is compressed to a quarter, prebuilt binaries to less than a half. */
export function unpackedFromArchive(archive: number): ReleaseSize {
  return { unpacked: ranged(archive * 4.2, archive * 2.2, archive * 6.5, 'estimated'), archive };
}

/** A release's archive as its registry answers a question for its last bytes. */
export interface ArchiveEnd {
  /** Bytes of the whole archive. */
  readonly length: number;
  /** Its last four bytes. */
  readonly end: Uint8Array;
}

/** Larger archives may hold more than the four bytes can count. */
const mostCounted = 500e6;

/**
 * Share of a tar file that is headers and padding, by its bytes: low, mean and high. Counted over 765 archives of five projects; each file
 * costs about 800 bytes, so small tar files of many small files are mostly that.
 */
const overheads: readonly (readonly [below: number, low: number, mean: number, high: number])[] = [
  [8e3, 0.5, 0.6, 0.79],
  [12e3, 0.4, 0.5, 0.63],
  [20e3, 0.22, 0.35, 0.55],
  [40e3, 0.13, 0.265, 0.54],
  [80e3, 0.08, 0.188, 0.42],
  [200e3, 0.04, 0.15, 0.41],
  [500e3, 0.02, 0.141, 0.41],
  [1.5e6, 0.01, 0.13, 0.5],
  [5e6, 0, 0.056, 0.38],
  [20e6, 0, 0.05, 0.28],
  [Number.POSITIVE_INFINITY, 0, 0.015, 0.06],
];

/**
 * Bytes after unpacking, from the last four bytes of the archive: gzip ends with the length of what it packed (RFC 1952, ISIZE), which is a
 * tar file. Undefined when they cannot be that length.
 */
export function unpackedFromArchiveEnd({ length, end }: ArchiveEnd): ReleaseSize | undefined {
  if (end.byteLength !== 4 || length > mostCounted) return undefined;
  const tar = new DataView(end.buffer, end.byteOffset, 4).getUint32(0, true);
  if (tar % 512 !== 0 || tar < length * 0.9 || tar > length * 300) return undefined;
  const [, low, mean, high] = overheads.find(([below]) => tar < below) ?? [0, 0, 0, 0];
  const unpacked = ranged(tar * (1 - mean), tar * (1 - high), tar * (1 - low), 'estimated');
  return { unpacked, archive: length, tar };
}

/** A file in a tar file: its header, and on the mean half a block of padding; more where long names take headers of their own. Bytes. */
const perFile = { low: 730, best: 800, high: 900 };
/** How far the numbers of files of two releases of one major release lie apart. */
const filesApart = { low: 0.85, high: 1.15 };

/** Bytes after unpacking, from those of the tar file and the number of files in another release of the same major release. */
export function unpackedFromTar(tar: number, files: number): SizeRange | undefined {
  const bytes = tar - 1024 - files * perFile.best;
  if (bytes < tar * 0.15) return undefined;
  const low = Math.max(0, tar - 1024 - files * filesApart.high * perFile.high);
  return ranged(bytes, low, tar - 1024 - files * filesApart.low * perFile.low, 'estimated');
}
