import { isNoTable } from '../mysql/mysql-errors.ts';
import type { Dialect, Sql } from '../connection/sql.ts';

/** The columns of a table in the database: their types by their names. */
export type FoundColumns = ReadonlyMap<string, string>;

/** A table, as the database describes it. */
export interface TableDefinition {
  readonly columns: FoundColumns;
  /** The columns without which no row can be added: they take no NULL, and have no default. */
  readonly needed: ReadonlySet<string>;
  /** The columns that can be set to NULL. */
  readonly nullable: ReadonlySet<string>;
  /** The table that the foreign key of a column refers to. */
  readonly references: ReadonlyMap<string, string>;
  /** The columns of each index. */
  readonly indexes: ReadonlyMap<string, readonly string[]>;
  /** MySQL: what keeps the table; undefined for a view. SQLite has one. */
  readonly engine: string | undefined;
}

/**
 * The definition of a table. Undefined: the database has no table of this name.
 *
 * On MySQL and MariaDB the answer comes from the table itself. Their information schema leaves out a table that another
 * session changes, if the asking session holds any metadata lock, and GET_LOCK is one. `SHOW CREATE TABLE` waits for the
 * change, and only error 1146 says that there is no such table.
 */
export const definitionOf = async (sql: Sql, dialect: Dialect, table: string): Promise<TableDefinition | undefined> =>
  dialect.name === 'sqlite' ? sqliteDefinition(sql, table) : mysqlDefinition(sql, dialect, table);

const sqliteDefinition = async (sql: Sql, table: string): Promise<TableDefinition | undefined> => {
  const columns = await sql.all(
    'SELECT name, type, "notnull" AND dflt_value IS NULL AND pk = 0, NOT "notnull" FROM pragma_table_info(?)',
    [table],
  );
  if (columns.length === 0) return undefined;
  const keys = await sql.all('SELECT "from", "table" FROM pragma_foreign_key_list(?)', [table]);
  const indexed = await sql.all(
    'SELECT list.name, info.name FROM pragma_index_list(?) list, pragma_index_info(list.name) info ORDER BY info.seqno',
    [table],
  );
  const indexes = new Map<string, string[]>();
  for (const [index, column] of indexed)
    indexes.set(String(index), [...(indexes.get(String(index)) ?? []), String(column)]);
  const texts = (rows: typeof columns) => new Map(rows.map((cells) => [String(cells[0]), String(cells[1])]));
  const such = (at: number) =>
    new Set(columns.filter((cells) => Number(cells[at]) === 1).map(([name]) => String(name)));
  return {
    columns: texts(columns),
    needed: such(2),
    nullable: such(3),
    references: texts(keys),
    indexes,
    engine: 'SQLite',
  };
};

const mysqlDefinition = async (sql: Sql, dialect: Dialect, table: string): Promise<TableDefinition | undefined> => {
  try {
    const [row] = await sql.all(`SHOW CREATE TABLE ${dialect.quote(table)}`);
    return parsedDefinition(String(row?.[1]));
  } catch (error) {
    if (isNoTable(error)) return undefined;
    throw error;
  }
};

const NAME = '`((?:[^`]|``)+)`';
const COLUMN = new RegExp(
  `^  ${NAME} (\\w+(?:\\((?:'(?:[^'\\\\]|''|\\\\.)*'|[^()'])*\\))?(?: unsigned)?(?: zerofill)?)`,
  'gm',
);
const INDEX = new RegExp(`^  (?:UNIQUE )?KEY ${NAME} \\((.+)\\)`, 'gm');
const FOREIGN_KEY = new RegExp(`^  CONSTRAINT ${NAME} FOREIGN KEY \\(${NAME}\\) REFERENCES ${NAME} \\(`, 'gm');

/** What follows a column's name, without what users wrote. */
const LINE = new RegExp(`^  ${NAME} (.+)$`, 'gm');
const QUOTED = /'(?:[^'\\]|''|\\.)*'/g;

/** The columns of whose definition this holds. */
const columnsWhere = (text: string, holds: (line: string) => boolean): ReadonlySet<string> =>
  new Set(
    [...text.matchAll(LINE)]
      .filter(([, , line = '']) => holds(line.replaceAll(QUOTED, "''")))
      .map(([, name]) => unquoted(name)),
  );
const GENERATED = / AS \(/;
const DEFAULTS = / (?:DEFAULT|AUTO_INCREMENT)\b/;
const NOT_NULL = / NOT NULL\b/;

const unquoted = (name = ''): string => name.replaceAll('``', '`');

/** What `SHOW CREATE TABLE` says, one part of the definition on each line. */
export const parsedDefinition = (text: string): TableDefinition => ({
  columns: new Map([...text.matchAll(COLUMN)].map(([, name, type]) => [unquoted(name), type ?? ''])),
  needed: columnsWhere(text, (line) => NOT_NULL.test(line) && !DEFAULTS.test(line) && !GENERATED.test(line)),
  nullable: columnsWhere(text, (line) => !NOT_NULL.test(line) && !GENERATED.test(line)),
  references: new Map(
    [...text.matchAll(FOREIGN_KEY)].map(([, , column, table]) => [unquoted(column), unquoted(table)]),
  ),
  indexes: new Map(
    [...text.matchAll(INDEX)].map(([, name, parts = '']) => [
      unquoted(name),
      [...parts.matchAll(new RegExp(NAME, 'g'))].map(([, column]) => unquoted(column)),
    ]),
  ),
  engine: /^\) ENGINE=(\w+)/m.exec(text)?.[1],
});

/** The names of all tables and views. The servers list them without opening any, so none is left out. */
export const tableNames = async (sql: Sql, dialect: Dialect): Promise<readonly string[]> => {
  const rows = await sql.all(
    dialect.name === 'sqlite' ? "SELECT name FROM sqlite_schema WHERE type = 'table'" : 'SHOW TABLES',
  );
  return rows.map((cells) => String(cells[0]));
};

/** Equal for names that are one table: some servers ignore case, and SQLite ignores that of A to Z. */
export type FoldedName = (table: string) => string;

export const foldedNames = async (sql: Sql, dialect: Dialect): Promise<FoldedName> => {
  if (dialect.name === 'sqlite') return (table) => table.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const [row] = await sql.all('SELECT @@lower_case_table_names');
  return Number(row?.[0]) === 0 ? (table) => table : (table) => table.toLowerCase();
};
