/** A column that grows: a typed array with room to spare, which makes far less garbage than an array of numbers. */

/** What the kinds of typed arrays have in common. */
interface Numbers {
  readonly length: number;
  [index: number]: number;
  set(values: ArrayLike<number>, offset?: number): void;
  subarray(begin: number, end: number): ArrayLike<number>;
}

const firstCapacity = 256;

export class GrowingColumn<Column extends Numbers> {
  readonly #make: (length: number) => Column;
  #values: Numbers;
  #length = 0;

  /** `make` returns a typed array of so many zeros. */
  constructor(make: (length: number) => Column) {
    this.#make = make;
    this.#values = make(firstCapacity);
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

  /** A copy without the room to spare. */
  finish(): Column {
    const column = this.#make(this.#length);
    column.set(this.#values.subarray(0, this.#length));
    return column;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#values.length) return;
    const larger = this.#make(Math.max(needed, this.#values.length * 2));
    larger.set(this.#values.subarray(0, this.#length));
    this.#values = larger;
  }
}
