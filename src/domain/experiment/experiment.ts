import type { Row } from '../values/column-type.ts';
import { ExperimenterError } from '../errors.ts';

/** PyExperimenter's own five words, as they stand in the database. */
export const ExperimentStatus = {
  Created: 'created',
  Running: 'running',
  Done: 'done',
  Error: 'error',
  Paused: 'paused',
} as const;
export type ExperimentStatus = (typeof ExperimentStatus)[keyof typeof ExperimentStatus];

export const experimentStatuses: readonly ExperimentStatus[] = Object.values(ExperimentStatus);

/** The statuses an attempt can leave an experiment in. */
export type FinalStatus = typeof ExperimentStatus.Done | typeof ExperimentStatus.Error | typeof ExperimentStatus.Paused;

/** One row of a study: one combination of keyfields, and what became of it. Dates are `YYYY-MM-DD HH:MM:SS`. */
export class Experiment {
  readonly id: number;
  readonly keyfields: Row;
  creationDate: string | null;
  status: ExperimentStatus = ExperimentStatus.Created;
  startDate: string | null = null;
  name: string | null = null;
  machine: string | null = null;
  /** Resultfields, and `<field>_timestamp` where the study has result timestamps; null until reported. */
  results: Row;
  endDate: string | null = null;
  error: string | null = null;
  /** Columns of the table that the study does not declare. */
  undeclared: Row | undefined;

  constructor(id: number, keyfields: Row, results: Row = {}, creationDate: string | null = null) {
    this.id = id;
    this.keyfields = keyfields;
    this.results = results;
    this.creationDate = creationDate;
  }

  /**
   * `created` or `paused` → `running`. A resumed experiment keeps its first start date and its results; any other begins
   * from nothing, whatever an earlier attempt reported.
   */
  start(by: { readonly name: string; readonly machine: string; readonly date: string }): void {
    const resumed = this.status === ExperimentStatus.Paused;
    this.#become(ExperimentStatus.Running, [ExperimentStatus.Created, ExperimentStatus.Paused]);
    if (!resumed || this.startDate === null) this.startDate = by.date;
    if (!resumed) this.#forget();
    this.name = by.name;
    this.machine = by.machine;
    this.endDate = null;
    this.error = null;
  }

  /** Partial or final results; the last write wins. */
  report(results: Row): void {
    this.#require('report', [ExperimentStatus.Running]);
    this.results = { ...this.results, ...results };
  }

  /** `running` → `done`, `error` or `paused`. */
  end(status: FinalStatus, date: string, error: string | null): void {
    this.#become(status, [ExperimentStatus.Running]);
    this.endDate = date;
    this.error = error;
  }

  /** Its next attempt begins, by the same runner: from nothing. */
  again(): void {
    this.#require('be tried again', [ExperimentStatus.Running]);
    this.#forget();
  }

  /** `running` → `created`: released, or recovered from a dead runner. Partial results stay until it is started again. */
  reopen(): void {
    this.#become(ExperimentStatus.Created, [ExperimentStatus.Running]);
    this.startDate = null;
    this.name = null;
    this.machine = null;
  }

  /** Any status → `created`, results and error gone; the id and the history of attempts stay. */
  reset(): void {
    this.status = ExperimentStatus.Created;
    this.startDate = this.name = this.machine = this.endDate = this.error = null;
    this.#forget();
  }

  #forget(): void {
    this.results = Object.fromEntries(Object.keys(this.results).map((field) => [field, null]));
  }

  /** Every column by its name, in the table's order. */
  toRow(): Row {
    return {
      ID: this.id,
      ...this.keyfields,
      creation_date: this.creationDate,
      status: this.status,
      start_date: this.startDate,
      name: this.name,
      machine: this.machine,
      ...this.results,
      end_date: this.endDate,
      error: this.error,
      ...this.undeclared,
    };
  }

  #become(status: ExperimentStatus, from: readonly ExperimentStatus[]): void {
    this.#require(`become ${status}`, from);
    this.status = status;
  }

  #require(verb: string, from: readonly ExperimentStatus[]): void {
    if (!from.includes(this.status)) {
      throw new ExperimenterError(
        'STATE_CONFLICT',
        `experiment ${this.id} is ${this.status} and cannot ${verb}: it would have to be ${from.join(' or ')}`,
      );
    }
  }
}
