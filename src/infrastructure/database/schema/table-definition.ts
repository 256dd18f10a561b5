import { isNoTable } from '../mysql/mysql-errors.ts';
import type { Dialect, Sql } from '../connection/sql.ts';

/** The columns of an existing table: their types by name. */
export type FoundColumns = ReadonlyMap<string, string>;

/** The definition of a table, as the database reports it. */
export interface TableDefinition {
  readonly columns: FoundColumns;
  /** The columns that every new row must set: they are NOT NULL and have no default. */
  readonly needed: ReadonlySet<string>;
  /** The columns that accept NULL. */
  readonly nullable: ReadonlySet<string>;
  /** The table to which the foreign key of each column refers. */
  readonly references: ReadonlyMap<string, string>;
  /** The columns of each index. */
  readonly indexes: ReadonlyMap<string, readonly string[]>;
  /** MySQL: the storage engine of the table. Undefined: it is a view. SQLite has only one. */
  readonly engine: string | undefined;
}

/**
 * Reads the definition of a table. Undefined: the database has no table of this name.
 *
 * On MySQL and MariaDB the statement reads the table itself. The information schema omits a table that another session
 * is changing, if the reading session holds any metadata lock, and GET_LOCK is one. `SHOW CREATE TABLE` waits for the
 * change, and only error 1146 proves that the table does not exist.
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

/** The definition after a column's name. Quoted texts of users are replaced before it is checked. */
const LINE = new RegExp(`^  ${NAME} (.+)$`, 'gm');
const QUOTED = /'(?:[^'\\]|''|\\.)*'/g;

/** The columns whose definition satisfies `holds`. */
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

/** Parses the answer of `SHOW CREATE TABLE`, which has one part of the definition on each line. */
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

/** The names of all tables and views. The servers list them without opening tables, so the list is complete. */
export const tableNames = async (sql: Sql, dialect: Dialect): Promise<readonly string[]> => {
  const rows = await sql.all(
    dialect.name === 'sqlite' ? "SELECT name FROM sqlite_schema WHERE type = 'table'" : 'SHOW TABLES',
  );
  return rows.map((cells) => String(cells[0]));
};

/** Returns equal names for names of the same table: some servers ignore case, and SQLite ignores the case of A to Z. */
export type FoldedName = (table: string) => string;

export const foldedNames = async (sql: Sql, dialect: Dialect): Promise<FoldedName> => {
  if (dialect.name === 'sqlite') return (table) => table.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const [row] = await sql.all('SELECT @@lower_case_table_names');
  return Number(row?.[0]) === 0 ? (table) => table : (table) => table.toLowerCase();
};
