import type { Column } from '../../../domain/values/column.ts';
import type { Sql } from '../connection/sql.ts';
import type { StudyTables } from './study-tables.ts';
import type { TableDefinition } from './table-definition.ts';

/** InnoDB's limits of an index: bytes (four for each character), and columns. */
const MOST_BYTES = 3_072;
const MOST_COLUMNS = 16;

/**
 * Creates the index over the keyfields, with which a fill finds a combination without reading the whole table. The main
 * table gets no other addition here. An index of this name over other keyfields is dropped in the same statement, or in
 * the same transaction.
 */
export const ensureKeyIndex = async (sql: Sql, tables: StudyTables, main: TableDefinition): Promise<void> => {
  const sqlite = tables.database.dialect.name === 'sqlite';
  // Index names are unique in the whole database on SQLite, and in their table on MySQL.
  const has = main.indexes.get(sqlite ? `${tables.study.table}.keyfields` : 'keyfields') ?? [];
  await (sqlite ? ensureOnSqlite : ensureOnMysql)(sql, tables, has);
};

const ensureOnSqlite = async (sql: Sql, tables: StudyTables, has: readonly string[]): Promise<void> => {
  const wanted = tables.study.keyfields.map((column) => column.name);
  if (has.join('\0') === wanted.join('\0')) return;
  if (has.length > 0) await sql.run(`DROP INDEX ${tables.keyIndex}`);
  await sql.run(`CREATE INDEX ${tables.keyIndex} ON ${tables.main} (${tables.keys})`);
};

const ensureOnMysql = async (sql: Sql, tables: StudyTables, has: readonly string[]): Promise<void> => {
  const wanted = indexed(tables.study.keyfields);
  if (has.join('\0') === wanted.map((column) => column.name).join('\0')) return;
  const changes = has.length > 0 ? [`DROP INDEX ${tables.keyIndex}`] : [];
  const change = async (most: number): Promise<void> => {
    const parts = wanted.length > 0 ? [`ADD INDEX ${tables.keyIndex} (${indexParts(tables, wanted, most)})`] : [];
    await sql.run(`ALTER TABLE ${tables.main} ${[...changes, ...parts].join(', ')}`);
  };
  try {
    await change(MOST_BYTES);
  } catch (error) {
    // The row format is older, or the pages are smaller. The error message contains the limit.
    const allowed = /max key length is (\d+)/.exec((error as Error).message)?.[1];
    if (allowed === undefined) throw error;
    await change(Number(allowed));
  }
};

/** MySQL cannot index JSON. Columns that the index does not cover are compared row by row. */
const indexed = (keyfields: readonly Column[]): readonly Column[] =>
  keyfields.filter(({ type }) => type.kind !== 'json').slice(0, MOST_COLUMNS);

/** Whether a fill can find combinations by an index. */
export const hasKeyIndex = (tables: StudyTables): boolean =>
  tables.database.dialect.name === 'sqlite' || indexed(tables.study.keyfields).length > 0;

const indexParts = (tables: StudyTables, columns: readonly Column[], most: number): string => {
  // Text columns share the bytes that the other columns leave. A text column gets at most its own length.
  let bytes = most - columns.filter(({ type }) => type.kind !== 'text').length * 32;
  let texts = columns
    .filter(({ type }) => type.kind === 'text')
    .sort((a, b) => (a.type.length ?? Infinity) - (b.type.length ?? Infinity));
  const prefixes = new Map<string, number>();
  while (texts.length > 0) {
    const [column, ...rest] = texts as [Column, ...Column[]];
    const share = Math.max(1, Math.floor(bytes / texts.length / 4));
    const prefix = Math.min(share, column.type.length ?? share, 255);
    prefixes.set(column.name, prefix);
    bytes -= prefix * 4;
    texts = rest;
  }
  const { quote } = tables.database.dialect;
  return columns
    .map((column) => {
      const prefix = prefixes.get(column.name);
      const whole = prefix === undefined || prefix === column.type.length;
      return quote(column.name) + (whole ? '' : `(${prefix})`);
    })
    .join(', ');
};
