import type { StoredValue } from '../../domain/column-type.ts';
import type { Selection } from '../../domain/experiment-repository.ts';
import { type Condition, filterCondition } from './filter-sql.ts';
import type { StudyTables } from './study-tables.ts';

/** A selection as a condition on the main table, without its limit. Undefined: all. */
export const selectionCondition = (selection: Selection, tables: StudyTables): Condition | undefined => {
  const parts: string[] = [];
  const parameters: StoredValue[] = [];
  if (selection.statuses) {
    parts.push(selection.statuses.length > 0 ? `status IN (${selection.statuses.map(() => '?').join(', ')})` : '1 = 0');
    parameters.push(...selection.statuses);
  }
  if (selection.ids) {
    parts.push(`(${selection.ids.map(() => 'ID BETWEEN ? AND ?').join(' OR ') || '1 = 0'})`);
    parameters.push(...selection.ids.flat());
  }
  if (selection.where) {
    const where = filterCondition(selection.where, tables);
    parts.push(`(${where.sql})`);
    parameters.push(...where.parameters);
  }
  return parts.length > 0 ? { sql: parts.join(' AND '), parameters } : undefined;
};
