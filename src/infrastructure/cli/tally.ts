import type { RunEvent } from '../../application/run-events.ts';
import type { StatusCounts } from '../../domain/experiment-repository.ts';

/** How fast things go is judged by so much of the past. */
const WINDOW_MILLISECONDS = 30_000;

/** Counts a run's events, for its progress. */
export class Tally {
  readonly #workers: number;
  readonly #samples: { readonly at: number; readonly finished: number }[] = [];
  #total = 0;
  #finished = 0;
  #held = 0;
  #failed = 0;
  #lastFailure: RunEvent | undefined;

  constructor(counts: StatusCounts, workers: number, now: number) {
    this.#workers = workers;
    this.rebase(counts);
    this.sample(now);
  }

  /** Experiments of the study. */
  get total(): number {
    return this.#total;
  }

  /** Those that have ended: done, failed or paused; by any runner, as far as is known. */
  get finished(): number {
    return this.#finished;
  }

  /** Those that failed in this run; one that is tried again is not among them yet. */
  get failed(): number {
    return this.#failed;
  }

  get lastFailure(): RunEvent | undefined {
    return this.#lastFailure;
  }

  /** Those that run here; what is claimed a little ahead is not among them. */
  get running(): number {
    return Math.min(this.#held, this.#workers);
  }

  /** Takes over what the database says: other runners work on the study, too. */
  rebase({ created, running, done, error, paused }: StatusCounts): void {
    this.#finished = done + error + paused;
    this.#total = this.#finished + created + running;
  }

  count(event: RunEvent): void {
    const failed = event.event === 'error' || event.event === 'timeout';
    if (failed) this.#lastFailure = event;
    if (event.again) return; // it is still held, under its next attempt
    if (event.event === 'claimed') {
      this.#held += 1;
      return;
    }
    this.#held = Math.max(0, this.#held - 1);
    if (event.event === 'lost' || event.event === 'released') return;
    this.#finished = Math.min(this.#total, this.#finished + 1);
    if (failed) this.#failed += 1;
  }

  /** Remembers how far things are now; call it now and then. */
  sample(now: number): void {
    this.#samples.push({ at: now, finished: this.#finished });
    while ((this.#samples[1]?.at ?? now) < now - WINDOW_MILLISECONDS) this.#samples.shift();
  }

  /** Experiments per second of late; undefined as long as nothing can be said. */
  rate(now: number): number | undefined {
    const [first] = this.#samples;
    if (first === undefined || now - first.at < 500 || this.#finished <= first.finished) return undefined;
    return ((this.#finished - first.finished) / (now - first.at)) * 1000;
  }

  /** Seconds until all is done, at this rate. */
  remaining(now: number): number | undefined {
    const rate = this.rate(now);
    return rate === undefined ? undefined : (this.#total - this.#finished) / rate;
  }
}
