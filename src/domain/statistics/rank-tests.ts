import { sum } from './descriptive.ts';
import { chiSquareTail, normalDensity, normalProbability } from './distributions.ts';

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

/** Steps of the integral, Simpson's rule over [-8, 8]. */
const STEPS = 800;

/** P(R ≤ q) for the range R of so many independent standard normal variables. */
const rangeProbability = (q: number, count: number): number => {
  const step = 16 / STEPS;
  let total = 0;
  for (let index = 0; index <= STEPS; index += 1) {
    const z = -8 + index * step;
    const weight = index === 0 || index === STEPS ? 1 : 2 + 2 * (index % 2);
    total += weight * normalDensity(z) * (normalProbability(z) - normalProbability(z - q)) ** (count - 1);
  }
  return (count * total * step) / 3;
};

/**
 * The critical value of Nemenyi's test: the studentized range with infinite degrees of freedom, divided by √2. These
 * are the values of table 5 of Demšar, Statistical Comparisons of Classifiers over Multiple Data Sets (JMLR 7, 2006).
 */
export const nemenyiValue = (alpha: number, treatments: number): number => {
  let [low, high] = [0, 20];
  while (high - low > 1e-10) {
    const middle = (low + high) / 2;
    if (rangeProbability(middle, treatments) < 1 - alpha) low = middle;
    else high = middle;
  }
  return high / Math.SQRT2;
};

/** Average ranks that differ by at least this differ significantly. */
export const criticalDifference = (alpha: number, treatments: number, blocks: number): number =>
  nemenyiValue(alpha, treatments) * Math.sqrt((treatments * (treatments + 1)) / (6 * blocks));
