import type { Value } from '../../domain/values/column.ts';
import { identity } from '../../domain/values/value-text.ts';
import { Pairs } from './pairs.ts';

/** Combinations of values of some columns, numbered from 0 in the order in which they first appear. */
export class Keys {
  /** The indexes of the columns in a row. */
  readonly #places: readonly number[];
  /** For each column the numbers of its values: a number is found faster than a text that is joined of all of them. */
  readonly #codes: readonly Map<unknown, number>[];
  /** For each column after the first: the combinations up to it. */
  readonly #joined: readonly Pairs[];
  readonly #kept: boolean;
  #count = 0;
  /**
   * Of the row before, whose values most rows share in the order of a grid: each column's value, its number, that of
   * all.
   */
  readonly #last: Value[] = [];
  readonly #lastCodes: number[] = [];
  #lastNumber = -1;
  /** The combinations by their numbers; empty if they are not kept. */
  readonly values: (readonly Value[])[] = [];

  constructor(places: readonly number[], kept = true) {
    this.#places = places;
    this.#codes = places.map(() => new Map<unknown, number>());
    this.#joined = places.slice(1).map(() => new Pairs());
    this.#kept = kept;
  }

  number(row: readonly Value[]): number {
    let changed = this.#lastNumber < 0;
    for (let at = 0; at < this.#places.length; at += 1) {
      const value = row[this.#places[at] ?? 0] ?? null;
      if (value === this.#last[at]) continue;
      this.#last[at] = value;
      this.#lastCodes[at] = numberIn(this.#codes[at], identity(value));
      changed = true;
    }
    if (changed) this.#lastNumber = this.#find();
    return this.#lastNumber;
  }

  #find(): number {
    let number = this.#lastCodes[0] ?? 0;
    for (let at = 1; at < this.#places.length; at += 1)
      number = this.#joined[at - 1]?.number(number, this.#lastCodes[at] ?? 0) ?? 0;
    if (number === this.#count) {
      this.#count += 1;
      if (this.#kept) this.values.push([...this.#last]);
    }
    return number;
  }
}

/** The number of a key; a new key gets the next number. */
const numberIn = <Key>(numbers: Map<Key, number> | undefined, key: Key): number => {
  let number = numbers?.get(key);
  if (number === undefined) {
    number = numbers?.size ?? 0;
    numbers?.set(key, number);
  }
  return number;
};
