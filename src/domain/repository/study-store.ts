import type { Alteration, AlterationWishes } from './alteration.ts';
import type { Row } from '../values/column.ts';
import type { Selection } from './selection.ts';

/** The configuration that experiments were filled from, with its secrets masked. */
export interface ConfigurationRecord {
  /** Of the text. */
  readonly sha256: string;
  readonly text: string;
}

export interface FillSummary {
  readonly added: number;
  /** Combinations that were there already, or were given twice. */
  readonly existing: number;
}

/** A weakness of the database, and how to remove it. */
export interface Finding {
  /** `error`: the promise does not hold here. `warning`: it holds, with this restriction. */
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly fix: string;
}

/** The tables of a database that have names of a study. */
export interface TableNames {
  /** The study's own, by their columns and foreign keys; the main table is the first, if it exists. */
  readonly own: readonly string[];
  /** Not the study's own, and why. */
  readonly others: readonly { readonly name: string; readonly why: string }[];
  /** The numbers of rows of the main table and the study's own logtables; a logtable is counted up to 100,001. */
  readonly rows?: ReadonlyMap<string, number>;
}

/** The tables of a study and what a user changes in them: create, fill, reset, delete, drop. */
export interface StudyStore {
  /**
   * Creates missing tables, and adds columns that the study has gained. Old rows get NULL, or for a keyfield the value of
   * `defaults`; a new keyfield without a default is a mismatch as long as there are rows. Throws `SCHEMA_MISMATCH` before
   * it changes anything, also for tables of another study, and for tables with rows whose main table is missing. Drops
   * nothing.
   */
  prepare(defaults?: Row): Promise<void>;
  /**
   * Throws `SCHEMA_MISMATCH` if a column of the main table has another type, or is a keyfield that this study does not
   * have. Columns that `prepare` would add are no mismatch, nor are columns that the study does not declare. A missing
   * table is none, either. Changes nothing.
   */
  verify(): Promise<void>;
  /**
   * The alterations of columns that the study needs (other types, other case of names), and those that the user wishes.
   * Changes nothing. A repository without columns has neither this nor `alter`. Throws `USAGE`, and `SCHEMA_MISMATCH` for
   * wishes that would lose values or make two experiments the same.
   */
  alterations?(wishes: AlterationWishes): Promise<readonly Alteration[]>;
  /**
   * Makes these alterations: all of a table, or none. Throws before it alters anything: `SCHEMA_MISMATCH` if there are values
   * that do not fit, `STATE_CONFLICT` if the columns have changed since or, without `force`, if a runner lives.
   */
  alter?(alterations: readonly Alteration[], force: boolean): Promise<void>;
  /** What `drop` would drop, also if the main table is missing. */
  tables(): Promise<TableNames>;
  /**
   * Drops the study's own tables, with logtables of earlier configurations, and answers which. Throws `STATE_CONFLICT`
   * before it drops anything if these tables are not the `confirmed` ones.
   */
  drop(confirmed?: readonly string[]): Promise<readonly string[]>;
  /**
   * Adds the combinations that are missing, once each, as `created`, in their order. Many processes may fill at once. New
   * experiments keep a reference to the configuration. `grid` identifies the whole set of combinations, for `isFilled`.
   */
  fill(combinations: Iterable<Row>, configuration?: ConfigurationRecord, grid?: string): Promise<FillSummary>;
  /**
   * Whether a fill found or made every combination of this grid, and no experiment was added or deleted since, by any
   * program. Then there is nothing to fill. A keyfield that was changed by hand is not noticed. False also means: not known.
   */
  isFilled(grid: string): Promise<boolean>;
  /**
   * What weakens the promise on this database. Changes nothing, and needs no tables. Throws `STUDY_INVALID` if a table would
   * be wider than the database allows.
   */
  findings(): Promise<readonly Finding[]>;
  /**
   * Makes the selected experiments `created` again. Ids and log rows stay; attempts stay and are marked as superseded.
   * Experiments with a lease are left as they are, and counted.
   */
  reset(selection: Selection): Promise<{ readonly reset: number; readonly leased: number }>;
  /**
   * Deletes the selected experiments, with results, log rows and history. Experiments with a lease are left as they are,
   * and counted.
   */
  deleteExperiments(selection: Selection): Promise<{ readonly deleted: number; readonly leased: number }>;
}
