import type { Row, Value } from '../../../domain/values/column-type.ts';
import { logtableNamed, requireLogColumns } from '../../../domain/study/table-columns.ts';
import type { OpenTables } from './reads.ts';
import type { Cells } from '../connection/sql.ts';
import { type StudyTables, textOf } from '../schema/study-tables.ts';

/** Rows in one read: no cursor stays open between them. */
const PAGE = 1_000;

/** The rows of a logtable in pages, by id, which is their first column. */
async function* logPages(
  tables: StudyTables,
  name: string,
  columns: readonly string[],
  experimentId?: number,
): AsyncIterable<readonly Cells[]> {
  if (!tables.hasLogtable(name)) return;
  const where = experimentId === undefined ? '' : ' AND experiment_id = ?';
  for (let after = 0; ;) {
    const page = await tables.database.read((sql) =>
      sql.all(
        `SELECT ${['ID', ...columns].join(', ')} FROM ${tables.logtable(name)} WHERE ID > ?${where} ORDER BY ID LIMIT ${PAGE}`,
        [after, ...(experimentId === undefined ? [] : [experimentId])],
      ),
    );
    if (page.length > 0) yield page;
    if (page.length < PAGE) return;
    after = Number(page.at(-1)?.[0]);
  }
}

/** The rows of a logtable, oldest first. */
export async function* logs(open: OpenTables, name: string, experimentId: number | undefined): AsyncIterable<Row> {
  const tables = await open();
  const { columns } = logtableNamed(tables.study, name);
  const quoted = columns.map((column) => tables.database.dialect.quote(column.name));
  for await (const page of logPages(tables, name, ['experiment_id', 'timestamp', ...quoted], experimentId)) {
    for (const cells of page) {
      const [id, experiment, timestamp] = cells;
      yield {
        ID: Number(id),
        experiment_id: experiment === null ? null : Number(experiment),
        timestamp: textOf(timestamp),
        ...tables.row(columns, cells, 3),
      };
    }
  }
}

/** Some columns of a logtable, in pages, oldest first. */
export async function* logValues(
  open: OpenTables,
  name: string,
  fields: readonly string[],
): AsyncIterable<readonly (readonly Value[])[]> {
  const tables = await open();
  const columns = requireLogColumns(tables.study, name, fields);
  const quoted = columns.map((column) => tables.database.dialect.quote(column.name));
  for await (const page of logPages(tables, name, quoted))
    yield page.map((cells) => columns.map((column, at) => tables.value(cells[at + 1], column)));
}
