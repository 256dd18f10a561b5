import type { AttemptRef } from '../../domain/experiment/attempt.ts';
import type { Row } from '../../domain/values/column-type.ts';
import type { FinalStatus } from '../../domain/experiment/experiment.ts';

/* What a worker says about the experiments that it executes. */

/** An error as plain data: classes, codes and own properties do not survive a thread boundary. */
export interface ErrorData {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  readonly code?: string;
  /**
   * Set if a program ended and that is why: by a stop signal, or with the exit code that shells and interpreters make of
   * one; with any other exit code; or it was never started, because the machine allows no more. Decides with what the
   * runner knows whether the experiment has failed.
   */
  readonly programEnd?: 'stopSignal' | 'exitCode' | 'notStarted';
}

export interface Reported extends AttemptRef {
  readonly type: 'reported';
  /** Checked against the study in the worker: what the columns hold. */
  readonly results: Row;
}
export interface Logged extends AttemptRef {
  readonly type: 'logged';
  readonly logtable: string;
  readonly row: Row;
  readonly date: Date;
}
export interface Progressed extends AttemptRef {
  readonly type: 'progressed';
  /** JSON text. */
  readonly progress: string;
}
/** The experiment has called `context.heartbeat()`, and has told no progress: at most four a second. */
export interface HeartbeatReceived extends AttemptRef {
  readonly type: 'heartbeatReceived';
  readonly at: Date;
}
/** What is shown as the progress of such an experiment, as JSON text. */
export const heartbeatProgress = (at: Date): string => JSON.stringify({ heartbeat: at.toISOString() });
/** The processor time of an execution, told only where emissions are recorded. */
export interface Usage {
  readonly cpuMilliseconds: number;
  /**
   * What all children that this process ever waited for have taken together, where they cannot be told apart: the
   * execution's own part is what was added since the last one told.
   */
  readonly childrenMilliseconds?: number;
}
/** The function has returned or thrown. */
export interface Finished extends AttemptRef {
  readonly type: 'finished';
  readonly status: FinalStatus;
  readonly results: Row;
  readonly error: ErrorData | null;
  readonly startedAt: Date;
  readonly milliseconds: number;
  readonly usage?: Usage;
}
export type WorkerMessage = Reported | Logged | Progressed | HeartbeatReceived | Finished;
