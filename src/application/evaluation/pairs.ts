import { growingIntegers } from './growable-array.ts';

/**
 * Pairs of numbers, numbered from 0 in the order in which they first appear: a hash table of integers with open
 * addressing. A `Map` whose keys are made of both numbers takes three times as long and four times the memory.
 */
export class Pairs {
  /** The number of the pair in each place, plus one; 0: the place is free. At most half of the places are used. */
  #places = new Int32Array(1_024);
  readonly #firsts = growingIntegers();
  readonly #seconds = growingIntegers();

  get length(): number {
    return this.#firsts.length;
  }

  /** The first number of a pair, by the pair's number. */
  first(number: number): number {
    return this.#firsts.at(number);
  }

  second(number: number): number {
    return this.#seconds.at(number);
  }

  /** The number of a pair; a new pair gets the next number. */
  number(first: number, second: number): number {
    const mask = this.#places.length - 1;
    for (let place = hash(first, second) & mask; ; place = (place + 1) & mask) {
      const found = (this.#places[place] ?? 0) - 1;
      if (found < 0) return this.#add(place, first, second);
      if (this.#firsts.at(found) === first && this.#seconds.at(found) === second) return found;
    }
  }

  #add(place: number, first: number, second: number): number {
    const number = this.length;
    this.#firsts.push(first);
    this.#seconds.push(second);
    this.#places[place] = number + 1;
    if (this.length * 2 > this.#places.length) this.#grow();
    return number;
  }

  #grow(): void {
    this.#places = new Int32Array(this.#places.length * 2);
    const mask = this.#places.length - 1;
    for (let number = 0; number < this.length; number += 1) {
      let place = hash(this.first(number), this.second(number)) & mask;
      while (this.#places[place] !== 0) place = (place + 1) & mask;
      this.#places[place] = number + 1;
    }
  }
}

const hash = (first: number, second: number): number => {
  const mixed = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
};
