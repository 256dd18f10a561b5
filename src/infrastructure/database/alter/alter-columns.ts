import { type Alteration, requireFit, requireNoneLives } from '../../../domain/repository/alteration.ts';
import type { StoredValue } from '../../../domain/values/column.ts';
import { companionTableName } from '../../../domain/study/table-names.ts';
import { ExperimenterError } from '../../../domain/errors.ts';
import { alterableTables } from './alterations.ts';
import { keyColumns, nameIn, undeclaredColumns } from '../structure/column-differences.ts';
import { type Conversion, conversionOf, converter, valuePages } from './conversion.ts';
import { isType } from '../schema/found-type.ts';
import { isAway, isContention, isDefinitionRace } from '../mysql/mysql-errors.ts';
import type { Runners } from '../repositories/runners.ts';
import type { ColumnPlan } from '../schema/table-plans.ts';
import type { Session, Sql } from '../connection/sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';
import { definitionOf, type TableDefinition } from '../schema/table-definition.ts';

/** An alteration that is not yet done. */
type Due = Alteration & Pick<Conversion, 'plan' | 'found'> & { readonly field: ColumnPlan | undefined };

/**
 * Alters columns as `plannedAlterations` has planned. No other function drops columns, and only `fill --alter` and the
 * method of that name call it. Everything is checked again before the first alteration. On SQLite everything is one
 * transaction, on MySQL one statement for each table. Alterations that are already done are skipped: the answer to an
 * earlier call may have been lost.
 */
export const alterColumns = async (
  session: Session,
  tables: StudyTables,
  runners: Runners,
  alterations: readonly Alteration[],
  force: boolean,
): Promise<void> =>
  session.transaction(async (sql) => {
    const { dialect } = tables.database;
    if (!force && (await definitionOf(sql, dialect, companionTableName(tables.study, 'runners'))))
      requireNoneLives(await runners.recordsWithin());
    const altered = await alterableTables(sql, tables);
    const due: Due[] = [];
    for (const alteration of alterations) {
      const one = altered.find(({ plan }) => plan.name === alteration.table);
      const field = one?.plan.columns.find((column) => column.field && column.name === alteration.becomes?.name);
      if (one && isDone(alteration, one.found)) continue;
      const next: Due | undefined = one && { ...alteration, ...one, field };
      if (!next || !isAllowed(next, tables)) {
        throw new ExperimenterError(
          'STATE_CONFLICT',
          `column ${alteration.column} of ${alteration.table} is not what it was, or is not the study's to alter: nothing was altered, look again`,
        );
      }
      due.push({ ...next, ...(isRetyped(next) && (await conversionOf(sql, tables, next))) });
    }
    requireFit(due);
    for (const table of new Set(due.map((one) => one.table))) {
      const those = due.filter((one) => one.table === table);
      try {
        await (dialect.name === 'sqlite' ? alterOnSqlite : alterOnMysql)(sql, tables, those);
      } catch (error) {
        throw isRefused(error) ? refused(table, error) : error;
      }
    }
  });

const isRetyped = (due: Due): due is Due & { readonly field: ColumnPlan } => due.becomes?.retyped === true;

const isDone = ({ column, becomes }: Alteration, { columns }: TableDefinition): boolean => {
  if (!becomes) return !columns.has(column);
  const type = columns.get(becomes.name);
  if (type === undefined || (becomes.retyped && !isType(type, becomes.type))) return false;
  return becomes.name === column || !columns.has(column);
};

/** Columns that the configuration does not declare, and its fields, may be altered. Other columns may not. */
const isAllowed = ({ plan, found, column, type, becomes, field }: Due, { database }: StudyTables): boolean => {
  if (found.columns.get(column) !== type) return false;
  const undeclared = undeclaredColumns(plan, found, database.dialect).has(column);
  if (!becomes) return undeclared;
  return field?.type === becomes.type && (undeclared || nameIn(found, database.dialect, becomes.name) === column);
};

const alterOnMysql = async (sql: Sql, tables: StudyTables, due: readonly Due[]): Promise<void> => {
  const [first] = due;
  if (!first) return;
  const { plan, found } = first;
  const { quote } = tables.database.dialect;
  const clauses = due.flatMap(({ column, becomes }) => {
    if (!becomes) return [`DROP COLUMN ${quote(column)}`];
    const change = becomes.retyped
      ? `CHANGE COLUMN ${quote(column)} ${quote(becomes.name)} ${becomes.type} DEFAULT NULL`
      : `RENAME COLUMN ${quote(column)} TO ${quote(becomes.name)}`;
    return becomes.replaces ? [`DROP COLUMN ${quote(becomes.name)}`, change] : [change];
  });
  // An index with a prefix of a text is invalid for a number. The next start creates the index again.
  const keys = plan.kind === 'main' && found.indexes.has('keyfields') ? keyColumns(found, tables) : new Set<string>();
  if (due.some(({ column, becomes }) => keys.has(column) && becomes?.retyped !== false))
    clauses.unshift(`DROP INDEX ${tables.keyIndex}`);
  await sql.run(`ALTER TABLE ${quote(plan.name)} ${clauses.join(', ')}`);
};

/** A retyped column becomes the last column, like a column that a start adds. */
const alterOnSqlite = async (sql: Sql, tables: StudyTables, due: readonly Due[]): Promise<void> => {
  const { quote } = tables.database.dialect;
  for (const alteration of due) {
    const { column, becomes } = alteration;
    const table = quote(alteration.table);
    if (becomes?.replaces) await dropOnSqlite(sql, tables, alteration.table, becomes.name);
    if (!isRetyped(alteration)) {
      if (becomes) await sql.run(`ALTER TABLE ${table} RENAME COLUMN ${quote(column)} TO ${quote(becomes.name)}`);
      else await dropOnSqlite(sql, tables, alteration.table, column);
      continue;
    }
    const fresh = `ts-experimenter ${column}`;
    await sql.run(`ALTER TABLE ${table} ADD COLUMN ${quote(fresh)} ${alteration.field.type} DEFAULT NULL`);
    const convert = converter(alteration);
    for await (const page of valuePages(sql, tables, alteration)) {
      const rows = page.map(([id, stored]): StoredValue[] => [convert(stored).value, Number(id)]);
      await sql.update(table, [quote(fresh)], 'ID', rows);
    }
    const indexes = await dropOnSqlite(sql, tables, alteration.table, column);
    await sql.run(`ALTER TABLE ${table} RENAME COLUMN ${quote(fresh)} TO ${quote(column)}`);
    for (const index of indexes) await sql.run(index);
    if (alteration.field.name !== column)
      await sql.run(`ALTER TABLE ${table} RENAME COLUMN ${quote(column)} TO ${quote(alteration.field.name)}`);
  }
};

/** Drops a column with the indexes that include it. Returns the statements that create these indexes again. */
const dropOnSqlite = async (
  sql: Sql,
  tables: StudyTables,
  table: string,
  column: string,
): Promise<readonly string[]> => {
  const { quote } = tables.database.dialect;
  const indexes = await sql.all(
    `SELECT s.name, s.sql FROM sqlite_schema s WHERE s.type = 'index' AND s.sql IS NOT NULL AND lower(s.tbl_name) = lower(?)
       AND EXISTS (SELECT 1 FROM pragma_index_info(s.name) WHERE name = ?)`,
    [table, column],
  );
  for (const [name] of indexes) await sql.run(`DROP INDEX ${quote(String(name))}`);
  await sql.run(`ALTER TABLE ${quote(table)} DROP COLUMN ${quote(column)}`);
  return indexes.map(([, statement]) => String(statement));
};

/** Whether the database refused the statement itself, because of a constraint, a view or a trigger of the user. */
const isRefused = (error: unknown): boolean => {
  const { code } = error as { readonly code?: unknown };
  if (code === 'SQLITE_ERROR') return true;
  const named = typeof code === 'string' && code.startsWith('ER_');
  return named && !isAway(error) && !isContention(error) && !isDefinitionRace(error);
};

const refused = (table: string, error: unknown): ExperimenterError =>
  new ExperimenterError(
    'SCHEMA_MISMATCH',
    `table ${table} cannot be altered: ${(error as Error).message}; the table is as it was. ` +
      'If an index, a constraint, a trigger or a view of your own is in the way, remove that first',
    { cause: error },
  );
