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
  /** It knew the fields that the study gained later, and wrote them. */
  readonly late: boolean;
}

/** What a runner said to be in the database: a line of `run --json`. */
export interface Acknowledged {
  readonly runner: string;
  readonly event: 'done' | 'error' | 'timeout' | 'paused';
  readonly id: number;
  readonly attempt: number;
}

/** What makes a runner end before its time: a signal, or a fault of its own that no later try mends. */
export type Told = 'SIGKILL' | 'SIGTERM' | 'SIGINT' | 'fault';

/** One runner process. */
export interface RunnerProcess {
  readonly name: string;
  readonly pid: number;
  /** On the monotonic clock. */
  readonly endedAt: number;
  readonly code: number | null;
  readonly signal: string | null;
  readonly told: readonly Told[];
  /** When its SQLite file was removed or replaced, on the monotonic clock; null: it was not. */
  readonly fileGoneAt: number | null;
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
  /** The field that the study gained later. */
  readonly late: string | null;
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
  readonly steps: readonly FinalStep[];
  /** Of the logtable that the study gained later. */
  readonly lateSteps: readonly FinalStep[];
  /** Tables that were there once, and are not, or were made again. */
  readonly gone: readonly string[];
}

/** One row of a logtable. */
export interface FinalStep {
  readonly id: number;
  readonly step: number;
  readonly token: string;
}

/** What the nemesis did, in words. */
export interface Deed {
  /** By the wall clock, in milliseconds. */
  readonly date: number;
  readonly text: string;
  /** Null: to the database. */
  readonly pid: number | null;
  /** It gives this runner no reason to lose an attempt. */
  readonly harmless?: boolean;
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
  /** Tables had another name for a moment: who looked for them then may end with an error that says so. */
  readonly renames: boolean;
  /** Of every runner. */
  readonly leaseSeconds: number;
  readonly executions: readonly Execution[];
  readonly acknowledged: readonly Acknowledged[];
  /** Those of them that were said when the runner's SQLite file had been gone for longer than it takes to notice. */
  readonly unfounded: readonly Acknowledged[];
  readonly processes: readonly RunnerProcess[];
  readonly deeds: readonly Deed[];
  readonly tables: FinalTables;
}
