import type { Row } from '../../../domain/values/column.ts';
import { emissionsTableName } from '../../../domain/study/table-names.ts';
import { emissionsColumns } from '../../../domain/study/table-layout.ts';
import { emissionsProblem } from '../structure/owned-tables.ts';
import type { Sql } from '../connection/sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';
import { definitionOf, foldedNames } from '../schema/table-definition.ts';

/** Rows in one read. No cursor stays open between reads. */
const PAGE = 1_000;

const names = emissionsColumns.map(({ name }) => name);

/** Whether the emissions table exists and belongs to this study. A table of this name may be another study. */
const hasEmissions = async (sql: Sql, tables: StudyTables): Promise<boolean> => {
  const { dialect } = tables.database;
  const found = await definitionOf(sql, dialect, emissionsTableName(tables.study));
  return found !== undefined && emissionsProblem(found, tables, await foldedNames(sql, dialect)) === undefined;
};

/** The rows in pages, by id. */
export async function* emissions(tables: StudyTables, experimentId: number | undefined): AsyncIterable<Row> {
  const { database } = tables;
  if (!(await database.present())) return;
  if (!(await database.read((sql) => hasEmissions(sql, tables)))) return;
  const where = experimentId === undefined ? '' : ' AND experiment_id = ?';
  for (let after = 0; ;) {
    const page = await database.read((sql) =>
      sql.all(
        `SELECT ID, experiment_id, ${names.join(', ')} FROM ${tables.emissions} WHERE ID > ?${where} ORDER BY ID LIMIT ${PAGE}`,
        [after, ...(experimentId === undefined ? [] : [experimentId])],
      ),
    );
    for (const cells of page) {
      const [id, experiment = null] = cells;
      const owner = experiment === null ? null : Number(experiment);
      yield { ID: Number(id), experiment_id: owner, ...tables.row(emissionsColumns, cells, 2) };
    }
    if (page.length < PAGE) return;
    after = Number(page.at(-1)?.[0]);
  }
}
