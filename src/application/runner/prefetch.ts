/**
 * Expected time until the last experiment of a chunk starts. Chunks save messages: one to the main thread and back takes
 * milliseconds if the machine is idle in between. What has not started soon after this time goes to other workers
 * (`OVERDUE_MILLISECONDS`).
 */
const CHUNK_MILLISECONDS = 225;
const LARGEST_CHUNK = 256;
/** Claimed but unstarted work for each worker. Idle runners cannot claim it, so it is well under a second. */
const PREFETCH_MILLISECONDS = 500;
const LARGEST_PREFETCH = 4_096;

/** How much to claim ahead and to give to a worker at once, by the measured durations. Begins with one experiment each. */
export class Prefetch {
  #mean: number | undefined;

  /** A longer experiment changes the mean quickly, a shorter one slowly: too large a chunk delays other experiments. */
  measured(milliseconds: number): void {
    const weight = this.#mean === undefined ? 1 : milliseconds > this.#mean ? 0.3 : 0.05;
    this.#mean = (this.#mean ?? 0) * (1 - weight) + Math.max(milliseconds, 0.001) * weight;
  }

  chunkSize(): number {
    if (this.#mean === undefined) return 1;
    return Math.min(LARGEST_CHUNK, 1 + Math.floor(CHUNK_MILLISECONDS / this.#mean));
  }

  /** Experiments to claim in addition to those that can start at once. */
  experiments(workers: number): number {
    if (this.#mean === undefined) return 0;
    return Math.min(LARGEST_PREFETCH, Math.floor((workers * PREFETCH_MILLISECONDS) / this.#mean));
  }
}
