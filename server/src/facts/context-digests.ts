/** Digests of file contents: read in pieces, so that memory stays small, and only believed when the file held still. */
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import type { DigestScheme } from '../context/types';
import { type ContextProblem, problemOf } from './context-problem';
import type { Stamp } from './context-walk';

export type ContentDigest =
  | { readonly kind: 'known'; readonly bytes: Uint8Array }
  /** The file is not the one that was looked at before: it has to be looked at again. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'unreadable'; readonly problem: ContextProblem };

const pieceSize = 1 << 20;
let piece: Buffer | undefined;

/** Never waits for a pipe that has taken the file's place, and never leaves the context through a link that has. */
const openFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/** File systems keep times in steps of up to so many milliseconds: two writes within one leave the same stamp. */
const timeStep = 20;
const never = new Int32Array(new SharedArrayBuffer(4));

/** Waits until a further write would be seen in the stamp: for a file that was written a moment ago, before it is read. */
function outlast({ mtime, ctime }: Stamp): void {
  const age = Date.now() - Math.max(mtime, ctime);
  if (age >= 0 && age < timeStep) Atomics.wait(never, 0, 0, timeStep - age);
}

/**
 * The digest of a file that had this stamp: SHA-256 of the content, or the object ID that git gives it
 * (SHA-1 of `blob <size>\0` and the content).
 */
export function digestFile(path: string, scheme: DigestScheme, stamp: Stamp): ContentDigest {
  let descriptor: number;
  outlast(stamp);
  try {
    descriptor = openSync(path, openFlags);
  } catch (error) {
    const problem = problemOf(error);
    const gone = problem.kind === 'vanished' || (problem.kind === 'failed' && problem.code === 'ELOOP');
    return gone ? { kind: 'changed' } : { kind: 'unreadable', problem };
  }
  try {
    if (!isStill(fstatSync(descriptor), stamp)) return { kind: 'changed' };
    const hash = createHash(scheme === 'git' ? 'sha1' : 'sha256');
    if (scheme === 'git') hash.update(`blob ${stamp.size}\0`);
    piece ??= Buffer.allocUnsafe(pieceSize);
    let total = 0;
    for (;;) {
      const read = readSync(descriptor, piece, 0, pieceSize, null);
      if (read === 0) break;
      total += read;
      if (total > stamp.size) return { kind: 'changed' };
      hash.update(read === pieceSize ? piece : piece.subarray(0, read));
    }
    if (total !== stamp.size || !isStill(fstatSync(descriptor), stamp)) return { kind: 'changed' };
    return { kind: 'known', bytes: hash.digest() };
  } catch (error) {
    return { kind: 'unreadable', problem: problemOf(error) };
  } finally {
    closeSync(descriptor);
  }
}

function isStill(stats: Stats, stamp: Stamp): boolean {
  return (
    stats.isFile() &&
    stats.size === stamp.size &&
    stats.mtimeMs === stamp.mtime &&
    stats.ctimeMs === stamp.ctime &&
    stats.ino === stamp.inode
  );
}
