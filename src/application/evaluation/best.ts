import { differences, type WorkedCell } from './cell.ts';
import { pValue, smallestP } from '../../domain/statistics/paired-tests.ts';
import type { Direction, TableQuestion } from './question.ts';

type Line = readonly WorkedCell[];

/**
 * Marks the best cell of each row or column, and the cells that are not significantly different from it. Two cells are
 * compared by the combinations of the `over` keyfields that both have. Returns notes for the reader of the table.
 */
export const markBest = (
  grid: readonly (readonly (readonly WorkedCell[])[])[],
  question: TableQuestion,
): readonly string[] => {
  const pairs: number[] = [];
  for (const [at, value] of question.values.entries()) {
    const direction = question.best.get(value);
    if (direction === undefined) continue;
    const table = grid.map((line) => line.flatMap((cells) => cells[at] ?? []));
    const lines =
      question.per === 'row' ? table : (table[0] ?? []).map((_, column) => table.flatMap((line) => line[column] ?? []));
    for (const line of lines) for (const count of markLine(line, direction, question)) pairs.push(count);
  }
  return [...loneNotes(pairs, question), ...weakNotes(pairs, question)];
};

const loneNotes = (pairs: readonly number[], { over }: TableQuestion): readonly string[] => {
  const lone = pairs.filter((count) => count < 2).length;
  if (lone === 0) return [];
  const by = over.length > 0 ? ` of ${over.join(', ')}` : '';
  return [
    `${lone} ${lone === 1 ? 'cell was' : 'cells were'} not compared with the best: they share less than two pairs${by}`,
  ];
};

const weakNotes = (pairs: readonly number[], { test, alpha, over }: TableQuestion): readonly string[] => {
  const weak = pairs.filter((count) => count >= 2 && smallestP(test, count) >= alpha);
  if (weak.length === 0) return [];
  const most = weak.reduce((one, other) => Math.max(one, other));
  return [
    `with ${most} pairs the smallest p-value of the ${testName(test)} is ${smallestP(test, most)}: it finds no ` +
      `difference below ${alpha}; take more of ${over.join(', ')}, or the paired t-test`,
  ];
};

export const testName = (test: TableQuestion['test']): string =>
  test === 't' ? 'paired t-test' : 'Wilcoxon signed-rank test';

/** Returns the number of pairs of each comparison. */
const markLine = (line: Line, direction: Direction, question: TableQuestion): readonly number[] => {
  const sign = direction === 'max' ? 1 : -1;
  const scored = line.flatMap((worked) => (worked.centre === null ? [] : [{ worked, score: sign * worked.centre }]));
  const top = scored.reduce((most, { score }) => Math.max(most, score), Number.NEGATIVE_INFINITY);
  const winners = scored.filter(({ score }) => score === top).map(({ worked }) => worked);
  for (const { cell } of winners) cell.best = true;
  const [winner] = winners;
  if (!winner || question.test === 'none') return [];
  return scored.flatMap(({ worked: { cell, paired } }) => {
    if (cell.best) return [];
    const found = differences(winner.paired, paired);
    cell.p = pValue(question.test, found);
    cell.tied = cell.p !== undefined && cell.p >= question.alpha;
    return [found.length];
  });
};
