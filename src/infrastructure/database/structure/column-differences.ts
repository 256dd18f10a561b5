import { isType, knownType } from '../schema/found-type.ts';
import type { ColumnPlan, TablePlan } from '../schema/table-plans.ts';
import type { Dialect } from '../connection/sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';
import type { TableDefinition } from '../schema/table-definition.ts';

/** What keeps a study from working on a table of its own that is there. */
export type ColumnDifference =
  /** The column of a field has another type, or its name is written in another case. */
  | { readonly kind: 'type' | 'case'; readonly field: ColumnPlan; readonly name: string; readonly type: string }
  /** The study does not know the column. Of keys: it tells experiments apart. Needed: no row can be added without it. */
  | { readonly kind: 'key' | 'needed' | 'own'; readonly name: string; readonly type: string };

/** Equal for names that are one column: SQLite ignores the case of A to Z, the servers that of every letter. */
const foldedColumn =
  ({ name }: Dialect) =>
  (column: string): string =>
    name === 'sqlite' ? column.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : column.toLowerCase();

/** The name that the table has for a column of this name. */
export const nameIn = (found: TableDefinition, dialect: Dialect, column: string): string | undefined => {
  const fold = foldedColumn(dialect);
  return found.columns.has(column) ? column : [...found.columns.keys()].find((name) => fold(name) === fold(column));
};

/** The columns that the study does not know, with their types. */
export const undeclaredColumns = (
  plan: TablePlan,
  found: TableDefinition,
  dialect: Dialect,
): ReadonlyMap<string, string> => {
  const fold = foldedColumn(dialect);
  const known = new Set(plan.columns.map(({ name }) => fold(name)));
  return new Map([...found.columns].filter(([name]) => !known.has(fold(name))));
};

/**
 * The columns of a main table that tell experiments apart, whatever the configuration says: those before the fixed ones, and
 * those that a start has added on SQLite, behind all others, and to the index of the keyfields.
 */
export const keyColumns = ({ columns, indexes }: TableDefinition, { study, database }: StudyTables): Set<string> => {
  const names = [...columns.keys()];
  const index = database.dialect.name === 'sqlite' ? `${study.table}.keyfields` : 'keyfields';
  return new Set([
    ...names.slice(names.indexOf('ID') + 1, names.indexOf('creation_date')),
    ...(indexes.get(index) ?? []),
  ]);
};

/**
 * What a start refuses. A column that the configuration does not know is none of it, as a rule: configurations of different
 * ages work on one table, and each reads and writes what it knows.
 */
export const columnDifferences = (
  plan: TablePlan,
  found: TableDefinition,
  tables: StudyTables,
): readonly ColumnDifference[] => {
  const { dialect } = tables.database;
  const keys = plan.kind === 'main' ? keyColumns(found, tables) : new Set<string>();
  const unknown = [...undeclaredColumns(plan, found, dialect)].flatMap(([name, type]): readonly ColumnDifference[] => {
    if (plan.kind === 'own') return [{ kind: 'own', name, type }];
    if (keys.has(name)) return [{ kind: 'key', name, type }];
    return found.needed.has(name) ? [{ kind: 'needed', name, type }] : [];
  });
  const changed = plan.columns.flatMap((field): readonly ColumnDifference[] => {
    const name = field.field && nameIn(found, dialect, field.name);
    if (name === undefined) return [];
    const type = found.columns.get(name) ?? '';
    if (name !== field.name) return [{ kind: 'case', field, name, type }];
    // SQLite keeps any value in a column of a type that it does not know, either.
    if (isType(type, field.type) || (dialect.name === 'sqlite' && !knownType(type))) return [];
    return [{ kind: 'type', field, name, type }];
  });
  return [...unknown, ...changed];
};
