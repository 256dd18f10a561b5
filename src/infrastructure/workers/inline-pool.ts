import { setImmediate } from 'node:timers/promises';
import type { ErrorData, WorkerMessage } from '../../application/ports/worker-messages.ts';
import type { ChunkRun, WorkerPool } from '../../application/ports/ports.ts';
import type { Claimed } from '../../domain/repository/runner-protocol.ts';
import type { ExperimentFunction } from '../../domain/experiment/experiment-function.ts';
import type { StudyDefinition } from '../../domain/study/study-definition.ts';
import { executeChunk } from './execution/execute-chunk.ts';
import type { Execution } from './execution/execution.ts';
import { moduleTime } from '../system/processor-time.ts';
import { plainError } from './execution/error-data.ts';
import { WorkerRun } from './execution/worker-run.ts';

export interface InlinePoolOptions {
  /** Chunks that run at the same time, alternating in one thread. */
  readonly size: number;
  readonly study: StudyDefinition;
  readonly custom: Readonly<Record<string, unknown>>;
  readonly experiment: ExperimentFunction;
}

/**
 * Executes a function in this thread: for debugging, tests and services that pass a closure. Values are checked as in
 * worker threads, but nothing isolates the function. A busy loop stops the runner (heartbeats go on), `process.exit` and an
 * uncaught exception end the whole process, and nothing can be killed. A function that ignores its signal is abandoned
 * after the grace time: it may go on, but its messages are ignored.
 */
export class InlinePool implements WorkerPool {
  readonly size: number;
  readonly #options: InlinePoolOptions;
  readonly #runs = new Set<InlineRun>();
  #closed = false;

  constructor(options: InlinePoolOptions) {
    this.size = options.size;
    this.#options = options;
  }

  run(chunk: readonly Claimed[], onMessage: (message: WorkerMessage) => void): ChunkRun {
    if (this.#closed) throw new Error('the pool is closed, and executes nothing more');
    const run = new InlineRun(this.#options, chunk, onMessage);
    this.#runs.add(run);
    void run.workerFreed.then(() => this.#runs.delete(run));
    return run;
  }

  /** Aborts and abandons all executions. */
  async close(): Promise<void> {
    this.#closed = true;
    const runs = [...this.#runs];
    for (const run of runs) run.abort(0);
    await Promise.all(runs.map((run) => run.workerFreed));
  }
}

/** One chunk in this thread. */
class InlineRun extends WorkerRun {
  readonly workerFreed: Promise<ErrorData | null>;
  #running: Execution | undefined;
  #cause: ErrorData | null = null;

  constructor(
    { study, custom, experiment }: InlinePoolOptions,
    chunk: readonly Claimed[],
    onMessage: (message: WorkerMessage) => void,
  ) {
    super();
    const executed = executeChunk(chunk, this.state, {
      study,
      custom,
      post: onMessage,
      processorTime: study.emissions ? moduleTime : undefined,
      load: async () => experiment,
      onStart: (execution) => (this.#running = execution),
      pause: () => setImmediate(), // so that the runner's own timers fire
    });
    this.workerFreed = executed.then(() => {
      this.end();
      return this.#cause;
    });
  }

  protected requestStop(): void {
    this.#running?.abort();
  }

  protected kill(): void {
    if (!this.#running || this.#running.ended) return;
    this.#cause = plainError('the experiment runs in the thread of its runner and cannot be killed; it was abandoned');
    this.#running.abandon();
  }
}
