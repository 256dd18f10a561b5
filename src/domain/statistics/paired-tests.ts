import { mean, standardDeviation, sum } from './descriptive.ts';
import { centralProbability, normalTail } from './distributions.ts';

/** How two cells are compared: by Wilcoxon's signed ranks, by a paired t-test, or not. */
export type SignificanceTest = 'wilcoxon' | 't' | 'none';

/** Up to this number of pairs the distribution of the signed ranks is exact; above, the normal distribution is used. */
const EXACT_PAIRS = 50;

/** The two-sided p-value of the differences of pairs; undefined for less than two pairs. */
export const pValue = (test: SignificanceTest, differences: readonly number[]): number | undefined => {
  if (test === 'none' || differences.length < 2) return undefined;
  return test === 't' ? pairedT(differences) : signedRanks(differences);
};

/** The smallest p-value that this test can reach with this number of pairs. */
export const smallestP = (test: SignificanceTest, pairs: number): number =>
  test === 'wilcoxon' && pairs <= EXACT_PAIRS ? Math.min(1, 2 ** (1 - pairs)) : 0;

const pairedT = (differences: readonly number[]): number => {
  const centre = mean(differences);
  const deviation = standardDeviation(differences) ?? 0;
  if (deviation === 0) return centre === 0 ? 1 : 0;
  const t = Math.abs(centre) / (deviation / Math.sqrt(differences.length));
  return 1 - centralProbability(t, differences.length - 1);
};

/**
 * Wilcoxon's signed-rank test. Differences of zero are left out; ties get their middle rank. Up to 50 pairs the test is
 * exact given the ranks: all 2ⁿ signs are counted, also with ties. Above, it is the normal approximation with the tie
 * correction.
 */
const signedRanks = (differences: readonly number[]): number => {
  const moved = differences.filter((difference) => difference !== 0);
  if (moved.length === 0) return 1;
  const ranks = doubledRanks(moved.map(Math.abs));
  const total = sum(ranks);
  const positive = sum(ranks.filter((_, index) => (moved[index] ?? 0) > 0));
  const smaller = Math.min(positive, total - positive);
  if (moved.length > EXACT_PAIRS) {
    // Under the hypothesis each doubled rank r adds r/2 to the mean and r²/4 to the variance, ties or not.
    const deviation = Math.sqrt(sum(ranks.map((rank) => (rank * rank) / 4)));
    return 2 * normalTail((total / 2 - smaller) / deviation);
  }
  return Math.min(1, 2 * shareUpTo(smaller, ranks, total));
};

/** Ranks from 1, ties with their middle rank, doubled so that they are whole numbers. */
const doubledRanks = (values: readonly number[]): readonly number[] => {
  const order = values.map((_, index) => index).sort((one, other) => (values[one] ?? 0) - (values[other] ?? 0));
  const ranks = new Array<number>(values.length).fill(0);
  for (let from = 0; from < order.length;) {
    let end = from + 1;
    while (end < order.length && values[order[end] ?? 0] === values[order[from] ?? 0]) end += 1;
    for (const index of order.slice(from, end)) ranks[index] = from + end + 1;
    from = end;
  }
  return ranks;
};

/** The share of all subsets of the ranks whose sum is at most `limit`. */
const shareUpTo = (limit: number, ranks: readonly number[], total: number): number => {
  // shares[s] after k ranks: how many of the 2ᵏ subsets have the sum s, divided by 2ᵏ, so that it never overflows.
  const shares = new Float64Array(total + 1);
  shares[0] = 1;
  for (const rank of ranks) {
    for (let at = total; at >= 0; at -= 1) {
      shares[at] = ((shares[at] ?? 0) + (at >= rank ? (shares[at - rank] ?? 0) : 0)) / 2;
    }
  }
  return sum(shares.subarray(0, limit + 1));
};
