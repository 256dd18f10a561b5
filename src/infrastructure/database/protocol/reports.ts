import { logtableName } from '../../../domain/study/table-names.ts';
import { resultColumnNames } from '../../../domain/study/table-layout.ts';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { Sql } from '../connection/sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';
import { definitionOf, foldedNames, tableNames } from '../schema/table-definition.ts';

/** An experiment may have logged more than a statement can name. */
const MOST_IDS = 8_192;

/** Where attempts report: columns of the main table, and logtables by their whole names. */
export interface ReportPlaces {
  readonly columns: readonly string[];
  readonly logtables: readonly string[];
}

/** Those of the configuration: all that this process writes to. */
export const configuredPlaces = ({ study }: StudyTables): ReportPlaces => ({
  columns: resultColumnNames(study),
  logtables: study.logtables.map(({ name }) => logtableName(study, name)),
});

/**
 * Those of the database as it is now. A runner with a newer configuration may have added fields and logtables that this
 * process does not know, and an earlier attempt may have reported there.
 */
export const foundPlaces = async (sql: Sql, tables: StudyTables): Promise<ReportPlaces> => {
  const { study, database } = tables;
  const found = await definitionOf(sql, database.dialect, study.table);
  if (!found) throw beingChanged(study.table);
  const names = [...found.columns.keys()];
  const between = names
    .slice(names.indexOf('machine') + 1, names.indexOf('end_date'))
    .filter((name) => found.nullable.has(name));
  const known = configuredPlaces(tables);
  const sqlite = database.dialect.name === 'sqlite';
  const gained = sqlite ? await gainedOnSqlite(sql, tables, names.slice(names.indexOf('error') + 1)) : [];
  const logtables = await (sqlite ? logtablesOnSqlite : logtablesOnMysql)(sql, tables);
  return {
    columns: [...new Set([...known.columns, ...between, ...gained])],
    logtables: [...new Set([...known.logtables, ...logtables])],
  };
};

/** It has been there, so another program has renamed it, perhaps for a moment. */
const beingChanged = (table: string): ExperimenterError =>
  new ExperimenterError(
    'DATABASE_UNREACHABLE',
    `the columns of table ${table} cannot be read now, because another session has renamed the table`,
  );

/**
 * SQLite adds a column behind all others. Those that we add say DEFAULT NULL, unlike most of other people's; the keyfields
 * among them are in the index of the keyfields.
 */
const gainedOnSqlite = async (
  sql: Sql,
  { study }: StudyTables,
  behind: readonly string[],
): Promise<readonly string[]> => {
  if (behind.length === 0) return [];
  const rows = await sql.all(
    `SELECT name FROM pragma_table_info(?)
     WHERE dflt_value = 'NULL' AND name NOT IN (SELECT name FROM pragma_index_info(?) WHERE name IS NOT NULL)`,
    [study.table, `${study.table}.keyfields`],
  );
  const results = new Set(rows.map(([name]) => String(name)));
  for (const { name } of study.keyfields) results.delete(name);
  return behind.filter((name) => results.has(name));
};

/** A logtable refers to the main table and is called after it; the emissions refer to it, too, and are not called so. */
const logtablesOnSqlite = async (sql: Sql, { study }: StudyTables): Promise<readonly string[]> => {
  const prefix = logtableName(study, '');
  const rows = await sql.all(
    `SELECT s.name FROM sqlite_schema s JOIN pragma_foreign_key_list(s.name) f ON f."table" = ? AND f."from" = 'experiment_id'
     WHERE s.type = 'table' AND substr(s.name, 1, ?) = ?`,
    [study.table, prefix.length, prefix],
  );
  return rows.map(([name]) => String(name));
};

const logtablesOnMysql = async (sql: Sql, tables: StudyTables): Promise<readonly string[]> => {
  const { study, database } = tables;
  const { dialect } = database;
  const fold = await foldedNames(sql, dialect);
  const prefix = fold(logtableName(study, ''));
  const known = new Set(configuredPlaces(tables).logtables.map(fold));
  const ours: string[] = [];
  for (const name of await tableNames(sql, dialect)) {
    if (known.has(fold(name)) || !fold(name).startsWith(prefix)) continue;
    const found = await definitionOf(sql, dialect, name);
    if (!found) throw beingChanged(name);
    if (fold(found.references.get('experiment_id') ?? '') === fold(study.table)) ours.push(name);
  }
  return ours;
};

/**
 * These experiments begin again from nothing: whatever an earlier attempt reported or logged goes, so that the results
 * and the log rows of an experiment are always those of one attempt. The experiments are locked already.
 */
export const clearReports = async (
  sql: Sql,
  tables: StudyTables,
  ids: readonly number[],
  { columns, logtables }: ReportPlaces,
): Promise<void> => {
  if (ids.length === 0) return;
  const { idList, quote, byKey } = tables.database.dialect;
  const list = idList(ids);
  if (columns.length > 0) {
    const nothing = columns.map((name) => `${quote(name)} = NULL`).join(', ');
    await sql.run(`UPDATE ${tables.main}${byKey} SET ${nothing} WHERE ID ${list.sql}`, list.parameters);
  }
  for (const name of logtables) await deleteLogs(sql, tables, name, ids);
};

/** The log rows of these experiments behind this id. */
export const deleteLogs = async (
  sql: Sql,
  { database: { dialect } }: StudyTables,
  logtable: string,
  ids: readonly number[],
  after = 0,
): Promise<void> => {
  const table = dialect.quote(logtable);
  const list = dialect.idList(ids);
  // Looked up first, and then deleted by primary key: nobody else adds to them while the experiment is locked. By the
  // experiment alone: with a condition for the id a server might read all that follows it.
  const found = await sql.all(`SELECT ID FROM ${table} WHERE experiment_id ${list.sql}`, list.parameters);
  const rows = found.map(([id]) => Number(id)).filter((id) => id > after);
  for (let from = 0; from < rows.length; from += MOST_IDS)
    await sql.run(dialect.deleteByKey(table, 'ID'), [JSON.stringify(rows.slice(from, from + MOST_IDS))]);
};
