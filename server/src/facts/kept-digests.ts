/**
 * Digests of contents that outlast the program: a file that still has the stamp with which it was read need not be read again. It is what
 * git's index does for tracked files.
 */
import { digestState, digestWidth, typeAt } from '../context/columns';
import type { ContextModel } from './context-model';
import { createPackedStore } from './packed-store';
import type { Log } from './ports';

/** Another text for every change of what the bytes mean. */
const form = 'contents 1';
const width = digestWidth.sha256;
/** Bytes of a file's stamp: inode, size and both times. */
const stampBytes = 4 * Float64Array.BYTES_PER_ELEMENT;
/** A context that has fewer files and fewer bytes is read sooner than it is worth a file. */
const leastFiles = 2_000;
const leastBytes = 100e6;

export interface KeptDigests {
  /** Fills in the digests that are known of files as they are now; answers how many. */
  take(root: string, model: ContextModel): Promise<number>;
  /** Keeps what is known of a context, where that spares reading it. */
  keep(root: string, model: ContextModel): Promise<void>;
}

/** Digests kept in a folder, a file for each root of a context. Only a cache: what is damaged or too much goes. */
export function createKeptDigests(folder: string, log: Log): KeptDigests {
  const store = createPackedStore(folder, form, log);
  return {
    async take(root, model) {
      if (!isWorthKeeping(amountOf(model, isFile))) return 0;
      const answer = await store.read(root);
      return answer === undefined ? 0 : fillIn(answer.bytes, model);
    },
    async keep(root, model) {
      const known = amountOf(model, isKnown);
      if (isWorthKeeping(known))
        await store.write(root, { origin: '', at: Date.now(), bytes: packDigests(model, known.files) });
    },
  };
}

interface Amount {
  readonly files: number;
  readonly bytes: number;
}

function isWorthKeeping({ files, bytes }: Amount): boolean {
  return files >= leastFiles || bytes >= leastBytes;
}

function isFile({ columns }: ContextModel, row: number): boolean {
  return typeAt(columns, row) === 'file';
}

function isKnown(model: ContextModel, row: number): boolean {
  return isFile(model, row) && model.columns.digests.sha256?.states[row] === digestState.known;
}

function amountOf(model: ContextModel, counts: (model: ContextModel, row: number) => boolean): Amount {
  let files = 0;
  let bytes = 0;
  for (let row = 1; row < model.columns.count; row++) {
    if (!counts(model, row)) continue;
    files += 1;
    bytes += model.columns.sizes[row] ?? 0;
  }
  return { files, bytes };
}

/** Stamps of all files whose digests are known, one column after the other, then the digests. */
function packDigests(model: ContextModel, count: number): Uint8Array<ArrayBuffer> {
  const buffer = new ArrayBuffer(count * (stampBytes + width));
  const { inodes, sizes, mtimes, ctimes, digests } = viewsOf(buffer, count);
  let at = 0;
  for (let row = 1; row < model.columns.count; row++) {
    if (!isKnown(model, row)) continue;
    inodes[at] = model.inodes[row] ?? 0;
    sizes[at] = model.columns.sizes[row] ?? 0;
    mtimes[at] = model.mtimes[row] ?? 0;
    ctimes[at] = model.ctimes[row] ?? 0;
    const bytes = model.columns.digests.sha256?.bytes;
    if (bytes) digests.set(bytes.subarray(row * width, (row + 1) * width), at * width);
    at += 1;
  }
  return new Uint8Array(buffer);
}

function viewsOf(buffer: ArrayBuffer, count: number) {
  const column = (index: number) => new Float64Array(buffer, index * count * Float64Array.BYTES_PER_ELEMENT, count);
  return {
    inodes: column(0),
    sizes: column(1),
    mtimes: column(2),
    ctimes: column(3),
    digests: new Uint8Array(buffer, count * stampBytes),
  };
}

/** Fills in what is not known yet; answers how many. */
function fillIn({ buffer, byteLength }: Uint8Array<ArrayBuffer>, model: ContextModel): number {
  const count = byteLength / (stampBytes + width);
  const column = model.columns.digests.sha256;
  if (!Number.isInteger(count) || column === undefined) return 0;
  const { inodes, sizes, mtimes, ctimes, digests } = viewsOf(buffer, count);
  let byInode: Map<number, number> | undefined;
  const placeOf = (inode: number, next: number): number => {
    // Files are nearly always in the order in which they were.
    if (inodes[next] === inode) return next;
    byInode ??= new Map(Array.from(inodes, (each, place) => [each, place]));
    return byInode.get(inode) ?? -1;
  };
  let next = 0;
  let filled = 0;
  for (let row = 1; row < model.columns.count; row++) {
    if (!isFile(model, row)) continue;
    const size = model.columns.sizes[row] ?? 0;
    const place = placeOf(model.inodes[row] ?? 0, next);
    if (place < 0) continue;
    next = place + 1;
    if (sizes[place] !== size || mtimes[place] !== model.mtimes[row] || ctimes[place] !== model.ctimes[row]) continue;
    if (column.states[row] !== digestState.unknown) continue;
    column.bytes.set(digests.subarray(place * width, (place + 1) * width), row * width);
    column.states[row] = digestState.known;
    filled += 1;
  }
  return filled;
}
