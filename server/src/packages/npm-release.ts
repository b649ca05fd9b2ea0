/** What a registry of npm packages says of one release: the document at `{registry}/{name}/{version}`. */

import { recordOf } from './node-lock';
import { ranged } from './node-pool';
import type { ReleaseSize } from './types';

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
