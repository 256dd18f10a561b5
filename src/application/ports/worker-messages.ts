import type { AttemptRef } from '../../domain/experiment/attempt.ts';
import type { Row } from '../../domain/values/column.ts';
import type { FinalStatus } from '../../domain/experiment/experiment.ts';

/* What a worker says about the experiments that it executes. */

/** An error as plain data: classes, codes and own properties do not survive a thread boundary. */
export interface ErrorData {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  readonly code?: string;
  /**
   * Set if the end of a program is the cause. `stopSignal`: a stop signal, or the exit code that shells and interpreters
   * make of one. `exitCode`: any other exit code. `notStarted`: the machine allows no more programs. The runner needs it
   * to decide whether the experiment has failed.
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
/** The processor time of an execution. Only where emissions are recorded. */
export interface Usage {
  readonly cpuMilliseconds: number;
  /**
   * The time of all children that this process ever waited for, where they cannot be measured one by one: the part of this
   * execution is the difference to the last message.
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
