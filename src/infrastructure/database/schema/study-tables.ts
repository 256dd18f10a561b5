import type { Column, Row, Value } from '../../../domain/values/column.ts';
import { fromStored, readerOf, textFromStored } from '../../../domain/values/stored-value.ts';
import {
  type CompanionTable,
  companionTableName,
  emissionsTableName,
  logtableName,
} from '../../../domain/study/table-names.ts';
import type { StudyDefinition } from '../../../domain/study/study-definition.ts';
import { timestampColumnName } from '../../../domain/study/table-layout.ts';
import { timestamp } from '../../../domain/values/date-column.ts';
import type { FoundTables } from './found-tables.ts';
import { type TablePlan, tablePlans } from './table-plans.ts';
import type { Cell, Cells, Database } from '../connection/sql.ts';

/** Options for reading a study. */
export interface Reading {
  /** The tables are only read, as they exist. Absent: the tables are as `prepare` creates them. */
  readonly found?: FoundTables;
  /** JSON columns return the stored text. */
  readonly jsonText?: boolean;
}

/** A study on a database: quoted names, and columns in fixed positions. Every part of the repository uses it. */
export class StudyTables {
  readonly study: StudyDefinition;
  readonly database: Database;
  readonly plans: readonly TablePlan[];
  readonly main: string;
  readonly runners: string;
  readonly leases: string;
  readonly attempts: string;
  readonly fills: string;
  readonly grids: string;
  /**
   * The emissions table, created by PyExperimenter or ts-experimenter. It exists only if the study records or once
   * recorded emissions.
   */
  readonly emissions: string;
  /** The index of the open experiments by id. */
  readonly openIndex: string;
  /** SQLite only: the index of the experiments whose status is neither `created` nor `done`. */
  readonly unsettledIndex: string;
  readonly unsettled = "status IS NOT 'created' AND status IS NOT 'done'";
  /**
   * SQLite only: the trigger that prevents PyExperimenter from claiming leased experiments (see
   * `pyexperimenter-trigger.ts`).
   */
  readonly guard: string;
  /** The index over the keyfields of all experiments. */
  readonly keyIndex: string;
  /** The keyfields as a list for a SELECT. */
  readonly keys: string;
  /** Each resultfield with its quoted columns: its own column and, if the study has them, its timestamp column. */
  readonly resultfields: readonly {
    readonly name: string;
    readonly column: Column;
    readonly quoted: readonly string[];
  }[];
  /** Converts a stored value to the value of its column. */
  readonly value: typeof fromStored;
  readonly #localTime: boolean;
  readonly #found: FoundTables | undefined;
  readonly #hosts = new Map<string, string>();

  constructor(study: StudyDefinition, database: Database, localTime: boolean, reading: Reading = {}) {
    const { quote, name } = database.dialect;
    this.study = study;
    this.database = database;
    this.#found = reading.found;
    this.value = reading.jsonText === true ? textFromStored : fromStored;
    this.plans = tablePlans(study, name);
    this.main = this.#readable(study.table);
    this.runners = quote(companionTableName(study, 'runners'));
    this.leases = quote(companionTableName(study, 'leases'));
    this.attempts = quote(companionTableName(study, 'attempts'));
    this.fills = quote(companionTableName(study, 'fills'));
    this.grids = quote(companionTableName(study, 'grids'));
    this.emissions = quote(emissionsTableName(study));
    // Index names are unique in the whole database on SQLite, and in their table on MySQL.
    const index = (what: string) => quote(name === 'sqlite' ? `${study.table}.${what}` : what);
    this.openIndex = index('open');
    this.unsettledIndex = index('unsettled');
    this.guard = index('guard');
    this.keyIndex = index('keyfields');
    this.keys = study.keyfields.map((column) => quote(column.name)).join(', ');
    this.resultfields = study.resultfields.map((column) => ({
      name: column.name,
      column,
      quoted: [column.name, ...(study.resultTimestamps ? [timestampColumnName(column.name)] : [])].map(quote),
    }));
    this.#localTime = localTime;
  }

  logtable(name: string): string {
    return this.#readable(logtableName(this.study, name));
  }

  /** A table, with NULL for each column that it does not have. */
  #readable(table: string): string {
    const { quote } = this.database.dialect;
    const lacking = this.#found?.lacking.get(table) ?? [];
    if (lacking.length === 0) return quote(table);
    return `(SELECT *, ${lacking.map((name) => `NULL AS ${quote(name)}`).join(', ')} FROM ${quote(table)}) AS ${quote(table)}`;
  }

  /** The spelling of a column's name in a table. Undefined: the table does not have the column. */
  nameIn(table: string, column: string): string | undefined {
    return this.#found ? this.#found.nameIn(table, column) : column;
  }

  /** Whether the companion table of this kind exists. */
  has(companion: CompanionTable): boolean {
    return this.#found?.names.has(companionTableName(this.study, companion)) ?? true;
  }

  hasLogtable(name: string): boolean {
    return this.#found?.names.has(logtableName(this.study, name)) ?? true;
  }

  /** An index hint to write after the main table's name. Empty if the index does not exist. */
  through(index: string): string {
    const { quote, useIndex } = this.database.dialect;
    const there =
      !this.#found ||
      (!this.#found.lacking.has(this.study.table) && [...this.#found.indexes].some((name) => quote(name) === index));
    return there ? useIndex(index) : '';
  }

  /** An instant in the form of a DATETIME column: UTC, or this machine's local time as PyExperimenter writes it. */
  date(at: Date = new Date()): string {
    return timestamp(this.#localTime ? new Date(at.getTime() - at.getTimezoneOffset() * 60_000) : at).slice(0, 19);
  }

  keyfields(cells: Cells, from: number): Row {
    return this.row(this.study.keyfields, cells, from);
  }

  /** The values of these columns, which start at position `from` of the cells. */
  row(columns: readonly Column[], cells: Cells, from: number): Row {
    const row: Record<string, Value> = {};
    for (const [at, column] of columns.entries()) row[column.name] = this.value(cells[from + at], column);
    return row;
  }

  /** Returns a function that converts cells to values. The first cells of a row are these columns. */
  values(columns: readonly Column[]): (cells: Cells) => Value[] {
    const readers = columns.map((column) => readerOf(column, this.value));
    return (cells) => {
      const values = new Array<Value>(readers.length);
      for (const [at, reader] of readers.entries()) values[at] = reader(cells[at]);
      return values;
    };
  }

  /**
   * Remembers the host of a runner, which never changes. The map is cleared above 10,000 entries, because runners are
   * not removed from it.
   */
  rememberHost(runnerId: string, host: string): void {
    if (this.#hosts.size > 10_000) this.#hosts.clear();
    this.#hosts.set(runnerId, host);
  }

  hostOf(runnerId: string): string | undefined {
    return this.#hosts.get(runnerId);
  }
}

export const textOf = (cell: Cell | undefined): string | null =>
  cell === null || cell === undefined ? null : String(cell);
