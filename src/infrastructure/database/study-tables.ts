import { type Row, fromStored } from '../../domain/column-type.ts';
import { timestamp } from '../../domain/timestamp.ts';
import {
  type Column,
  companionTableName,
  emissionsTableName,
  logtableName,
  type StudyDefinition,
  timestampColumnName,
} from '../../domain/study.ts';
import { type TablePlan, tablePlans } from './schema.ts';
import type { Cell, Cells, Database } from './sql.ts';

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
  readonly #localTime: boolean;
  readonly #hosts = new Map<string, string>();

  constructor(study: StudyDefinition, database: Database, localTime: boolean) {
    const { quote, name } = database.dialect;
    this.study = study;
    this.database = database;
    this.plans = tablePlans(study, name);
    this.main = quote(study.table);
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
    return this.database.dialect.quote(logtableName(this.study, name));
  }

  /** An instant as it stands in a DATETIME column: UTC, or this machine's time as PyExperimenter writes it. */
  date(at: Date = new Date()): string {
    return timestamp(this.#localTime ? new Date(at.getTime() - at.getTimezoneOffset() * 60_000) : at).slice(0, 19);
  }

  keyfields(cells: Cells, from: number): Row {
    return rowOf(this.study.keyfields, cells, from);
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

/** The values of these columns, which stand at these positions. */
export const rowOf = (columns: readonly Column[], cells: Cells, from: number): Row => {
  const row: Record<string, ReturnType<typeof fromStored>> = {};
  for (const [at, column] of columns.entries()) row[column.name] = fromStored(cells[from + at], column);
  return row;
};

export const textOf = (cell: Cell | undefined): string | null =>
  cell === null || cell === undefined ? null : String(cell);
