/** Builds the columns of a snapshot, a directory's children at a time. */
import { packKind, type SnapshotColumns } from './columns';
import { GrowingColumn } from './growing-column';
import type { EntryType } from './types';

/** What a row is made from. */
export interface EntryRow {
  readonly name: string;
  readonly type: EntryType;
  readonly mode: number;
  /** Bytes of a regular file, 0 for everything else. */
  readonly size: number;
  readonly linkTarget?: string | undefined;
  /** Same number for hard links of one inode; 0 or absent for a file with one link. */
  readonly hardLink?: number;
}

/** Rows to begin with. Memory that is not written to yet takes no place, but what is outgrown does until it is collected. */
export const usualCapacity = 1 << 17;
const usualNameLength = 16;

const directoryKind = packKind('directory', 0) >> 12;

export class ColumnsBuilder {
  readonly #encoder = new TextEncoder();
  #names: Uint8Array<ArrayBuffer>;
  #nameEnd = 0;
  readonly #nameEnds: GrowingColumn<Uint32Array<ArrayBuffer>>;
  readonly #parents: GrowingColumn<Uint32Array<ArrayBuffer>>;
  readonly #firstChild: GrowingColumn<Uint32Array<ArrayBuffer>>;
  readonly #childCount: GrowingColumn<Uint32Array<ArrayBuffer>>;
  readonly #kinds: GrowingColumn<Uint16Array<ArrayBuffer>>;
  readonly #sizes: GrowingColumn<Float64Array<ArrayBuffer>>;
  readonly #hardLinks: GrowingColumn<Uint32Array<ArrayBuffer>>;
  readonly #fileCounts: Uint32Array<ArrayBuffer>;
  readonly #linkRows: number[] = [];
  readonly #linkTargets: string[] = [];

  /**
   * Begins with the root alone; so many rows are expected. The root's own mode is no part of what the builder hashes, so
   * it is not kept. The buffers of `spare`, columns that nobody reads any more, are written over.
   */
  constructor(capacity: number = usualCapacity, spare?: SnapshotColumns) {
    const numbers = (before: Uint32Array<ArrayBuffer> | undefined): GrowingColumn<Uint32Array<ArrayBuffer>> =>
      new GrowingColumn(
        (length) => new Uint32Array(length),
        before ? new Uint32Array(before.buffer) : new Uint32Array(capacity),
      );
    this.#nameEnds = numbers(spare?.nameEnds);
    this.#parents = numbers(spare?.parents);
    this.#firstChild = numbers(spare?.firstChild);
    this.#childCount = numbers(spare?.childCount);
    this.#kinds = new GrowingColumn(
      (length) => new Uint16Array(length),
      spare ? new Uint16Array(spare.kinds.buffer) : new Uint16Array(capacity),
    );
    this.#sizes = new GrowingColumn(
      (length) => new Float64Array(length),
      spare ? new Float64Array(spare.sizes.buffer) : new Float64Array(capacity),
    );
    this.#hardLinks = numbers(spare?.hardLinks);
    this.#names = spare ? new Uint8Array(spare.names.buffer) : new Uint8Array(capacity * usualNameLength);
    this.#fileCounts = new Uint32Array(spare ? spare.fileCounts.buffer : new ArrayBuffer(capacity * 4));
    this.#addRow(0, packKind('directory', 0o755), 0, 0);
  }

  /**
   * Adds everything that is directly below a directory, sorted by name in byte order; once for each directory.
   * Returns the row of the first.
   */
  addChildren(parent: number, rows: readonly EntryRow[]): number {
    const first = this.#kinds.length;
    this.#firstChild.set(parent, first);
    this.#childCount.set(parent, rows.length);
    for (const row of rows) {
      if (row.linkTarget !== undefined) {
        this.#linkRows.push(this.#kinds.length);
        this.#linkTargets.push(row.linkTarget);
      }
      this.#addName(row.name);
      this.#addRow(parent, packKind(row.type, row.mode), row.type === 'file' ? row.size : 0, row.hardLink ?? 0);
    }
    return first;
  }

  /**
   * Adds everything that other columns have below one of their directories, as it is there: in place of `addChildren`
   * for `parent` and for each directory below. Returns which rows of the other columns have been added.
   */
  addSubtree(
    parent: number,
    from: SnapshotColumns,
    directory: number,
  ): { readonly first: number; readonly end: number } {
    const first = from.firstChild[directory] ?? 0;
    const end = subtreeEnd(from, directory);
    const shift = this.#kinds.length - first;
    this.#firstChild.set(parent, first + shift);
    this.#childCount.set(parent, from.childCount[directory] ?? 0);
    this.#addNames(from, first, end);
    this.#kinds.append(from.kinds.subarray(first, end));
    this.#childCount.append(from.childCount.subarray(first, end));
    this.#hardLinks.append(from.hardLinks.subarray(first, end));
    for (let row = first; row < end; row++) {
      const above = from.parents[row] ?? 0;
      this.#parents.push(above === directory ? parent : above + shift);
      this.#firstChild.push(from.childCount[row] ? (from.firstChild[row] ?? 0) + shift : 0);
      // Totals of directories are made anew at the end.
      this.#sizes.push((from.kinds[row] ?? 0) >> 12 === directoryKind ? 0 : (from.sizes[row] ?? 0));
    }
    for (const [index, row] of from.linkRows.entries()) {
      if (row < first || row >= end) continue;
      this.#linkRows.push(row + shift);
      this.#linkTargets.push(from.linkTargets[index] ?? '');
    }
    return { first, end };
  }

  /** The columns, with the totals of each directory and no digests. */
  finish(): SnapshotColumns {
    const parents = this.#parents.finish();
    const sizes = this.#sizes.finish();
    const hardLinks = this.#hardLinks.finish();
    const kinds = this.#kinds.finish();
    const count = kinds.length;
    const fileCounts =
      count > this.#fileCounts.length ? new Uint32Array(count) : this.#fileCounts.subarray(0, count).fill(0);
    for (let row = kinds.length - 1; row > 0; row--) {
      const parent = parents[row] ?? 0;
      if ((kinds[row] ?? 0) >> 12 === 0) fileCounts[row] = 1;
      sizes[parent] = (sizes[parent] ?? 0) + (sizes[row] ?? 0);
      fileCounts[parent] = (fileCounts[parent] ?? 0) + (fileCounts[row] ?? 0);
    }
    countHardLinksOnce(parents, sizes, hardLinks);
    return {
      count: kinds.length,
      names: this.#names.subarray(0, this.#nameEnd),
      nameEnds: this.#nameEnds.finish(),
      parents,
      firstChild: this.#firstChild.finish(),
      childCount: this.#childCount.finish(),
      kinds,
      sizes,
      fileCounts,
      hardLinks,
      linkRows: new Uint32Array(this.#linkRows),
      linkTargets: this.#linkTargets,
      digests: {},
    };
  }

  /** Adds a row whose name has been added. */
  #addRow(parent: number, kind: number, size: number, hardLink: number): void {
    this.#nameEnds.push(this.#nameEnd);
    this.#parents.push(parent);
    this.#firstChild.push(0);
    this.#childCount.push(0);
    this.#kinds.push(kind);
    this.#sizes.push(size);
    this.#hardLinks.push(hardLink);
  }

  #addName(name: string): void {
    // A UTF-16 unit takes at most three bytes.
    this.#reserveNames(name.length * 3);
    // Most names are short and have no accents: they are soon copied.
    const names = this.#names;
    const start = this.#nameEnd;
    let index = 0;
    for (; index < name.length; index++) {
      const code = name.charCodeAt(index);
      if (code > 0x7f) break;
      names[start + index] = code;
    }
    if (index === name.length) this.#nameEnd += index;
    else this.#nameEnd += this.#encoder.encodeInto(name, this.#names.subarray(this.#nameEnd)).written;
  }

  #addNames(from: SnapshotColumns, first: number, end: number): void {
    const start = from.nameEnds[first - 1] ?? 0;
    const names = from.names.subarray(start, end > first ? from.nameEnds[end - 1] : start);
    this.#reserveNames(names.length);
    this.#names.set(names, this.#nameEnd);
    const shift = this.#nameEnd - start;
    for (let row = first; row < end; row++) this.#nameEnds.push((from.nameEnds[row] ?? 0) + shift);
    this.#nameEnd += names.length;
  }

  #reserveNames(more: number): void {
    const needed = this.#nameEnd + more;
    if (needed <= this.#names.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#names.length * 2));
    larger.set(this.#names.subarray(0, this.#nameEnd));
    this.#names = larger;
  }
}

/** The row behind the last one below a directory: they lie side by side, as the rows are added directory by directory. */
function subtreeEnd({ count, parents, firstChild, childCount }: SnapshotColumns, directory: number): number {
  const first = firstChild[directory] ?? 0;
  let end = first + (childCount[directory] ?? 0);
  if (end > first) while (end < count && (parents[end] ?? 0) >= first) end++;
  return end;
}

/** Takes off a directory's total what a further link of an inode below it has added. */
function countHardLinksOnce(parents: Uint32Array, sizes: Float64Array, hardLinks: Uint32Array): void {
  const groups = new Map<number, number[]>();
  for (let row = 1; row < hardLinks.length; row++) {
    const id = hardLinks[row] ?? 0;
    if (id === 0) continue;
    const group = groups.get(id);
    if (group) group.push(row);
    else groups.set(id, [row]);
  }
  for (const group of groups.values()) {
    if (group.length < 2) continue;
    const counted = new Set<number>();
    for (const row of group) {
      for (let at = row; at !== 0; ) {
        at = parents[at] ?? 0;
        if (counted.has(at)) sizes[at] = (sizes[at] ?? 0) - (sizes[row] ?? 0);
        else counted.add(at);
      }
    }
  }
}
