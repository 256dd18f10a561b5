import type { Attempt, Lease } from '../experiment/attempt.ts';
import type { Runner, RunnerRecord } from '../experiment/runner.ts';
import type { Experiment, ExperimentStatus } from '../experiment/experiment.ts';
import type { StudyDefinition } from '../study/study-definition.ts';
import type { Row, Value } from '../values/column.ts';
import type { RowOrder, Selection } from './selection.ts';
import type { ConfigurationRecord } from './study-store.ts';

/** Where an experiment comes from, and who executed it. */
export interface Provenance {
  /** Undefined: PyExperimenter added it, or a program that gave no configuration. */
  readonly configuration: ConfigurationRecord | undefined;
  /** The runners of its attempts and of its lease, ordered by id, also those that are gone. */
  readonly runners: readonly Runner[];
}

/** Rows as the values of the columns that were asked for, in pages. */
export type ValuePages = AsyncIterable<readonly (readonly Value[])[]>;

export type StatusCounts = Readonly<Record<ExperimentStatus, number>>;

/** All that can be read of a study. Nothing here changes it. */
export interface StudyReader {
  /** Whether the main table exists. Throws `SCHEMA_MISMATCH` if it cannot be read as this study's. */
  exists(): Promise<boolean>;
  /** The lease of one experiment, if it has one. */
  lease(experimentId: number): Promise<Lease | undefined>;
  /** Every registered runner that is not `gone`. */
  runners(): Promise<readonly RunnerRecord[]>;
  /**
   * The study whose columns `list`, `values` and `logs` give. A repository that is opened read-only takes the tables as they
   * are: with the types that the columns have, and with columns that the study does not declare. A missing table is
   * empty, and a missing column is NULL; only the main table must exist.
   */
  readable(): Promise<StudyDefinition>;
  /** How many experiments have each status, of all or of the selected, all at the same moment. */
  counts(selection?: Selection): Promise<StatusCounts>;
  /** How many experiments are `running` without a lease: a PyExperimenter process executes them, or left them behind. */
  foreign(): Promise<number>;
  /**
   * In the order of their ids, in constant memory; in any other order, the ids alone are held in memory. Throws
   * `FIELD_UNKNOWN` for a column that the table does not have.
   */
  list(selection?: Selection, order?: RowOrder): AsyncIterable<Experiment>;
  /**
   * These columns of the selected experiments, a page of rows after the other, in the order of their ids or in another one:
   * what is not asked for is not read. The values are those that `list` gives. Throws `FIELD_UNKNOWN`.
   */
  values(fields: readonly string[], selection?: Selection, order?: RowOrder): ValuePages;
  find(id: number): Promise<Experiment | undefined>;
  /** The ended attempts of an experiment, first to last. */
  attempts(experimentId: number): Promise<readonly Attempt[]>;
  provenance(experimentId: number): Promise<Provenance>;
  /** The ended attempts of all experiments, by experiment and number, in constant memory. */
  history(): AsyncIterable<Attempt>;
  /**
   * These columns of the history (`attemptColumns`), a page of rows after the other, by experiment and number: what is not
   * asked for is not read. The values are those that `history` gives.
   */
  historyValues(fields: readonly string[], experimentId?: number): ValuePages;
  /** The rows of a logtable with `ID`, `experiment_id` and `timestamp`, oldest first. Throws `FIELD_UNKNOWN`. */
  logs(logtable: string, experimentId?: number): AsyncIterable<Row>;
  /**
   * These columns of a logtable, a page of rows after the other, oldest first: what is not asked for is not read. The
   * values are those that `logs` gives. Throws `FIELD_UNKNOWN`.
   */
  logValues(logtable: string, fields: readonly string[], experimentId?: number): ValuePages;
  /**
   * The rows of `<table>_codecarbon` by PyExperimenter's column names, oldest first; they outlive a reset. None where
   * emissions were never recorded, also if the study records them now.
   */
  emissions(experimentId?: number): AsyncIterable<Row>;
  /** Failed experiments grouped by the line that tells their error (`errorLine`, 1,000 characters), most frequent first. */
  errors(
    limit: number,
  ): Promise<readonly { readonly message: string; readonly count: number; readonly exampleId: number }[]>;
}
