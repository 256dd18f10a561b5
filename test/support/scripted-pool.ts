import type { ErrorData, WorkerMessage } from '../../src/application/ports/worker-messages.ts';
import type { ChunkRun, WorkerPool } from '../../src/application/ports/ports.ts';
import type { Claimed } from '../../src/domain/repository/runner-protocol.ts';
import type { FinalStatus } from '../../src/domain/experiment/experiment.ts';
import type { Row } from '../../src/domain/values/column.ts';

/** One chunk, played by the test: what its worker says and how it dies is told to it. */
export class ScriptedRun implements ChunkRun {
  readonly chunk: readonly Claimed[];
  readonly #onMessage: (message: WorkerMessage) => void;
  readonly #settled = Promise.withResolvers<ErrorData | null>();
  readonly #onSettled: () => void;
  readonly workerFreed = this.#settled.promise;
  #started = 1;
  #limit: number;
  /** Told by the test: for how long the running execution has run. */
  milliseconds = 0;
  /** The grace of the abort, if it was asked for. */
  aborted: number | undefined;

  constructor(chunk: readonly Claimed[], onMessage: (message: WorkerMessage) => void, onSettled: () => void) {
    this.chunk = chunk;
    this.#limit = chunk.length;
    this.#onMessage = onMessage;
    this.#onSettled = onSettled;
  }

  current(): { index: number; milliseconds: number } {
    return { index: this.#started - 1, milliseconds: this.milliseconds };
  }

  takeBackUnstarted(): number {
    this.#limit = Math.min(this.#limit, this.#started);
    return this.#started;
  }

  abort(graceMilliseconds: number): void {
    this.aborted = graceMilliseconds;
  }

  say(message: WorkerMessage): void {
    this.#onMessage(message);
  }

  /** The running execution ends; the next of the chunk starts, or the worker is free. */
  finish(status: FinalStatus = 'done', results: Row = {}, error: ErrorData | null = null, milliseconds = 1): void {
    const claimed = this.chunk[this.#started - 1];
    if (!claimed) throw new Error('nothing runs');
    const { experimentId, attemptId } = claimed;
    this.#onMessage({
      type: 'finished',
      experimentId,
      attemptId,
      status,
      results,
      error,
      startedAt: new Date(0),
      milliseconds,
    });
    if (this.#started < this.#limit) this.#started += 1;
    else this.die(null);
  }

  /** The worker is free (null) or dead. */
  die(cause: ErrorData | null): void {
    this.#onSettled();
    this.#settled.resolve(cause);
  }
}

/** Workers that do what the test says. */
export class ScriptedPool implements WorkerPool {
  readonly size: number;
  /** Every chunk ever started, in order. */
  readonly runs: ScriptedRun[] = [];
  busy = 0;

  constructor(size: number) {
    this.size = size;
  }

  run(chunk: readonly Claimed[], onMessage: (message: WorkerMessage) => void): ScriptedRun {
    if (this.busy >= this.size) throw new Error(`more than ${this.size} chunks at once`);
    this.busy += 1;
    const run = new ScriptedRun(chunk, onMessage, () => (this.busy -= 1));
    this.runs.push(run);
    return run;
  }

  async close(): Promise<void> {}
}
