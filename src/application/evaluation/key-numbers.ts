import type { Value } from '../../domain/values/column-type.ts';
import { jsonText } from '../../domain/values/value-text.ts';

/** A value as something that two equal values have in common; in JSON the order of keys does not matter. */
export const identity = (value: Value): unknown => (typeof value === 'object' && value !== null ? json(value) : value);

const json = (value: Value): string => {
  if (Array.isArray(value)) return `[${value.map(json).join(',')}]`;
  if (typeof value !== 'object' || value === null) return jsonText(value);
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([key, member]) => `${jsonText(key)}:${json(member)}`).join(',')}}`;
};

/** Of two numbers below it one is made. */
const RADIX = 2 ** 26;

/** Combinations of values of some columns, numbered from 0 as they first come. */
export class Keys {
  /** Where the columns stand in a row. */
  readonly #places: readonly number[];
  /** For each column the numbers of its values: a number is found faster than a text that is joined of all of them. */
  readonly #codes: readonly Map<unknown, number>[];
  /** For each column after the first: the numbers of the combinations up to it. */
  readonly #joined: readonly Map<number, number>[];
  readonly #kept: boolean;
  #count = 0;
  #last: readonly Value[] | undefined;
  #lastNumber = 0;
  /** By number; empty if they are not kept. */
  readonly values: (readonly Value[])[] = [];

  constructor(places: readonly number[], kept = true) {
    this.#places = places;
    this.#codes = places.map(() => new Map<unknown, number>());
    this.#joined = places.slice(1).map(() => new Map<number, number>());
    this.#kept = kept;
  }

  number(row: readonly Value[]): number {
    // In the order of a grid most rows have the values of the row before.
    if (this.#isLast(row)) return this.#lastNumber;
    this.#last = this.#places.map((place) => row[place] ?? null);
    this.#lastNumber = this.#find(this.#last);
    return this.#lastNumber;
  }

  #isLast(row: readonly Value[]): boolean {
    if (this.#last === undefined) return false;
    for (let at = 0; at < this.#places.length; at += 1) {
      if (this.#last[at] !== (row[this.#places[at] ?? 0] ?? null)) return false;
    }
    return true;
  }

  #find(values: readonly Value[]): number {
    let number = 0;
    for (let at = 0; at < values.length; at += 1) {
      const code = numberIn(this.#codes[at], identity(values[at] ?? null));
      number = at === 0 ? code : numberIn(this.#joined[at - 1], number * RADIX + code);
    }
    if (number === this.#count) {
      this.#count += 1;
      if (this.#kept) this.values.push(values);
    }
    return number;
  }
}

/** The number of a key, the next one if it is new. */
const numberIn = <Key>(numbers: Map<Key, number> | undefined, key: Key): number => {
  let number = numbers?.get(key);
  if (number === undefined) {
    number = numbers?.size ?? 0;
    numbers?.set(key, number);
  }
  return number;
};
