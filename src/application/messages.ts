import type { AttemptRef, Runner } from '../domain/attempt.ts';
import type { Row } from '../domain/column-type.ts';
import type { AttemptWrite, Claimed } from '../domain/experiment-repository.ts';
import type { FinalStatus } from '../domain/experiment.ts';

/* Every message of the system. Facts are past tense, commands imperative; whatever is about an execution names it. */

/** An error as plain data: classes, codes and own properties do not survive a thread boundary. */
export interface ErrorData {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  readonly code?: string;
}

// --- worker thread → main thread, in order

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
/** The function has returned or thrown. */
export interface Finished extends AttemptRef {
  readonly type: 'finished';
  readonly status: FinalStatus;
  readonly results: Row;
  readonly error: ErrorData | null;
  readonly startedAt: Date;
  readonly milliseconds: number;
}
export type WorkerMessage = Reported | Logged | Progressed | Finished;

// --- to the orchestrator

/** Begin, or look again: something may be open. */
export interface Claim {
  readonly type: 'claim';
}
export interface ClaimAnswered {
  readonly type: 'claimAnswered';
  /** Undefined: the runner is not active any more. */
  readonly claimed: readonly Claimed[] | undefined;
  readonly asked: number;
}
export interface ClaimFailed {
  readonly type: 'claimFailed';
  readonly error: unknown;
}
/** A worker said something about an execution of this chunk. */
export interface WorkerSaid {
  readonly type: 'workerSaid';
  readonly chunk: number;
  readonly message: WorkerMessage;
}
/** A chunk's worker is free again, or dead; everything it had said has been delivered before. */
export interface ChunkSettled {
  readonly type: 'chunkSettled';
  readonly chunk: number;
  /** Why the worker died in it, if it did. */
  readonly cause: ErrorData | null;
}
/** The execution time of whatever runs in this chunk may be over. */
export interface TimeoutDue {
  readonly type: 'timeoutDue';
  readonly chunk: number;
}
/** These attempts' last writes are committed, or answered as lost. */
export interface Settled {
  readonly type: 'settled';
  readonly recorded: readonly string[];
  readonly lost: readonly string[];
}
/** The database no longer counts this runner among the living: whatever it runs is somebody else's now. */
export interface RunnerLost {
  readonly type: 'runnerLost';
}
/** The runner's new identity after it was lost. */
export interface RunnerRegistered {
  readonly type: 'runnerRegistered';
  readonly runner: Runner;
}
/** Whether new work may be started: not while the runner cannot be sure to be alive in the database's eyes. */
export interface TrustChanged {
  readonly type: 'trustChanged';
  readonly trusted: boolean;
}
/** What the database says this runner holds, as of a moment when no claim was under way. */
export interface LeasesSeen {
  readonly type: 'leasesSeen';
  readonly attempts: readonly AttemptRef[];
}
/** How the rest of the fleet stands, asked when nothing is left to claim. */
export interface FleetSeen {
  readonly type: 'fleetSeen';
  /** Leases of other runners that may yet come back to `created`. */
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
export type OrchestratorMessage =
  | Claim
  | ClaimAnswered
  | ClaimFailed
  | WorkerSaid
  | ChunkSettled
  | TimeoutDue
  | Settled
  | RunnerLost
  | RunnerRegistered
  | TrustChanged
  | LeasesSeen
  | FleetSeen
  | Drain
  | Abort;

// --- to the persistence actor

/** What an execution said or how it ended; `finished` ends come from the orchestrator, which knows about timeouts and deaths. */
export interface Write {
  readonly type: 'write';
  readonly write: AttemptWrite;
}
/** Give these leases back, in the order of everything written before. */
export interface Release {
  readonly type: 'release';
  readonly attempts: readonly (AttemptRef & { readonly startedAt?: string })[];
  readonly reason: string;
}
/** Renew the runner's lease, then see to dead runners. */
export interface Beat {
  readonly type: 'beat';
}
/** A transaction of the persistence actor has ended, well or not. */
export interface Committed {
  readonly type: 'committed';
}
/** Write what is left, say goodbye to the database, stop. */
export interface Stop {
  readonly type: 'stop';
}
export type PersistenceMessage = Write | Release | Beat | Committed | Stop;
