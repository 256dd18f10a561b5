import type { Row } from '../values/column.ts';

/** PyExperimenter's own five words, as the database stores them. */
export const ExperimentStatus = {
  Created: 'created',
  Running: 'running',
  Done: 'done',
  Error: 'error',
  Paused: 'paused',
} as const;
export type ExperimentStatus = (typeof ExperimentStatus)[keyof typeof ExperimentStatus];

export const experimentStatuses: readonly ExperimentStatus[] = Object.values(ExperimentStatus);

/**
 * What the verbs of a repository do to the status of an experiment. A verb leaves an experiment in any other status as it
 * is. The contract suite (`test/contract/repository/transitions.ts`) holds every repository to this table.
 */
export const transitions = {
  /** Makes a lease. From `paused` it resumes: results, log rows and start date stay; otherwise they are cleared. */
  claim: { from: ['created', 'paused'], to: ['running'] },
  /** The end of an attempt. */
  record: { from: ['running'], to: ['done', 'error', 'paused'] },
  /** The end of an attempt that is tried again: the next attempt has the lease at once. */
  retry: { from: ['running'], to: ['running'] },
  /** `paused` if the attempt, or the first of its tries, was resumed. */
  release: { from: ['running'], to: ['created', 'paused'] },
  /** As `release`, or `error` after `maxAttempts` lost attempts. */
  reap: { from: ['running'], to: ['created', 'paused', 'error'] },
  /** Also from `running` without a lease, which PyExperimenter left behind. */
  reset: { from: ['created', 'done', 'error', 'paused'], to: ['created'] },
} as const satisfies Readonly<Record<string, Transition>>;

interface Transition {
  readonly from: readonly ExperimentStatus[];
  readonly to: readonly ExperimentStatus[];
}

type Verb = keyof typeof transitions;

export type StatusBefore<Name extends Verb> = (typeof transitions)[Name]['from'][number];
export type StatusAfter<Name extends Verb> = (typeof transitions)[Name]['to'][number];

/** The statuses an attempt can leave an experiment in. */
export type FinalStatus = StatusAfter<'record'>;

/** What an experiment is made of. */
type ExperimentFields = Pick<Experiment, 'id' | 'keyfields'> & Partial<Omit<Experiment, 'toRow'>>;

/** One row of a study: one combination of keyfields, and its state. Dates are `YYYY-MM-DD HH:MM:SS`. */
export class Experiment {
  readonly id: number;
  readonly keyfields: Row;
  creationDate: string | null = null;
  status: ExperimentStatus = ExperimentStatus.Created;
  startDate: string | null = null;
  /** Of the runner that claimed it last. */
  name: string | null = null;
  machine: string | null = null;
  /** Resultfields, and `<field>_timestamp` where the study has result timestamps; null until reported. */
  results: Row = {};
  endDate: string | null = null;
  error: string | null = null;
  /** Columns of the table that the study does not declare. */
  undeclared: Row | undefined;

  constructor(fields: ExperimentFields) {
    this.id = fields.id;
    this.keyfields = fields.keyfields;
    Object.assign(this, fields);
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
}
