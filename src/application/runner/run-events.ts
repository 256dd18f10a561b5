import type { Row } from '../../domain/values/column.ts';

/** What a run tells while it goes. `done`, `error`, `timeout` and `paused` are told after they are in the database. */
export interface RunEvent {
  readonly event: 'claimed' | 'done' | 'error' | 'timeout' | 'lost' | 'paused' | 'released' | 'progress';
  readonly id: number;
  readonly attempt: number;
  /** How long the execution took, in milliseconds; absent on `claimed` and `progress`. */
  readonly ms?: number;
  /** It failed, and this run tries it again. */
  readonly again?: true;
  /** It is `done` and has none of the results that the study declares. */
  readonly withoutResults?: true;
  /** First line of the error. */
  readonly message?: string;
  /** Only on `claimed`. */
  readonly keyfields?: Row;
  /** What the experiment says about itself, as JSON text. Only on `progress`, which comes at most four times a second. */
  readonly progress?: string;
}

/** What a run did. */
export interface RunSummary {
  /** Experiments that ended: done, error and paused together. */
  readonly executed: number;
  readonly done: number;
  /** Failures and timeouts. */
  readonly error: number;
  readonly paused: number;
  /** Experiments that are done with none of the results that the study declares. */
  readonly withoutResults: number;
  readonly seconds: number;
  readonly perSecond: number;
}
