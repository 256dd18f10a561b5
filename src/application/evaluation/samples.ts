import type { Value } from '../../domain/values/column.ts';
import { ExperimenterError } from '../../domain/errors.ts';
import { growingDoubles } from './growable-array.ts';
import { Keys } from './key-numbers.ts';
import { Pairs } from './pairs.ts';
import type { TableQuestion } from './question.ts';

/** Two numbers below this are combined to one. */
const RADIX = 2 ** 26;

/** The finished experiments of a cell. */
export interface CellSamples {
  /** The numbers of their combinations of the `over` keyfields. */
  readonly pairs: Int32Array;
  /** The numbers of their combinations of the keyfields that have no place in the table. */
  readonly rests: Int32Array;
  /** By resultfield, in the question's order; NaN: the experiment has no value. */
  readonly values: readonly Float64Array[];
}

/** A table with more cells is refused; a cell takes about a kilobyte. */
const MOST_CELLS = 100_000;

/** What is missing from a cell. */
export interface Gaps {
  /** Experiments that are not done, by status. */
  readonly unfinished: Readonly<Record<string, number>>;
  /** Combinations of the grid that are not in the study's table. */
  readonly absent: number;
}

interface CellGaps {
  unfinished: Record<string, number> | undefined;
  absent: number;
}

/** The fields that are read for a table, in the order of a row of `Samples.add`. */
export const sampledFields = ({ rows, columns, over, rest, values }: TableQuestion): readonly string[] => [
  'status',
  ...rows,
  ...columns,
  ...over,
  ...rest,
  ...values,
];

/** The experiments of a table as columns of numbers, about twenty bytes for each. */
export class Samples {
  readonly rows: Keys;
  readonly columns: Keys;
  readonly rests: Keys;
  readonly #pairs: Keys;
  /** The row and the column of each cell. */
  readonly #cells = new Pairs();
  readonly #gaps: CellGaps[] = [];
  /** A pair and a rest together, where there is a rest. */
  readonly #inner = new Pairs();
  /**
   * Of each experiment: its cell, and in it its pair and rest, in one number. Finished ones have values at the same
   * place.
   */
  readonly #done = growingDoubles();
  readonly #unfinished = growingDoubles();
  /** The indexes of the finished experiments in the order of their numbers. Computed once all are added. */
  #order: Int32Array | undefined;
  /** Among them: where the next combination of the grid is, if they come in its order. */
  #nextExpected = 0;
  #sortedUnfinished: Float64Array | undefined;
  readonly #values: readonly ReturnType<typeof growingDoubles>[];
  readonly #valuesAt: number;

  constructor({ rows, columns, over, rest, values }: TableQuestion) {
    let next = 1;
    const places = (names: readonly string[]): readonly number[] => names.map(() => next++);
    this.rows = new Keys(places(rows));
    this.columns = new Keys(places(columns));
    this.#pairs = new Keys(places(over), false);
    this.rests = new Keys(places(rest));
    this.#valuesAt = next;
    this.#values = values.map(growingDoubles);
  }

  /** Adds an experiment: the values of its `sampledFields`. */
  add(row: readonly Value[]): void {
    const cell = this.#cell(row);
    const combination = this.#combination(cell, row);
    const status = typeof row[0] === 'string' ? row[0] : 'no status';
    if (status !== 'done') {
      const unfinished = (this.#gapsOf(cell).unfinished ??= {});
      unfinished[status] = (unfinished[status] ?? 0) + 1;
      this.#unfinished.push(combination);
      return;
    }
    this.#done.push(combination);
    for (let at = 0; at < this.#values.length; at += 1) this.#values[at]?.push(numberOrNaN(row[this.#valuesAt + at]));
  }

  /** Counts a combination of the grid as absent unless it was added. Call it after the last `add`. */
  expect(row: readonly Value[]): void {
    const cell = this.#cell(row);
    if (!this.#has(this.#combination(cell, row))) this.#gapsOf(cell).absent += 1;
  }

  #has(combination: number): boolean {
    const order = this.#sorted();
    if (this.#done.at(order[this.#nextExpected] ?? -1) === combination) {
      this.#nextExpected += 1;
      return true;
    }
    const unfinished = (this.#sortedUnfinished ??= this.#unfinished.numbers().sort());
    const place = find(order.length, (at) => this.#done.at(order[at] ?? 0), combination);
    if (place >= 0) this.#nextExpected = place + 1;
    return place >= 0 || find(unfinished.length, (at) => unfinished[at] ?? 0, combination) >= 0;
  }

  #sorted(): Int32Array {
    if (this.#order) return this.#order;
    const numbers = this.#done.numbers();
    const order = new Int32Array(numbers.length).map((_, at) => at);
    // The experiments of a study that was filled by its grid are sorted already.
    if (numbers.some((number, at) => at > 0 && number < (numbers[at - 1] ?? 0)))
      order.sort((one, other) => (numbers[one] ?? 0) - (numbers[other] ?? 0));
    return (this.#order = order);
  }

  #cell(row: readonly Value[]): number {
    const cell = this.#cells.number(this.rows.number(row), this.columns.number(row));
    if (cell === this.#gaps.length) {
      this.#requireReadable();
      this.#gaps.push({ unfinished: undefined, absent: 0 });
    }
    return cell;
  }

  #gapsOf(cell: number): CellGaps {
    return this.#gaps[cell] as CellGaps;
  }

  #combination(cell: number, row: readonly Value[]): number {
    const [pair, rest] = [this.#pairs.number(row), this.rests.number(row)];
    // Counted down from the maximum, so that it never equals a pair's number.
    return cell * RADIX + (rest === 0 ? pair : RADIX - 1 - this.#inner.number(pair, rest));
  }

  #requireReadable(): void {
    const [rows, columns] = [this.rows.values.length, this.columns.values.length];
    if (rows * columns <= MOST_CELLS) return;
    throw new ExperimenterError(
      'USAGE',
      `table: it would have more than ${MOST_CELLS} cells (${rows} rows, ${columns} columns, and more to come): ` +
        'name fewer keyfields in rows and columns, or write the raw rows with export',
    );
  }

  /** For each cell its place, what is missing, and its samples. */
  *cells(): Generator<{ row: number; column: number; gaps: Gaps; samples: CellSamples }> {
    const order = this.#sorted();
    let from = 0;
    for (const [cell, { unfinished = {}, absent }] of this.#gaps.entries()) {
      const [row, column] = [this.#cells.first(cell), this.#cells.second(cell)];
      let end = from;
      while (end < order.length && this.#done.at(order[end] ?? 0) < (cell + 1) * RADIX) end += 1;
      const members = order.subarray(from, end);
      from = end;
      const inners = members.map((index) => this.#done.at(index) % RADIX);
      const top = RADIX - this.#inner.length;
      const samples = {
        pairs: inners.map((inner) => (inner < top ? inner : this.#inner.first(RADIX - 1 - inner))),
        rests: inners.map((inner) => (inner < top ? 0 : this.#inner.second(RADIX - 1 - inner))),
        values: this.#values.map((values) => values.pick(members)),
      };
      yield { row, column, gaps: { unfinished, absent }, samples };
    }
  }
}

/** The place of a number among sorted ones; −1: it is none of them. */
const find = (length: number, at: (index: number) => number, wanted: number): number => {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(middle) < wanted) low = middle + 1;
    else high = middle;
  }
  return low < length && at(low) === wanted ? low : -1;
};

/** The number that a value is averaged as; NaN for what is none, such as NULL. */
export const numberOrNaN = (value: Value | undefined): number => {
  if (typeof value === 'number') return value;
  return typeof value === 'bigint' || typeof value === 'boolean' ? Number(value) : Number.NaN;
};
