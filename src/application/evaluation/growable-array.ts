type Numbers = Float64Array | Int32Array;

/** A typed array that grows: a few bytes for each number. */
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
      const larger = this.#make(Math.ceil(this.length * 1.5));
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.length] = number;
    this.length += 1;
  }

  at(index: number): number {
    return this.#numbers[index] ?? Number.NaN;
  }

  /** The index of a number, or −1. The numbers must be in ascending order. */
  find(wanted: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#numbers[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return low < this.length && this.#numbers[low] === wanted ? low : -1;
  }

  /** All numbers. Call it after the last `push`. */
  numbers(): Array {
    return this.#numbers.subarray(0, this.length) as Array;
  }

  /** The numbers at these indexes. */
  pick(places: Int32Array): Array {
    const picked = this.#make(places.length);
    for (let at = 0; at < places.length; at += 1) picked[at] = this.at(places[at] ?? 0);
    return picked;
  }
}

export const growingDoubles = (): Growing<Float64Array> => new Growing((length) => new Float64Array(length));
export const growingIntegers = (): Growing<Int32Array> => new Growing((length) => new Int32Array(length));
