import type { Selection } from '../../../domain/repository/selection.ts';
import { lockExperiments } from '../protocol/locks.ts';
import { experimentPages } from '../query/reads.ts';
import { selectionCondition } from '../query/selection-sql.ts';
import type { Sql } from '../connection/sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';

/**
 * Changes the selected experiments in batches. Each batch is one transaction that locks its experiments. Experiments
 * with a lease at that time are not changed, but counted.
 */
export const changeSelected = async (
  tables: StudyTables,
  selection: Selection,
  change: (sql: Sql, ids: readonly number[]) => Promise<void>,
): Promise<{ readonly changed: number; readonly leased: number }> => {
  let [changed, leased] = [0, 0];
  for await (const page of experimentPages(tables, ['ID'], selection)) {
    const ids = page.map((cells) => Number(cells[0]));
    const done = await tables.database.transaction(async (sql) => {
      const { free, held } = await lockSelected(sql, tables, selection, ids);
      if (free.length > 0) await change(sql, free);
      return { changed: free.length, leased: held };
    });
    changed += done.changed;
    leased += done.leased;
  }
  return { changed, leased };
};

/** Repeats the selection under the lock, because an experiment may have ended in the meantime. */
const lockSelected = async (
  sql: Sql,
  tables: StudyTables,
  selection: Selection,
  ids: readonly number[],
): Promise<{ readonly free: readonly number[]; readonly held: number }> => {
  const { idList, primaryKeyHint: byKey, forUpdate } = tables.database.dialect;
  const list = idList(ids);
  const condition = selectionCondition(selection, tables);
  // The SELECT includes the status, so that the key index alone is not sufficient. Otherwise MySQL would prefer to read
  // and lock the whole index.
  const rows = await sql.all(
    `SELECT ID, status FROM ${tables.main}${byKey} WHERE ID ${list.sql}${condition ? ` AND (${condition.sql})` : ''} ORDER BY ID${forUpdate}`,
    [...list.parameters, ...(condition?.parameters ?? [])],
  );
  const selected = rows.map((cells) => Number(cells[0]));
  if (selected.length === 0) return { free: [], held: 0 };
  const { leases } = await lockExperiments(sql, tables, selected);
  return { free: selected.filter((id) => !leases.has(id)), held: leases.size };
};
