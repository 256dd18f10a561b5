import type { Session, Sql } from '../connection/sql.ts';
import { createStatements } from '../schema/create-statements.ts';
import { guardStatement } from '../schema/pyexperimenter-trigger.ts';
import { ensureKeyIndex } from '../schema/key-index.ts';
import type { Column, Row } from '../../../domain/values/column.ts';
import { toStored } from '../../../domain/values/stored-value.ts';
import { ExperimenterError, hasCode } from '../../../domain/errors.ts';
import { lookingAgain } from '../connection/looking-again.ts';
import { ownedTables } from '../structure/owned-tables.ts';
import type { TablePlan } from '../schema/table-plans.ts';
import { compareStructure, type Gain } from '../structure/structure.ts';
import type { StudyTables } from '../schema/study-tables.ts';
import { definitionOf, type TableDefinition } from '../schema/table-definition.ts';

/**
 * Creates what is missing. All comparisons come before the first change, and nothing is ever dropped. On SQLite
 * everything is one transaction. MySQL commits each definition statement separately. If a runner dies in between, the
 * next runner creates the rest.
 */
export const prepare = async (session: Session, tables: StudyTables, defaults: Row): Promise<void> => {
  let refused = false;
  await lookingAgain(tables.database, async (last) =>
    session.transaction(async (sql) => {
      const { dialect } = tables.database;
      const there = await definitionOf(sql, dialect, tables.study.table);
      if (!there) {
        const beside = await ownedTables(sql, tables);
        if (!last && beside.own.length > 0) return undefined;
        await requireNoRows(sql, tables, beside.own);
      }
      const compared = await compareStructure(sql, tables).catch((error: unknown) => {
        // While another program renames the main table, foreign keys refer to the temporary name. A second comparison
        // shows whether the difference remains.
        if (refused || last || !hasCode(error, 'SCHEMA_MISMATCH')) throw error;
        refused = true;
        return undefined;
      });
      if (!compared) return undefined;
      const { missing, gains } = compared;
      if (missing.some(({ kind }) => kind === 'main') === Boolean(there)) return undefined;
      if (there && !last && mayBeAway(missing, tables)) return undefined;
      await requireDefaults(sql, tables, gains, defaults);
      for (const statement of createStatements(tables.database.orm, missing)) await sql.run(statement);
      for (const gain of gains) await addColumns(sql, tables, gain, defaults);
      const main = await definitionOf(sql, dialect, tables.study.table);
      if (main) await ensureIndexes(sql, tables, main);
      return main;
    }),
  );
};

/**
 * A study with companion tables lacks a table: another program may have renamed it for a moment. If the table were
 * created now, that program could not rename it back. On SQLite the renaming is one transaction of the other program.
 */
const mayBeAway = (missing: readonly TablePlan[], tables: StudyTables): boolean =>
  tables.database.dialect.name === 'mysql' &&
  missing.length > 0 &&
  tables.plans.some((plan) => plan.kind === 'own' && !missing.includes(plan));

/** Rows that remain of a study without a main table would become the history of the new main table. */
const requireNoRows = async (sql: Sql, tables: StudyTables, beside: readonly string[]): Promise<void> => {
  const { quote } = tables.database.dialect;
  const filled: string[] = [];
  for (const name of beside) if ((await sql.all(`SELECT 1 FROM ${quote(name)} LIMIT 1`)).length > 0) filled.push(name);
  if (filled.length === 0) return;
  const { table } = tables.study;
  throw new ExperimenterError(
    'SCHEMA_MISMATCH',
    `table ${table} is not there, but tables beside it hold rows: ${filled.join(', ')}. ` +
      `If another program has renamed ${table}, give it its name back, or rename all of them. ` +
      `If ${table} was dropped, as PyExperimenter's delete_table does, drop what is left with "ts-experimenter delete". Nothing was changed`,
  );
};

/**
 * Requires a default for each keyfield that is new to existing experiments. Only the user knows their value of that
 * keyfield.
 */
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

/**
 * The only additions to the main table are indexes, and a trigger on SQLite. This also holds for a table that
 * PyExperimenter created.
 */
const ensureIndexes = async (sql: Sql, tables: StudyTables, main: TableDefinition): Promise<void> => {
  await ensureKeyIndex(sql, tables, main);
  if (tables.database.dialect.name === 'sqlite') {
    // Partial indexes over open experiments, and over experiments that are neither open nor done. Most experiments are
    // done most of the time, and cost nothing in these indexes.
    await sql.run(`CREATE INDEX IF NOT EXISTS ${tables.openIndex} ON ${tables.main} (ID) WHERE status = 'created'`);
    await sql.run(
      `CREATE INDEX IF NOT EXISTS ${tables.unsettledIndex} ON ${tables.main} (status) WHERE ${tables.unsettled}`,
    );
    await sql.run(guardStatement(tables));
    return;
  }
  if (!main.indexes.has('open')) await sql.run(`CREATE INDEX ${tables.openIndex} ON ${tables.main} (status, ID)`);
};

export const mainExists = async (sql: Sql, tables: StudyTables): Promise<boolean> => {
  const main = tables.plans.filter(({ kind }: TablePlan) => kind === 'main');
  const { missing } = await compareStructure(sql, tables, main);
  return missing.length === 0;
};
