import { sum } from './descriptive.ts';
import { chiSquareTail } from './normal.ts';

/** Ranks from 1 for the best; ties share the mean of their places. */
export const ranksOf = (values: readonly number[], best: 'max' | 'min'): readonly number[] => {
  const better = (one: number, other: number): boolean => (best === 'max' ? one > other : one < other);
  return values.map((value) => {
    const ahead = values.filter((other) => better(other, value)).length;
    const equal = values.filter((other) => other === value).length;
    return ahead + (equal + 1) / 2;
  });
};

/** The average rank of each treatment; a block is a row of ranks. */
export const averageRanks = (blocks: readonly (readonly number[])[]): readonly number[] =>
  (blocks[0] ?? []).map((_, treatment) => sum(blocks.map((ranks) => ranks[treatment] ?? Number.NaN)) / blocks.length);

/** Friedman's test (1937), corrected for ties, with the χ² approximation. Without any difference p is 1. */
export const friedman = (
  blocks: readonly (readonly number[])[],
): { readonly statistic: number; readonly p: number } => {
  const n = blocks.length;
  const k = blocks[0]?.length ?? 0;
  const squares = sum(averageRanks(blocks).map((rank) => (rank - (k + 1) / 2) ** 2));
  const uncorrected = ((12 * n) / (k * (k + 1))) * squares;
  const ties = sum(blocks.map(tieTerm));
  const correction = 1 - ties / (n * k * (k * k - 1));
  const statistic = correction === 0 ? 0 : uncorrected / correction;
  return { statistic, p: chiSquareTail(statistic, k - 1) };
};

/** Σ (t³ − t) over groups of t tied ranks. */
const tieTerm = (ranks: readonly number[]): number =>
  sum([...Map.groupBy(ranks, (rank) => rank).values()].map(({ length }) => length ** 3 - length));

/** The longest runs of neighbours, sorted by rank, that differ by less than the critical difference. */
export const cliquesOf = (sorted: readonly number[], difference: number): readonly (readonly [number, number])[] => {
  const cliques: (readonly [number, number])[] = [];
  for (const [first, rank] of sorted.entries()) {
    const last = sorted.findLastIndex((other) => other - rank < difference);
    const isWithin = (cliques.at(-1)?.[1] ?? -1) >= last;
    if (last > first && !isWithin) cliques.push([first, last]);
  }
  return cliques;
};
