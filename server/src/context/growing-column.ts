/** A column that grows: a typed array with room to spare, which makes far less garbage than an array of numbers. */

/** What the kinds of typed arrays have in common. */
interface Numbers<Column> {
  readonly length: number;
  [index: number]: number;
  set(values: ArrayLike<number>, offset?: number): void;
  subarray(begin: number, end: number): Column & ArrayLike<number>;
}

export class GrowingColumn<Column extends Numbers<Column>> {
  readonly #make: (length: number) => Column;
  #values: Numbers<Column>;
  #length = 0;

  /** `make` returns a typed array of so many zeros, `room` is written to first, whatever it holds. */
  constructor(make: (length: number) => Column, room: Column) {
    this.#make = make;
    this.#values = room;
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    this.#reserve(1);
    this.#values[this.#length] = value;
    this.#length += 1;
  }

  /** Appends a run of values. */
  append(values: ArrayLike<number>): void {
    this.#reserve(values.length);
    this.#values.set(values, this.#length);
    this.#length += values.length;
  }

  /** Writes at a place that is there already. */
  set(index: number, value: number): void {
    this.#values[index] = value;
  }

  /** The column, in a buffer that may be larger than it. Nothing may be added after. */
  finish(): Column {
    return this.#values.subarray(0, this.#length);
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#values.length) return;
    const larger = this.#make(Math.max(needed, this.#values.length * 2));
    larger.set(this.#values.subarray(0, this.#length));
    this.#values = larger;
  }
}
