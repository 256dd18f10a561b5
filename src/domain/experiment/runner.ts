/** `active` → `draining` → `gone`. A runner without heartbeats is declared `dead`, and is `gone` once its leases are reaped. */
export type RunnerState = 'active' | 'draining' | 'dead' | 'gone';

/** The machine and the code of a runner. null: unknown. */
export interface RunnerFacts {
  /** Version of Node. */
  readonly node: string;
  /** Operating system, its release and the processor's architecture. */
  readonly os: string;
  readonly cpu: string | null;
  readonly cores: number;
  readonly memoryMegabytes: number;
  /** Of the git repository of the experiment function; null: there is none, or see `git`. */
  readonly commit: string | null;
  /** Whether files of that repository, or the function's own, differ from the commit. */
  readonly dirty: boolean | null;
  /** There is a repository, and git refused to read it. */
  readonly git?: 'refused';
}

/** What a runner registers with. */
export class Runner {
  /** UUIDv7. */
  readonly id!: string;
  readonly name!: string;
  readonly host!: string;
  readonly pid!: number;
  readonly workers!: number;
  /** Of ts-experimenter. */
  readonly version!: string;
  readonly facts?: RunnerFacts;
}

/** A registered runner as the database sees it. */
export interface RunnerRecord extends Omit<Runner, 'facts'> {
  readonly state: RunnerState;
  /** UTC by the database's clock. */
  readonly startedAt: string;
  readonly heartbeatAgeSeconds: number;
  /** Incremented by each heartbeat. A runner that watches it needs only its own clock. */
  readonly heartbeats: number;
  /** How long its last heartbeat keeps it alive, as it requested. */
  readonly leaseSeconds: number;
  /** The lease has run out by the database's clock. */
  readonly expired: boolean;
  /** How many leases it has. */
  readonly running: number;
}

/** What is needed to decide whether a runner lives. */
export type WatchedRunner = Pick<RunnerRecord, 'id' | 'state' | 'heartbeats' | 'leaseSeconds' | 'expired'>;
