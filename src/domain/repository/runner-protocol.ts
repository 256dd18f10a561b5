import type { AttemptOutcome, AttemptRef, Lease } from '../experiment/attempt.ts';
import type { Runner, WatchedRunner } from '../experiment/runner.ts';
import type { Emissions } from '../experiment/emissions.ts';
import type { FinalStatus, StatusAfter, StatusBefore } from '../experiment/experiment.ts';
import type { Row } from '../values/column.ts';
import type { ConfigurationRecord } from './study-store.ts';

export interface ClaimRequest {
  readonly runnerId: string;
  /** At least 1. */
  readonly count: number;
  /** `random` starts at a random id; never a sort of the whole table. Default `id`. */
  readonly order?: 'id' | 'random';
  /** Only experiments with at most so many `lost` attempts, superseded ones not counted. Default: any number. */
  readonly maxLosses?: number;
  /** Only these experiments, if they have this status. A paused experiment is resumed in this way. */
  readonly only?: { readonly ids: readonly number[]; readonly status: StatusBefore<'claim'> };
}

/** A claimed experiment and the attempt that may write to it. */
export interface Claimed extends AttemptRef {
  readonly number: number;
  readonly keyfields: Row;
  /** Its results are kept, because it is resumed. */
  readonly hasResults?: true;
}

/**
 * What one attempt writes in one commit. Results and log rows are checked: they have the form that the columns store
 * (`toStored`).
 */
export interface AttemptWrite extends AttemptRef {
  readonly results?: Row;
  readonly logs?: readonly { readonly logtable: string; readonly row: Row; readonly date: Date }[];
  /**
   * Names these log rows; the caller makes it once for each write. A running attempt appends the rows of one id once,
   * however often the write is repeated. Without an id it appends them each time. If one call has several writes of an
   * attempt, the first id counts for all of them.
   */
  readonly logsId?: string;
  /** JSON text. */
  readonly progress?: string;
  readonly end?: AttemptEnd;
}

export interface AttemptEnd {
  readonly outcome: Exclude<AttemptOutcome, 'lost' | 'released'>;
  readonly status: FinalStatus;
  readonly error: string | null;
  /**
   * UTC, `YYYY-MM-DD HH:MM:SS.mmm`, by the runner's clock. For information: nothing is decided by it. The experiment's
   * end date is `endedAt`, cut to seconds.
   */
  readonly startedAt: string;
  readonly endedAt: string;
  /**
   * The id of the next attempt: the same runner tries the experiment again, and the lease passes to that attempt in the
   * same commit. The experiment stays `running`. It begins without results, or with those it was resumed with. Only the
   * history shows the failure.
   */
  readonly retryAs?: string;
  /** What the attempt consumed, if the study records emissions. Written in the same transaction as the end. */
  readonly emissions?: Emissions;
}

export interface RecordOutcome {
  /**
   * The attempts without a lease: nothing of them was written. An attempt is not in this list if the history has its end
   * already, with the same outcome.
   */
  readonly lost: readonly string[];
  /**
   * The attempts whose values the database refused, with its message: nothing of them was written, and they keep their leases.
   */
  readonly refused: readonly { readonly attemptId: string; readonly reason: string }[];
}

export interface Reaped extends AttemptRef {
  readonly number: number;
  readonly runnerId: string;
  /** `created`, `paused` if it was resumed, or `error` once `maxAttempts` attempts were lost. */
  readonly status: StatusAfter<'reap'>;
}

/**
 * All that a run needs of a repository: claim, heartbeat, record, release, reap. Every argument and every answer is plain
 * data. `ExperimentRepository` states the contract.
 */
export interface RunnerProtocol {
  /**
   * Makes a runner `active`. Without a heartbeat it expires after `leaseSeconds`. A known id is left as it is: a dead runner
   * stays dead.
   */
  register(runner: Runner, leaseSeconds: number): Promise<void>;
  /**
   * Renews the runner, even if it has expired, and increments its heartbeat counter. False: the runner is unknown, gone or
   * dead, and its leases are lost.
   */
  heartbeat(runnerId: string, leaseSeconds: number): Promise<boolean>;
  /** `active` → `draining`, for information. A dead runner stays dead. */
  drain(runnerId: string): Promise<void>;
  /** Any state → `gone`. Throws `STATE_CONFLICT` if the runner has leases. */
  deregister(runnerId: string): Promise<void>;
  /**
   * Makes up to `count` open experiments `running`, with leases of this runner. The lowest ids come first; experiments that
   * were opened again since its last claim may come later. A resumed experiment keeps its start date, results and log
   * rows. Any other begins without them: what earlier attempts reported and logged is deleted, also in columns and
   * logtables that this study does not declare. Undefined: the runner is not active any more.
   */
  claim(request: ClaimRequest): Promise<readonly Claimed[] | undefined>;
  /**
   * Inserts this combination as `running`, with a lease of this runner. Undefined: it exists already, in any status.
   * Throws `STATE_CONFLICT` if the runner is not active.
   */
  addAndClaim(runnerId: string, keyfields: Row, configuration?: ConfigurationRecord): Promise<Claimed | undefined>;
  /** Writes results, log rows, progress and ends of any number of attempts in one commit: all of an attempt, or nothing. */
  record(writes: readonly AttemptWrite[]): Promise<RecordOutcome>;
  /**
   * Ends leases: the experiments are `created` again. If the attempt, or an earlier try of it, was resumed, the experiment is
   * `paused` again, with all that it had. An attempt that was started is in the history as `released`, any other is not. An
   * attempt without a lease is ignored.
   */
  release(attempts: readonly (AttemptRef & { readonly startedAt?: string })[], reason: string): Promise<void>;
  /** The leases of one runner, or of all runners, ordered by experiment; at most `limit`. */
  leases(runnerId?: string, limit?: number): Promise<readonly Lease[]>;
  /** The runners that are not `gone`, with what is needed to watch them. Every runner asks at each heartbeat. */
  watchedRunners(): Promise<readonly WatchedRunner[]>;
  /**
   * Makes a runner `dead` if it is active or draining, its heartbeat counter is still `heartbeats`, and it has expired (or
   * `ignoreExpiry`). True: this call did it.
   */
  declareDead(runnerId: string, heartbeats: number, ignoreExpiry?: boolean): Promise<boolean>;
  /**
   * Takes the leases of dead and missing runners, in batches. The experiments become what `release` makes of them, or
   * `error` once `maxAttempts` of their attempts are `lost`; superseded attempts do not count, and nothing else does. A
   * dead runner without leases becomes `gone`. Any runner may finish what another runner began. Each lease is in the
   * answer of exactly one call.
   */
  reap(maxAttempts: number): Promise<readonly Reaped[]>;
  close(): Promise<void>;
}
