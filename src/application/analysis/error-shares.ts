import type { Value } from '../../domain/values/column.ts';
import type { StudyDefinition } from '../../domain/study/study-definition.ts';
import type { ShareCell, Shares } from './error-explanation.ts';
import { identity } from '../../domain/values/value-text.ts';

/** Pairs are counted up to this number of keyfields. */
const MOST_PAIRED = 12;
/** Keyfields and pairs with more values than this explain nothing. */
const MOST_COMBINATIONS = 2_000;
/** More than the number of any value, so that two numbers make one. */
const RADIX = 2_048;

/** The values of a keyfield, numbered in the order in which they first appear. */
interface Numbered {
  readonly numbers: Map<unknown, number>;
  readonly values: Value[];
}

/** Counts of one keyfield or of a pair. The key is made of the numbers of the values. */
interface FieldSet {
  readonly places: readonly number[];
  readonly ended: Map<number, number>;
  readonly failed: Map<string, Map<number, number>>;
}

/**
 * Counts ended experiments and failures of each kind, for each value of a keyfield and each pair of values of two.
 * Memory does not grow with the number of experiments: a keyfield or pair with very many values is dropped.
 */
export class ErrorShares {
  readonly #names: readonly string[];
  readonly #numbered: readonly Numbered[];
  /** For the row that is being added: the number of each keyfield's value; −1: the keyfield has too many values. */
  readonly #codes: Int32Array;
  #sets: readonly FieldSet[];

  constructor({ keyfields }: StudyDefinition) {
    this.#names = keyfields.map(({ name }) => name);
    this.#numbered = this.#names.map(() => ({ numbers: new Map(), values: [] }));
    this.#codes = new Int32Array(this.#names.length);
    const places = this.#names.map((_, at) => at);
    const paired = places.length <= MOST_PAIRED ? places : [];
    const pairs = paired.flatMap((one) => paired.slice(one + 1).map((other) => [one, other]));
    this.#sets = [...places.map((place) => [place]), ...pairs].map((own) => ({
      places: own,
      ended: new Map(),
      failed: new Map(),
    }));
  }

  /** The first values of the row are the keyfields. */
  addEnded(row: readonly Value[]): void {
    this.#number(row);
    for (const set of this.#sets) this.#count(set, set.ended);
  }

  addFailed(row: readonly Value[], kind: string): void {
    this.#number(row);
    for (const set of this.#sets) {
      let failed = set.failed.get(kind);
      if (!failed) set.failed.set(kind, (failed = new Map()));
      this.#count(set, failed);
    }
  }

  of(kind: string): readonly Shares[] {
    return this.#sets.map(({ places, ended, failed }) => ({
      keyfields: places.map((place) => this.#names[place] ?? ''),
      cells: new Map(
        [...ended].map(([key, count]): [number, ShareCell] => [
          key,
          { values: this.#values(places, key), ended: count, failed: failed.get(kind)?.get(key) ?? 0 },
        ]),
      ),
    }));
  }

  #number(row: readonly Value[]): void {
    for (let at = 0; at < this.#codes.length; at += 1) {
      const { numbers, values } = this.#numbered[at] as Numbered;
      const key = identity(row[at] ?? null);
      let code = numbers.get(key);
      if (code === undefined) {
        code = numbers.size < MOST_COMBINATIONS ? numbers.size : -1;
        if (code !== -1) {
          numbers.set(key, code);
          values.push(row[at] ?? null);
        }
      }
      this.#codes[at] = code;
    }
  }

  #count(set: FieldSet, counts: Map<number, number>): void {
    const [one = 0, other] = set.places;
    const [first = -1, second = -1] = [this.#codes[one], other === undefined ? 0 : this.#codes[other]];
    const key = other === undefined ? first : first * RADIX + second;
    const known = counts.get(key);
    if (first === -1 || second === -1 || (known === undefined && counts.size >= MOST_COMBINATIONS))
      this.#sets = this.#sets.filter((each) => each !== set);
    else counts.set(key, (known ?? 0) + 1);
  }

  #values(places: readonly number[], key: number): readonly Value[] {
    const codes = places.length === 1 ? [key] : [Math.floor(key / RADIX), key % RADIX];
    return places.map((place, at) => this.#numbered[place]?.values[codes[at] ?? 0] ?? null);
  }
}
