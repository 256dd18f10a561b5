import type { Value } from '../../domain/values/column-type.ts';

/** How many there are of each value of a keyfield, or of each pair of values of two; by a key. */
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

/** Values of a keyfield, or a pair, that failures come with. */
export interface Explanation {
  readonly values: Readonly<Record<string, Value>>;
  /** Of the experiments with them. */
  readonly failed: number;
  readonly ended: number;
  /** Of all the others. */
  readonly otherFailed: number;
  readonly otherEnded: number;
}

/** Fewer failures than this are no pattern. */
const FEWEST_FAILED = 2;
/** What explains is at least so many times as frequent with these values as without. */
const TIMES = 5;
/** Two keyfields must explain so much more than one to be worth naming. */
const PAIR_GAIN = 0.2;

/**
 * The values that explain failures best: with them at least half of these failures happened, and all experiments failed
 * this way, or five times the share of the others. The best has the largest product of two: by how much its share is above
 * the others', and which part of the failures it covers. A pair is only named if that is larger by 0.2 than for any single
 * value.
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
