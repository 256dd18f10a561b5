import type { Value } from '../../domain/values/column.ts';

/** Counts for each value of a keyfield, or for each pair of values of two keyfields. */
export interface Shares {
  readonly keyfields: readonly string[];
  readonly cells: ReadonlyMap<unknown, ShareCell>;
}

export interface ShareCell {
  readonly values: readonly Value[];
  /** Ended experiments with these values, and those of them that failed this way. */
  readonly ended: number;
  readonly failed: number;
}

/** The value of a keyfield, or the values of two, with which experiments fail. */
export interface Explanation {
  readonly values: Readonly<Record<string, Value>>;
  /** Experiments with these values. */
  readonly failed: number;
  readonly ended: number;
  /** All other experiments. */
  readonly otherFailed: number;
  readonly otherEnded: number;
}

/** Fewer failures than this are no pattern. */
const FEWEST_FAILED = 2;
/** With values that explain, failures are at least this many times as frequent as without. */
const TIMES = 5;
/** A pair is named only if its score is higher than the best single value's by this. */
const PAIR_GAIN = 0.2;

/**
 * The values that explain failures best. Values explain failures under two conditions. At least half of the failures
 * have them. And either all experiments with them failed, or five times the share of the other experiments. The score
 * is the product of two numbers: the difference of the two shares, and the part of the failures with these values. The
 * highest score wins. A pair must score 0.2 more than any single value.
 */
export const explanationOf = (shares: readonly Shares[], ended: number, failed: number): Explanation | undefined => {
  if (failed < FEWEST_FAILED || ended === failed) return undefined;
  let best: Explanation | undefined;
  const ordered = shares.toSorted((one, other) => one.keyfields.length - other.keyfields.length);
  for (const { keyfields, cells } of ordered) {
    for (const cell of cells.values()) {
      const { values, ended: own, failed: ownFailed } = cell;
      const found: Explanation = {
        values: Object.fromEntries(keyfields.map((name, at) => [name, values[at] ?? null])),
        failed: ownFailed,
        ended: own,
        otherFailed: failed - ownFailed,
        otherEnded: ended - own,
      };
      if (!explains(found, failed)) continue;
      const least = best === undefined ? 0 : score(best) + (isPair(found) && !isPair(best) ? PAIR_GAIN : 0);
      if (score(found) > least) best = found;
    }
  }
  return best;
};

const isPair = ({ values }: Explanation): boolean => Object.keys(values).length > 1;

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

const score = ({ failed, ended, otherFailed, otherEnded }: Explanation): number =>
  (share(failed, ended) - share(otherFailed, otherEnded)) * share(failed, failed + otherFailed);

const explains = (found: Explanation, all: number): boolean => {
  const { failed, ended, otherFailed, otherEnded } = found;
  if (otherEnded === 0 || failed < FEWEST_FAILED || failed < all / 2) return false;
  const others = share(otherFailed, otherEnded);
  return (failed === ended && others < 1) || share(failed, ended) >= TIMES * others;
};
