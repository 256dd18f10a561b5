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

/** How a study is read. */
export interface Reading {
  /** The tables are only read, as they are. Absent: they are as they are created. */
  readonly found?: FoundTables;
  /** JSON columns give the very text that is stored. */
  readonly jsonText?: boolean;
}

/** A study on a database: its names quoted once, its columns in fixed positions. What every part of the repository works with. */
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
  /** Of PyExperimenter's making, or ours; there only where emissions are recorded, or once were. */
  readonly emissions: string;
  /** The open experiments by id. */
  readonly openIndex: string;
  /** SQLite only: the experiments that are neither open nor done, whatever else their status says. */
  readonly unsettledIndex: string;
  readonly unsettled = "status IS NOT 'created' AND status IS NOT 'done'";
  /** SQLite only: the trigger that keeps PyExperimenter from claiming what is ours (see `guard.ts`). */
  readonly guard: string;
  /** The keyfields of every experiment. */
  readonly keyIndex: string;
  /** The keyfields, for a SELECT. */
  readonly keys: string;
  /** Each resultfield with the quoted columns that a value of it goes to: its own and, where the study has them, its timestamp. */
  readonly resultfields: readonly {
    readonly name: string;
    readonly column: Column;
    readonly quoted: readonly string[];
  }[];
  /** What a column gives back for what it stores. */
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
    // Names of indexes belong to the whole database in SQLite, to their table in MySQL.
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

  /** A table, with NULL in the place of columns that it lacks. */
  #readable(table: string): string {
    const { quote } = this.database.dialect;
    const lacking = this.#found?.lacking.get(table) ?? [];
    if (lacking.length === 0) return quote(table);
    return `(SELECT *, ${lacking.map((name) => `NULL AS ${quote(name)}`).join(', ')} FROM ${quote(table)}) AS ${quote(table)}`;
  }

  /** How a table writes the name of a column; undefined: it lacks it. */
  nameIn(table: string, column: string): string | undefined {
    return this.#found ? this.#found.nameIn(table, column) : column;
  }

  /** Whether there is a table of this kind beside the main one. */
  has(companion: CompanionTable): boolean {
    return this.#found?.names.has(companionTableName(this.study, companion)) ?? true;
  }

  hasLogtable(name: string): boolean {
    return this.#found?.names.has(logtableName(this.study, name)) ?? true;
  }

  /** After the main table's name: read it through this index, if it is there. */
  through(index: string): string {
    const { quote, useIndex } = this.database.dialect;
    const there =
      !this.#found ||
      (!this.#found.lacking.has(this.study.table) && [...this.#found.indexes].some((name) => quote(name) === index));
    return there ? useIndex(index) : '';
  }

  /** An instant as it stands in a DATETIME column: UTC, or this machine's time as PyExperimenter writes it. */
  date(at: Date = new Date()): string {
    return timestamp(this.#localTime ? new Date(at.getTime() - at.getTimezoneOffset() * 60_000) : at).slice(0, 19);
  }

  keyfields(cells: Cells, from: number): Row {
    return this.row(this.study.keyfields, cells, from);
  }

  /** The values of these columns, which stand at these positions. */
  row(columns: readonly Column[], cells: Cells, from: number): Row {
    const row: Record<string, Value> = {};
    for (const [at, column] of columns.entries()) row[column.name] = this.value(cells[from + at], column);
    return row;
  }

  /** What makes rows of values of rows whose first cells are these columns. */
  values(columns: readonly Column[]): (cells: Cells) => Value[] {
    const readers = columns.map((column) => readerOf(column, this.value));
    return (cells) => {
      const values = new Array<Value>(readers.length);
      for (const [at, reader] of readers.entries()) values[at] = reader(cells[at]);
      return values;
    };
  }

  /** Runners come and go, their hosts never change. */
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
