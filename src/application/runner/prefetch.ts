/**
 * When the last experiment of a chunk begins, if all goes as before: a way to the main thread and back takes milliseconds
 * on a machine that sleeps in between. What has not begun soon after goes to other workers (`OVERDUE_MILLISECONDS`).
 */
const CHUNK_MILLISECONDS = 225;
const LARGEST_CHUNK = 256;
/** Claimed but unstarted work for each worker: invisible to idle runners, so well under a second. */
const PREFETCH_MILLISECONDS = 500;
const LARGEST_PREFETCH = 4_096;

/** What the measured durations advise: how much to claim ahead and to hand over at once. Starts careful: one by one. */
export class Prefetch {
  #mean: number | undefined;

  /** Longer experiments are believed at once, shorter ones slowly: a wrong guess must not hold up others. */
  measured(milliseconds: number): void {
    const weight = this.#mean === undefined ? 1 : milliseconds > this.#mean ? 0.3 : 0.05;
    this.#mean = (this.#mean ?? 0) * (1 - weight) + Math.max(milliseconds, 0.001) * weight;
  }

  chunkSize(): number {
    if (this.#mean === undefined) return 1;
    return Math.min(LARGEST_CHUNK, 1 + Math.floor(CHUNK_MILLISECONDS / this.#mean));
  }

  /** Experiments to hold beyond those that can start at once. */
  experiments(workers: number): number {
    if (this.#mean === undefined) return 0;
    return Math.min(LARGEST_PREFETCH, Math.floor((workers * PREFETCH_MILLISECONDS) / this.#mean));
  }
}
