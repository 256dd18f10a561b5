/** `active` → `draining` → `gone`. A runner that does not beat is declared `dead`, and `gone` once its leases are reaped. */
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
