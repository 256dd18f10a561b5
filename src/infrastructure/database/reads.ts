import type { Attempt, AttemptOutcome, Lease } from '../../domain/attempt.ts';
import { fromStored, type Row, type Value } from '../../domain/column-type.ts';
import type { RowOrder, Selection, StatusCounts } from '../../domain/experiment-repository.ts';
import { Experiment, type ExperimentStatus, experimentStatuses } from '../../domain/experiment.ts';
import { resultColumns } from '../../domain/study.ts';
import { logtableNamed, requireLogColumns } from '../../domain/table-columns.ts';
import { orderedPages } from './ordered-pages.ts';
import { selectionCondition } from './selection-sql.ts';
import type { Cells, Sql } from './sql.ts';
import { rowOf, type StudyTables, textOf } from './study-tables.ts';

/** Rows in one read: no cursor stays open between them, so a slow reader holds nothing. */
const PAGE = 1_000;
/** Ids that one read with a condition looks through: it may find none, and must not take long over it. */
const WINDOW = 20_000;

/** The selected rows in pages, by id. */
export async function* experimentPages(
  tables: StudyTables,
  columns: string,
  selection: Selection = {},
): AsyncIterable<readonly Cells[]> {
  const condition = selectionCondition(selection, tables);
  const last = await tables.database.read(async (sql) =>
    Number((await sql.all(`SELECT MAX(ID) FROM ${tables.main}`))[0]?.[0] ?? 0),
  );
  const where = condition ? ` AND ${condition.sql}` : '';
  let left = selection.limit ?? Infinity;
  for (let after = 0; left > 0 && after < last;) {
    const until = condition ? Math.min(last, after + WINDOW) : last;
    const limit = Math.min(PAGE, left);
    const rows = await tables.database.read((sql) =>
      sql.all(`SELECT ${columns} FROM ${tables.main} WHERE ID > ? AND ID <= ?${where} ORDER BY ID LIMIT ?`, [
        after,
        until,
        ...(condition?.parameters ?? []),
        limit,
      ]),
    );
    if (rows.length > 0) yield rows;
    left -= rows.length;
    after = rows.length < limit ? until : Number(rows.at(-1)?.[0]);
  }
}

const experimentColumns = (tables: StudyTables): string =>
  ['ID', 'creation_date', 'status', 'start_date', 'name', 'machine', 'end_date', 'error', tables.keys]
    .concat(resultColumns(tables.study).map(({ name }) => tables.database.dialect.quote(name)))
    .join(', ');

const experimentOf = (tables: StudyTables, cells: Cells): Experiment => {
  const { study } = tables;
  const results = rowOf(resultColumns(study), cells, 8 + study.keyfields.length);
  const experiment = new Experiment(Number(cells[0]), tables.keyfields(cells, 8), results, textOf(cells[1]));
  experiment.status = textOf(cells[2]) as ExperimentStatus;
  experiment.startDate = textOf(cells[3]);
  experiment.name = textOf(cells[4]);
  experiment.machine = textOf(cells[5]);
  experiment.endDate = textOf(cells[6]);
  experiment.error = textOf(cells[7]);
  return experiment;
};

export async function* list(
  tables: StudyTables,
  selection: Selection = {},
  order?: RowOrder,
): AsyncIterable<Experiment> {
  const columns = experimentColumns(tables);
  const pages = order ? orderedPages(tables, columns, selection, order) : experimentPages(tables, columns, selection);
  for await (const page of pages) {
    for (const cells of page) yield experimentOf(tables, cells);
  }
}

export const find = async (sql: Sql, tables: StudyTables, id: number): Promise<Experiment | undefined> => {
  const [cells] = await sql.all(`SELECT ${experimentColumns(tables)} FROM ${tables.main} WHERE ID = ?`, [id]);
  return cells && experimentOf(tables, cells);
};

export const leases = async (
  sql: Sql,
  tables: StudyTables,
  runnerId: string | undefined,
): Promise<readonly Lease[]> => {
  const rows = await sql.all(
    `SELECT experiment_id, attempt_id, number, runner_id, claimed_at, progress FROM ${tables.leases}
     ${runnerId === undefined ? '' : 'WHERE runner_id = ?'} ORDER BY experiment_id`,
    runnerId === undefined ? [] : [runnerId],
  );
  return rows.map((cells) => ({
    experimentId: Number(cells[0]),
    attemptId: String(cells[1]),
    number: Number(cells[2]),
    runnerId: String(cells[3]),
    claimedAt: String(cells[4]),
    progress: textOf(cells[5]),
  }));
};

const attemptColumns =
  'experiment_id, number, attempt_id, runner_id, host, started_at, ended_at, outcome, detail, superseded';

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
  const rows = await sql.all(
    `SELECT ${attemptColumns} FROM ${tables.attempts} WHERE experiment_id = ? ORDER BY number`,
    [experimentId],
  );
  return rows.map(attemptOf);
};

/** Every ended attempt in pages, by its primary key. */
export async function* history(tables: StudyTables): AsyncIterable<Attempt> {
  for (let after: readonly [number, number] = [0, 0]; ;) {
    const [experimentId, number] = after;
    const page = await tables.database.read((sql) =>
      sql.all(
        `SELECT ${attemptColumns} FROM ${tables.attempts}
         WHERE experiment_id >= ? AND (experiment_id > ? OR number > ?) ORDER BY experiment_id, number LIMIT ${PAGE}`,
        [experimentId, experimentId, number],
      ),
    );
    const found = page.map(attemptOf);
    yield* found;
    const last = found.at(-1);
    if (!last || found.length < PAGE) return;
    after = [last.experimentId, last.number];
  }
}

/** The rows of a logtable in pages, by id, which is their first column. */
async function* logPages(
  tables: StudyTables,
  name: string,
  columns: readonly string[],
  experimentId?: number,
): AsyncIterable<readonly Cells[]> {
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

/** The rows of a logtable. */
export async function* logs(tables: StudyTables, name: string, experimentId: number | undefined): AsyncIterable<Row> {
  const { columns } = logtableNamed(tables.study, name);
  const quoted = columns.map((column) => tables.database.dialect.quote(column.name));
  for await (const page of logPages(tables, name, ['experiment_id', 'timestamp', ...quoted], experimentId)) {
    for (const cells of page) {
      const [id, experiment, timestamp] = cells;
      yield {
        ID: Number(id),
        experiment_id: experiment === null ? null : Number(experiment),
        timestamp: textOf(timestamp),
        ...rowOf(columns, cells, 3),
      };
    }
  }
}

/** Some columns of a logtable. */
export async function* logValues(
  tables: StudyTables,
  name: string,
  fields: readonly string[],
): AsyncIterable<readonly (readonly Value[])[]> {
  const columns = requireLogColumns(tables.study, name, fields);
  const quoted = columns.map((column) => tables.database.dialect.quote(column.name));
  for await (const page of logPages(tables, name, quoted))
    yield page.map((cells) => columns.map((column, at) => fromStored(cells[at + 1], column)));
}

export const counts = async (sql: Sql, tables: StudyTables): Promise<StatusCounts> => {
  const counted = new Map<string | null, number>();
  const { dialect, name } = { dialect: tables.database.dialect, name: tables.database.dialect.name };
  if (name === 'sqlite') {
    // `done` is what is left: the total and the partial indexes are counted in a tenth of the time of a scan by status.
    const one = async (statement: string) => Number((await sql.all(statement))[0]?.[0]);
    const total = await one(`SELECT COUNT(*) FROM ${tables.main}`);
    const open = await one(
      `SELECT COUNT(*) FROM ${tables.main}${dialect.useIndex(tables.openIndex)} WHERE status = 'created'`,
    );
    let unsettled = 0;
    for (const [status, count] of await sql.all(
      `SELECT status, COUNT(*) FROM ${tables.main}${dialect.useIndex(tables.unsettledIndex)} WHERE ${tables.unsettled} GROUP BY status`,
    )) {
      counted.set(textOf(status), Number(count));
      unsettled += Number(count);
    }
    counted.set('created', open).set('done', total - open - unsettled);
  } else {
    const rows = await sql.all(
      `SELECT status, COUNT(*) FROM ${tables.main}${dialect.useIndex(tables.openIndex)} GROUP BY status`,
    );
    for (const [status, count] of rows) counted.set(textOf(status), Number(count));
  }
  return Object.fromEntries(experimentStatuses.map((status) => [status, counted.get(status) ?? 0])) as StatusCounts;
};

/** In one statement, so that what ends in between is in neither: two would show the busy as foreign. */
export const foreign = async (sql: Sql, tables: StudyTables): Promise<number> => {
  const { dialect } = tables.database;
  const [index, among] =
    dialect.name === 'sqlite' ? [tables.unsettledIndex, `${tables.unsettled} AND`] : [tables.openIndex, ''];
  const [row] = await sql.all(
    `SELECT COUNT(*) FROM ${tables.main}${dialect.useIndex(index)} LEFT JOIN ${tables.leases} l ON l.experiment_id = ID
     WHERE ${among} status = 'running' AND l.experiment_id IS NULL`,
  );
  return Number(row?.[0]);
};

export const errors = async (sql: Sql, tables: StudyTables, limit: number) => {
  const { dialect } = tables.database;
  const sqlite = dialect.name === 'sqlite';
  const from = sqlite
    ? `${tables.main}${dialect.useIndex(tables.unsettledIndex)} WHERE ${tables.unsettled} AND`
    : `${tables.main} WHERE`;
  const line = sqlite ? 'substr(error, 1, instr(error || char(10), char(10)) - 1)' : "SUBSTRING_INDEX(error, '\\n', 1)";
  const rows = await sql.all(
    `SELECT MIN(message), COUNT(*), MIN(ID) FROM (SELECT COALESCE(${line}, '') AS message, ID FROM ${from} status = 'error') failed
     GROUP BY ${dialect.binary('message')} ORDER BY COUNT(*) DESC, MIN(ID) LIMIT ?`,
    [limit],
  );
  return rows.map(([message, count, exampleId]) => ({
    message: String(message),
    count: Number(count),
    exampleId: Number(exampleId),
  }));
};
