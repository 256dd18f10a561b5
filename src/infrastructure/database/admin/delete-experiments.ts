import type { Selection } from '../../../domain/repository/selection.ts';
import { clearReports, foundPlaces } from '../protocol/reports.ts';
import { changeSelected } from './reset-and-delete.ts';
import type { StudyTables } from '../schema/study-tables.ts';

/** Deletes the selected experiments, with their log rows and their attempts. */
export const deleteExperiments = async (
  tables: StudyTables,
  selection: Selection,
): Promise<{ readonly deleted: number; readonly leased: number }> => {
  const { deleteByKey } = tables.database.dialect;
  const { changed, leased } = await changeSelected(tables, selection, async (sql, ids) => {
    // Log rows are deleted first, by their primary keys. If the foreign key deleted them, MySQL would lock the gaps
    // between them.
    await clearReports(sql, tables, ids, await foundPlaces(sql, tables));
    await sql.run(deleteByKey(tables.attempts, 'experiment_id'), [JSON.stringify(ids)]);
    await sql.run(deleteByKey(tables.main, 'ID'), [JSON.stringify(ids)]);
  });
  return { deleted: changed, leased };
};
