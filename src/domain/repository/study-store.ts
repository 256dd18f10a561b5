import type { Alteration, AlterationWishes } from './alteration.ts';
import type { Row } from '../values/column-type.ts';
import type { Selection } from './selection.ts';

/** The configuration that experiments are filled from, its secrets redacted. */
export interface ConfigurationRecord {
  /** Of the text. */
  readonly sha256: string;
  readonly text: string;
}

export interface FillSummary {
  readonly added: number;
  /** Were there already, or came twice. */
  readonly existing: number;
}

/** Something about the database that a user should know, and how to change it. */
export interface Finding {
  /** `error`: the promise does not hold here. `warning`: it holds, but for this. */
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly fix: string;
}

/** The tables of a database that bear names of a study. */
export interface TableNames {
  /** Proved to be the study's own; the main table is the first, if it is there. */
  readonly own: readonly string[];
  /** Not the study's own, and why. */
  readonly others: readonly { readonly name: string; readonly why: string }[];
  /** How many rows the main table and the logtables among its own have; a logtable's are counted to 100,001. */
  readonly rows?: ReadonlyMap<string, number>;
}

/** The tables of a study and what a user changes in them: create, fill, reset, delete, drop. */
export interface StudyStore {
  /**
   * Creates what is missing, adds columns and logtables the study has gained: NULL in old rows, and in keyfields what
   * `defaults` says; a gained keyfield without a default is a mismatch as long as there are rows. Throws
   * `SCHEMA_MISMATCH` before changing anything: also for tables of another study, and for tables with rows whose main
   * table is not there. Drops nothing.
   */
  prepare(defaults?: Row): Promise<void>;
  /**
   * Throws `SCHEMA_MISMATCH` if the main table is there, and one of its columns has another type, or is a keyfield that this
   * study has not; what `prepare` would add is no mismatch, and what the study does not know neither. Changes nothing.
   */
  verify(): Promise<void>;
  /**
   * What has to become of columns so that the study can work on its tables (other types, other cases of names), and what
   * else is wished. Changes nothing. A repository without columns has neither this nor `alter`. Throws `USAGE`, and
   * `SCHEMA_MISMATCH` for wishes by which values would be lost or experiments be the same.
   */
  alterations?(wishes: AlterationWishes): Promise<readonly Alteration[]>;
  /**
   * Does just that, all or nothing of each table. Throws `SCHEMA_MISMATCH` before altering anything if there are values that
   * do not fit, `STATE_CONFLICT` if the columns are not what they were, or, without `force`, if runners live.
   */
  alter?(alterations: readonly Alteration[], force: boolean): Promise<void>;
  /** What `drop` would drop, also where the main table is gone. */
  tables(): Promise<TableNames>;
  /**
   * Drops every table that is proved to be the study's own, logtables of earlier configurations too; answers which. Throws
   * `STATE_CONFLICT` before dropping anything if these are not the `confirmed` ones.
   */
  drop(confirmed?: readonly string[]): Promise<readonly string[]>;
  /**
   * Adds the combinations that are not there yet, as `created`, once each, in their order; also from many processes at
   * once. What is added remembers the configuration; `grid` names what the combinations are all of, for `isFilled`.
   */
  fill(combinations: Iterable<Row>, configuration?: ConfigurationRecord, grid?: string): Promise<FillSummary>;
  /**
   * Whether a fill has found or made all of this grid, and no experiment has come or gone since, whoever added or
   * deleted it: then there is nothing to fill. Keyfields changed by hand go unnoticed. False if that is not known.
   */
  isFilled(grid: string): Promise<boolean>;
  /**
   * What about the database weakens the promise; changes nothing, and needs no tables. Throws `STUDY_INVALID` for tables
   * that are wider than the database takes.
   */
  findings(): Promise<readonly Finding[]>;
  /**
   * The selected experiments are `created` again; ids, logs and history stay, superseded. Those among them under a
   * lease are left alone and counted.
   */
  reset(selection: Selection): Promise<{ readonly reset: number; readonly leased: number }>;
  /**
   * The selected experiments are gone, with results, log rows and history. Those among them under a lease are left
   * alone and counted.
   */
  deleteExperiments(selection: Selection): Promise<{ readonly deleted: number; readonly leased: number }>;
}
