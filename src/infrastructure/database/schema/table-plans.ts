import { companionTables, studyTables, type TableLayout } from '../../../domain/study/table-layout.ts';
import type { Column } from '../../../domain/values/column.ts';
import type { StudyDefinition } from '../../../domain/study/study-definition.ts';

/** One column as it is created. */
export interface ColumnPlan {
  readonly name: string;
  /** The type's text, of the allow-list or ours. */
  readonly type: string;
  readonly nullable: boolean;
  /** A user's column: added when it is missing. */
  readonly field?: Column;
}

/** One table as it is created. */
export interface TablePlan {
  readonly name: string;
  readonly kind: 'main' | 'log' | 'own';
  readonly columns: readonly ColumnPlan[];
  readonly primaryKey: readonly string[];
  /** Names of columns that are unique by themselves. */
  readonly unique?: readonly string[];
}

/** Ids are compared by their bytes on the server, and never converted. */
const MYSQL_UUID = 'CHAR(36) CHARACTER SET ascii COLLATE ascii_bin';

const planOf = (layout: TableLayout, dialect: 'sqlite' | 'mysql'): TablePlan => ({
  ...layout,
  columns: layout.columns.map((column): ColumnPlan => {
    const { name, type, nullable, addable } = column;
    const isUuid = layout.kind === 'own' && type.sql === 'CHAR(36)';
    return {
      name,
      type: isUuid && dialect === 'mysql' ? MYSQL_UUID : type.sql,
      nullable,
      ...(addable && { field: { name, type } }),
    };
  }),
});

export const ownTables = (study: StudyDefinition, dialect: 'sqlite' | 'mysql'): readonly TablePlan[] =>
  companionTables(study).map((layout) => planOf(layout, dialect));

/** Every table of a study, those that others refer to first. */
export const tablePlans = (study: StudyDefinition, dialect: 'sqlite' | 'mysql'): readonly TablePlan[] =>
  studyTables(study).map((layout) => planOf(layout, dialect));
