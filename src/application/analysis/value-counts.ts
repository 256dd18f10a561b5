import type { Row, Value } from '../../domain/values/column-type.ts';
import { writeJson } from '../../domain/values/json-text.ts';

/** A keyfield with more values than this (an index, say) groups nothing. */
const MOST_VALUES = 200;

/** A value as something that two equal values have in common. */
export const valueKey = (value: Value | undefined): unknown =>
  typeof value === 'object' && value !== null ? writeJson(value) : (value ?? null);

/**
 * Something kept for each value of each keyfield, in memory that does not grow with the experiments: a keyfield that
 * turns out to have very many values is forgotten.
 */
export class ByValue<Entry> {
  readonly #entries: Map<string, Map<unknown, Entry>>;
  readonly #make: () => Entry;
  readonly #mostValues: number;

  constructor(keyfields: readonly string[], make: () => Entry, mostValues = MOST_VALUES) {
    this.#entries = new Map(keyfields.map((name) => [name, new Map<unknown, Entry>()]));
    this.#make = make;
    this.#mostValues = mostValues;
  }

  /** The keyfields that have few enough values. */
  keyfields(): readonly string[] {
    return [...this.#entries.keys()];
  }

  of(keyfield: string): ReadonlyMap<unknown, Entry> {
    return this.#entries.get(keyfield) ?? new Map<unknown, Entry>();
  }

  /** The entry of each keyfield's value in this combination is visited. */
  visit(row: Row, visit: (entry: Entry, keyfield: string) => void): void {
    for (const name of this.#entries.keys()) this.visitOne(name, row[name], (entry) => visit(entry, name));
  }

  /** The entry of one value is visited. */
  visitOne(keyfield: string, value: Value | undefined, visit: (entry: Entry) => void): void {
    const entries = this.#entries.get(keyfield);
    if (entries === undefined) return;
    const key = valueKey(value);
    let entry = entries.get(key);
    if (entry === undefined) {
      if (entries.size >= this.#mostValues) {
        this.#entries.delete(keyfield);
        return;
      }
      entry = this.#make();
      entries.set(key, entry);
    }
    visit(entry);
  }
}

/** How many experiments there are, and how many of each value of each keyfield. */
export class ValueCounts {
  readonly #counts: ByValue<{ count: number }>;
  #total = 0;

  constructor(keyfields: readonly string[]) {
    this.#counts = new ByValue(keyfields, () => ({ count: 0 }));
  }

  get total(): number {
    return this.#total;
  }

  add(row: Row, count = 1): void {
    this.#total += count;
    this.#counts.visit(row, (entry) => (entry.count += count));
  }

  /** Counts for one keyfield only; `grow` says how many they are in all. */
  addTo(keyfield: string, value: Value, count: number): void {
    this.#counts.visitOne(keyfield, value, (entry) => (entry.count += count));
  }

  grow(count: number): void {
    this.#total += count;
  }

  /** Undefined: too many values, nothing is known of this keyfield. */
  of(keyfield: string): ReadonlyMap<unknown, number> | undefined {
    if (!this.#counts.keyfields().includes(keyfield)) return undefined;
    return new Map([...this.#counts.of(keyfield)].map(([key, { count }]) => [key, count]));
  }
}
