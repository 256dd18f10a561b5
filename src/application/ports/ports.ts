import type { Claimed } from '../../domain/repository/runner-protocol.ts';
import type { RunnerProtocol } from '../../domain/repository/runner-protocol.ts';
import type { ExperimentFunction } from '../../domain/experiment/experiment-function.ts';
import type { Emissions } from '../../domain/experiment/emissions.ts';
import type { ErrorData, Usage, WorkerMessage } from './worker-messages.ts';
import type { RunnerOptions } from './runner-options.ts';

/** Time, so that tests can turn it by hand. */
export interface Clock {
  /** Milliseconds on a clock that never jumps; only differences mean something. */
  monotonic(): number;
  /** The wall clock: information for people, nothing is decided by it. */
  date(): Date;
  /** Calls back once after so many milliseconds; returns how to call it off. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** One task of a worker thread: some experiments, one after the other. */
export interface ChunkRun {
  /**
   * Fulfilled, never rejected, when the worker is free again or dead, after everything it had said was delivered. Until
   * then its place is taken: a worker thread in a blocking native call cannot be killed.
   * The cause is null unless the worker died, and then tells how (exit code, exhausted heap, kill).
   */
  readonly workerFreed: Promise<ErrorData | null>;
  /** Which execution runs now (its index in the chunk) and for how long, in milliseconds; undefined before the first and after the last. */
  current(): { readonly index: number; readonly milliseconds: number } | undefined;
  /**
   * Takes the part away that has not been started: it never will be. Returns how many executions of the chunk were
   * started, from its first. Safe against the worker starting the next one at this very moment.
   */
  takeBackUnstarted(): number;
  /** Asks the running function to stop (`signal`), and kills its thread `graceMilliseconds` later if it has not. */
  abort(graceMilliseconds: number): void;
}

/**
 * Worker threads that execute experiments. Implemented by Piscina (infrastructure/workers) and in process
 * (test/support). A worker executes one chunk at a time and survives whatever an experiment does; a death is
 * that experiment's, told by `settled`.
 */
export interface WorkerPool {
  /** Chunks that run at the same time. */
  readonly size: number;
  /** Starts a chunk at once; the caller never has more than `size` under way. `onMessage` is called in the worker's order. */
  run(chunk: readonly Claimed[], onMessage: (message: WorkerMessage) => void): ChunkRun;
  /**
   * While paused, a worker that sends many messages waits instead of filling the memory; one that sends few goes on.
   * Without it no worker waits.
   */
  setPaused?(paused: boolean): void;
  /** Kills every worker; resolves when they are gone, or cannot be killed. From its call on `run` throws. */
  close(): Promise<void>;
}

/** An attempt that has ended. */
export interface MeteredAttempt {
  readonly attemptId: string;
  readonly milliseconds: number;
  /** Absent: its worker died, or the system does not tell. Then it is taken to have kept one processor busy. */
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
 * Knows the power of the machine over time, and so what falls to each attempt. Implemented over counters and models
 * (infrastructure/emissions) and with constant power (test/support). Calls are cheap: attempts may be very short.
 */
export interface EmissionsMeter {
  /** A worker begins a chunk, now. */
  begin(): Metering;
  /** Measures no more; what has to be kept is kept. */
  close(): Promise<void>;
}

/** Begins to measure, for one run. */
export type OpenMeter = () => Promise<EmissionsMeter>;

/** Opens a connection of its own to the study for one run, which closes it: a thread of the database's, for example. */
export type OpenProtocol = () => Promise<RunnerProtocol>;

/** Beats for a runner whose own thread is blocked, from a thread and a connection of its own. */
export interface Standby {
  /** A heartbeat of the runner itself has succeeded, under this id. Answers how many have been sent in its stead since. */
  beaten(runnerId: string): number;
  /** The runner has decided to end: none is sent from here on. Resolves when the thread has ended. */
  close(): Promise<void>;
}

/** Begins to stand by for one run. Never throws: a runner without it does as well, as long as nothing blocks it. */
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
  /** A failed experiment with its whole error. Runs tell of failures themselves; this is for what is kept and read later. */
  failed?(message: string): void;
}

/** The experiment function, or how a thread finds it. */
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
