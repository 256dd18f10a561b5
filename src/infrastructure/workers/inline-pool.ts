import { setImmediate } from 'node:timers/promises';
import type { ErrorData, WorkerMessage } from '../../application/ports/worker-messages.ts';
import type { ChunkRun, WorkerPool } from '../../application/ports/ports.ts';
import type { Claimed } from '../../domain/repository/runner-protocol.ts';
import type { ExperimentFunction } from '../../domain/experiment/experiment-function.ts';
import type { StudyDefinition } from '../../domain/study/define-study.ts';
import { executeChunk } from './execution/execute-chunk.ts';
import type { Execution } from './execution/execution.ts';
import { moduleTime } from '../system/processor-time.ts';
import { ChunkState } from './execution/chunk-state.ts';

export interface InlinePoolOptions {
  /** Chunks under way at the same time: they take turns in one thread. */
  readonly size: number;
  readonly study: StudyDefinition;
  readonly custom: Readonly<Record<string, unknown>>;
  readonly experiment: ExperimentFunction;
}

/**
 * Executes a function of this very thread: for debugging, tests and services that hand over a closure. The envelope is
 * the worker threads' own, their walls are not there: a busy loop stops the runner (its heartbeats go on), `process.exit` and
 * an uncaught exception are the whole process's, and nothing can be killed. A function that does not heed its signal is
 * abandoned after the grace: it may go on, but nothing more of it is heard.
 */
export class InlinePool implements WorkerPool {
  readonly size: number;
  readonly #options: InlinePoolOptions;
  readonly #runs = new Set<ChunkRun>();
  #closed = false;

  constructor(options: InlinePoolOptions) {
    this.size = options.size;
    this.#options = options;
  }

  run(chunk: readonly Claimed[], onMessage: (message: WorkerMessage) => void): ChunkRun {
    if (this.#closed) throw new Error('the pool is closed, and executes nothing more');
    const { study, custom, experiment } = this.#options;
    const cell = new ChunkState();
    let running: Execution | undefined;
    let cause: ErrorData | null = null;
    let grace: NodeJS.Timeout | undefined;
    const abandon = () => {
      if (!running || running.ended) return;
      cause = {
        name: 'Error',
        message: 'the experiment runs in the thread of its runner and cannot be killed; it was abandoned',
        stack: '',
      };
      running.abandon();
    };
    const executed = executeChunk(chunk, cell, {
      study,
      custom,
      post: onMessage,
      processorTime: study.emissions ? moduleTime : undefined,
      load: async () => experiment,
      onStart: (execution) => (running = execution),
      pause: () => setImmediate(), // the runner's own timers have their turn
    });
    const run: ChunkRun = {
      workerFreed: executed.then(() => {
        clearTimeout(grace);
        this.#runs.delete(run);
        return cause;
      }),
      current: () => cell.current(),
      takeBackUnstarted: () => cell.curtail(),
      abort: (graceMilliseconds) => {
        cell.curtail();
        running?.abort();
        grace ??= setTimeout(abandon, graceMilliseconds);
      },
    };
    this.#runs.add(run);
    return run;
  }

  /** Signals and abandons what runs. */
  async close(): Promise<void> {
    this.#closed = true;
    const runs = [...this.#runs];
    for (const run of runs) run.abort(0);
    await Promise.all(runs.map((run) => run.workerFreed));
  }
}
