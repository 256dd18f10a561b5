import type { TimeRange } from './durations.ts';

/** 80 % of a normal distribution lie within so many standard deviations. */
const DEVIATIONS = 1.28;

/**
 * How long `left` experiments take if they end as those that were seen to: `ended` in so many seconds, by whomever. Ends
 * are taken to come by chance (Poisson), so four of five true rates lie within the bounds (Wilson and Hilferty's
 * approximation). Undefined as long as none was seen: then nothing can be said.
 */
export const paceRange = (ended: number, seconds: number, left: number): TimeRange | undefined => {
  if (left === 0) return { low: 0, high: 0, unmeasured: 0 };
  if (ended === 0 || seconds <= 0) return undefined;
  const bound = (count: number, deviations: number): number =>
    count * (1 - 1 / (9 * count) + deviations / (3 * Math.sqrt(count))) ** 3;
  const low = (left / bound(ended + 1, DEVIATIONS)) * seconds;
  return { low, high: (left / Math.max(bound(ended, -DEVIATIONS), 0.1)) * seconds, unmeasured: 0 };
};
