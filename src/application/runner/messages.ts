import type { AttemptRef } from '../../domain/experiment/attempt.ts';
import type { AttemptWrite, Claimed, RecordOutcome } from '../../domain/repository/runner-protocol.ts';
import type { ErrorData, HeartbeatReceived, WorkerMessage } from '../ports/worker-messages.ts';

/*
 * Every message of the two actors. A fact is in the past tense, a command in the imperative, and a timer's message ends
 * with Due. A message about an execution names its attempt.
 */

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
  /** Nothing was in flight when the claim was sent. */
  readonly idle: boolean;
  /** The claim was for one experiment that is to run alone. */
  readonly solo: boolean;
}
export interface ClaimFailed {
  readonly type: 'claimFailed';
  readonly error: unknown;
}
/** The leases of other runners could not be read: they are read again after the next claim that finds nothing. */
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
/** The worker of a chunk is free again, or dead. All its messages were delivered before. */
export interface WorkerFreed {
  readonly type: 'workerFreed';
  readonly chunk: number;
  /** Why the worker died in it, if it did. */
  readonly cause: ErrorData | null;
}
/** A chunk should have ended by now: its unstarted rest goes to other workers, and an execution that runs too long is killed. */
export interface ChunkOverdue {
  readonly type: 'chunkOverdue';
  readonly chunk: number;
}
/** The worker of a chunk was killed and did not die: it is in a blocking native call. */
export interface ChunkStuck {
  readonly type: 'chunkStuck';
  readonly chunk: number;
}
/** For some time every worker has been stuck: nothing more can be executed here. */
export interface WorkersStuck {
  readonly type: 'workersStuck';
}
/** A failed experiment has waited long enough for its next attempt. */
export interface RetryDue {
  readonly type: 'retryDue';
  readonly attemptId: string;
}
/** The outcome of an attempt was held back, in case the runner is told to stop. It is decided now. */
export interface JudgementDue {
  readonly type: 'judgementDue';
  readonly attemptId: string;
}
/** The outcomes of these attempts are committed, or the database answered that their lease is lost. */
export interface Recorded {
  readonly type: 'recorded';
  /** As they were recorded: with an error instead of a value that the database refused. */
  readonly recorded: readonly AttemptWrite[];
  readonly lost: readonly AttemptRef[];
}
/** This runner was declared dead, and other runners may hold its experiments now. It goes on under a new id. */
export interface RunnerReplaced {
  readonly type: 'runnerReplaced';
  readonly runnerId: string;
}
/** Whether new work may start: not while the runner may be declared dead at any time. */
export interface TrustChanged {
  readonly type: 'trustChanged';
  readonly trusted: boolean;
}
/** The leases of this runner, as the database has them. Both actors receive it. */
export interface LeasesRead {
  readonly type: 'leasesRead';
  readonly leases: readonly AttemptRef[];
}
/** Too much waits for the database, so that workers must wait as well; or no longer. */
export interface BackpressureChanged {
  readonly type: 'backpressureChanged';
  readonly full: boolean;
}
/** How many leases of other runners may yet come back to `created`. Read when nothing is left to claim. */
export interface OtherRunnersRead {
  readonly type: 'otherRunnersRead';
  readonly pending: number;
}
/** Stop claiming, release what has not started, let running experiments finish. Both actors receive it. */
export interface Drain {
  readonly type: 'drain';
}
/** Stop running experiments too, and release them. */
export interface Abort {
  readonly type: 'abort';
}
/** The run has failed: nothing starts any more, running experiments are stopped and released, and the run ends. */
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

// --- to the persistence actor: what is recorded

/** What an execution said, or its outcome. Outcomes come from the orchestrator, which knows about timeouts and deaths. */
export interface Write {
  readonly type: 'write';
  readonly write: AttemptWrite;
}
/** Release these leases, after everything told before. */
export interface Release {
  readonly type: 'release';
  readonly attempts: readonly (AttemptRef & { readonly startedAt?: string })[];
  readonly reason: string;
}
/** What has gathered goes into the database now. */
export interface CommitDue {
  readonly type: 'commitDue';
}
/** The database has answered the writes of a commit. */
export interface Committed {
  readonly type: 'committed';
  readonly writes: readonly AttemptWrite[];
  readonly outcome: RecordOutcome;
}
/** The oldest release of those that were told is in the database. */
export interface Released {
  readonly type: 'released';
  /** Further releases of the same commit. */
  readonly left: number;
}
/** Part of a commit has failed, and a retry cannot succeed. */
export interface CommitFailed {
  readonly type: 'commitFailed';
  /** What is not recorded. */
  readonly writes: readonly AttemptWrite[];
  readonly error: unknown;
}
/** Write what is left, then stop. `failed`: try each once, and send no more heartbeats. */
export interface Stop {
  readonly type: 'stop';
  readonly end: RunEnd;
}

/** How a run ends. */
export type RunEnd = 'ended' | 'failed';

// --- to the persistence actor: heartbeats, each step of which answers with a message

/** The next heartbeat must be sent. */
export interface HeartbeatDue {
  readonly type: 'heartbeatDue';
}
export interface HeartbeatAnswered {
  readonly type: 'heartbeatAnswered';
  /** False: this runner was declared dead. */
  readonly alive: boolean;
  /** By the monotonic clock. */
  readonly sentAt: number;
}
/** The runner, which was declared dead, is registered under a new id. */
export interface RunnerRegistered {
  readonly type: 'runnerRegistered';
  /** When the heartbeat was sent that found it dead, by the monotonic clock. */
  readonly sentAt: number;
}
/** The database shows this runner as draining. */
export interface DrainAnswered {
  readonly type: 'drainAnswered';
}
/** Dead runners were looked for. */
export interface ReapAnswered {
  readonly type: 'reapAnswered';
  /** Experiments that are open again. */
  readonly reaped: number;
}
/** A step of a heartbeat has failed. */
export interface HeartbeatFailed {
  readonly type: 'heartbeatFailed';
  readonly error: unknown;
}
/** So much time has passed since the last successful heartbeat that other runners may soon declare this one dead. */
export interface LeaseDoubtDue {
  readonly type: 'leaseDoubtDue';
}

export type HeartbeatMessage =
  | HeartbeatDue
  | HeartbeatAnswered
  | RunnerRegistered
  | DrainAnswered
  | LeasesRead
  | ReapAnswered
  | HeartbeatFailed
  | LeaseDoubtDue;
export type PersistenceMessage =
  | Write
  | HeartbeatReceived
  | Release
  | CommitDue
  | Committed
  | Released
  | CommitFailed
  | Stop
  | Drain
  | HeartbeatMessage;
