import type { AttemptRef } from '../../domain/experiment/attempt.ts';
import type { AttemptWrite, Claimed } from '../../domain/repository/runner-protocol.ts';
import type { ErrorData, WorkerMessage } from '../ports/worker-messages.ts';

/* Every message of the system. Facts are past tense, commands imperative; whatever is about an execution names it. */

// --- to the orchestrator

/** Look for open experiments. */
export interface Claim {
  readonly type: 'claim';
}
export interface ClaimAnswered {
  readonly type: 'claimAnswered';
  /** Undefined: the runner is not active any more. */
  readonly claimed: readonly Claimed[] | undefined;
  readonly asked: number;
  /** Nothing was in flight when it was asked. */
  readonly idle: boolean;
  /** One experiment was asked for that is to run alone. */
  readonly solo: boolean;
}
export interface ClaimFailed {
  readonly type: 'claimFailed';
  readonly error: unknown;
}
/** The look at the other runners failed: the next claim that finds nothing looks again. */
export interface ReadingOtherRunnersFailed {
  readonly type: 'readingOtherRunnersFailed';
  readonly error: unknown;
}
/** A worker said something about an execution of this chunk. */
export interface WorkerSaid {
  readonly type: 'workerSaid';
  readonly chunk: number;
  readonly message: WorkerMessage;
}
/** A chunk's worker is free again, or dead; everything it had said has been delivered before. */
export interface WorkerFreed {
  readonly type: 'workerFreed';
  readonly chunk: number;
  /** Why the worker died in it, if it did. */
  readonly cause: ErrorData | null;
}
/** A chunk should have ended by now: what has not started goes to other workers, what runs too long is killed. */
export interface ChunkOverdue {
  readonly type: 'chunkOverdue';
  readonly chunk: number;
}
/** A chunk's worker was killed and yet lives: it sits in a blocking native call. */
export interface ChunkStuck {
  readonly type: 'chunkStuck';
  readonly chunk: number;
}
/** No worker could be killed for quite a while: nothing can be executed here any more. */
export interface WorkersStuck {
  readonly type: 'workersStuck';
}
/** A failed experiment has waited long enough for its next attempt. */
export interface RetryDue {
  readonly type: 'retryDue';
  readonly attemptId: string;
}
/** The end of an attempt was held back to see whether its runner is told to stop; it is judged now. */
export interface JudgementDue {
  readonly type: 'judgementDue';
  readonly attemptId: string;
}
/** The ends of these attempts are committed, or were answered as lost: nothing more will come of them. */
export interface Recorded {
  readonly type: 'recorded';
  /** As they were recorded: with an error instead of what the database refused. */
  readonly recorded: readonly AttemptWrite[];
  readonly lost: readonly AttemptRef[];
}
/** The database no longer counted this runner among the living: what it ran is somebody else's now. It goes on under a new id. */
export interface RunnerReplaced {
  readonly type: 'runnerReplaced';
  readonly runnerId: string;
}
/** Whether new work may be started: not while the runner cannot be sure to be alive in the database's eyes. */
export interface TrustChanged {
  readonly type: 'trustChanged';
  readonly trusted: boolean;
}
/** What the database says this runner holds. */
export interface LeasesRead {
  readonly type: 'leasesRead';
  readonly leases: readonly AttemptRef[];
}
/** So much waits for the database that nobody should say more, or not any more. */
export interface BackpressureChanged {
  readonly type: 'backpressureChanged';
  readonly full: boolean;
}
/** How many leases of other runners may yet come back to `created`, asked when nothing is left to claim. */
export interface OtherRunnersRead {
  readonly type: 'otherRunnersRead';
  readonly pending: number;
}
/** Stop claiming, release what has not started, let running experiments finish. */
export interface Drain {
  readonly type: 'drain';
}
/** Stop running experiments too, and release them. */
export interface Abort {
  readonly type: 'abort';
}
/** The run has failed: nothing starts any more, what runs is stopped and released, and the run ends. */
export interface Faulted {
  readonly type: 'faulted';
}
export type OrchestratorMessage =
  | Claim
  | ClaimAnswered
  | ClaimFailed
  | ReadingOtherRunnersFailed
  | WorkerSaid
  | WorkerFreed
  | ChunkOverdue
  | ChunkStuck
  | WorkersStuck
  | RetryDue
  | JudgementDue
  | Recorded
  | RunnerReplaced
  | TrustChanged
  | LeasesRead
  | BackpressureChanged
  | OtherRunnersRead
  | Drain
  | Abort
  | Faulted;

// --- to the persistence actor

/** What an execution said or how it ended; ends come from the orchestrator, which knows about timeouts and deaths. */
export interface Write {
  readonly type: 'write';
  readonly write: AttemptWrite;
}
/** Give these leases back, after everything told before. */
export interface Release {
  readonly type: 'release';
  readonly attempts: readonly (AttemptRef & { readonly startedAt?: string })[];
  readonly reason: string;
}
/** What has gathered goes into the database now. */
export interface Commit {
  readonly type: 'commit';
}
/** A commit has ended. */
export interface Committed {
  readonly type: 'committed';
}
/** A commit has failed in a way that no later try can mend. */
export interface CommitFailed {
  readonly type: 'commitFailed';
  readonly error: unknown;
}
/** Write what is left, then stop. */
export interface Stop {
  readonly type: 'stop';
}
/** The run has failed: write what is left, but try nothing twice, then stop. */
export interface GiveUp {
  readonly type: 'giveUp';
}
export type PersistenceMessage = Write | Release | Commit | Committed | CommitFailed | Stop | GiveUp;
