import type { TableNames } from '../../../domain/repository/study-store.ts';
import { emissionsTableColumns, fixedColumns, fixedLogColumns } from '../../../domain/study/table-layout.ts';
import { emissionsTableName, logtableName } from '../../../domain/study/table-names.ts';
import { lookingAgain } from '../connection/looking-again.ts';
import { ownTables, type TablePlan } from '../schema/table-plans.ts';
import type { Sql } from '../connection/sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';
import {
  definitionOf,
  type FoldedName,
  foldedNames,
  type TableDefinition,
  tableNames,
} from '../schema/table-definition.ts';

const MOST_COUNTED = 100_000;

/**
 * The existing tables of a study. A name is no proof: `exp__v2` is a logtable of `exp`, or another study. A table
 * belongs to the study if its columns and its foreign key match.
 */
export const ownedTables = async (sql: Sql, tables: StudyTables): Promise<TableNames> => {
  const { study, database } = tables;
  const { dialect } = database;
  const fold = await foldedNames(sql, dialect);
  const names = await tableNames(sql, dialect);
  const prefix = fold(logtableName(study, ''));
  const own: string[] = [];
  const others: { readonly name: string; readonly why: string }[] = [];
  const judge = async (name: string, problem: (found: TableDefinition) => string | undefined): Promise<void> => {
    const found = await definitionOf(sql, dialect, name);
    if (!found) return;
    const why = problem(found);
    if (why === undefined) own.push(name);
    else others.push({ name, why });
  };
  await judge(study.table, (found) => lackOf(found, fixedColumns));
  for (const name of names.filter((one) => fold(one).startsWith(prefix)))
    await judge(name, (found) => logProblem(found, study.table, fold));
  await judge(emissionsTableName(study), (found) => emissionsProblem(found, tables, fold));
  for (const plan of ownTables(study, dialect.name))
    await judge(plan.name, (found) => lackOf(found, neededNames(plan)));
  return { own, others };
};

/** The existing tables of a study, read at a moment when no other program has renamed the main table. */
export const tablesFound = async (tables: StudyTables): Promise<TableNames> => {
  const { database } = tables;
  if (!(await database.present())) return { own: [], others: [] };
  return lookingAgain(database, async (last) => {
    return database.read(async (sql) => {
      const found = await ownedTables(sql, tables);
      if (!last && isTorn(found, tables)) return undefined;
      return { ...found, rows: await rowsOf(sql, tables, found.own) };
    });
  });
};

/**
 * Counts the rows of the tables, independent of their columns. The count of a logtable stops at a maximum, because more
 * would take too long.
 */
const rowsOf = async (sql: Sql, { study, database }: StudyTables, own: readonly string[]) => {
  const { quote } = database.dialect;
  const rows = new Map<string, number>();
  for (const name of own) {
    const isLog = name.startsWith(logtableName(study, ''));
    if (name !== study.table && !isLog) continue;
    const from = isLog ? `(SELECT ID FROM ${quote(name)} LIMIT ${MOST_COUNTED + 1}) counted` : quote(name);
    rows.set(name, Number((await sql.all(`SELECT COUNT(*) FROM ${from}`))[0]?.[0]));
  }
  return rows;
};

/** Whether the main table is missing while other tables of the study exist. */
export const isTorn = ({ own }: TableNames, { study }: StudyTables): boolean =>
  own.length > 0 && !own.includes(study.table);

/** The columns that a companion table must have. Nullable columns were added by later versions. */
const neededNames = ({ columns }: TablePlan): readonly string[] =>
  columns.filter(({ nullable }) => !nullable).map(({ name }) => name);

const lackOf = ({ columns }: TableDefinition, names: readonly string[]): string | undefined => {
  const lacking = names.filter((name) => !columns.has(name));
  return lacking.length === 0 ? undefined : `it has no column ${lacking.join(', ')}`;
};

/**
 * The study to which a table beside a main table belongs. Its foreign key determines it, or else its name and columns.
 */
export const ownerOf = (name: string, found: TableDefinition, { study, database }: StudyTables): string | undefined => {
  const refersTo = found.references.get('experiment_id');
  if (refersTo !== undefined) return refersTo;
  for (const plan of ownTables(study, database.dialect.name)) {
    const ending = plan.name.slice(plan.name.lastIndexOf('_'));
    if (name.endsWith(ending) && lackOf(found, neededNames(plan)) === undefined) return name.slice(0, -ending.length);
  }
  return undefined;
};

/** Why this table is not a logtable of the study. Undefined: it is one. */
export const logProblem = (found: TableDefinition, main: string, fold: FoldedName): string | undefined => {
  const first = [...found.columns.keys()].slice(0, fixedLogColumns.length);
  if (first.join('\0') !== fixedLogColumns.join('\0')) return 'its columns are not those of a logtable';
  const owner = found.references.get('experiment_id');
  if (owner === undefined) return `it has no foreign key to ${main}`;
  return fold(owner) === fold(main) ? undefined : `its foreign key refers to ${owner}`;
};

/** Why this table is not the emissions table of the study. Undefined: it is. */
export const emissionsProblem = (
  found: TableDefinition,
  { study }: Pick<StudyTables, 'study'>,
  fold: FoldedName,
): string | undefined => {
  const owner = found.references.get('experiment_id');
  if (owner !== undefined && fold(owner) !== fold(study.table)) return `its foreign key refers to ${owner}`;
  return lackOf(
    found,
    emissionsTableColumns.map(({ name }) => name),
  );
};
