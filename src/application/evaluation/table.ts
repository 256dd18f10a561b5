import type { Value } from '../../domain/values/column.ts';
import { identity } from '../../domain/values/value-text.ts';
import type { CellSamples, Samples } from './samples.ts';
import { markBest } from './best.ts';
import { type TableCell, type WorkedCell, workedCells } from './cell.ts';
import type { TableQuestion } from './question.ts';

/** Rows × columns of aggregated results. */
export interface EvaluationTable {
  readonly study: string;
  readonly question: TableQuestion;
  /** The values of the `rows` keyfields, row by row, in the order in which they first appear. */
  readonly rows: readonly (readonly Value[])[];
  readonly columns: readonly (readonly Value[])[];
  /** Indexed by row, column and resultfield. */
  readonly cells: readonly (readonly (readonly TableCell[])[])[];
  /** Keyfields that have no place in the table and differ within a cell. Each value is a mean over them. */
  readonly averaged: readonly string[];
  /** The most frequent number of values in a cell. */
  readonly n: number;
  /** How many cells of `rows` × `columns` × `values` lack something. */
  readonly incomplete: number;
  readonly notes: readonly string[];
}

const nothing: CellSamples = { pairs: new Int32Array(), rests: new Int32Array(), values: [] };

/** Makes the table of the samples. `notes` are added to its own notes. */
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
  const empty = workedCells(nothing, { unfinished: {}, absent: 0 }, question); // never marked, so one is enough
  const grid = rows.map((_, row) => columns.map((_, column) => worked.get(`${row} ${column}`) ?? empty));
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

/** Adds the keyfields without a place that differ within this cell. */
const noteVaried = ({ rests }: CellSamples, { rests: known }: Samples, varied: Set<number>): void => {
  const [first] = rests;
  if (first === undefined) return;
  for (const other of new Set(rests)) {
    if (other === first) continue;
    const [one = [], another = []] = [known.values[first], known.values[other]];
    for (const [at, value] of one.entries()) if (identity(value) !== identity(another[at] ?? null)) varied.add(at);
  }
};

const mostFrequent = (numbers: readonly number[]): number => {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  return [...counts].reduce((most, each) => (each[1] > most[1] ? each : most), [0, 0])[0];
};
