import type { CellSamples, Gaps } from './samples.ts';
import { mean } from '../../domain/statistics/descriptive.ts';
import type { TableQuestion } from './question.ts';
import { centreOf, estimate, type Estimate } from './statistic.ts';

/** What one resultfield is in one cell. */
export interface TableCell {
  /** How many values there are: one for each combination of the `over` keyfields. */
  readonly n: number;
  /** In the order of the table's statistics. */
  readonly estimates: readonly Estimate[];
  /** Done experiments without a value. */
  readonly valueless: number;
  readonly gaps: Gaps;
  readonly complete: boolean;
  /** The best of its row or column; more than one only if they are equal. */
  readonly best: boolean;
  /** Not significantly different from the best. */
  readonly tied: boolean;
  /** The p-value of the test against the best cell; undefined without a test. */
  readonly p: number | undefined;
}

/** Values and the numbers of their pairs, in ascending order of these numbers. */
export interface Paired {
  readonly pairs: Int32Array;
  readonly values: Float64Array;
}

/** A cell before it is marked, and its values by pair. */
export interface WorkedCell {
  readonly cell: { -readonly [Part in keyof TableCell]: TableCell[Part] };
  /** Empty if no best cell is asked for. */
  readonly paired: Paired;
  /** The number by which cells are compared; null if the cell has no values. */
  readonly centre: number | null;
}

const unpaired: Paired = { pairs: new Int32Array(), values: new Float64Array() };

/** The cell of each resultfield. */
export const workedCells = (found: CellSamples, gaps: Gaps, question: TableQuestion): readonly WorkedCell[] =>
  question.values.map((name, at) => {
    const values = found.values[at] ?? new Float64Array();
    const valueless = values.length - placesOfNumbers(values).length;
    const paired = valuesByPair(found.pairs, values);
    const sorted = paired.values.slice().sort();
    const unfinished = Object.keys(gaps.unfinished).length > 0;
    const cell: WorkedCell['cell'] = {
      n: sorted.length,
      estimates: question.statistics.map((statistic) => estimate(statistic, sorted, question)),
      valueless,
      gaps,
      complete: !unfinished && gaps.absent === 0 && valueless === 0,
      best: false,
      tied: false,
      p: undefined,
    };
    const centre = sorted.length > 0 ? Number(estimate(centreOf(question.statistics), sorted, question)) : null;
    return { cell, paired: question.best.has(name) ? paired : unpaired, centre };
  });

/** The indexes of values that are numbers. */
const placesOfNumbers = (values: Float64Array): Int32Array => {
  const places = new Int32Array(values.length);
  let length = 0;
  for (let at = 0; at < values.length; at += 1) if (!Number.isNaN(values[at])) places[length++] = at;
  return places.subarray(0, length);
};

/** One value for each pair, in the order of the pairs. Several values of a pair are averaged. */
const valuesByPair = (pairs: Int32Array, values: Float64Array): Paired => {
  const order = placesOfNumbers(values);
  // Values usually come in this order already.
  if (order.some((index, at) => at > 0 && (pairs[order[at - 1] ?? 0] ?? 0) > (pairs[index] ?? 0)))
    order.sort((one, other) => (pairs[one] ?? 0) - (pairs[other] ?? 0));
  const single: Paired = { pairs: new Int32Array(order.length), values: new Float64Array(order.length) };
  let length = 0;
  for (let from = 0; from < order.length;) {
    const pair = pairs[order[from] ?? 0] ?? 0;
    let end = from + 1;
    while (end < order.length && pairs[order[end] ?? 0] === pair) end += 1;
    single.pairs[length] = pair;
    single.values[length] =
      end - from === 1
        ? (values[order[from] ?? 0] ?? 0)
        : mean(Array.from(order.subarray(from, end), (index) => values[index] ?? 0));
    length += 1;
    from = end;
  }
  return { pairs: single.pairs.subarray(0, length), values: single.values.subarray(0, length) };
};

/** The differences of the pairs that both cells have. */
export const differences = (one: Paired, other: Paired): readonly number[] => {
  const found: number[] = [];
  let at = 0;
  for (const [index, pair] of one.pairs.entries()) {
    while (at < other.pairs.length && (other.pairs[at] ?? 0) < pair) at += 1;
    if (other.pairs[at] === pair) found.push((one.values[index] ?? 0) - (other.values[at] ?? 0));
  }
  return found;
};
