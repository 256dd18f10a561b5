import { type ColumnType, parseColumnType } from '../../domain/column-type.ts';
import { ExperimenterError } from '../../domain/errors.ts';
import type { Finding } from '../../domain/experiment-repository.ts';
import type { ColumnPlan, TablePlan } from './schema.ts';
import type { Dialect, Sql } from './sql.ts';

/** The columns of a table in the database: their types by their names. */
export type FoundColumns = ReadonlyMap<string, string>;

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

/** Undefined: there is no table of this name. */
export const foundColumns = async (sql: Sql, dialect: Dialect, table: string): Promise<FoundColumns | undefined> => {
  const rows =
    dialect.name === 'sqlite'
      ? await sql.all('SELECT name, type FROM pragma_table_info(?)', [table])
      : await sql.all(
          `SELECT COLUMN_NAME, COLUMN_TYPE FROM INFORMATION_SCHEMA.COLUMNS
           WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`,
          [table],
        );
  return rows.length === 0 ? undefined : new Map(rows.map((cells) => [String(cells[0]), String(cells[1])]));
};

/**
 * Compares the tables with the study's, by ourselves: the ORM's own comparison finds differences for ever where a server
 * spells a type in its own way. Throws `SCHEMA_MISMATCH` for all that is not merely missing.
 */
export const compareStructure = async (
  sql: Sql,
  dialect: Dialect,
  plans: readonly TablePlan[],
): Promise<StructureDifference> => {
  const missing: TablePlan[] = [];
  const gains: Gain[] = [];
  const problems: string[] = [];
  for (const plan of plans) {
    const found = await foundColumns(sql, dialect, plan.name);
    if (!found) {
      missing.push(plan);
      continue;
    }
    problems.push(...mismatches(plan, found, dialect));
    const columns = plan.columns.filter((column) => isAdded(plan, column) && !found.has(column.name));
    if (columns.length > 0) gains.push({ plan, columns });
  }
  if (problems.length > 0) throw new ExperimenterError('SCHEMA_MISMATCH', problems.join('\n'));
  const [unsafe] = await engineFindings(sql, dialect, plans);
  if (unsafe) throw new ExperimenterError('DATABASE_UNSUPPORTED', `${unsafe.message}; convert it: ${unsafe.fix}`);
  return { missing, gains };
};

/** Tables of other engines than InnoDB: they have no transactions, so claims would be given twice without a word. */
export const engineFindings = async (
  sql: Sql,
  dialect: Dialect,
  plans: readonly Pick<TablePlan, 'name'>[],
): Promise<readonly Finding[]> => {
  if (dialect.name === 'sqlite') return [];
  const rows = await sql.all(
    `SELECT TABLE_NAME, ENGINE FROM INFORMATION_SCHEMA.TABLES
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (${plans.map(() => '?').join(', ')}) AND COALESCE(ENGINE, '') <> 'InnoDB'`,
    plans.map(({ name }) => name),
  );
  return rows.map(([table, engine]) => ({
    severity: 'error',
    message:
      engine === null
        ? `${table} is no table, but a view or damaged`
        : `table ${table} is kept by the engine ${engine}, which has no transactions`,
    fix:
      engine === null
        ? 'choose another table name in the configuration'
        : `ALTER TABLE ${dialect.quote(String(table))} ENGINE = InnoDB;`,
  }));
};

/** Fields that a study has gained, and what our own tables have gained since an earlier version made them. */
const isAdded = ({ kind }: TablePlan, { field, nullable }: ColumnPlan): boolean =>
  field !== undefined || (kind === 'own' && nullable);

const mismatches = (plan: TablePlan, found: FoundColumns, dialect: Dialect): string[] => {
  const lacking = plan.columns
    .filter((column) => !isAdded(plan, column) && !found.has(column.name))
    .map(({ name }) => name);
  if (lacking.length > 0) {
    const whose = plan.kind === 'main' ? 'a study' : 'ts-experimenter';
    return [
      `table ${plan.name} exists, but is not one of ${whose}: it has no column ${lacking.join(', ')}, only ${[...found.keys()].join(', ')}; ` +
        `choose another table name in the configuration, or rename that table`,
    ];
  }
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

const parsed = (text: string): ColumnType | undefined => {
  try {
    return parseColumnType(text);
  } catch {
    return undefined;
  }
};

/** Whether the type that a database names is the expected one: servers have their own words, and PyExperimenter its own cases. */
export const isType = (found: string, expected: string): boolean => {
  const [is, wanted] = [parsed(found), parsed(expected)];
  if (!is || !wanted) return found.toUpperCase() === expected.toUpperCase();
  // SQLite keeps the word as it was written, and any number in such a column unchanged; servers name the digits.
  if (wanted.kind === 'real' && /^(numeric|decimal)$/i.test(found)) return true;
  if (wanted.kind === 'boolean') return is.kind === 'boolean' || /^tinyint(\(1\))?$/i.test(found);
  if (wanted.kind === 'json') return is.kind === 'json' || /^longtext$/i.test(found); // MariaDB
  if (is.kind !== wanted.kind) return false;
  const facts = ({ kind, sql, length, bytes, range, precision, scale, fraction }: ColumnType) =>
    JSON.stringify([
      length,
      bytes,
      range,
      precision,
      scale,
      fraction,
      kind === 'datetime' && sql.slice(0, 4),
      kind === 'text' && sql.startsWith('CHAR'),
    ]);
  return facts(is) === facts(wanted);
};
