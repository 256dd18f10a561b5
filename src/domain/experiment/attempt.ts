/** How an attempt ended. */
export type AttemptOutcome = 'done' | 'error' | 'paused' | 'timeout' | 'lost' | 'released';

/** One execution of one experiment by one runner. Its id is the fencing token of everything it writes. */
export interface AttemptRef {
  readonly experimentId: number;
  readonly attemptId: string;
}

/** A running attempt: the row whose existence is the right to write. */
export class Lease implements AttemptRef {
  readonly experimentId!: number;
  readonly attemptId!: string;
  /** 1, 2, 3 … without gaps for each experiment. */
  readonly number!: number;
  readonly runnerId!: string;
  /** UTC, `YYYY-MM-DD HH:MM:SS.mmm`, by the database's clock. */
  readonly claimedAt!: string;
  /** The last progress that the experiment reported, as JSON text. */
  readonly progress!: string | null;
}

/** An ended attempt: history. Only `superseded` ever changes. Times are UTC, `YYYY-MM-DD HH:MM:SS.mmm`. */
export class Attempt implements AttemptRef {
  readonly experimentId!: number;
  readonly attemptId!: string;
  readonly number!: number;
  readonly runnerId!: string;
  readonly host!: string | null;
  readonly startedAt!: string;
  readonly endedAt!: string;
  readonly outcome!: AttemptOutcome;
  /** The error of a failed attempt, the reason of a lost or released one. */
  readonly detail!: string | null;
  /** The experiment was reset since: this attempt does not count towards `maxAttempts` any more. */
  readonly superseded!: boolean;
}
