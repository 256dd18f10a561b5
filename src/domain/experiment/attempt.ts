/** How an attempt ended. */
export type AttemptOutcome = 'done' | 'error' | 'paused' | 'timeout' | 'lost' | 'released';

/** One execution of one experiment by one runner. Its id is the fencing token of everything it writes. */
export interface AttemptRef {
  readonly experimentId: number;
  readonly attemptId: string;
}

/** A running attempt: the row whose existence is the right to write. */
export interface Lease extends AttemptRef {
  /** 1, 2, 3 … without gaps for each experiment. */
  readonly number: number;
  readonly runnerId: string;
  /** UTC, `YYYY-MM-DD HH:MM:SS.mmm`, by the database's clock. */
  readonly claimedAt: string;
  /** What the experiment last said about itself, as JSON text. */
  readonly progress: string | null;
}

/** An ended attempt: history, never changed but for `superseded`. Times are UTC, `YYYY-MM-DD HH:MM:SS.mmm`. */
export interface Attempt extends AttemptRef {
  readonly number: number;
  readonly runnerId: string;
  readonly host: string | null;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly outcome: AttemptOutcome;
  /** The error of a failed attempt, the reason of a lost or released one. */
  readonly detail: string | null;
  /** The experiment was reset since: this attempt counts towards no limit any more. */
  readonly superseded: boolean;
}

export type RunnerState = 'active' | 'draining' | 'dead' | 'gone';

/** What a runner runs on and from; null: not to be known. */
export interface RunnerFacts {
  /** Version of Node. */
  readonly node: string;
  /** Operating system, its release and the processor's architecture. */
  readonly os: string;
  readonly cpu: string | null;
  readonly cores: number;
  readonly memoryMegabytes: number;
  /** Of the repository that the experiment function lies in; null: there is none, or see `git`. */
  readonly commit: string | null;
  /** Whether files of that repository, or the function's own, differ from the commit. */
  readonly dirty: boolean | null;
  /** There is a repository, and git refused to look at it. */
  readonly git?: 'refused';
}

/** What a runner says of itself when it registers. */
export interface Runner {
  /** UUIDv7. */
  readonly id: string;
  readonly name: string;
  readonly host: string;
  readonly pid: number;
  readonly workers: number;
  /** Of ts-experimenter. */
  readonly version: string;
  readonly facts?: RunnerFacts;
}

/** A registered runner as the database sees it. */
export interface RunnerRecord extends Omit<Runner, 'facts'> {
  readonly state: RunnerState;
  /** UTC by the database's clock. */
  readonly startedAt: string;
  readonly heartbeatAgeSeconds: number;
  /** Counts up with each heartbeat: who watches it needs no clock but its own. */
  readonly heartbeats: number;
  /** For how long its last heartbeat keeps it alive: what it asked for. */
  readonly leaseSeconds: number;
  /** The lease has run out by the database's clock. */
  readonly expired: boolean;
  /** Leases it holds. */
  readonly running: number;
}

/** What of a runner tells whether it lives. */
export type WatchedRunner = Pick<RunnerRecord, 'id' | 'state' | 'heartbeats' | 'leaseSeconds' | 'expired'>;
