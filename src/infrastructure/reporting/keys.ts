import type { Value } from '../../domain/column-type.ts';
import { jsonText } from '../cli/json.ts';

/** A value as something that two equal values have in common; in JSON the order of keys does not matter. */
export const identity = (value: Value): unknown => (typeof value === 'object' && value !== null ? json(value) : value);

const json = (value: Value): string => {
  if (Array.isArray(value)) return `[${value.map(json).join(',')}]`;
  if (typeof value !== 'object' || value === null) return jsonText(value);
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([key, member]) => `${jsonText(key)}:${json(member)}`).join(',')}}`;
};

/** Combinations of values of some columns, numbered from 0 as they first come. */
export class Keys {
  /** Where the columns stand in a row. */
  readonly #places: readonly number[];
  readonly #numbers = new Map<unknown, number>();
  readonly #kept: boolean;
  #last: readonly Value[] | undefined;
  #lastNumber = 0;
  /** By number; empty if they are not kept. */
  readonly values: (readonly Value[])[] = [];

  constructor(places: readonly number[], kept = true) {
    this.#places = places;
    this.#kept = kept;
  }

  number(row: readonly Value[]): number {
    // In the order of a grid most rows have the values of the row before.
    if (this.#isLast(row)) return this.#lastNumber;
    this.#last = this.#places.map((place) => row[place] ?? null);
    this.#lastNumber = this.#find(row);
    return this.#lastNumber;
  }

  #isLast(row: readonly Value[]): boolean {
    if (this.#last === undefined) return false;
    for (let at = 0; at < this.#places.length; at += 1) {
      if (this.#last[at] !== (row[this.#places[at] ?? 0] ?? null)) return false;
    }
    return true;
  }

  #find(row: readonly Value[]): number {
    const [first = 0] = this.#places;
    const key = this.#places.length === 1 ? identity(row[first] ?? null) : this.#joined(row);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(key, number);
    if (this.#kept) this.values.push(this.#places.map((place) => row[place] ?? null));
    return number;
  }

  #joined(row: readonly Value[]): string {
    let key = '';
    for (const place of this.#places) {
      const value = row[place] ?? null;
      // No text holds a NUL.
      key += `${typeof value}${String(identity(value))}\0`;
    }
    return key;
  }
}
