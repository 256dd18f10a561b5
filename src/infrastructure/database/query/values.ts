import { parseColumnType } from '../../../domain/values/column-type.ts';
import type { Column } from '../../../domain/values/column.ts';
import { requireColumns, resultColumns } from '../../../domain/study/table-layout.ts';
import type { StudyDefinition } from '../../../domain/study/study-definition.ts';
import type { RowOrder, Selection } from '../../../domain/repository/selection.ts';
import type { ValuePages } from '../../../domain/repository/study-reader.ts';
import { readAhead } from './read-ahead.ts';
import { selectedPages } from './reads.ts';
import type { StudyTables } from '../schema/study-tables.ts';

const text = parseColumnType('LONGTEXT');
const integer = parseColumnType('BIGINT');

/** The column of the main table with this name. It determines how stored values are read. */
const columnOf = (study: StudyDefinition, name: string): Column =>
  [...study.keyfields, ...resultColumns(study), ...(study.undeclared ?? [])].find((column) => column.name === name) ?? {
    name,
    type: name === 'ID' ? integer : text,
  };

/** Some columns of the selected experiments, in pages, by id or in another order. */
export async function* values(
  tables: StudyTables,
  fields: readonly string[],
  selection?: Selection,
  order?: RowOrder,
): ValuePages {
  requireColumns(tables.study, fields);
  const { quote } = tables.database.dialect;
  const row = tables.values(fields.map((field) => columnOf(tables.study, field)));
  const columns = fields.map((field) => (field === 'ID' ? 'ID' : quote(field)));
  // The pages need the id, even if it is not requested.
  if (!fields.includes('ID')) columns.push('ID');
  for await (const page of readAhead(selectedPages(tables, columns, selection, order))) yield page.map(row);
}
