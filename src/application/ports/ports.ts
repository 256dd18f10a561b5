import type { Claimed } from '../../domain/repository/runner-protocol.ts';
import type { RunnerProtocol } from '../../domain/repository/runner-protocol.ts';
import type { ExperimentFunction } from '../../domain/experiment/experiment-function.ts';
import type { Emissions } from '../../domain/experiment/emissions.ts';
import type { ErrorData, Usage, WorkerMessage } from './worker-messages.ts';
import type { RunnerOptions } from './runner-options.ts';

/** Time, so that tests can control it. */
export interface Clock {
  /** Milliseconds on a clock that never jumps. Only differences have a meaning. */
  monotonic(): number;
  /** The wall clock: information for people. Nothing is decided by it. */
  date(): Date;
  /** Calls back once after so many milliseconds. Returns a function that cancels this. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** One task of a worker thread: some experiments, one after the other. */
export interface ChunkRun {
  /**
   * Fulfilled, never rejected, when the worker is free again or dead, after all its messages were delivered. Until then its
   * place is taken: a worker thread in a blocking native call cannot be killed. The cause is null unless the worker died,
   * and then tells how (exit code, exhausted heap, kill).
   */
  readonly workerFreed: Promise<ErrorData | null>;
  /** Which execution runs now (its index in the chunk) and for how long, in milliseconds; undefined before the first and after the last. */
  current(): { readonly index: number; readonly milliseconds: number } | undefined;
  /**
   * Takes back the part that has not been started: it never will be. Returns how many executions of the chunk were started,
   * from its first. Correct also if the worker starts the next one at the same moment.
   */
  takeBackUnstarted(): number;
  /** Asks the running function to stop (`signal`), and kills its thread `graceMilliseconds` later if it has not. */
  abort(graceMilliseconds: number): void;
}

/**
 * Worker threads that execute experiments. Implemented by Piscina (infrastructure/workers) and in process
 * (test/support). A worker executes one chunk at a time and survives whatever an experiment does. If it dies,
 * that is the failure of the experiment, told by `workerFreed`.
 */
export interface WorkerPool {
  /** Chunks that run at the same time. */
  readonly size: number;
  /** Starts a chunk at once. The caller never has more than `size` under way. `onMessage` is called in the worker's order. */
  run(chunk: readonly Claimed[], onMessage: (message: WorkerMessage) => void): ChunkRun;
  /**
   * While paused, a worker with many messages waits instead of filling the memory; one with few goes on. A pool without
   * this method never makes a worker wait.
   */
  setPaused?(paused: boolean): void;
  /** Kills every worker. Resolves when they are gone, or cannot be killed. After the call `run` throws. */
  close(): Promise<void>;
}

/** An attempt that has ended. */
export interface MeteredAttempt {
  readonly attemptId: string;
  readonly milliseconds: number;
  /** Absent: its worker died, or the system does not tell. It then counts as one busy processor. */
  readonly usage?: Usage | undefined;
}

/** A worker at work on a chunk. */
export interface Metering {
  /** What an attempt of this chunk consumed. Call when it has just ended, once. */
  consumed(attempt: MeteredAttempt): Emissions;
  /** The worker is free again. */
  end(): void;
}

/**
 * Measures the power of the machine, and divides the energy among the attempts. Implemented over counters and models
 * (infrastructure/emissions) and with constant power (test/support). Calls are cheap: attempts may be very short.
 */
export interface EmissionsMeter {
  /** A worker begins a chunk, now. */
  begin(): Metering;
  /** Measures no more, and keeps what must be kept. */
  close(): Promise<void>;
}

/** Starts to measure, for one run. */
export type OpenMeter = () => Promise<EmissionsMeter>;

/** Opens a connection of its own to the study for one run, which closes it: a thread of the database's, for example. */
export type OpenProtocol = () => Promise<RunnerProtocol>;

/** Sends the heartbeats of a runner whose main thread is blocked, from a thread and a connection of its own. */
export interface Standby {
  /** A heartbeat of the runner itself has succeeded, under this id. Returns how many were sent instead of it since the last. */
  beaten(runnerId: string): number;
  /** The runner ends: no more heartbeats are sent. Resolves when the thread has ended. */
  close(): Promise<void>;
}

/** Starts the standby of one run. Never throws: a runner needs it only if something blocks its main thread. */
export type OpenStandby = (runner: {
  readonly runnerId: string;
  readonly heartbeatSeconds: number;
  readonly leaseSeconds: number;
}) => Standby;

/** Where diagnostics go: one line each, never data. */
export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  /** A failed experiment with its whole error, for a log that is kept. Programs that follow a run use its events. */
  failed?(message: string): void;
}

/** The experiment function, or where a thread finds it. */
export type ExperimentSource =
  | { readonly kind: 'module'; readonly file: string }
  | { readonly kind: 'command'; readonly command: readonly string[] }
  | { readonly kind: 'function'; readonly experiment: ExperimentFunction };

/** Makes the workers of one run. */
export interface WorkerPools {
  /**
   * Refuses, before anything is claimed, what cannot be executed: `MODULE_INVALID`. It is called more than once for a run,
   * and may remember what it has checked until workers are opened.
   */
  check(source: ExperimentSource): Promise<void>;
  open(source: ExperimentSource, options: RunnerOptions): Promise<WorkerPool>;
}
