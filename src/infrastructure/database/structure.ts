import { ExperimenterError } from '../../domain/errors.ts';
import type { Finding } from '../../domain/experiment-repository.ts';
import { fixedColumns } from '../../domain/study.ts';
import { isType, knownType } from './found-type.ts';
import { emissionsProblem, ownerOf } from './owned-tables.ts';
import type { ColumnPlan, TablePlan } from './schema.ts';
import type { Dialect, Sql } from './sql.ts';
import type { StudyTables } from './study-tables.ts';
import { definitionOf, type FoldedName, foldedNames, type TableDefinition } from './table-definition.ts';

/** Columns to be added to a table. */
export interface Gain {
  readonly plan: TablePlan;
  readonly columns: readonly ColumnPlan[];
}

/** What has to be done to the database. */
export interface StructureDifference {
  readonly missing: readonly TablePlan[];
  readonly gains: readonly Gain[];
}

/**
 * Compares the tables with the study's, by ourselves: the ORM's own comparison finds differences for ever where a server
 * spells a type in its own way. Throws `SCHEMA_MISMATCH` for all that is not merely missing.
 */
export const compareStructure = async (
  sql: Sql,
  tables: StudyTables,
  plans: readonly TablePlan[] = tables.plans,
): Promise<StructureDifference> => {
  const { dialect } = tables.database;
  const fold = await foldedNames(sql, dialect);
  const missing: TablePlan[] = [];
  const gains: Gain[] = [];
  const problems: string[] = [];
  const unsafe: Finding[] = [];
  for (const plan of plans) {
    const found = await definitionOf(sql, dialect, plan.name);
    if (!found) {
      missing.push(plan);
      continue;
    }
    unsafe.push(...engineFindings(dialect, plan.name, found));
    problems.push(...mismatches(plan, found, tables, fold));
    const columns = plan.columns.filter((column) => isAdded(plan, column) && !found.columns.has(column.name));
    if (columns.length > 0) gains.push({ plan, columns });
  }
  const [first] = unsafe;
  if (first) throw new ExperimenterError('DATABASE_UNSUPPORTED', `${first.message}; convert it: ${first.fix}`);
  if (problems.length > 0) throw new ExperimenterError('SCHEMA_MISMATCH', problems.join('\n'));
  return { missing, gains };
};

/** What about the tables that are there weakens the promise. */
export const studyFindings = async (sql: Sql, { plans, database }: StudyTables): Promise<readonly Finding[]> => {
  const findings: Finding[] = [];
  if (database.dialect.name === 'sqlite') return findings;
  for (const { name } of plans) {
    const found = await definitionOf(sql, database.dialect, name);
    if (found) findings.push(...engineFindings(database.dialect, name, found));
  }
  return findings;
};

/** Tables of other engines than InnoDB: they have no transactions, so claims would be given twice without a word. */
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

/** Fields that a study has gained, and what our own tables have gained since an earlier version made them. */
const isAdded = ({ kind }: TablePlan, { field, nullable }: ColumnPlan): boolean =>
  field !== undefined || (kind === 'own' && nullable);

const mismatches = (plan: TablePlan, definition: TableDefinition, tables: StudyTables, fold: FoldedName): string[] => {
  const { dialect } = tables.database;
  const { columns: found } = definition;
  const foreign = foreignProblem(plan, definition, tables, fold);
  if (foreign !== undefined) return [foreign];
  const known = new Set(plan.columns.map(({ name }) => name));
  const table = dialect.quote(plan.name);
  const extra = [...found]
    .filter(([name]) => !known.has(name))
    .map(
      ([name, type]) =>
        `table ${plan.name}, column ${name}: the database has it as ${type}, the configuration has no such field; ` +
        `add it to the configuration, or remove it with all its values: ALTER TABLE ${table} DROP COLUMN ${dialect.quote(name)};`,
    );
  const retyped = plan.columns.flatMap(({ name, type, field }) => {
    const is = found.get(name);
    if (!field || is === undefined || isType(is, type)) return [];
    // SQLite keeps any value in a column of a type that it does not know, either.
    if (dialect.name === 'sqlite' && !knownType(is)) return [];
    const command =
      dialect.name === 'mysql'
        ? `change the table: ALTER TABLE ${table} MODIFY COLUMN ${dialect.quote(name)} ${type} DEFAULT NULL;`
        : 'start anew: "ts-experimenter delete", then "ts-experimenter fill"';
    return [
      `table ${plan.name}, column ${name}: expected ${type}, found ${is}; change the configuration back, or ${command}`,
    ];
  });
  return [...extra, ...retyped];
};

/** Says whose table it is, if it is not this study's. */
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
  // PyExperimenter's table of energy and carbon has none in some versions.
  if (emissionsProblem(found, { study }, fold) === undefined) return undefined;
  const { quote, name } = database.dialect;
  const mend =
    name === 'mysql'
      ? `add it: ALTER TABLE ${quote(plan.name)} ADD FOREIGN KEY (experiment_id) REFERENCES ${quote(study.table)} (ID) ON DELETE CASCADE;`
      : advice;
  return `${not}: it has no foreign key to it; ${mend}`;
};
