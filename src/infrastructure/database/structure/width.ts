import { ExperimenterError } from '../../../domain/errors.ts';
import type { StudyDefinition } from '../../../domain/study/study-definition.ts';
import { type MysqlKind, mysqlRow } from './mysql-row.ts';
import { type TablePlan, tablePlans } from '../schema/table-plans.ts';
import type { Sql } from '../connection/sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';
import { definitionOf } from '../schema/table-definition.ts';

/* The maximum width of a table. Databases refuse a wider table with their own message, and only when it is created. */

/** The limits of a server for all tables, and of the engine InnoDB. */
export interface MysqlLimits {
  readonly server: MysqlKind;
  readonly rowBytes: number;
  readonly columns: number;
  /**
   * The limit of the bytes in the page itself. Undefined: the server does not enforce it, or stores rows in an older
   * format.
   */
  readonly pageBytes: number | undefined;
}

/** The limits of SQLite. They are options of its build, and these are the defaults. */
const sqliteDefaults = { columns: 2_000, depth: 1_000 };

/** Throws `STUDY_INVALID` for a table that does not exist yet, and that is too wide for this database. */
export const requireWidth = async (sql: Sql, tables: StudyTables): Promise<void> => {
  const { dialect } = tables.database;
  const problemOf = dialect.name === 'sqlite' ? await sqliteProblems(sql, tables.study) : await mysqlProblems(sql);
  for (const plan of tables.plans) {
    const problem = problemOf(plan);
    if (problem !== undefined && !(await definitionOf(sql, dialect, plan.name))) throw tooWide(plan, problem);
  }
};

/** The same check before the database file exists. */
export const requireSqliteWidth = (study: StudyDefinition): void => {
  for (const plan of tablePlans(study, 'sqlite')) {
    const problem = sqliteProblem(plan, study, sqliteDefaults);
    if (problem !== undefined) throw tooWide(plan, problem);
  }
};

const tooWide = ({ name }: TablePlan, problem: string): ExperimenterError =>
  new ExperimenterError('STUDY_INVALID', `table ${name} is too wide: ${problem}`);

/** The depth of an expression in addition to the keyfields. */
const BESIDE = 10;
const FEWER = 'declare fewer fields, or keep many values in one field of type JSON';
const number = (value: number): string => value.toLocaleString('en');

const sqliteProblem = (
  { columns, kind }: TablePlan,
  { keyfields }: StudyDefinition,
  limits: typeof sqliteDefaults,
): string | undefined => {
  if (columns.length > limits.columns)
    return `it has ${number(columns.length)} columns, SQLite takes ${number(limits.columns)}; ${FEWER}`;
  // A moment may be written in several ways. For each column that allows several, SQLite makes a chain of all other
  // comparisons.
  const chained = keyfields.some(({ type }) => type.kind === 'datetime');
  if (kind === 'main' && chained && keyfields.length > limits.depth - BESIDE)
    return `it has ${number(keyfields.length)} keyfields, DATETIME among them, and SQLite's expressions are at most ${number(limits.depth)} deep; ${FEWER}`;
  return undefined;
};

export const mysqlProblem = ({ columns }: TablePlan, limits: MysqlLimits): string | undefined => {
  if (columns.length > limits.columns)
    return `it has ${number(columns.length)} columns, InnoDB takes ${number(limits.columns)}; ${FEWER}`;
  const row = mysqlRow(columns, limits.server);
  if (row.bytes > limits.rowBytes)
    return `its columns take ${number(row.bytes)} bytes of a row, MySQL and MariaDB take ${number(limits.rowBytes)} (VARCHAR takes 4 bytes a character); make long VARCHARs shorter, or TEXT`;
  if (limits.pageBytes !== undefined && row.pageBytes >= limits.pageBytes)
    return `its columns take ${number(row.pageBytes)} bytes of a page, InnoDB takes less than ${number(limits.pageBytes)} (all of a number, the beginning of a long text); ${FEWER}`;
  return undefined;
};

type ProblemOf = (plan: TablePlan) => string | undefined;

const sqliteProblems = async (sql: Sql, study: StudyDefinition): Promise<ProblemOf> => {
  const rows = await sql.all('SELECT compile_options FROM pragma_compile_options');
  const options = new Map(rows.map(([text]) => String(text).split('=') as [string, string]));
  const limits = {
    columns: Number(options.get('MAX_COLUMN') ?? sqliteDefaults.columns),
    depth: Number(options.get('MAX_EXPR_DEPTH') ?? sqliteDefaults.depth),
  };
  return (plan) => sqliteProblem(plan, study, limits);
};

const mysqlProblems = async (sql: Sql): Promise<ProblemOf> => {
  const [row = []] = await sql.all(
    'SELECT @@innodb_page_size, @@innodb_strict_mode, @@innodb_default_row_format, VERSION()',
  );
  const [pageSize, strict, format, version] = row;
  const insists = Number(strict) === 1 && String(format) === 'dynamic';
  const limits: MysqlLimits = {
    server: /mariadb/i.test(String(version)) ? 'mariadb' : 'mysql',
    rowBytes: 65_535,
    columns: 1_017,
    pageBytes: insists ? recordBytes(Number(pageSize)) : undefined,
  };
  return (plan) => mysqlProblem(plan, limits);
};

/** Half of an empty page, so that two rows fit into a page. A record has at most 16 KiB. */
const recordBytes = (pageSize: number): number => Math.min(Math.floor((pageSize - 132) / 2), 16_382);
