/** Builds the columns of a snapshot, a directory's children at a time. */
import { packKind, type SnapshotColumns } from './columns';
import type { EntryType } from './types';

/** What a row is made from. */
export interface EntryRow {
  readonly name: string;
  readonly type: EntryType;
  readonly mode: number;
  /** Bytes of a regular file, 0 for everything else. */
  readonly size: number;
  readonly linkTarget?: string;
  /** Same number for hard links of one inode; 0 or absent for a file with one link. */
  readonly hardLink?: number;
}

export class ColumnsBuilder {
  readonly #encoder = new TextEncoder();
  #names: Uint8Array<ArrayBuffer> = new Uint8Array(65_536);
  #nameEnd = 0;
  readonly #nameEnds: number[] = [0];
  readonly #parents: number[] = [0];
  readonly #firstChild: number[] = [0];
  readonly #childCount: number[] = [0];
  readonly #kinds: number[];
  readonly #sizes: number[] = [0];
  readonly #hardLinks: number[] = [0];
  readonly #linkRows: number[] = [];
  readonly #linkTargets: string[] = [];

  /** Begins with the root alone. The root's own mode is no part of what the builder hashes, so it is not kept. */
  constructor() {
    this.#kinds = [packKind('directory', 0o755)];
  }

  /**
   * Adds everything that is directly below a directory, sorted by name in byte order; once for each directory.
   * Returns the row of the first.
   */
  addChildren(parent: number, rows: readonly EntryRow[]): number {
    const first = this.#kinds.length;
    this.#firstChild[parent] = first;
    this.#childCount[parent] = rows.length;
    for (const row of rows) {
      if (row.linkTarget !== undefined) {
        this.#linkRows.push(this.#kinds.length);
        this.#linkTargets.push(row.linkTarget);
      }
      this.#addName(row.name);
      this.#parents.push(parent);
      this.#firstChild.push(0);
      this.#childCount.push(0);
      this.#kinds.push(packKind(row.type, row.mode));
      this.#sizes.push(row.type === 'file' ? row.size : 0);
      this.#hardLinks.push(row.hardLink ?? 0);
    }
    return first;
  }

  /** The columns, with the totals of each directory and no digests. */
  finish(): SnapshotColumns {
    const parents = new Uint32Array(this.#parents);
    const sizes = new Float64Array(this.#sizes);
    const hardLinks = new Uint32Array(this.#hardLinks);
    const kinds = new Uint16Array(this.#kinds);
    const fileCounts = new Uint32Array(kinds.length);
    for (let row = kinds.length - 1; row > 0; row--) {
      const parent = parents[row] ?? 0;
      if ((kinds[row] ?? 0) >> 12 === 0) fileCounts[row] = 1;
      sizes[parent] = (sizes[parent] ?? 0) + (sizes[row] ?? 0);
      fileCounts[parent] = (fileCounts[parent] ?? 0) + (fileCounts[row] ?? 0);
    }
    countHardLinksOnce(parents, sizes, hardLinks);
    return {
      count: kinds.length,
      names: this.#names.slice(0, this.#nameEnd),
      nameEnds: new Uint32Array(this.#nameEnds),
      parents,
      firstChild: new Uint32Array(this.#firstChild),
      childCount: new Uint32Array(this.#childCount),
      kinds,
      sizes,
      fileCounts,
      hardLinks,
      linkRows: new Uint32Array(this.#linkRows),
      linkTargets: this.#linkTargets,
      digests: {},
    };
  }

  #addName(name: string): void {
    // A UTF-16 unit takes at most three bytes.
    const needed = this.#nameEnd + name.length * 3;
    if (needed > this.#names.length) {
      const larger = new Uint8Array(Math.max(needed, this.#names.length * 2));
      larger.set(this.#names);
      this.#names = larger;
    }
    this.#nameEnd += this.#encoder.encodeInto(name, this.#names.subarray(this.#nameEnd)).written;
    this.#nameEnds.push(this.#nameEnd);
  }
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
