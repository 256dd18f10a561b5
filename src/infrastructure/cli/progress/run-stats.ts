import { Durations, type TimeRange } from '../../../application/analysis/durations.ts';
import type { RunEvent } from '../../../application/runner/run-events.ts';
import type { ValueCounts } from '../../../application/analysis/value-counts.ts';
import type { StatusCounts } from '../../../domain/repository/study-reader.ts';
import { RunningExperiments, type HeldExperiment } from './running-experiments.ts';

/** The rate is computed of this last part of the run. */
const WINDOW_MILLISECONDS = 30_000;
const LAST_FAILURES = 3;

export interface RunStatsOptions {
  readonly workers: number;
  /** Keyfields that durations are compared by. */
  readonly keyfields?: readonly string[];
  /** Counts of the open experiments by their values, if they were read. */
  readonly open?: ValueCounts;
  /** The run ends after this number of experiments. */
  readonly maxExperiments?: number | null;
  /** Only the number of running experiments is needed. Default: false. */
  readonly silent?: boolean;
}

/** The progress at one time. */
interface ProgressSample {
  readonly at: number;
  readonly finished: number;
  /** Ended experiments of this run, and the seconds that experiments have run. */
  readonly ended: number;
  readonly busy: number;
}

/** Statistics of a run, counted from its events. Times are milliseconds of a monotonic clock. */
export class RunStats {
  readonly #options: RunStatsOptions;
  readonly #samples: ProgressSample[] = [];
  readonly #experiments = new RunningExperiments();
  readonly #durations: Durations;
  /** Claimed in this run and not ended. */
  #held = 0;
  #total = 0;
  #finished = 0;
  #ended = 0;
  #busy = 0;
  #failed = 0;
  #lastFailures: readonly RunEvent[] = [];

  constructor(counts: StatusCounts, options: RunStatsOptions, now: number) {
    this.#options = options;
    this.#durations = new Durations(options.keyfields ?? []);
    this.rebase(counts);
    this.sample(now);
  }

  /** Experiments of the study. */
  get total(): number {
    return this.#total;
  }

  /** Ended experiments: done, failed or paused, by any runner, as far as is known. */
  get finished(): number {
    return this.#finished;
  }

  /** Experiments that failed in this run. An experiment that will be retried is not counted yet. */
  get failed(): number {
    return this.#failed;
  }

  /** The latest failures, newest first. */
  get lastFailures(): readonly RunEvent[] {
    return this.#lastFailures;
  }

  /** Experiments that run here, without those that are claimed in advance. */
  get running(): number {
    return Math.min(this.#held, this.#options.workers);
  }

  /** The experiments that run here, oldest first. */
  runningExperiments(): readonly HeldExperiment[] {
    return this.#experiments.first(this.#options.workers);
  }

  /** Sets the counts to those of the database, because other runners work on the study, too. */
  rebase({ created, running, done, error, paused }: StatusCounts): void {
    this.#finished = done + error + paused;
    this.#total = this.#finished + created + running;
  }

  count(event: RunEvent, now: number): void {
    if (event.event === 'claimed') this.#held += 1;
    else if (event.event !== 'progress' && !event.again) this.#held -= 1;
    if (this.#options.silent) return;
    const failed = event.event === 'error' || event.event === 'timeout';
    if (failed) this.#lastFailures = [event, ...this.#lastFailures].slice(0, LAST_FAILURES);
    const keyfields = this.#experiments.keyfields(event.id);
    this.#experiments.follow(event, now);
    if (event.again || ['claimed', 'progress', 'lost', 'released'].includes(event.event)) return;
    if (keyfields) {
      this.#options.open?.add(keyfields, -1);
      const seconds = (event.ms ?? 0) / 1000;
      this.#busy += seconds;
      if (event.ms !== undefined) this.#durations.add(keyfields, seconds);
    }
    this.#ended += 1;
    this.#finished = Math.min(this.#total, this.#finished + 1);
    if (failed) this.#failed += 1;
  }

  /** Stores the progress now, for the rate. Call it regularly. */
  sample(now: number): void {
    this.#samples.push({ at: now, finished: this.#finished, ended: this.#ended, busy: this.#busyAt(now) });
    while ((this.#samples[1]?.at ?? now) < now - WINDOW_MILLISECONDS) this.#samples.shift();
  }

  /** Experiments per second in the last part of the run; undefined if too little is known. */
  rate(now: number): number | undefined {
    const [first] = this.#samples;
    if (first === undefined || now - first.at < 500 || this.#finished <= first.finished) return undefined;
    return ((this.#finished - first.finished) / (now - first.at)) * 1000;
  }

  /**
   * Seconds until nothing is open: the durations of comparable experiments of this run (see `Durations`), divided by
   * the number of experiments that run at the same time. The elapsed time of running experiments is subtracted.
   * Undefined if too little is known.
   */
  remaining(now: number): TimeRange | undefined {
    const { open, maxExperiments } = this.#options;
    const left = Math.min(this.#total - this.#finished, (maxExperiments ?? Infinity) - this.#ended);
    const slots = Math.min(this.#slots(now), Math.max(1, left));
    const known = open && open.total > 0 ? open : undefined;
    const range = this.#durations.expected(known ?? left, slots);
    if (range === undefined) return undefined;
    const share = known ? left / known.total : 1;
    const behind = this.runningExperiments().reduce(
      (sum, { since }) => sum + Math.min((now - since) / 1000, this.#durations.mean),
      0,
    );
    const less = (seconds: number): number => Math.max(0, seconds * share - behind / slots);
    return { ...range, low: less(range.low), high: less(range.high) };
  }

  #busyAt(now: number): number {
    return this.runningExperiments().reduce((sum, { since }) => sum + (now - since) / 1000, this.#busy);
  }

  /**
   * How many experiments run at the same time: the busy workers of this run, scaled by the rate of all runners. If few
   * experiments ended in the window, it is the number of workers.
   */
  #slots(now: number): number {
    const { workers } = this.#options;
    const [first] = this.#samples;
    const ended = this.#ended - (first?.ended ?? 0);
    const seconds = (now - (first?.at ?? now)) / 1000;
    if (first === undefined || seconds === 0 || ended < 2 * workers || this.#durations.mean > seconds / 4)
      return workers;
    const busy = Math.min(workers, (this.#busyAt(now) - first.busy) / seconds);
    return (Math.max(busy, Number.EPSILON) * Math.max(ended, this.#finished - first.finished)) / ended;
  }
}
