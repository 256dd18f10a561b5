import type { Row, Value } from '../../domain/values/column.ts';
import { identity } from '../../domain/values/value-text.ts';

/** A keyfield with more values than this, such as an index, is dropped. */
const MOST_VALUES = 200;

/**
 * An entry for each value of each keyfield. Memory does not grow with the number of experiments: a keyfield with very
 * many values is dropped.
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

  /** The keyfields that were not dropped. */
  keyfields(): readonly string[] {
    return [...this.#entries.keys()];
  }

  of(keyfield: string): ReadonlyMap<unknown, Entry> {
    return this.#entries.get(keyfield) ?? new Map<unknown, Entry>();
  }

  /** Calls `visit` with the entry of each keyfield's value in this row. */
  visit(row: Row, visit: (entry: Entry, keyfield: string) => void): void {
    for (const name of this.#entries.keys()) this.visitOne(name, row[name], (entry) => visit(entry, name));
  }

  /** Calls `visit` with the entry of one value. */
  visitOne(keyfield: string, value: Value | undefined, visit: (entry: Entry) => void): void {
    const entries = this.#entries.get(keyfield);
    if (entries === undefined) return;
    const key = identity(value ?? null);
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

  /** Counts for one keyfield only; call `grow` for the total. */
  addTo(keyfield: string, value: Value, count: number): void {
    this.#counts.visitOne(keyfield, value, (entry) => (entry.count += count));
  }

  grow(count: number): void {
    this.#total += count;
  }

  /** Counts by value; undefined if the keyfield had too many values. */
  of(keyfield: string): ReadonlyMap<unknown, number> | undefined {
    if (!this.#counts.keyfields().includes(keyfield)) return undefined;
    return new Map([...this.#counts.of(keyfield)].map(([key, { count }]) => [key, count]));
  }
}
