import type { Sql } from './sql.ts';
import { guardStatement } from './guard.ts';
import { ensureKeyIndex } from './key-index.ts';
import { type Row, toStored } from '../../domain/column-type.ts';
import { ExperimenterError } from '../../domain/errors.ts';
import { type Column, logtableName } from '../../domain/study.ts';
import type { TablePlan } from './schema.ts';
import { compareStructure, foundColumns, type Gain } from './structure.ts';
import type { StudyTables } from './study-tables.ts';

/** The statements that create a table, by the ORM's schema generator. */
export type CreateStatements = (table: string) => Promise<readonly string[]>;

/** Creates what is missing; everything is compared before anything is changed. */
export const prepare = async (
  sql: Sql,
  tables: StudyTables,
  createStatements: CreateStatements,
  defaults: Row,
): Promise<void> => {
  const { dialect } = tables.database;
  const { missing, gains } = await compareStructure(sql, dialect, tables.plans);
  await requireDefaults(sql, tables, gains, defaults);
  const anew = missing.some(({ kind }) => kind === 'main');
  if (anew) {
    // PyExperimenter drops the main table alone: what is left of that study would be taken for this one's history.
    await sql.run(`DROP TABLE IF EXISTS ${tables.emissions}`);
    for (const plan of tables.plans.toReversed()) await sql.run(`DROP TABLE IF EXISTS ${dialect.quote(plan.name)}`);
  }
  for (const plan of anew ? tables.plans : missing) {
    for (const statement of await createStatements(plan.name)) await sql.run(statement);
  }
  for (const gain of gains) await addColumns(sql, tables, gain, defaults);
  await ensureIndexes(sql, tables);
};

/** What experiments were there before a keyfield was: nobody but the user knows which value they stand for. */
const requireDefaults = async (sql: Sql, tables: StudyTables, gains: readonly Gain[], defaults: Row): Promise<void> => {
  const gained = gainedKeyfields(tables, gains).filter(({ name }) => defaults[name] === undefined);
  if (gained.length === 0 || (await sql.all(`SELECT 1 FROM ${tables.main} LIMIT 1`)).length === 0) return;
  throw new ExperimenterError(
    'SCHEMA_MISMATCH',
    gained
      .map(
        ({ name }) =>
          `table ${tables.study.table} has experiments, but no column ${name}: say what they stand for in table.keyfields.${name}.default (null is allowed)`,
      )
      .join('\n'),
  );
};

const gainedKeyfields = ({ study }: StudyTables, gains: readonly Gain[]): readonly Column[] => {
  const names = gains
    .filter(({ plan }) => plan.kind === 'main')
    .flatMap(({ columns }) => columns.map(({ name }) => name));
  return study.keyfields.filter(({ name }) => names.includes(name));
};

const addColumns = async (sql: Sql, tables: StudyTables, gain: Gain, defaults: Row): Promise<void> => {
  const { plan, columns } = gain;
  const { quote, name } = tables.database.dialect;
  for (const column of columns) {
    const before = plan.columns[plan.columns.indexOf(column) - 1];
    const place = name === 'mysql' && before ? ` AFTER ${quote(before.name)}` : '';
    await sql.run(
      `ALTER TABLE ${quote(plan.name)} ADD COLUMN ${quote(column.name)} ${column.type} DEFAULT NULL${place}`,
    );
  }
  for (const column of gainedKeyfields(tables, [gain])) {
    const value = toStored(defaults[column.name], column);
    if (value !== null) await sql.run(`UPDATE ${tables.main} SET ${quote(column.name)} = ?`, [value]);
  }
};

/** Indexes, and a trigger on SQLite, are all that is added to the main table, and to one that PyExperimenter made. */
const ensureIndexes = async (sql: Sql, tables: StudyTables): Promise<void> => {
  const { dialect } = tables.database;
  await ensureKeyIndex(sql, tables);
  if (dialect.name === 'sqlite') {
    // Only what is open and what is neither open nor done: most experiments are done most of the time, and cost nothing here.
    await sql.run(`CREATE INDEX IF NOT EXISTS ${tables.openIndex} ON ${tables.main} (ID) WHERE status = 'created'`);
    await sql.run(
      `CREATE INDEX IF NOT EXISTS ${tables.unsettledIndex} ON ${tables.main} (status) WHERE ${tables.unsettled}`,
    );
    await sql.run(guardStatement(tables));
    return;
  }
  const found = await sql.all(
    "SELECT 1 FROM INFORMATION_SCHEMA.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND INDEX_NAME = 'open' LIMIT 1",
    [tables.study.table],
  );
  if (found.length === 0) await sql.run(`CREATE INDEX ${tables.openIndex} ON ${tables.main} (status, ID)`);
};

/** Drops every table of the study, those that refer to others first; also logtables that the configuration has forgotten. */
export const drop = async (sql: Sql, tables: StudyTables): Promise<void> => {
  const { quote } = tables.database.dialect;
  const forgotten = await forgottenLogtables(sql, tables);
  const names = [...forgotten, ...tables.plans.toReversed().map(({ name }) => name)];
  await sql.run(`DROP TABLE IF EXISTS ${tables.emissions}`);
  for (const name of names) await sql.run(`DROP TABLE IF EXISTS ${quote(name)}`);
};

const forgottenLogtables = async (sql: Sql, tables: StudyTables): Promise<string[]> => {
  const { name: dialect } = tables.database.dialect;
  const prefix = logtableName(tables.study, '');
  const rows = await sql.all(
    dialect === 'sqlite'
      ? "SELECT name FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, ?) = ?"
      : 'SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = DATABASE() AND LEFT(TABLE_NAME, ?) = ?',
    [prefix.length, prefix],
  );
  const known = new Set(tables.plans.map(({ name }) => name));
  const forgotten: string[] = [];
  for (const name of rows.map((cells) => String(cells[0])).filter((table) => !known.has(table))) {
    const columns = [...((await foundColumns(sql, tables.database.dialect, name)) ?? new Map<string, string>()).keys()];
    if (columns.slice(0, 3).join() === 'ID,experiment_id,timestamp') forgotten.push(name);
  }
  return forgotten;
};

export const mainExists = async (sql: Sql, tables: StudyTables): Promise<boolean> => {
  const main = tables.plans.filter(({ kind }: TablePlan) => kind === 'main');
  const { missing } = await compareStructure(sql, tables.database.dialect, main);
  return missing.length === 0;
};
