import type { RunEvent } from '../../application/run-events.ts';
import type { StatusCounts } from '../../domain/experiment-repository.ts';

/** How fast things go is judged by so much of the past. */
const WINDOW_MILLISECONDS = 30_000;

/** Counts a run's events, for its progress. */
export class Tally {
  readonly #workers: number;
  /** Of this run, by id: one that is tried again and succeeds is no failure. */
  readonly #failed = new Set<number>();
  readonly #samples: { readonly at: number; readonly finished: number }[] = [];
  #total = 0;
  #finished = 0;
  #held = 0;
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

  /** Those that this run has failed in. */
  get failed(): number {
    return this.#failed.size;
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
    if (event.event === 'claimed') {
      this.#held += 1;
      if (this.#failed.delete(event.id)) this.#finished -= 1; // somebody has opened it again
      return;
    }
    const failed = event.event === 'error' || event.event === 'timeout';
    const again = this.#failed.has(event.id);
    this.#held = Math.max(0, this.#held - (again ? 0 : 1));
    if (event.event === 'lost') return;
    if (!again) this.#finished = Math.min(this.#total, this.#finished + 1);
    if (failed) {
      this.#failed.add(event.id);
      this.#lastFailure = event;
    } else {
      this.#failed.delete(event.id);
    }
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
