import type { Selection } from '../../domain/experiment-repository.ts';
import { supersede } from './claim.ts';
import { lockExperiments } from './locks.ts';
import { experimentPages } from './reads.ts';
import { resultColumnNames } from '../../domain/study.ts';
import { selectionCondition } from './selection-sql.ts';
import type { Sql } from './sql.ts';
import type { StudyTables } from './study-tables.ts';

/** Batch by batch; what is under a lease when its turn comes is left alone. */
export const reset = async (
  tables: StudyTables,
  selection: Selection,
): Promise<{ readonly reset: number; readonly leased: number }> => {
  let [count, leased] = [0, 0];
  for await (const page of experimentPages(tables, 'ID', selection)) {
    const ids = page.map((cells) => Number(cells[0]));
    const done = await tables.database.transaction((sql) => resetBatch(sql, tables, selection, ids));
    count += done.reset;
    leased += done.leased;
  }
  return { reset: count, leased };
};

const resetBatch = async (
  sql: Sql,
  tables: StudyTables,
  selection: Selection,
  ids: readonly number[],
): Promise<{ reset: number; leased: number }> => {
  const { dialect } = tables.database;
  const list = dialect.idList(ids);
  const condition = selectionCondition(selection, tables);
  // Selected again under the lock: an experiment may have ended since.
  const rows = await sql.all(
    `SELECT ID FROM ${tables.main}${dialect.byKey} WHERE ID ${list.sql}${condition ? ` AND (${condition.sql})` : ''} ORDER BY ID${dialect.forUpdate}`,
    [...list.parameters, ...(condition?.parameters ?? [])],
  );
  const selected = rows.map((cells) => Number(cells[0]));
  if (selected.length === 0) return { reset: 0, leased: 0 };
  const { leases } = await lockExperiments(sql, tables, selected);
  const free = selected.filter((id) => !leases.has(id));
  if (free.length > 0) {
    const freeList = dialect.idList(free);
    const empty = [
      ...resultColumnNames(tables.study).map(dialect.quote),
      'start_date',
      'name',
      'machine',
      'end_date',
      'error',
    ].map((column) => `${column} = NULL`);
    await sql.run(
      `UPDATE ${tables.main}${dialect.byKey} SET status = 'created', ${empty.join(', ')} WHERE ID ${freeList.sql}`,
      freeList.parameters,
    );
    await supersede(sql, tables, free);
  }
  return { reset: free.length, leased: leases.size };
};
