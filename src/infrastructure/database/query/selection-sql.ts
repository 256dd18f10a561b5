import type { StoredValue } from '../../../domain/values/column.ts';
import type { Selection } from '../../../domain/repository/selection.ts';
import { ExperimenterError } from '../../../domain/errors.ts';
import { type Condition, filterCondition, joined } from './filter-sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';

/** A selection as a condition on the main table, without its limit. Undefined: all experiments. */
export const selectionCondition = (selection: Selection, tables: StudyTables): Condition | undefined => {
  const parts: string[] = [];
  const parameters: StoredValue[] = [];
  if (selection.statuses) {
    parts.push(selection.statuses.length > 0 ? `status IN (${selection.statuses.map(() => '?').join(', ')})` : '1 = 0');
    parameters.push(...selection.statuses);
  }
  if (selection.ids) {
    const condition = idCondition(selection.ids, tables);
    parts.push(condition.sql);
    parameters.push(...condition.parameters);
  }
  if (selection.where) {
    const where = filterCondition(selection.where, tables);
    parts.push(`(${where.sql})`);
    parameters.push(...where.parameters);
  }
  return parts.length > 0 ? { sql: parts.join(' AND '), parameters } : undefined;
};

/**
 * A range has two parameters, an id has one. Both databases accept this number in a statement, with space for other
 * parameters.
 */
const MOST_PARAMETERS = 30_000;

/** Throws `USAGE` for more ids than a statement accepts. */
const idCondition = (ids: NonNullable<Selection['ids']>, { database }: StudyTables): Condition => {
  const single = ids.filter(([from, to]) => from === to).map(([id]) => id);
  const ranges = ids.filter(([from, to]) => from !== to);
  if (single.length > MOST_PARAMETERS || 2 * ranges.length > MOST_PARAMETERS)
    throw new ExperimenterError(
      'USAGE',
      `found ${single.length} ids and ${ranges.length} ranges of ids; allowed at most ${MOST_PARAMETERS} and ${MOST_PARAMETERS / 2}: select them in several calls`,
    );
  return joined('OR', [
    ...(single.length > 0 ? [listed(database.dialect.idList(single))] : []),
    ...ranges.map((range) => ({ sql: '(ID BETWEEN ? AND ?)', parameters: range })),
  ]);
};

const listed = ({ sql, parameters }: Condition): Condition => ({ sql: `(ID ${sql})`, parameters });
