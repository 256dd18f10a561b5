import { ExperimenterError } from '../../../domain/errors.ts';
import type { Finding } from '../../../domain/repository/study-store.ts';
import { fixedColumns } from '../../../domain/study/table-layout.ts';
import { columnDifferences } from './column-differences.ts';
import { type ExplainedDifference, explained, refusalLines } from './difference-text.ts';
import { emissionsProblem, ownerOf } from './owned-tables.ts';
import type { ColumnPlan, TablePlan } from '../schema/table-plans.ts';
import type { Dialect, Sql } from '../connection/sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';
import { definitionOf, type FoldedName, foldedNames, type TableDefinition } from '../schema/table-definition.ts';

/** The columns that must be added to a table. */
export interface Gain {
  readonly plan: TablePlan;
  readonly columns: readonly ColumnPlan[];
}

/** The changes that the database needs. */
export interface StructureDifference {
  readonly missing: readonly TablePlan[];
  readonly gains: readonly Gain[];
}

/**
 * Compares the existing tables with the study's tables. The comparison of the ORM is not used: it reports permanent
 * differences where a server spells a type differently. Throws `SCHEMA_MISMATCH` for each difference that is more than
 * a missing table or column.
 */
export const compareStructure = async (
  sql: Sql,
  tables: StudyTables,
  plans: readonly TablePlan[] = tables.plans,
): Promise<StructureDifference> => {
  const missing: TablePlan[] = [];
  const gains: Gain[] = [];
  const problems: ExplainedDifference[] = [];
  for (const { plan, found, foreign } of await inspectTables(sql, tables, plans)) {
    if (!found) {
      missing.push(plan);
      continue;
    }
    if (foreign !== undefined) problems.push({ text: foreign });
    else problems.push(...(await explained(sql, tables, plan, found, columnDifferences(plan, found, tables))));
    const columns = plan.columns.filter((column) => isAdded(plan, column) && !found.columns.has(column.name));
    if (columns.length > 0) gains.push({ plan, columns });
  }
  if (problems.length > 0) throw new ExperimenterError('SCHEMA_MISMATCH', refusalLines(problems).join('\n'));
  return { missing, gains };
};

/** A table of the study as it exists. `foreign`: why the table does not belong to the study. */
interface InspectedTable {
  readonly plan: TablePlan;
  readonly found: TableDefinition | undefined;
  readonly foreign: string | undefined;
}

/** Inspects tables. Throws `DATABASE_UNSUPPORTED` for a table without transactions. */
export const inspectTables = async (
  sql: Sql,
  tables: StudyTables,
  plans: readonly TablePlan[],
): Promise<readonly InspectedTable[]> => {
  const { dialect } = tables.database;
  const fold = await foldedNames(sql, dialect);
  const inspected: InspectedTable[] = [];
  const unsafe: Finding[] = [];
  for (const plan of plans) {
    const found = await definitionOf(sql, dialect, plan.name);
    if (found) unsafe.push(...engineFindings(dialect, plan.name, found));
    inspected.push({ plan, found, foreign: found && foreignProblem(plan, found, tables, fold) });
  }
  const [first] = unsafe;
  if (first) throw new ExperimenterError('DATABASE_UNSUPPORTED', `${first.message}; convert it: ${first.fix}`);
  return inspected;
};

/** Findings about existing tables that weaken the guarantees of claims and commits. */
export const studyFindings = async (sql: Sql, { plans, database }: StudyTables): Promise<readonly Finding[]> => {
  const findings: Finding[] = [];
  if (database.dialect.name === 'sqlite') return findings;
  for (const { name } of plans) {
    const found = await definitionOf(sql, database.dialect, name);
    if (found) findings.push(...engineFindings(database.dialect, name, found));
  }
  return findings;
};

/** Tables of other engines than InnoDB have no transactions, so experiments could be claimed twice without an error. */
const engineFindings = (dialect: Dialect, table: string, { engine }: TableDefinition): readonly Finding[] => {
  if (dialect.name === 'sqlite' || engine === 'InnoDB') return [];
  const found =
    engine === undefined
      ? { message: `${table} is no table, but a view`, fix: 'choose another table name in the configuration' }
      : {
          message: `table ${table} is kept by the engine ${engine}, which has no transactions`,
          fix: `ALTER TABLE ${dialect.quote(table)} ENGINE = InnoDB;`,
        };
  return [{ severity: 'error', ...found }];
};

/**
 * Whether a start adds the column if it is missing: a new field of the study, or a column that a later version added to
 * a companion table.
 */
const isAdded = ({ kind }: TablePlan, { field, nullable }: ColumnPlan): boolean =>
  field !== undefined || (kind === 'own' && nullable);

/** Names the owner of a table that does not belong to this study. */
const foreignProblem = (
  plan: TablePlan,
  found: TableDefinition,
  tables: StudyTables,
  fold: FoldedName,
): string | undefined => {
  const { study, database } = tables;
  const advice = 'choose another table name in the configuration, or rename that table';
  const not = `table ${plan.name} exists, but is not one of the study ${study.table}`;
  const lacking = plan.columns
    .filter((column) => !isAdded(plan, column) && !found.columns.has(column.name))
    .map(({ name }) => name);
  const owner = ownerOf(plan.name, found, tables);
  if (lacking.length > 0) {
    const is = fixedColumns.every((name) => found.columns.has(name))
      ? `it is the table of the study ${plan.name}`
      : owner === undefined
        ? `it has no column ${lacking.join(', ')}, only ${[...found.columns.keys()].join(', ')}`
        : `it belongs to the study ${owner}`;
    return `${not}: ${is}; ${advice}`;
  }
  if (plan.kind !== 'log' || (owner !== undefined && fold(owner) === fold(study.table))) return undefined;
  if (owner !== undefined) {
    return (
      `${not}: it belongs to the study ${owner}, to which its foreign key refers; ` +
      `if another program has renamed ${study.table} to that, wait for its old name; else ${advice}`
    );
  }
  // In some versions the emissions table of PyExperimenter has no foreign key.
  if (emissionsProblem(found, { study }, fold) === undefined) return undefined;
  const { quote, name } = database.dialect;
  const mend =
    name === 'mysql'
      ? `add it: ALTER TABLE ${quote(plan.name)} ADD FOREIGN KEY (experiment_id) REFERENCES ${quote(study.table)} (ID) ON DELETE CASCADE;`
      : advice;
  return `${not}: it has no foreign key to it; ${mend}`;
};
