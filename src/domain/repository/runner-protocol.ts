import type { AttemptOutcome, AttemptRef, Lease } from '../experiment/attempt.ts';
import type { Runner, WatchedRunner } from '../experiment/runner.ts';
import type { Emissions } from '../experiment/emissions.ts';
import type { FinalStatus, StatusAfter, StatusBefore } from '../experiment/experiment.ts';
import type { Row } from '../values/column-type.ts';
import type { ConfigurationRecord } from './study-store.ts';

export interface ClaimRequest {
  readonly runnerId: string;
  /** At least 1. */
  readonly count: number;
  /** `random` starts at a random id; never a sort of the whole table. Default `id`. */
  readonly order?: 'id' | 'random';
  /** Only experiments of which at most so many `lost` attempts stand, superseded ones not counted. Default: any. */
  readonly maxLosses?: number;
  /** Only these experiments, from this status: how a paused one is resumed. */
  readonly only?: { readonly ids: readonly number[]; readonly status: StatusBefore<'claim'> };
}

/** A claimed experiment and the attempt that may write to it. */
export interface Claimed extends AttemptRef {
  readonly number: number;
  readonly keyfields: Row;
  /** It is resumed, and has results already. */
  readonly hasResults?: true;
}

/**
 * Everything one attempt has to say at one commit. Results and log rows are checked already: what the columns store
 * (`toStored`).
 */
export interface AttemptWrite extends AttemptRef {
  readonly results?: Row;
  readonly logs?: readonly { readonly logtable: string; readonly row: Row; readonly date: Date }[];
  /**
   * Names these log rows; made once by whoever puts the write together. A running attempt appends the rows of one id
   * once, however often the write is repeated; without an id, each time. Of several writes of an attempt in one call the
   * first id counts for all.
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
   * UTC, `YYYY-MM-DD HH:MM:SS.mmm`, by the runner's clock: information, nothing is decided by it. The experiment's end
   * date is the second of `endedAt`.
   */
  readonly startedAt: string;
  readonly endedAt: string;
  /**
   * The experiment is tried again by the same runner: the lease passes to this new attempt in the same commit. It stays
   * `running` and begins from nothing, or if it was resumed, with what it had then; only the history shows the failure.
   */
  readonly retryAs?: string;
  /** What the attempt consumed; only where the study records emissions. Written with the end, or not at all. */
  readonly emissions?: Emissions;
}

export interface RecordOutcome {
  /**
   * The attempts that hold no lease any more: nothing of them was written. Not those whose end stands in the history
   * already, by an earlier call with the same outcome.
   */
  readonly lost: readonly string[];
  /**
   * The attempts whose values the database refused, with its words: nothing of them was written, their leases stand.
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
 * What a runner at work needs of a repository, and all it uses: claim, heartbeat, record, release, reap. Every argument and
 * answer is plain data. `ExperimentRepository` states the contract.
 */
export interface RunnerProtocol {
  /**
   * Makes a runner `active`; its lease of life runs `leaseSeconds` from now. A known id is left as it is: the dead do
   * not rise.
   */
  register(runner: Runner, leaseSeconds: number): Promise<void>;
  /**
   * Renews it, even if it has expired, and counts. False: it is unknown, gone or was declared dead; nothing it holds is
   * its own any more.
   */
  heartbeat(runnerId: string, leaseSeconds: number): Promise<boolean>;
  /** `active` → `draining`: for others to see. A dead runner does not drain. */
  drain(runnerId: string): Promise<void>;
  /** → `gone`, and for a dead one, too. Throws `STATE_CONFLICT` if it holds leases. */
  deregister(runnerId: string): Promise<void>;
  /**
   * Up to `count` open experiments are now `running` under leases of this runner: lowest ids first, though those opened
   * again since its last claim may come later. A resumed one keeps its start date, results and logs; any other begins from
   * nothing: what earlier attempts reported and logged is gone, also in fields and logtables of the tables that this
   * study does not have. Undefined: the runner is not active any more.
   */
  claim(request: ClaimRequest): Promise<readonly Claimed[] | undefined>;
  /**
   * Inserts this combination as `running` under a lease of this runner. Undefined: it exists already, in any status.
   * Throws `STATE_CONFLICT` if the runner is not active.
   */
  addAndClaim(runnerId: string, keyfields: Row, configuration?: ConfigurationRecord): Promise<Claimed | undefined>;
  /** Results, logs, progress and ends of any number of attempts in one commit; each attempt's wholly or not at all. */
  record(writes: readonly AttemptWrite[]): Promise<RecordOutcome>;
  /**
   * Gives leases back: the experiments are `created` again; or `paused` with all that they had, if they were resumed from
   * it, be it some tries ago. Started ones leave an attempt `released`, others no trace. What is not held any more is passed over.
   */
  release(attempts: readonly (AttemptRef & { readonly startedAt?: string })[], reason: string): Promise<void>;
  /** The leases of a runner, or of everybody, by experiment; the first `limit` of them. */
  leases(runnerId?: string, limit?: number): Promise<readonly Lease[]>;
  /** The same runners, with no more than is needed to watch them: every runner asks at each heartbeat. */
  watchedRunners(): Promise<readonly WatchedRunner[]>;
  /**
   * `dead`, if it is active or draining, its heartbeat counter is still `heartbeats` and its lease has expired (or
   * `ignoreExpiry`). Answers whether it was this call.
   */
  declareDead(runnerId: string, heartbeats: number, ignoreExpiry?: boolean): Promise<boolean>;
  /**
   * Takes the leases of dead and missing runners away, in batches; the experiments are what `release` makes of them, or
   * given up. A dead runner that has none left is `gone`. `lost`
   * attempts that are not superseded count towards `maxAttempts`, nothing else does. Any runner may finish what another
   * began; each lease is in the answer of one call.
   */
  reap(maxAttempts: number): Promise<readonly Reaped[]>;
  close(): Promise<void>;
}
