import { resultColumnNames } from '../../domain/study.ts';
import type { Sql } from './sql.ts';
import type { StudyTables } from './study-tables.ts';

/** An experiment may have logged more than a statement can name. */
const MOST_IDS = 8_192;

/**
 * These experiments begin again from nothing: whatever an earlier attempt reported or logged goes, so that the results
 * and the log rows of an experiment are always those of one attempt. The experiments are locked already.
 */
export const beginAfresh = async (sql: Sql, tables: StudyTables, ids: readonly number[]): Promise<void> => {
  if (ids.length === 0) return;
  const { idList, quote, byKey, deleteByKey } = tables.database.dialect;
  const list = idList(ids);
  const columns = resultColumnNames(tables.study).map((name) => `${quote(name)} = NULL`);
  if (columns.length > 0) {
    await sql.run(`UPDATE ${tables.main}${byKey} SET ${columns.join(', ')} WHERE ID ${list.sql}`, list.parameters);
  }
  for (const { name } of tables.study.logtables) {
    const table = tables.logtable(name);
    // Looked up first, and then deleted by primary key: nobody else adds to them while the experiment is locked.
    const rows = await sql.all(`SELECT ID FROM ${table} WHERE experiment_id ${list.sql}`, list.parameters);
    for (let from = 0; from < rows.length; from += MOST_IDS) {
      const found = rows.slice(from, from + MOST_IDS).map((cells) => Number(cells[0]));
      await sql.run(deleteByKey(table, 'ID'), [JSON.stringify(found)]);
    }
  }
};
