/** Digests of files that git has found unchanged: nothing of those has to be read. */
import { type DigestColumn, digestState, digestWidth, rowOf, typeAt } from '../context/columns';
import type { BlobList } from './blob-list';
import { type ContextModel, stampAt } from './context-model';

export interface TrackedBlobs {
  readonly blobs: BlobList;
  /** When git began to look: epoch, milliseconds. */
  readonly asOf: number;
}

/** A file system may keep times to so many milliseconds only. */
const coarsestTime = 2_000;

/**
 * Writes git's object IDs into the rows of which nothing is known, of files that have not been touched since git looked.
 * The list stays packed, as its paths as strings would take several times the memory of the index. True when something
 * has been found.
 */
export function takeBlobs(model: ContextModel, { blobs, asOf }: TrackedBlobs): boolean {
  const column = model.columns.digests.git;
  if (!column) return false;
  const { paths, ids } = blobs;
  const width = digestWidth.git;
  // A SHA-256 repository has longer IDs, which no column holds.
  if (ids.length !== countOf(paths) * width) return false;
  const decoder = new TextDecoder();
  let found = false;
  let index = 0;
  for (let start = 0; start < paths.length; index++) {
    const end = paths.indexOf(0, start);
    const row = rowOf(model.columns, decoder.decode(paths.subarray(start, end)));
    start = end + 1;
    if (row < 0 || !isUntouched(model, column, row, asOf)) continue;
    column.bytes.set(ids.subarray(index * width, (index + 1) * width), row * width);
    column.states[row] = digestState.known;
    found = true;
  }
  return found;
}

/** Each path is ended by a NUL. */
function countOf(paths: Uint8Array): number {
  let count = 0;
  for (const byte of paths) if (byte === 0) count++;
  return count;
}

function isUntouched(model: ContextModel, column: DigestColumn, row: number, asOf: number): boolean {
  if (typeAt(model.columns, row) !== 'file' || column.states[row] !== digestState.unknown) return false;
  const { mtime, ctime } = stampAt(model, row);
  return Math.max(mtime, ctime) < asOf - coarsestTime;
}
