import type { Alteration, AlterationWishes } from '../../../domain/repository/alteration.ts';
import { ExperimenterError } from '../../../domain/errors.ts';
import { timestampColumnName } from '../../../domain/study/table-layout.ts';
import { alikeWithout, type ExplainedDifference, explained } from '../structure/difference-text.ts';
import {
  type ColumnDifference,
  columnDifferences,
  keyColumns,
  nameIn,
  undeclaredColumns,
} from '../structure/column-differences.ts';
import { conversionOf, noValues } from './conversion.ts';
import { isType, knownType } from '../schema/found-type.ts';
import type { ColumnPlan, TablePlan } from '../schema/table-plans.ts';
import type { Sql } from '../connection/sql.ts';
import { inspectTables } from '../structure/structure.ts';
import type { StudyTables } from '../schema/study-tables.ts';
import type { TableDefinition } from '../schema/table-definition.ts';

/** An existing table of the study whose columns may be altered. */
interface Altered {
  readonly plan: TablePlan;
  readonly found: TableDefinition;
}

/** A column, and the field that it becomes. Without a field the column is dropped. */
interface Change extends Altered {
  readonly column: string;
  readonly field?: ColumnPlan;
}

/** The tables with users' columns. Throws `SCHEMA_MISMATCH` if one does not belong to the study. */
export const alterableTables = async (sql: Sql, tables: StudyTables): Promise<readonly Altered[]> => {
  const inspected = await inspectTables(
    sql,
    tables,
    tables.plans.filter(({ kind }) => kind !== 'own'),
  );
  const foreign = inspected.flatMap((one) => one.foreign ?? []);
  if (foreign.length > 0) throw new ExperimenterError('SCHEMA_MISMATCH', foreign.join('\n'));
  return inspected.flatMap(({ plan, found }) => (found ? [{ plan, found }] : []));
};

/**
 * Plans the alterations that the study needs to use its tables, and the alterations that the user requests. It only
 * reads. Values are converted page by page to check whether they fit. Throws `USAGE` for a request that is impossible.
 */
export const plannedAlterations = async (
  sql: Sql,
  tables: StudyTables,
  { renames = [], drops = [] }: AlterationWishes,
): Promise<readonly Alteration[]> => {
  const altered = await alterableTables(sql, tables);
  const changes: Change[] = altered.flatMap(({ plan, found }) =>
    columnDifferences(plan, found, tables).flatMap((difference) =>
      'field' in difference ? [{ plan, found, column: difference.name, field: difference.field }] : [],
    ),
  );
  for (const [column, field] of renames) changes.push(...renamed(altered, tables, column, field));
  for (const column of drops) changes.push(...dropped(altered, tables, column));
  const twice = changes.find((one, at) =>
    changes
      .slice(0, at)
      .some(
        ({ plan, column, field }) =>
          plan === one.plan && (column === one.column || (field !== undefined && field === one.field)),
      ),
  );
  if (twice) {
    const what = `${twice.column}${twice.field ? `, which would become ${twice.field.name},` : ''}`;
    throw new ExperimenterError('USAGE', `column ${what} of ${twice.plan.name} is given twice`);
  }
  await requireComplete(sql, tables, altered, changes);
  await requireDistinct(sql, tables, changes);
  const planned: Alteration[] = [];
  for (const change of changes) planned.push(await measured(sql, tables, change));
  return planned;
};

/** The columns of a request: the column of this name in every table where the study does not declare it. */
const wished = (altered: readonly Altered[], { database }: StudyTables, column: string): readonly Change[] =>
  altered.flatMap(({ plan, found }) => {
    const names = [column, ...(column.startsWith(`${plan.name}.`) ? [column.slice(plan.name.length + 1)] : [])];
    const undeclared = undeclaredColumns(plan, found, database.dialect);
    return names.filter((name) => undeclared.has(name)).map((name) => ({ plan, found, column: name }));
  });

const dropped = (altered: readonly Altered[], tables: StudyTables, column: string): readonly Change[] => {
  const changes = wished(altered, tables, column);
  if (changes.length > 0) return changes;
  throw new ExperimenterError('USAGE', `there is no column ${column} to be dropped: ${candidates(altered, tables)}`);
};

const renamed = (altered: readonly Altered[], tables: StudyTables, from: string, to: string): readonly Change[] => {
  const found = wished(altered, tables, from);
  const fields = (plan: TablePlan, name: string) =>
    plan.columns.filter((column) => column.field && column.name === name);
  const changes = found.flatMap((change) => fields(change.plan, to).map((field) => ({ ...change, field })));
  if (changes.length === 0) {
    const why = found.length === 0 ? candidates(altered, tables) : `the configuration has no field ${to} there`;
    throw new ExperimenterError('USAGE', `column ${from} cannot be renamed to ${to}: ${why}`);
  }
  for (const change of changes) requireSameKind(tables, change, to);
  // A resultfield is renamed together with its timestamp column.
  const timestamps = changes.flatMap((change) =>
    undeclaredColumns(change.plan, change.found, tables.database.dialect).has(timestampColumnName(change.column))
      ? fields(change.plan, timestampColumnName(to)).map((field) => ({
          ...change,
          column: timestampColumnName(change.column),
          field,
        }))
      : [],
  );
  return [...changes, ...timestamps];
};

const candidates = (altered: readonly Altered[], { database }: StudyTables): string => {
  const names = altered.flatMap(({ plan, found }) =>
    [...undeclaredColumns(plan, found, database.dialect).keys()].map((name) => `${plan.name}.${name}`),
  );
  return names.length === 0
    ? 'the configuration names every column that the tables have'
    : `the columns that the configuration does not name are ${names.join(', ')}`;
};

/** A keyfield can only become a keyfield, and a resultfield only a resultfield. */
const requireSameKind = (tables: StudyTables, { plan, found, column }: Change, to: string): void => {
  if (plan.kind !== 'main') return;
  const was = keyColumns(found, tables).has(column);
  if (was === tables.study.keyfields.some(({ name }) => name === to)) return;
  const kinds = was ? 'a keyfield, and the new name is none' : 'no keyfield, and the new name is one';
  throw new ExperimenterError('USAGE', `column ${column} cannot be renamed to ${to}: it is ${kinds}`);
};

/** Without the removed keyfields experiments must still be distinct. */
const requireDistinct = async (sql: Sql, tables: StudyTables, changes: readonly Change[]): Promise<void> => {
  const keys = changes.filter(
    ({ plan, found, column, field }) => !field && plan.kind === 'main' && keyColumns(found, tables).has(column),
  );
  const [first] = keys;
  const gone = keys.map(({ column }) => column);
  const alike = first && (await alikeWithout(sql, tables, first.found, gone));
  if (alike === undefined) return;
  throw new ExperimenterError(
    'SCHEMA_MISMATCH',
    `table ${tables.study.table}: without ${gone.join(', ')} experiments are the same, as experiment ${alike} and another. ` +
      'Nothing was altered; delete those that are not to stay first, with the configuration that has this keyfield',
  );
};

/** No remaining difference may prevent the study from using its tables, because a partial change would be useless. */
const requireComplete = async (
  sql: Sql,
  tables: StudyTables,
  altered: readonly Altered[],
  changes: readonly Change[],
): Promise<void> => {
  const left: ExplainedDifference[] = [];
  for (const { plan, found } of altered) {
    const isChanged = ({ name }: ColumnDifference) =>
      changes.some((change) => change.plan === plan && change.column === name);
    const differences = columnDifferences(plan, found, tables).filter((difference) => !isChanged(difference));
    left.push(...(await explained(sql, tables, plan, found, differences)));
  }
  if (left.length === 0) return;
  const lines = [...left.map(({ text }) => text), 'Nothing was altered: say what is to become of these columns, too'];
  throw new ExperimenterError('SCHEMA_MISMATCH', lines.join('\n'));
};

const measured = async (sql: Sql, tables: StudyTables, { plan, found, column, field }: Change): Promise<Alteration> => {
  const { quote, name: provider } = tables.database.dialect;
  const type = found.columns.get(column) ?? '';
  const table = quote(plan.name);
  const count = async (name: string) => Number((await sql.all(`SELECT COUNT(${quote(name)}) FROM ${table}`))[0]?.[0]);
  const same = { table: plan.name, column, type, values: await count(column), rewritten: noValues, unfit: noValues };
  if (!field) return same;
  const retyped = !isType(type, field.type) && !(provider === 'sqlite' && !knownType(type));
  const there = nameIn(found, tables.database.dialect, field.name);
  const replaces = there !== undefined && there !== column;
  if (replaces && (await count(there)) > 0) {
    throw new ExperimenterError(
      'SCHEMA_MISMATCH',
      `column ${column} of ${plan.name} cannot be renamed to ${field.name}: there is a column of that name, which has values. Nothing was altered`,
    );
  }
  const becomes = { name: field.name, type: field.type, retyped, replaces };
  const counts = retyped ? await conversionOf(sql, tables, { plan, found, column, field }) : undefined;
  const lossless = counts === undefined || counts.rewritten.count === 0;
  const undone = retyped
    ? `CHANGE COLUMN ${quote(field.name)} ${quote(column)} ${type} DEFAULT NULL`
    : `RENAME COLUMN ${quote(field.name)} TO ${quote(column)}`;
  const undoable = lossless && !(retyped && provider === 'sqlite');
  return { ...same, ...counts, becomes, ...(undoable && { undo: `ALTER TABLE ${table} ${undone};` }) };
};
