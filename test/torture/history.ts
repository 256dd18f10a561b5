/* What is known of a study under torture when it is over, from three sides that know nothing of each other. */

/** One execution, as the experiment itself wrote it down. Times in milliseconds. */
export interface Execution {
  readonly id: number;
  readonly attempt: number;
  readonly token: string;
  readonly pid: number;
  /** On the machine's monotonic clock, the same for all processes. */
  readonly begin: number;
  /** Null: it never came to its end. */
  readonly end: number | null;
  /** By the wall clock. */
  readonly beganAt: number;
  readonly returns: 'done' | 'error' | 'paused' | null;
}

/** What a runner said to be in the database: a line of `run --json`. */
export interface Acknowledged {
  readonly runner: string;
  readonly event: 'done' | 'error' | 'timeout' | 'paused';
  readonly id: number;
  readonly attempt: number;
}

/** One runner process. */
export interface RunnerProcess {
  readonly name: string;
  readonly pid: number;
  /** On the monotonic clock. */
  readonly endedAt: number;
  readonly code: number | null;
  readonly signal: string | null;
  /** What the nemesis sent it that ends a process. */
  readonly told: readonly ('SIGKILL' | 'SIGTERM')[];
  /** It had to be killed long after it should have ended. */
  readonly hung: boolean;
  /** Last lines. */
  readonly stderr: string;
}

/** The rows of the main table. */
export interface FinalExperiment {
  readonly id: number;
  readonly seed: number;
  readonly status: string;
  readonly attempt: number | null;
  readonly token: string | null;
  /** Reported in mid-run. */
  readonly half: string | null;
  readonly error: string | null;
}

export interface FinalAttempt {
  readonly id: number;
  readonly number: number;
  readonly runnerId: string;
  readonly outcome: string;
  /** Milliseconds by the database's clock. */
  readonly endedAt: number;
  readonly superseded: boolean;
}

export interface FinalTables {
  readonly experiments: readonly FinalExperiment[];
  readonly attempts: readonly FinalAttempt[];
  readonly leases: readonly { readonly id: number; readonly number: number; readonly runnerId: string }[];
  readonly runners: readonly {
    readonly id: string;
    readonly pid: number;
    readonly state: string;
    /** Milliseconds by the database's clock. */
    readonly expiresAt: number;
  }[];
  readonly steps: readonly { readonly id: number; readonly step: number; readonly token: string }[];
}

/** What the nemesis did, in words. */
export interface Deed {
  /** By the wall clock, in milliseconds. */
  readonly date: number;
  readonly text: string;
  /** Null: to the database. */
  readonly pid: number | null;
}

export interface History {
  /** The seeds are 0 to one less. */
  readonly experiments: number;
  readonly maxAttempts: number;
  /** Log rows of an attempt that runs to its end. */
  readonly steps: number;
  /** Experiments that somebody reset: what was acknowledged before may be superseded. */
  readonly reset: ReadonlySet<number>;
  /** The database may have been away when a runner started, or said goodbye. */
  readonly outages: boolean;
  /** The database's clock jumped. Its dates are the machine's all the same; the lengths of leases may be neither's. */
  readonly clockJumps: boolean;
  /** Of every runner. */
  readonly leaseSeconds: number;
  readonly executions: readonly Execution[];
  readonly acknowledged: readonly Acknowledged[];
  readonly processes: readonly RunnerProcess[];
  readonly deeds: readonly Deed[];
  readonly tables: FinalTables;
}
