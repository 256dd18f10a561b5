import { resultColumnNames } from '../../domain/study.ts';
import type { Sql } from './sql.ts';
import type { StudyTables } from './study-tables.ts';

/**
 * These experiments begin again from nothing: whatever an earlier attempt reported or logged goes, so that the results
 * and the log rows of an experiment are always those of one attempt. The experiments are locked already.
 */
export const beginAfresh = async (sql: Sql, tables: StudyTables, ids: readonly number[]): Promise<void> => {
  if (ids.length === 0) return;
  const { idList, quote } = tables.database.dialect;
  const list = idList(ids);
  const columns = resultColumnNames(tables.study).map((name) => `${quote(name)} = NULL`);
  if (columns.length > 0) {
    await sql.run(`UPDATE ${tables.main} SET ${columns.join(', ')} WHERE ID ${list.sql}`, list.parameters);
  }
  for (const { name } of tables.study.logtables) {
    await sql.run(`DELETE FROM ${tables.logtable(name)} WHERE experiment_id ${list.sql}`, list.parameters);
  }
};
