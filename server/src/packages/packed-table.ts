/**
 * A table of text in columns, sorted by its first column, in one run of bytes. A row is found and read without touching more than the few
 * blocks it lies in, so that opening a table of a hundred thousand rows costs nothing.
 */

/** Rows of a block. */
const BLOCK = 64;

/** What has to be known to read a table: bytes of each block of each column. */
export interface TableShape {
  readonly rows: number;
  readonly blocks: readonly (readonly number[])[];
}

/** The bytes and the shape of a table. Cells must hold no line feed; rows are sorted by the code units of their first cell. */
export function packTable(
  rows: readonly (readonly string[])[],
  columns: number,
): { readonly bytes: Uint8Array<ArrayBuffer>; readonly shape: TableShape } {
  const encoder = new TextEncoder();
  const pieces: Uint8Array[] = [];
  const blocks: number[][] = [];
  let length = 0;
  for (let column = 0; column < columns; column++) {
    const lengths: number[] = [];
    for (let start = 0; start < rows.length; start += BLOCK) {
      const cells = rows.slice(start, start + BLOCK).map((row) => (row[column] ?? '').replaceAll('\n', ' '));
      const piece = encoder.encode(`${cells.join('\n')}\n`);
      pieces.push(piece);
      lengths.push(piece.length);
      length += piece.length;
    }
    blocks.push(lengths);
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return { bytes, shape: { rows: rows.length, blocks } };
}

const isSize = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31;

/** The shape in a value that was read from outside; undefined when it is none. */
export function readShape(value: unknown, columns: number): TableShape | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { rows, blocks } = value as { rows?: unknown; blocks?: unknown };
  if (!isSize(rows) || !Array.isArray(blocks) || blocks.length !== columns) return undefined;
  const count = Math.ceil(rows / BLOCK);
  for (const lengths of blocks)
    if (!Array.isArray(lengths) || lengths.length !== count || !lengths.every(isSize)) return undefined;
  return { rows, blocks };
}

/** Bytes of all columns. */
export function tableLength(shape: TableShape): number {
  return shape.blocks.reduce((sum, lengths) => lengths.reduce((all, length) => all + length, sum), 0);
}

/** Reads a packed table. */
export class PackedTable {
  /** Offset of each block, by column. */
  private readonly offsets: readonly Uint32Array[];
  private readonly decoder = new TextDecoder();
  /** Blocks read last, so that the cells of neighbouring rows and columns are decoded once. */
  private readonly read = new Map<number, readonly string[]>();
  private readonly blockCount: number;

  constructor(
    private readonly bytes: Uint8Array,
    start: number,
    private readonly shape: TableShape,
  ) {
    let offset = start;
    this.blockCount = Math.ceil(shape.rows / BLOCK);
    this.offsets = shape.blocks.map((lengths) => {
      const offsets = new Uint32Array(lengths.length + 1);
      lengths.forEach((length, block) => {
        offsets[block] = offset;
        offset += length;
      });
      offsets[lengths.length] = offset;
      return offsets;
    });
  }

  private block(column: number, block: number): readonly string[] {
    const key = column * this.blockCount + block;
    const found = this.read.get(key);
    if (found !== undefined) return found;
    const offsets = this.offsets[column];
    const text = this.decoder.decode(this.bytes.subarray(offsets?.[block] ?? 0, offsets?.[block + 1] ?? 0));
    const cells = text.split('\n');
    if (this.read.size > 4_000) this.read.clear();
    this.read.set(key, cells);
    return cells;
  }

  /** Text of a cell; empty when there is no such row. */
  cell(column: number, row: number): string {
    return this.block(column, Math.floor(row / BLOCK))[row % BLOCK] ?? '';
  }

  /** Row whose first cell is the text; -1 when there is none. */
  row(text: string): number {
    let low = 0;
    let high = this.blockCount - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.block(0, middle)[0] ?? '') <= text) low = middle;
      else high = middle - 1;
    }
    if (this.blockCount === 0 || text === '') return -1;
    const position = this.block(0, low).indexOf(text);
    return position < 0 || position >= BLOCK ? -1 : low * BLOCK + position;
  }

  get rows(): number {
    return this.shape.rows;
  }
}
