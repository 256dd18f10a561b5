import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Piscina } from 'piscina';
import type { WorkerMessage } from '../../../application/ports/worker-messages.ts';
import type { ChunkRun, Log, WorkerPool } from '../../../application/ports/ports.ts';
import type { Claimed } from '../../../domain/repository/runner-protocol.ts';
import { killGroup, entryFile, heapLimits, threadFlags, workerEnvironment } from '../../system/child-start.ts';
import { exitWithout, ThreadRun } from './thread-run.ts';
import { FailedStarts } from '../execution/worker-run.ts';
import type { WorkerData } from './worker-messages.ts';

/** How a pool of worker threads is made. */
export interface PiscinaPoolOptions extends WorkerData {
  readonly size: number;
  /** Heap of each thread, 16 or more; it does not limit buffers and native memory. Null: Node's default. */
  readonly memoryMegabytes: number | null;
  /** Is told of threads that died while they were idle. */
  readonly log?: Pick<Log, 'warn'>;
}

/** Longest wait for threads that cannot be killed when the pool closes. */
const LAST_WAIT_MILLISECONDS = 3_000;

/**
 * Worker threads in a Piscina pool. A thread that dies is replaced, after its messages were delivered. Threads get a copy
 * of the environment without our credentials. A thread in a blocking native call cannot be stopped: its run ends with the
 * call, and until then it keeps its place.
 */
export class PiscinaPool implements WorkerPool {
  readonly size: number;
  readonly #pool: Piscina;
  readonly #memoryMegabytes: number | null;
  readonly #warn: (text: string) => void;
  readonly #runs = new Set<ThreadRun>();
  readonly #killGroups = () => this.#runs.forEach(({ state }) => killGroup(state.child));
  readonly #failedStarts = new FailedStarts();
  #paused = false;
  #closed: Promise<void> | undefined;

  constructor({ size, study, source, custom, memoryMegabytes, log }: PiscinaPoolOptions) {
    this.size = size;
    this.#memoryMegabytes = memoryMegabytes;
    this.#warn = (text) => log?.warn(text);
    const data: WorkerData = { study, source, custom };
    this.#pool = new Piscina({
      filename: entryFile(import.meta.url, 'worker'),
      name: 'runChunk',
      minThreads: size,
      maxThreads: size,
      concurrentTasksPerWorker: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      recordTiming: false,
      // the event loop of an idle thread keeps running: an error that an experiment left behind fails no other experiment
      atomics: 'disabled',
      env: workerEnvironment(process.env),
      execArgv: threadFlags(process.execArgv),
      workerData: data,
      resourceLimits: heapLimits(memoryMegabytes),
    });
    this.#pool.on('error', (error: Error) => {
      log?.warn(`a worker thread died while it had nothing to do: ${error.message}`);
      // Piscina does not replace a thread that fails during its start, and its queue would wait forever
      if (this.#pool.threads.length === 0) for (const run of this.#runs) run.failStart(error);
    });
    process.on('exit', this.#killGroups);
  }

  run(chunk: readonly Claimed[], onMessage: (message: WorkerMessage) => void): ChunkRun {
    if (this.#closed) throw new Error('the pool is closed, and executes nothing more');
    const run = new ThreadRun(this.#pool, this.#memoryMegabytes, this.#warn, chunk, onMessage);
    this.#runs.add(run);
    run.setPaused(this.#paused);
    void run.workerFreed.then((cause) => {
      this.#runs.delete(run);
      this.#failedStarts.freed(run, cause);
    });
    return run;
  }

  setPaused(paused: boolean): void {
    this.#paused = paused;
    for (const run of this.#runs) run.setPaused(paused);
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    const { threads } = this.#pool;
    const gone = Promise.all(threads.map((thread) => once(thread, 'exit')));
    for (const run of this.#runs) run.poolCloses(gone);
    const settled = [...this.#runs].map((run) => run.workerFreed);
    const timer = setTimeout(() => {
      for (const run of this.#runs) run.abandon();
      threads.forEach(exitWithout);
    }, LAST_WAIT_MILLISECONDS);
    void this.#pool.destroy().catch(() => {}); // waits for threads that cannot be killed
    await Promise.all([...settled, Promise.race([gone, sleep(LAST_WAIT_MILLISECONDS, undefined, { ref: false })])]);
    clearTimeout(timer);
    process.off('exit', this.#killGroups);
  }
}
