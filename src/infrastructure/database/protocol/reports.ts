import { logtableName } from '../../../domain/study/table-names.ts';
import { resultColumnNames } from '../../../domain/study/table-layout.ts';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { Sql } from '../connection/sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';
import { definitionOf, foldedNames, tableNames } from '../schema/table-definition.ts';

/** Maximum ids in one statement. An experiment may have more log rows. */
const MOST_IDS = 8_192;

/** The places to which attempts report: columns of the main table, and logtables by their full names. */
export interface ReportPlaces {
  readonly columns: readonly string[];
  readonly logtables: readonly string[];
}

/** The places of the configuration. This process writes to no others. */
export const configuredPlaces = ({ study }: StudyTables): ReportPlaces => ({
  columns: resultColumnNames(study),
  logtables: study.logtables.map(({ name }) => logtableName(study, name)),
});

/**
 * The places that the database has now. A runner with a newer configuration may have added fields and logtables that
 * this process does not know. An earlier attempt may have reported there.
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

/** The table existed before, so another program has renamed it, perhaps for a moment. */
const beingChanged = (table: string): ExperimenterError =>
  new ExperimenterError(
    'DATABASE_UNREACHABLE',
    `the columns of table ${table} cannot be read now, because another session has renamed the table`,
  );

/**
 * SQLite adds a column after all others. The columns that this project adds have DEFAULT NULL, unlike most columns that
 * other programs add. Keyfields among them are in the keyfield index.
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

/**
 * A logtable references the main table and is named `<table>__<logtable>`. The emissions table references the main
 * table too, but has another form of name.
 */
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
 * Deletes all that earlier attempts of these experiments reported or logged, because they begin again. So the results
 * and the log rows of an experiment always belong to one attempt. The experiments are locked already.
 */
export const clearReports = async (
  sql: Sql,
  tables: StudyTables,
  ids: readonly number[],
  { columns, logtables }: ReportPlaces,
): Promise<void> => {
  if (ids.length === 0) return;
  const { idList, quote, primaryKeyHint: byKey } = tables.database.dialect;
  const list = idList(ids);
  if (columns.length > 0) {
    const nothing = columns.map((name) => `${quote(name)} = NULL`).join(', ');
    await sql.run(`UPDATE ${tables.main}${byKey} SET ${nothing} WHERE ID ${list.sql}`, list.parameters);
  }
  for (const name of logtables) await deleteLogs(sql, tables, name, ids);
};

/** Deletes the log rows of these experiments with an id above `after`. */
export const deleteLogs = async (
  sql: Sql,
  { database: { dialect } }: StudyTables,
  logtable: string,
  ids: readonly number[],
  after = 0,
): Promise<void> => {
  const table = dialect.quote(logtable);
  const list = dialect.idList(ids);
  // Reads the ids first and deletes by primary key: no other transaction adds log rows while the experiment is locked.
  // The read has no condition on the id: with one, a server might read all rows after that id.
  const found = await sql.all(`SELECT ID FROM ${table} WHERE experiment_id ${list.sql}`, list.parameters);
  const rows = found.map(([id]) => Number(id)).filter((id) => id > after);
  for (let from = 0; from < rows.length; from += MOST_IDS)
    await sql.run(dialect.deleteByKey(table, 'ID'), [JSON.stringify(rows.slice(from, from + MOST_IDS))]);
};
