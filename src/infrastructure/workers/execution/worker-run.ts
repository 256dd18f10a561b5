import type { ChunkRun } from '../../../application/ports/ports.ts';
import type { ErrorData } from '../../../application/ports/worker-messages.ts';
import { ChunkState } from './chunk-state.ts';

/** Workers that may die in a row before they start anything. Then the next experiment is recorded as failed. */
const MOST_FAILED_STARTS = 3;

/** One chunk in one worker, whatever the worker is: what was started, and how it is stopped. */
export abstract class WorkerRun implements ChunkRun {
  abstract readonly workerFreed: Promise<ErrorData | null>;
  readonly state = new ChunkState();
  #grace: NodeJS.Timeout | undefined;
  #ended = false;

  protected get ended(): boolean {
    return this.#ended;
  }

  current(): { readonly index: number; readonly milliseconds: number } | undefined {
    return this.state.current();
  }

  takeBackUnstarted(): number {
    return this.state.takeBackUnstarted();
  }

  abort(graceMilliseconds: number): void {
    this.state.takeBackUnstarted();
    if (this.#ended) return;
    this.requestStop(graceMilliseconds);
    this.#grace ??= setTimeout(() => this.kill(), graceMilliseconds);
  }

  /** The worker executes nothing more of this chunk. */
  protected end(): void {
    this.#ended = true;
    clearTimeout(this.#grace);
  }

  /** Asks the running function to stop before the kill. */
  protected abstract requestStop(graceMilliseconds: number): void;

  protected abstract kill(): void;
}

/** The workers of a pool that died in a row before they started anything: without a limit they are replaced forever. */
export class FailedStarts {
  #count = 0;

  /** A worker is free or dead. After too many failed starts the first experiment of its chunk counts as started. */
  freed({ state }: WorkerRun, cause: ErrorData | null): void {
    this.#count = cause === null || state.started > 0 ? 0 : this.#count + 1;
    if (this.#count >= MOST_FAILED_STARTS) state.start(0);
  }
}
