import type { ColumnType } from './column-type.ts';

/** One user-named column. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** A table that experiments append rows to; in the database `<table>__<name>`. */
export interface Logtable {
  readonly name: string;
  readonly columns: readonly Column[];
}

/** The shape of a study: plain data, so that it crosses threads. The grid of values is apart (parameter-grid.ts). */
export interface StudyDefinition {
  readonly table: string;
  readonly keyfields: readonly Column[];
  readonly resultfields: readonly Column[];
  /** Whether each resultfield is followed by a column `<field>_timestamp`. */
  readonly resultTimestamps: boolean;
  readonly logtables: readonly Logtable[];
}
