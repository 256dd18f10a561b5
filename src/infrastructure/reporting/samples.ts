import type { Value } from '../../domain/column-type.ts';
import { ExperimenterError } from '../../domain/errors.ts';
import { growingDoubles, growingIntegers } from './growing.ts';
import { Keys } from './keys.ts';
import type { TableQuestion } from './table-question.ts';

/** Numbers of cells, pairs and rests below this are put together into one number. */
const RADIX = 2 ** 26;

/** The finished experiments of a cell, in the order of their ids. */
export interface CellSamples {
  /** The numbers of their combinations of the `over` keyfields. */
  readonly pairs: Int32Array;
  /** The numbers of their combinations of the keyfields that have no place in the table. */
  readonly rests: Int32Array;
  /** By resultfield, in the question's order; NaN: it has none. */
  readonly values: readonly Float64Array[];
}

/** More cells than anybody reads; each costs about a kilobyte. */
const MOST_CELLS = 100_000;

/** What is missing from a cell. */
export interface Gaps {
  /** Experiments that are not done, by status. */
  readonly unfinished: Readonly<Record<string, number>>;
  /** Combinations of the grid that are not in the table. */
  readonly absent: number;
}

interface CellPlace {
  readonly row: number;
  readonly column: number;
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

/** The experiments of a table as columns of numbers: about twenty bytes each, and nothing else of them is kept. */
export class Samples {
  readonly rows: Keys;
  readonly columns: Keys;
  readonly rests: Keys;
  readonly #pairs: Keys;
  readonly #cells: CellPlace[] = [];
  readonly #cellNumbers = new Map<number, number>();
  readonly #within = new Map<number, number>();
  /** What was added, sorted once something is looked for. */
  readonly #combinations = growingDoubles();
  #sorted: Float64Array | undefined;
  readonly #cell = growingIntegers();
  readonly #pair = growingIntegers();
  readonly #rest = growingIntegers();
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

  /** An experiment: its `sampledFields`. */
  add(row: readonly Value[]): void {
    const { cell, pair, rest, combination } = this.#place(row);
    this.#combinations.push(combination);
    const status = typeof row[0] === 'string' ? row[0] : 'no status';
    if (status !== 'done') {
      const place = this.#cells[cell];
      if (place) (place.unfinished ??= {})[status] = (place.unfinished[status] ?? 0) + 1;
      return;
    }
    this.#cell.push(cell);
    this.#pair.push(pair);
    this.#rest.push(rest);
    for (const [at, column] of this.#values.entries()) column.push(numberOf(row[this.#valuesAt + at] ?? null));
  }

  /** A combination of the grid, which is missing unless it was added. */
  expect(row: readonly Value[]): void {
    const { cell, combination } = this.#place(row);
    const place = this.#cells[cell];
    if (place && !this.#has(combination)) place.absent += 1;
  }

  #has(combination: number): boolean {
    const sorted = (this.#sorted ??= this.#combinations.numbers().sort());
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] ?? 0) < combination) low = middle + 1;
      else high = middle;
    }
    return sorted[low] === combination;
  }

  #place(row: readonly Value[]) {
    const at = this.rows.number(row) * RADIX + this.columns.number(row);
    let cell = this.#cellNumbers.get(at);
    if (cell === undefined) {
      this.#requireReadable();
      cell = this.#cells.length;
      this.#cellNumbers.set(at, cell);
      this.#cells.push({ row: Math.floor(at / RADIX), column: at % RADIX, unfinished: undefined, absent: 0 });
    }
    const pair = this.#pairs.number(row);
    const rest = this.rests.number(row);
    return { cell, pair, rest, combination: cell * RADIX + this.#inner(pair, rest) };
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

  #inner(pair: number, rest: number): number {
    if (rest === 0) return pair;
    const key = pair * RADIX + rest;
    let inner = this.#within.get(key);
    // Downwards from the top, so that it is nobody's pair.
    if (inner === undefined) this.#within.set(key, (inner = RADIX - 1 - this.#within.size));
    return inner;
  }

  /** Cell by cell: where it stands, what is missing, and what is there. */
  *cells(): Generator<{ row: number; column: number; gaps: Gaps; samples: CellSamples }> {
    const { order, starts } = this.#grouped();
    for (const [at, { row, column, unfinished = {}, absent }] of this.#cells.entries()) {
      const members = order.subarray(starts[at], starts[at + 1]);
      const samples = {
        pairs: this.#pair.pick(members),
        rests: this.#rest.pick(members),
        values: this.#values.map((values) => values.pick(members)),
      };
      yield { row, column, gaps: { unfinished, absent }, samples };
    }
  }

  /** The samples' indices by cell, by a counting sort. */
  #grouped(): { readonly order: Int32Array; readonly starts: Int32Array } {
    const starts = new Int32Array(this.#cells.length + 1);
    for (let index = 0; index < this.#cell.length; index += 1) {
      const after = this.#cell.at(index) + 1;
      starts[after] = (starts[after] ?? 0) + 1;
    }
    for (let at = 1; at < starts.length; at += 1) starts[at] = (starts[at] ?? 0) + (starts[at - 1] ?? 0);
    const next = starts.slice();
    const order = new Int32Array(this.#cell.length);
    for (let index = 0; index < this.#cell.length; index += 1) {
      const cell = this.#cell.at(index);
      const place = next[cell] ?? 0;
      order[place] = index;
      next[cell] = place + 1;
    }
    return { order, starts };
  }
}

/** NaN for what is none, such as NULL. */
const numberOf = (value: Value): number => {
  if (typeof value === 'number') return value;
  return typeof value === 'bigint' || typeof value === 'boolean' ? Number(value) : Number.NaN;
};
