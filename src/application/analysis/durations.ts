import type { Row, Value } from '../../domain/values/column.ts';
import { ByValue, type ValueCounts } from './value-counts.ts';
import { millisecondsOf } from '../../domain/values/date-column.ts';

/** 80 % of a normal distribution lie within this number of standard deviations. */
const DEVIATIONS = 1.28;
/** A keyfield that explains less of the variance than this is ignored. */
const LEAST_EXPLAINED = 0.2;
/** A keyfield with more values than this, such as a seed, is expected to get new values. */
const MOST_TELLING_VALUES = 20;
/** After this number of measured values it is known whether a keyfield matters. */
const SEEN_VALUES = 3;

/** How long something will take, in seconds. About 80 % of the true times lie between the two. */
export interface TimeRange {
  readonly low: number;
  readonly high: number;
  /** The keyfield by which the durations were compared; absent: all are compared with all. */
  readonly by?: string;
  /** Open experiments with a value that no measured experiment has. They are assumed to be like the others. */
  readonly unmeasured: number;
}

/** Count, mean and squared deviations of what was added (Welford). */
class Moments {
  count = 0;
  mean = 0;
  squares = 0;

  add(value: number): void {
    this.count += 1;
    const off = value - this.mean;
    this.mean += off / this.count;
    this.squares += off * (value - this.mean);
  }
}

/**
 * How long experiments took, and how long others will take. Experiments are compared if they share the value of one
 * keyfield: the one that explains most of the variance of the durations. It must explain at least 20 % (analysis of
 * variance, adjusted for the number of values). Otherwise all experiments are compared.
 */
export class Durations {
  readonly #all = new Moments();
  readonly #byValue: ByValue<Moments>;

  constructor(keyfields: readonly string[]) {
    this.#byValue = new ByValue(keyfields, () => new Moments());
  }

  get count(): number {
    return this.#all.count;
  }

  /** In seconds. */
  get mean(): number {
    return this.#all.mean;
  }

  add(keyfields: Row, seconds: number): void {
    this.#all.add(seconds);
    this.#byValue.visit(keyfields, (moments) => moments.add(seconds));
  }

  /** The keyfield that explains the durations best; undefined if none explains enough. */
  explainedBy(): string | undefined {
    let best: string | undefined;
    let most = LEAST_EXPLAINED;
    const { count, squares } = this.#all;
    for (const name of this.#byValue.keyfields()) {
      const groups = [...this.#byValue.of(name).values()];
      if (groups.length < 2 || count <= groups.length || squares === 0) continue;
      const within = groups.reduce((sum, group) => sum + group.squares, 0);
      const explained = 1 - within / (count - groups.length) / (squares / (count - 1));
      if (explained <= most) continue;
      most = explained;
      best = name;
    }
    return best;
  }

  /**
   * How long the open experiments will take on this number of workers; undefined before anything was measured. The
   * expectation is the sum over the groups of count × mean. Its variance is that of the single durations plus that of
   * the means, which is large after few measurements. At the end one experiment may run alone, so `high` grows by its
   * duration.
   */
  expected(open: ValueCounts | number, workers: number): TimeRange | undefined {
    const total = typeof open === 'number' ? open : open.total;
    if (this.count === 0) return undefined;
    if (total <= 0) return { low: 0, high: 0, unmeasured: 0 };
    const best = this.explainedBy();
    const counts = typeof open === 'number' || best === undefined ? undefined : open.of(best);
    const measured = best === undefined ? new Map<unknown, Moments>() : this.#byValue.of(best);
    const groups = counts
      ? [...counts].map(([key, count]) => ({ count, moments: measured.get(key) }))
      : [{ count: total, moments: this.#all }];
    const spread = this.#relativeSpread(counts ? [...measured.values()] : [this.#all]);
    const means = counts ? [...measured.values()].map(({ mean }) => mean) : [this.#all.mean];
    const sum = { low: 0, high: 0, variance: 0, longest: 0 };
    for (const { count, moments } of groups) {
      if (count <= 0) continue;
      sum.low += count * (moments?.mean ?? Math.min(...means));
      sum.high += count * (moments?.mean ?? Math.max(...means));
      sum.longest = Math.max(sum.longest, moments?.mean ?? Math.max(...means));
      if (moments) {
        const variance = moments.count > 1 ? moments.squares / (moments.count - 1) : (spread * moments.mean) ** 2;
        sum.variance += variance * (count + count ** 2 / moments.count);
      }
    }
    const slots = Math.max(workers, Number.EPSILON);
    const off = DEVIATIONS * Math.sqrt(sum.variance);
    const alone = sum.longest * (1 - 1 / Math.max(1, slots));
    return {
      low: Math.max(0, sum.low - off) / slots,
      high: (sum.high + off) / slots + alone,
      ...(counts && best !== undefined && { by: best }),
      unmeasured: typeof open === 'number' ? 0 : this.#unmeasured(open, best),
    };
  }

  /** Counted for the keyfield that has most of them. A keyfield that is known not to matter does not count. */
  #unmeasured(open: ValueCounts, best: string | undefined): number {
    const unmeasured = this.#byValue.keyfields().map((name) => {
      const counts = open.of(name);
      if (!counts || counts.size > MOST_TELLING_VALUES) return 0;
      const measured = this.#byValue.of(name);
      if (name !== best && measured.size >= SEEN_VALUES) return 0;
      return [...counts].reduce((sum, [key, count]) => sum + (measured.has(key) ? 0 : Math.max(0, count)), 0);
    });
    return Math.max(0, ...unmeasured);
  }

  /** Standard deviation divided by mean within the groups; 1 until a group has two measurements. */
  #relativeSpread(groups: readonly Moments[]): number {
    const repeated = groups.filter(({ count }) => count > 1);
    const freedom = repeated.reduce((sum, { count }) => sum + count - 1, 0);
    if (freedom === 0) return 1;
    const squares = repeated.reduce((sum, { squares: own, mean }) => sum + (mean > 0 ? own / mean ** 2 : 0), 0);
    return Math.sqrt(squares / freedom);
  }
}

/**
 * How long `left` experiments take at the observed rate: `ended` experiments in this number of seconds, executed by any
 * runner. Ends are assumed to follow a Poisson process, so 80 % of the true rates lie within the bounds (Wilson and
 * Hilferty's approximation). Undefined until an end was observed.
 */
export const paceRange = (ended: number, seconds: number, left: number): TimeRange | undefined => {
  if (left === 0) return { low: 0, high: 0, unmeasured: 0 };
  if (ended === 0 || seconds <= 0) return undefined;
  const bound = (count: number, deviations: number): number =>
    count * (1 - 1 / (9 * count) + deviations / (3 * Math.sqrt(count))) ** 3;
  const low = (left / bound(ended + 1, DEVIATIONS)) * seconds;
  return { low, high: (left / Math.max(bound(ended, -DEVIATIONS), 0.1)) * seconds, unmeasured: 0 };
};

/** The fields of the history that `DoneDurations` reads, in this order. */
export const durationFields = ['experiment_id', 'outcome', 'superseded', 'started_at', 'ended_at'] as const;

/** How long the done attempts of experiments took. Ask by ascending ids: the history is read once. */
export class DoneDurations {
  readonly #pages: AsyncIterator<readonly (readonly Value[])[]> | undefined;
  /** Experiments and durations of done attempts that were not asked for yet. */
  #ids: number[] = [];
  #seconds: number[] = [];
  #next = 0;
  /** The last experiment that was read. */
  #last = 0;

  /** `pages`: the `durationFields` of all attempts, by experiment. */
  constructor(pages: AsyncIterable<readonly (readonly Value[])[]> | undefined) {
    this.#pages = pages?.[Symbol.asyncIterator]();
  }

  /** Reads the attempts of the experiments up to this one. */
  async readTo(id: number): Promise<void> {
    if (this.#last > id) return;
    this.#ids = this.#ids.slice(this.#next);
    this.#seconds = this.#seconds.slice(this.#next);
    this.#next = 0;
    while (this.#last <= id) {
      const result = await this.#pages?.next();
      if (result?.done !== false) this.#last = Infinity;
      else for (const attempt of result.value) this.#add(attempt);
    }
  }

  /** The durations in seconds, without those before a reset. */
  of(id: number): readonly number[] {
    while ((this.#ids[this.#next] ?? Infinity) < id) this.#next += 1;
    const from = this.#next;
    while (this.#ids[this.#next] === id) this.#next += 1;
    return this.#seconds.slice(from, this.#next);
  }

  /** Ends the reading. */
  async end(): Promise<void> {
    await this.#pages?.return?.();
  }

  #add([id, outcome, superseded, startedAt, endedAt]: readonly Value[]): void {
    this.#last = Number(id);
    if (outcome !== 'done' || superseded === true || typeof startedAt !== 'string' || typeof endedAt !== 'string')
      return;
    this.#ids.push(this.#last);
    this.#seconds.push(Math.max(0, millisecondsOf(endedAt) - millisecondsOf(startedAt)) / 1_000);
  }
}
