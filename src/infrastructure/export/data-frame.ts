import type { ColumnTable } from 'arquero';
import type { Row, Value } from '../../domain/values/column-type.ts';
import { emissionsTableColumns } from '../../domain/study/table-columns.ts';
import { fixedLogColumns, type StudyDefinition, tableColumnNames } from '../../domain/study/define-study.ts';

/** Arquero's table: immutable, by columns. */
export type DataFrame = ColumnTable;

/** The experiments, every column by its name. */
export const experimentFrame = async (
  study: StudyDefinition,
  read: (fields: readonly string[]) => AsyncIterable<readonly (readonly Value[])[]>,
): Promise<DataFrame> => {
  const names = tableColumnNames(study);
  const columns = names.map((): Value[] => []);
  for await (const page of read(names)) {
    for (const row of page) for (const [at, column] of columns.entries()) column.push(row[at] ?? null);
  }
  return frameOf(names, columns);
};

/** The rows of a logtable. */
export const logFrame = async (study: StudyDefinition, name: string, rows: AsyncIterable<Row>): Promise<DataFrame> => {
  const own = study.logtables.find((logtable) => logtable.name === name)?.columns ?? [];
  return rowFrame([...fixedLogColumns, ...own.map((column) => column.name)], rows);
};

/** The rows of the table of energy and carbon. */
export const emissionsFrame = async (rows: AsyncIterable<Row>): Promise<DataFrame> =>
  rowFrame(
    emissionsTableColumns.map(({ name }) => name),
    rows,
  );

const rowFrame = async (names: readonly string[], rows: AsyncIterable<Row>): Promise<DataFrame> => {
  const columns = names.map((): Value[] => []);
  for await (const row of rows) for (const [at, column] of columns.entries()) column.push(row[names[at] ?? ''] ?? null);
  return frameOf(names, columns);
};

const frameOf = async (names: readonly string[], columns: readonly Value[][]): Promise<DataFrame> => {
  const { table } = await import('arquero');
  return table(
    names.map((name, at) => [name, oneType(columns[at] ?? [])]),
    [...names],
  );
};

/** JavaScript does not calculate with numbers and bigints together. */
const oneType = (column: readonly Value[]): readonly Value[] =>
  column.some((value) => typeof value === 'bigint')
    ? column.map((value) => (typeof value === 'number' ? BigInt(value) : value))
    : column;
