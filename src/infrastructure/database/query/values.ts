import { type Column, parseColumnType, type Value } from '../../../domain/values/column-type.ts';
import type { Selection } from '../../../domain/repository/selection.ts';
import { requireColumns, resultColumns, type StudyDefinition } from '../../../domain/study/define-study.ts';
import { experimentPages, type OpenTables } from './reads.ts';

const text = parseColumnType('LONGTEXT');
const integer = parseColumnType('BIGINT');

/** The column of the main table with that name: what it gives back for what is stored. */
const columnOf = (study: StudyDefinition, name: string): Column =>
  [...study.keyfields, ...resultColumns(study), ...(study.undeclared ?? [])].find((column) => column.name === name) ?? {
    name,
    type: name === 'ID' ? integer : text,
  };

/** Some columns of the selected experiments, in pages, by id. */
export async function* values(
  open: OpenTables,
  fields: readonly string[],
  selection: Selection = {},
): AsyncIterable<readonly (readonly Value[])[]> {
  const tables = await open();
  requireColumns(tables.study, fields);
  const columns = fields.map((field) => columnOf(tables.study, field));
  // The pages go by the id, whether or not it is asked for.
  const expressions = ['ID', ...fields.map((field) => (field === 'ID' ? 'ID' : tables.database.dialect.quote(field)))];
  for await (const page of experimentPages(tables, expressions.join(', '), selection)) {
    yield page.map((cells) => columns.map((column, at) => tables.value(cells[at + 1], column)));
  }
}
