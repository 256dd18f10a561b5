import type { Selection } from '../../../domain/repository/selection.ts';
import { supersede } from '../protocol/claim.ts';
import { foundPlaces } from '../protocol/reports.ts';
import { changeSelected } from './reset-and-delete.ts';
import type { StudyTables } from '../schema/study-tables.ts';

/** Reopens the selected experiments, and removes their results. */
export const reset = async (
  tables: StudyTables,
  selection: Selection,
): Promise<{ readonly reset: number; readonly leased: number }> => {
  const { quote, primaryKeyHint: byKey, idList } = tables.database.dialect;
  const { changed, leased } = await changeSelected(tables, selection, async (sql, ids) => {
    const { columns } = await foundPlaces(sql, tables);
    const empty = [...columns.map(quote), 'start_date', 'name', 'machine', 'end_date', 'error'];
    const assignments = empty.map((column) => `${column} = NULL`).join(', ');
    const list = idList(ids);
    await sql.run(
      `UPDATE ${tables.main}${byKey} SET status = 'created', ${assignments} WHERE ID ${list.sql}`,
      list.parameters,
    );
    await supersede(sql, tables, ids);
  });
  return { reset: changed, leased };
};
