import type { Column, StoredValue } from '../../../domain/values/column.ts';
import { resultColumns } from '../../../domain/study/table-layout.ts';
import type { RowOrder, Selection } from '../../../domain/repository/selection.ts';
import type { StatusCounts } from '../../../domain/repository/study-reader.ts';
import { Experiment, type ExperimentStatus, experimentStatuses } from '../../../domain/experiment/experiment.ts';
import { orderedPages } from './ordered-pages.ts';
import { selectionCondition } from './selection-sql.ts';
import type { Cells, Sql } from '../connection/sql.ts';
import { type StudyTables, textOf } from '../schema/study-tables.ts';

/** Rows in one read. No cursor stays open between reads, so a slow reader holds no lock. */
const PAGE = 1_000;
/** Ids that one read with a condition searches. The read may find no row, and its duration must be limited. */
const WINDOW = 20_000;

/** The selected rows in pages, by id. The id is one of the columns. */
export async function* experimentPages(
  tables: StudyTables,
  columns: readonly string[],
  selection: Selection = {},
): AsyncIterable<readonly Cells[]> {
  const idAt = columns.indexOf('ID');
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
      sql.all(`SELECT ${columns.join(', ')} FROM ${tables.main} WHERE ID > ? AND ID <= ?${where} ORDER BY ID LIMIT ?`, [
        after,
        until,
        ...(condition?.parameters ?? []),
        limit,
      ]),
    );
    if (rows.length > 0) yield rows;
    left -= rows.length;
    after = rows.length < limit ? until : Number(rows.at(-1)?.[idAt]);
  }
}

/** The selected rows in pages, by id or in another order. The id is one of the columns. */
export const selectedPages = (
  tables: StudyTables,
  columns: readonly string[],
  selection?: Selection,
  order?: RowOrder,
): AsyncIterable<readonly Cells[]> =>
  order ? orderedPages(tables, columns, selection ?? {}, order) : experimentPages(tables, columns, selection);

const experimentColumns = (tables: StudyTables): readonly string[] =>
  ['ID', 'creation_date', 'status', 'start_date', 'name', 'machine', 'end_date', 'error'].concat(
    [...tables.study.keyfields, ...resultColumns(tables.study), ...undeclaredOf(tables)].map(({ name }) =>
      tables.database.dialect.quote(name),
    ),
  );

const undeclaredOf = ({ study }: StudyTables): readonly Column[] => study.undeclared ?? [];

const experimentOf = (tables: StudyTables, cells: Cells): Experiment => {
  const { study } = tables;
  const columns = resultColumns(study);
  const results = 8 + study.keyfields.length;
  return new Experiment({
    id: Number(cells[0]),
    keyfields: tables.keyfields(cells, 8),
    creationDate: textOf(cells[1]),
    status: textOf(cells[2]) as ExperimentStatus,
    startDate: textOf(cells[3]),
    name: textOf(cells[4]),
    machine: textOf(cells[5]),
    results: tables.row(columns, cells, results),
    endDate: textOf(cells[6]),
    error: textOf(cells[7]),
    ...(study.undeclared && { undeclared: tables.row(study.undeclared, cells, results + columns.length) }),
  });
};

export async function* list(tables: StudyTables, selection?: Selection, order?: RowOrder): AsyncIterable<Experiment> {
  for await (const page of selectedPages(tables, experimentColumns(tables), selection, order)) {
    for (const cells of page) yield experimentOf(tables, cells);
  }
}

/** A subquery that replaces the table: the statuses of the selected experiments. */
const selectedRows = (tables: StudyTables, selection: Selection): readonly [from: string, StoredValue[]] => {
  const { sql, parameters } = selectionCondition(selection, tables) ?? { sql: '1 = 1', parameters: [] };
  const rows = `SELECT status FROM ${tables.main} WHERE ${sql}`;
  if (selection.limit === undefined) return [`(${rows}) selected`, [...parameters]];
  return [`(${rows} ORDER BY ID LIMIT ?) selected`, [...parameters, selection.limit]];
};

/**
 * One statement, so that all counts are of the same moment. With several statements, an experiment that is claimed in
 * between would be counted twice.
 */
export const counts = async (sql: Sql, tables: StudyTables, selection?: Selection): Promise<StatusCounts> => {
  const { main, openIndex, unsettledIndex, unsettled } = tables;
  const { name } = tables.database.dialect;
  const counted = new Map<string | null, number>();
  if (selection || name === 'mysql') {
    const [from, parameters] = selection ? selectedRows(tables, selection) : [main + tables.through(openIndex), []];
    const rows = await sql.all(`SELECT status, COUNT(*) FROM ${from} GROUP BY status`, parameters);
    for (const [status, count] of rows) counted.set(textOf(status), Number(count));
  } else {
    // `done` is the rest. Counting all rows and the partial indexes takes a tenth of the time of a scan by status.
    const rows = await sql.all(
      `SELECT 1, 'done', COUNT(*) FROM ${main}
       UNION ALL SELECT -1, 'created', COUNT(*) FROM ${main}${tables.through(openIndex)} WHERE status = 'created'
       UNION ALL SELECT -1, status, COUNT(*) FROM ${main}${tables.through(unsettledIndex)} WHERE ${unsettled} GROUP BY status`,
    );
    for (const [sign, status, count] of rows) if (Number(sign) < 0) counted.set(textOf(status), Number(count));
    const done = rows.reduce((left, [sign, , count]) => left + Number(sign) * Number(count), 0);
    counted.set('done', done);
  }
  return Object.fromEntries(experimentStatuses.map((status) => [status, counted.get(status) ?? 0])) as StatusCounts;
};

/**
 * One statement, so that an experiment that ends in between is not counted. With two statements, experiments of runners
 * could be counted as foreign.
 */
export const foreign = async (sql: Sql, tables: StudyTables): Promise<number> => {
  if (!tables.has('leases')) return (await counts(sql, tables)).running;
  const { dialect } = tables.database;
  const [index, among] =
    dialect.name === 'sqlite' ? [tables.unsettledIndex, `${tables.unsettled} AND`] : [tables.openIndex, ''];
  const [row] = await sql.all(
    `SELECT COUNT(*) FROM ${tables.main}${tables.through(index)} LEFT JOIN ${tables.leases} l ON l.experiment_id = ID
     WHERE ${among} status = 'running' AND l.experiment_id IS NULL`,
  );
  return Number(row?.[0]);
};

export const errors = async (sql: Sql, tables: StudyTables, limit: number) => {
  const text = tables.database.dialect.name === 'sqlite' ? sqliteErrors(tables) : mysqlErrors(tables);
  const rows = await sql.all(text, [limit]);
  return rows.map(([message, count, exampleId]) => ({
    message: String(message),
    count: Number(count),
    exampleId: Number(exampleId),
  }));
};

const sqliteErrors = (tables: StudyTables): string =>
  `SELECT MIN(message), COUNT(*), MIN(ID) FROM (SELECT SUBSTR(COALESCE(${SQLITE_ERROR_LINE}, ''), 1, 1000) AS message, ID
   FROM ${tables.main}${tables.through(tables.unsettledIndex)} WHERE ${tables.unsettled} AND status = 'error') failed
   GROUP BY message ORDER BY COUNT(*) DESC, MIN(ID) LIMIT ?`;

/** Grouped by a digest. With texts as keys the groups do not fit into memory, and the server writes them to disk. */
const mysqlErrors = ({ main }: StudyTables): string => {
  const message = `SUBSTR(COALESCE(${MYSQL_ERROR_LINE}, ''), 1, 1000)`;
  return `SELECT ${message}, times, example FROM
   (SELECT COUNT(*) AS times, MIN(ID) AS example FROM ${main} WHERE status = 'error'
    GROUP BY UNHEX(SHA2(${message}, 256)) ORDER BY times DESC, example LIMIT ?) failed
   JOIN ${main} ON ID = example ORDER BY times DESC, example`;
};

/**
 * The first line of an error. Of a Python traceback it is the last line, which `rtrim` finds by removing all characters
 * that are not line breaks. Line breaks before it and spaces after it do not count. Only the part that shows the kind
 * of the error is needed.
 */
const SQLITE_ERROR_LINE = `CASE WHEN error LIKE 'Traceback (most recent%'
  THEN replace(rtrim(error, char(13, 10)), rtrim(rtrim(error, char(13, 10)), replace(error, char(10), '')), '')
  ELSE rtrim(substr(ltrim(error, char(32, 9, 13, 10)), 1, instr(ltrim(error, char(32, 9, 13, 10)) || char(10), char(10)) - 1), char(13)) END`;
const MYSQL_ERROR_LINE = `CASE WHEN error LIKE 'Traceback (most recent%'
  THEN SUBSTRING_INDEX(TRIM(TRAILING '\\n' FROM error), '\\n', -1)
  ELSE SUBSTRING_INDEX(TRIM(LEADING '\\n' FROM error), '\\n', 1) END`;
