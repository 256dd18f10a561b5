import { ExperimenterError } from '../../../domain/errors.ts';
import type { RowOrder, Selection } from '../../../domain/repository/selection.ts';
import { didYouMean } from '../../../domain/did-you-mean.ts';
import { tableColumnNames } from '../../../domain/study/table-layout.ts';
import { fieldSql } from './filter-field.ts';
import { selectionCondition } from './selection-sql.ts';
import type { Cells } from '../connection/sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';

/** Rows in one read. */
const PAGE = 500;

/**
 * Yields the selected rows in pages, in an order without an index. The database sorts once, and only the ids stay in
 * memory. Rows that are deleted in the meantime are omitted. The id is one of the columns.
 */
export async function* orderedPages(
  tables: StudyTables,
  columns: readonly string[],
  selection: Selection,
  order: RowOrder,
): AsyncIterable<readonly Cells[]> {
  const idAt = columns.indexOf('ID');
  const ids = await sortedIds(tables, selection, order);
  for (let from = 0; from < ids.length; from += PAGE) {
    const page = [...ids.subarray(from, from + PAGE)];
    const { sql: list, parameters } = tables.database.dialect.idList(page);
    const rows = await tables.database.read((sql) =>
      sql.all(`SELECT ${columns.join(', ')} FROM ${tables.main} WHERE ID ${list}`, parameters),
    );
    const byId = new Map(rows.map((cells) => [Number(cells[idAt]), cells]));
    yield page.map((id) => byId.get(id)).filter((cells) => cells !== undefined);
  }
}

const sortedIds = async (tables: StudyTables, selection: Selection, order: RowOrder): Promise<Float64Array> => {
  const condition = selectionCondition(selection, tables);
  const where = condition ? ` WHERE ${condition.sql}` : '';
  const limit = selection.limit === undefined ? '' : ' LIMIT ?';
  const direction = order.descending ? ' DESC' : '';
  const rows = await tables.database.read((sql) =>
    sql.all(
      `SELECT ID FROM ${tables.main}${where} ORDER BY ${orderExpression(tables, order)}${direction}, ID${limit}`,
      [...(condition?.parameters ?? []), ...(selection.limit === undefined ? [] : [selection.limit])],
    ),
  );
  return Float64Array.from(rows, ([id]) => Number(id));
};

const orderExpression = (tables: StudyTables, { column }: RowOrder): string => {
  const field = fieldSql(column, tables);
  if (!field) {
    const names = tableColumnNames(tables.study);
    throw new ExperimenterError(
      'FIELD_UNKNOWN',
      `${column} is no column of ${tables.study.table}${didYouMean(column, names)}; there are ${names.join(', ')}`,
    );
  }
  if (field.number && field.text) {
    throw new ExperimenterError('USAGE', `${column} holds JSON, which has no order; order by another column`);
  }
  return field.number?.value ?? field.text?.bytes ?? 'ID';
};
