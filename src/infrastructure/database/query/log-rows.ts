import type { ValuePages } from '../../../domain/repository/study-reader.ts';
import type { Row } from '../../../domain/values/column-type.ts';
import { logtableNamed } from '../../../domain/study/study-definition.ts';
import { logtableColumns, requireLogColumns } from '../../../domain/study/table-layout.ts';
import { readAhead } from './read-ahead.ts';
import type { OpenTables } from './reads.ts';
import type { Cells } from '../connection/sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';

/** Rows in one read: no cursor stays open between them. */
const PAGE = 1_000;

/** The rows of a logtable in pages, by id, which is one of the columns. */
async function* logPages(
  tables: StudyTables,
  name: string,
  columns: readonly string[],
  experimentId?: number,
): AsyncIterable<readonly Cells[]> {
  if (!tables.hasLogtable(name)) return;
  const idAt = columns.indexOf('ID');
  const where = experimentId === undefined ? '' : ' AND experiment_id = ?';
  for (let after = 0; ;) {
    const page = await tables.database.read((sql) =>
      sql.all(
        `SELECT ${columns.join(', ')} FROM ${tables.logtable(name)} WHERE ID > ?${where} ORDER BY ID LIMIT ${PAGE}`,
        [after, ...(experimentId === undefined ? [] : [experimentId])],
      ),
    );
    if (page.length > 0) yield page;
    if (page.length < PAGE) return;
    after = Number(page.at(-1)?.[idAt]);
  }
}

/** The rows of a logtable, oldest first. */
export async function* logs(open: OpenTables, name: string, experimentId: number | undefined): AsyncIterable<Row> {
  const { study } = await open();
  const names = logtableColumns(logtableNamed(study, name)).map((column) => column.name);
  for await (const page of logValues(open, name, names, experimentId))
    for (const values of page) yield Object.fromEntries(names.map((column, at) => [column, values[at] ?? null]));
}

/** Some columns of a logtable, in pages, oldest first. */
export async function* logValues(
  open: OpenTables,
  name: string,
  fields: readonly string[],
  experimentId?: number,
): ValuePages {
  const tables = await open();
  const columns = requireLogColumns(tables.study, name, fields);
  const row = tables.values(columns);
  const { quote } = tables.database.dialect;
  const quoted = fields.map((field) => (field === 'ID' ? 'ID' : quote(field)));
  if (!fields.includes('ID')) quoted.push('ID');
  for await (const page of readAhead(logPages(tables, name, quoted, experimentId))) yield page.map(row);
}
