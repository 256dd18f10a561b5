import { companionTables, studyTables, type TableLayout } from '../../../domain/study/table-layout.ts';
import type { Column } from '../../../domain/values/column.ts';
import type { StudyDefinition } from '../../../domain/study/study-definition.ts';

/** A column as `prepare` creates it. */
export interface ColumnPlan {
  readonly name: string;
  /** The text of the type, from the allow-list or from a companion table. */
  readonly type: string;
  readonly nullable: boolean;
  /** Set for a user's column, which is added if it is missing. */
  readonly field?: Column;
}

/** A table as `prepare` creates it. */
export interface TablePlan {
  readonly name: string;
  readonly kind: 'main' | 'log' | 'own';
  readonly columns: readonly ColumnPlan[];
  readonly primaryKey: readonly string[];
  /** Names of columns that have their own unique constraint. */
  readonly unique?: readonly string[];
}

/** The server compares ids by their bytes, and never converts them. */
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

/** All tables of a study. Tables to which others refer come first. */
export const tablePlans = (study: StudyDefinition, dialect: 'sqlite' | 'mysql'): readonly TablePlan[] =>
  studyTables(study).map((layout) => planOf(layout, dialect));
