import type { FillSummary } from '../../../domain/repository/study-store.ts';
import type { Sql } from '../connection/sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';

/*
 * Notes which grids are completely in the table. A search for each combination takes seconds for a large grid, and
 * every runner starts with it. A count takes milliseconds. Ids only grow. So if the number of experiments and the
 * highest id are unchanged, no program has added or deleted an experiment.
 */

interface Extent {
  readonly experiments: number;
  readonly lastId: number;
}

const extent = async (sql: Sql, { main }: StudyTables): Promise<Extent> => {
  // Two subqueries, because each uses an index. One SELECT with both would read every row.
  const [[experiments, lastId] = []] = await sql.all(
    `SELECT (SELECT COUNT(*) FROM ${main}), (SELECT MAX(ID) FROM ${main})`,
  );
  return { experiments: Number(experiments), lastId: Number(lastId ?? 0) };
};

export const isFilled = async (tables: StudyTables, grid: string): Promise<boolean> =>
  tables.database.read(async (sql) => {
    const [noted] = await sql.all(`SELECT experiments, last_id FROM ${tables.grids} WHERE sha256 = ?`, [grid]);
    if (!noted) return false;
    const { experiments, lastId } = await extent(sql, tables);
    return experiments === Number(noted[0]) && lastId === Number(noted[1]);
  });

/**
 * Fills the table with a complete grid. Notes that the grid is complete unless other programs have added or deleted
 * experiments in the meantime.
 */
export const noteFilled = async (
  tables: StudyTables,
  grid: string,
  fill: () => Promise<FillSummary>,
): Promise<FillSummary> => {
  const before = await tables.database.read((sql) => extent(sql, tables));
  const summary = await fill();
  await tables.database.locked(tables.study.table, (session) =>
    session.transaction(async (sql) => {
      const after = await extent(sql, tables);
      // Counted separately, because equal numbers of experiments may have been deleted and added.
      const [[old] = []] = await sql.all(`SELECT COUNT(*) FROM ${tables.main} WHERE ID <= ?`, [before.lastId]);
      if (Number(old) !== before.experiments || after.experiments !== before.experiments + summary.added) return;
      await sql.run(`DELETE FROM ${tables.grids} WHERE sha256 = ?`, [grid]);
      await sql.run(`INSERT INTO ${tables.grids} (sha256, experiments, last_id) VALUES (?, ?, ?)`, [
        grid,
        after.experiments,
        after.lastId,
      ]);
    }),
  );
  return summary;
};

/** Deletes all notes, because new experiments make them invalid. */
export const forgetFilled = async (sql: Sql, { grids }: StudyTables): Promise<void> => {
  await sql.run(`DELETE FROM ${grids}`);
};
