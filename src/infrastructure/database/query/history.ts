import type { Attempt, AttemptOutcome } from '../../../domain/experiment/attempt.ts';
import { type Column, parseColumnType } from '../../../domain/values/column-type.ts';
import type { ValuePages } from '../../../domain/repository/study-reader.ts';
import { attemptColumns } from '../../../domain/study/table-layout.ts';
import { readAhead } from './read-ahead.ts';
import type { OpenTables } from './reads.ts';
import type { Cells, Sql } from '../connection/sql.ts';
import { type StudyTables, textOf } from '../schema/study-tables.ts';

/** Rows in one read: no cursor stays open between them. */
const PAGE = 1_000;

const names = attemptColumns.map(({ name }) => name);

const attemptOf = (cells: Cells): Attempt => ({
  experimentId: Number(cells[0]),
  number: Number(cells[1]),
  attemptId: String(cells[2]),
  runnerId: String(cells[3]),
  host: textOf(cells[4]),
  startedAt: String(cells[5]),
  endedAt: String(cells[6]),
  outcome: String(cells[7]) as AttemptOutcome,
  detail: textOf(cells[8]),
  superseded: Number(cells[9]) === 1,
});

export const attempts = async (sql: Sql, tables: StudyTables, experimentId: number): Promise<readonly Attempt[]> => {
  if (!tables.has('attempts')) return [];
  const rows = await sql.all(
    `SELECT ${names.join(', ')} FROM ${tables.attempts} WHERE experiment_id = ? ORDER BY number`,
    [experimentId],
  );
  return rows.map(attemptOf);
};

/** The ended attempts in pages, by their primary key; it is read, too, behind what it is not among. */
async function* historyPages(
  tables: StudyTables,
  columns: readonly string[],
  only?: number,
): AsyncIterable<readonly Cells[]> {
  if (!tables.has('attempts')) return;
  const read = [...columns, ...['experiment_id', 'number'].filter((name) => !columns.includes(name))];
  const [idAt, numberAt] = [read.indexOf('experiment_id'), read.indexOf('number')];
  const where = only === undefined ? '' : ' AND experiment_id = ?';
  for (let after: readonly [number, number] = [0, 0]; ;) {
    const [experimentId, number] = after;
    const page = await tables.database.read((sql) =>
      sql.all(
        `SELECT ${read.join(', ')} FROM ${tables.attempts}
         WHERE experiment_id >= ? AND (experiment_id > ? OR number > ?)${where} ORDER BY experiment_id, number LIMIT ${PAGE}`,
        [experimentId, experimentId, number, ...(only === undefined ? [] : [only])],
      ),
    );
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (!last || page.length < PAGE) return;
    after = [Number(last[idAt]), Number(last[numberAt])];
  }
}

/** Every ended attempt, by experiment and number. */
export async function* history(open: OpenTables): AsyncIterable<Attempt> {
  for await (const page of historyPages(await open(), names)) yield* page.map(attemptOf);
}

/** Times are text as it is stored: always in one form. */
const asText = parseColumnType('LONGTEXT');

const columnNamed = (field: string): Column => {
  const column = attemptColumns.find(({ name }) => name === field);
  if (!column) throw new Error(`the history has no column ${field}`);
  return column.type.kind === 'datetime' ? { name: field, type: asText } : column;
};

/** Some columns of every ended attempt, in pages. */
export async function* historyValues(open: OpenTables, fields: readonly string[], experimentId?: number): ValuePages {
  const tables = await open();
  const row = tables.values(fields.map(columnNamed));
  for await (const page of readAhead(historyPages(tables, fields, experimentId))) yield page.map(row);
}
