import type { ColumnTable } from 'arquero';
import type { Row, Value } from '../../domain/values/column.ts';
import type { ValuePages } from '../../domain/repository/study-reader.ts';
import { logtableNamed, type StudyDefinition } from '../../domain/study/study-definition.ts';
import { emissionsTableColumns, logtableColumns, tableColumnNames } from '../../domain/study/table-layout.ts';

/** Arquero's table: immutable, stored by columns. */
export type DataFrame = ColumnTable;

/** Reads columns of a table by their names. */
export type ReadColumns = (fields: readonly string[]) => ValuePages;

/** The experiments with all columns. */
export const experimentFrame = async (study: StudyDefinition, read: ReadColumns): Promise<DataFrame> =>
  columnFrame(tableColumnNames(study), read);

/** The rows of a logtable. */
export const logFrame = async (study: StudyDefinition, name: string, read: ReadColumns): Promise<DataFrame> =>
  columnFrame(
    logtableColumns(logtableNamed(study, name)).map((column) => column.name),
    read,
  );

/** The rows of the table of energy and carbon. */
export const emissionsFrame = async (rows: AsyncIterable<Row>): Promise<DataFrame> =>
  columnFrame(
    emissionsTableColumns.map(({ name }) => name),
    async function* (fields) {
      for await (const row of rows) yield [fields.map((field) => row[field] ?? null)];
    },
  );

const columnFrame = async (names: readonly string[], read: ReadColumns): Promise<DataFrame> => {
  const columns = names.map((): Value[] => []);
  for await (const page of read(names)) for (const [at, column] of columns.entries()) append(column, page, at);
  return frameOf(names, columns);
};

/**
 * A text that comes row after row is kept once: of a million rows most of the memory, and of the time to collect it.
 */
const append = (column: Value[], page: readonly (readonly Value[])[], at: number): void => {
  let last = column.at(-1) ?? null;
  for (const row of page) {
    const value = row[at] ?? null;
    if (typeof value !== 'string' || value !== last) last = value;
    column.push(last);
  }
};

const frameOf = async (names: readonly string[], columns: readonly Value[][]): Promise<DataFrame> => {
  const { table } = await import('arquero');
  return table(
    names.map((name, at) => [name, oneType(columns[at] ?? [])]),
    [...names],
  );
};

/** JavaScript cannot calculate with numbers and bigints together. */
const oneType = (column: readonly Value[]): readonly Value[] =>
  column.some((value) => typeof value === 'bigint')
    ? column.map((value) => (typeof value === 'number' ? BigInt(value) : value))
    : column;
