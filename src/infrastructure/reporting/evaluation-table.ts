import type { Value } from '../../domain/column-type.ts';
import { identity } from './keys.ts';
import { type CellSamples, type Gaps, type Samples } from './samples.ts';
import { mean } from './statistics.ts';
import { markBest } from './table-best.ts';
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

/** Rows × columns of aggregated results. */
export interface EvaluationTable {
  readonly study: string;
  readonly question: TableQuestion;
  /** The values of the `rows` keyfields, row by row, in the order in which they first come. */
  readonly rows: readonly (readonly Value[])[];
  readonly columns: readonly (readonly Value[])[];
  /** By row, column and resultfield. */
  readonly cells: readonly (readonly (readonly TableCell[])[])[];
  /** Keyfields without a place in the table that vary within a cell: each value is a mean over them. */
  readonly averaged: readonly string[];
  /** The most frequent number of values in a cell. */
  readonly n: number;
  /** How many cells of `rows` × `columns` × `values` lack something. */
  readonly incomplete: number;
  readonly notes: readonly string[];
}

/** A cell, not marked yet, and the values it is made of, by pair. */
export interface WorkedCell {
  readonly cell: { -readonly [Part in keyof TableCell]: TableCell[Part] };
  readonly byPair: ReadonlyMap<number, number>;
  readonly sorted: Float64Array;
}

const nothing: CellSamples = { pairs: new Int32Array(), rests: new Int32Array(), values: [] };

/** The table of what was sampled. `notes`: what is to be told with it. */
export const tableOf = (
  study: string,
  question: TableQuestion,
  samples: Samples,
  notes: readonly string[],
): EvaluationTable => {
  const varied = new Set<number>();
  const worked = new Map<string, readonly WorkedCell[]>();
  for (const { row, column, gaps, samples: found } of samples.cells()) {
    noteVaried(found, samples, varied);
    worked.set(`${row} ${column}`, workedCells(found, gaps, question));
  }
  const rows = samples.rows.values;
  const columns = samples.columns.values;
  const grid = rows.map((_, row) =>
    columns.map(
      (_, column) => worked.get(`${row} ${column}`) ?? workedCells(nothing, { unfinished: {}, absent: 0 }, question),
    ),
  );
  const testNotes = markBest(grid, question);
  const cells = grid.map((line) => line.map((field) => field.map(({ cell }) => cell)));
  const all = cells.flat(2);
  const averaged = question.rest.filter((_, at) => varied.has(at));
  return {
    study,
    question,
    rows,
    columns,
    cells,
    averaged,
    n: mostFrequent(all.map(({ n }) => n).filter((n) => n > 0)),
    incomplete: all.filter(({ complete }) => !complete).length,
    notes: [
      ...question.assumed.map((text) => `assumed ${text}`),
      ...(averaged.length > 0
        ? [
            `each value is first averaged over ${averaged.join(', ')}, which ${averaged.length > 1 ? 'have' : 'has'} no place in the table`,
          ]
        : []),
      ...notes,
      ...testNotes,
    ],
  };
};

/** Which of the keyfields without a place take several values within this cell. */
const noteVaried = ({ rests }: CellSamples, { rests: known }: Samples, varied: Set<number>): void => {
  const [first] = rests;
  if (first === undefined) return;
  for (const other of new Set(rests)) {
    if (other === first) continue;
    const [one = [], another = []] = [known.values[first], known.values[other]];
    for (const [at, value] of one.entries()) if (identity(value) !== identity(another[at] ?? null)) varied.add(at);
  }
};

const workedCells = (found: CellSamples, gaps: Gaps, question: TableQuestion): readonly WorkedCell[] =>
  question.values.map((_, at) => {
    const values = found.values[at] ?? new Float64Array();
    const valueless = values.reduce((count, value) => count + (Number.isNaN(value) ? 1 : 0), 0);
    const byPair = valuesByPair(found.pairs, values);
    const sorted = Float64Array.from(byPair.values()).sort();
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

const mostFrequent = (numbers: readonly number[]): number => {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  return [...counts].reduce((most, each) => (each[1] > most[1] ? each : most), [0, 0])[0];
};
