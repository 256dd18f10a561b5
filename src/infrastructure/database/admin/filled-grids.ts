import type { FillSummary } from '../../../domain/repository/study-store.ts';
import type { Sql } from '../connection/sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';

/*
 * Which grids are wholly in the table. To look for each combination takes seconds of a large grid, and every runner begins
 * with it; to count takes milliseconds. Ids only grow, so a table with as many experiments as before and the same last one
 * has lost none and gained none, by whatever program.
 */

interface Extent {
  readonly experiments: number;
  readonly lastId: number;
}

const extent = async (sql: Sql, { main }: StudyTables): Promise<Extent> => {
  // Each by an index; both in one SELECT would read every row.
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

/** Fills with all of a grid, and notes that it is there unless others have added or deleted experiments meanwhile. */
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
      // Apart: as many may have been deleted as others have added.
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

/** Experiments have come: what was noted before holds no longer. */
export const forgetFilled = async (sql: Sql, { grids }: StudyTables): Promise<void> => {
  await sql.run(`DELETE FROM ${grids}`);
};
