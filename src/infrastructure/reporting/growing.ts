type Numbers = Float64Array | Int32Array;

/** A column of numbers that grows: a few bytes a number, whatever their number. */
export class Growing<Array extends Numbers> {
  readonly #make: (length: number) => Array;
  #numbers: Array;
  length = 0;

  constructor(make: (length: number) => Array) {
    this.#make = make;
    this.#numbers = make(1_024);
  }

  push(number: number): void {
    if (this.length === this.#numbers.length) {
      const larger = this.#make(this.length * 2);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.length] = number;
    this.length += 1;
  }

  at(index: number): number {
    return this.#numbers[index] ?? Number.NaN;
  }

  /** Adds to a number, which is 0 as long as nothing was added. */
  add(index: number, amount: number): void {
    while (this.length <= index) this.push(0);
    this.#numbers[index] = this.at(index) + amount;
  }
}

export const growingDoubles = (): Growing<Float64Array> => new Growing((length) => new Float64Array(length));
export const growingIntegers = (): Growing<Int32Array> => new Growing((length) => new Int32Array(length));
