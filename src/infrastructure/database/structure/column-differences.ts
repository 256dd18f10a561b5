import { isType, knownType } from '../schema/found-type.ts';
import type { ColumnPlan, TablePlan } from '../schema/table-plans.ts';
import type { Dialect } from '../connection/sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';
import type { TableDefinition } from '../schema/table-definition.ts';

/** A difference that prevents a study from using one of its existing tables. */
export type ColumnDifference =
  /** The column of a field has another type, or the case of its name differs. */
  | { readonly kind: 'type' | 'case'; readonly field: ColumnPlan; readonly name: string; readonly type: string }
  /**
   * The study does not declare the column. `key`: it identifies experiments. `needed`: every new row must set it.
   * `own`: it is in a companion table.
   */
  | { readonly kind: 'key' | 'needed' | 'own'; readonly name: string; readonly type: string };

/**
 * Returns equal names for names of the same column: SQLite ignores the case of A to Z, the servers ignore the case of
 * all letters.
 */
const foldedColumn =
  ({ name }: Dialect) =>
  (column: string): string =>
    name === 'sqlite' ? column.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : column.toLowerCase();

/** The table's spelling of this column's name. */
export const nameIn = (found: TableDefinition, dialect: Dialect, column: string): string | undefined => {
  const fold = foldedColumn(dialect);
  return found.columns.has(column) ? column : [...found.columns.keys()].find((name) => fold(name) === fold(column));
};

/** The columns that the study does not declare, with their types. */
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
 * The columns of a main table that identify experiments, independent of the configuration. These are the columns before
 * the fixed ones. On SQLite they also include the columns that a start has added after all others, and to the index of
 * the keyfields.
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
 * The differences that a start refuses. A column that the configuration does not declare is usually not one of them.
 * Older and newer configurations use the same table, and each reads and writes the columns that it declares.
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
    // SQLite also stores any value in a column of an unknown type.
    if (isType(type, field.type) || (dialect.name === 'sqlite' && !knownType(type))) return [];
    return [{ kind: 'type', field, name, type }];
  });
  return [...unknown, ...changed];
};
