import type { CellSamples, Gaps } from './samples.ts';
import { mean } from './statistics.ts';
import type { TableQuestion } from './table-question.ts';
import { estimate, type Estimate } from './table-statistic.ts';

/** What one resultfield is in one cell. */
export interface TableCell {
  /** How many values there are: one for each combination of the `over` keyfields. */
  readonly n: number;
  /** In the order of the table's statistics. */
  readonly estimates: readonly Estimate[];
  /** Done, but without a value. */
  readonly valueless: number;
  readonly gaps: Gaps;
  readonly complete: boolean;
  /** The best of its row or column; more than one only if they are equal. */
  readonly best: boolean;
  /** Not significantly different from the best. */
  readonly tied: boolean;
  /** Of the test against the best, where there was one. */
  readonly p: number | undefined;
}

/** A cell, not marked yet, and the values it is made of, by pair. */
export interface WorkedCell {
  readonly cell: { -readonly [Part in keyof TableCell]: TableCell[Part] };
  /** Empty where the question asks for no best. */
  readonly byPair: ReadonlyMap<number, number>;
  readonly sorted: Float64Array;
}

/** What every resultfield is in a cell. */
export const workedCells = (found: CellSamples, gaps: Gaps, question: TableQuestion): readonly WorkedCell[] =>
  question.values.map((name, at) => {
    const values = found.values[at] ?? new Float64Array();
    const valueless = values.reduce((count, value) => count + (Number.isNaN(value) ? 1 : 0), 0);
    // Pairs cost memory: only for tests, and where a pair has several values.
    const paired = question.best.has(name) || found.rests.some((rest) => rest !== found.rests[0]);
    const byPair = paired ? valuesByPair(found.pairs, values) : new Map<number, number>();
    const present = paired ? Float64Array.from(byPair.values()) : values.filter((value) => !Number.isNaN(value));
    const sorted = present.sort();
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
    return { cell, byPair, sorted };
  });

/** One value for each pair: the mean, where there are several. */
const valuesByPair = (pairs: Int32Array, values: Float64Array): ReadonlyMap<number, number> => {
  const single = new Map<number, number>();
  const several = new Map<number, number[]>();
  for (const [index, pair] of pairs.entries()) {
    const value = values[index] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    const before = single.get(pair);
    if (before === undefined) single.set(pair, value);
    else {
      const list = several.get(pair);
      if (list) list.push(value);
      else several.set(pair, [before, value]);
    }
  }
  for (const [pair, list] of several) single.set(pair, mean(list));
  return single;
};
