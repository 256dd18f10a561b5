import type { StoredValue } from '../../../domain/values/column.ts';
import { joined } from '../query/filter-sql.ts';
import type { Sql } from '../connection/sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';

/** Rows in one statement. For a single row the fixed cost of a call is most of the time. */
const BULK = 64;
/** Slightly less than SQLite's own limit. */
const MOST_PARAMETERS = 32_000;
/** Rows until the event loop may run a heartbeat. */
const ROWS_PER_TURN = 1_024;

/** Values of the keyfields in their order, in stored form. */
export type Combinations = readonly (readonly StoredValue[])[];

/** Lets the event loop of this thread run other tasks. */
export const yieldToEventLoop = async (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Whether the table holds all combinations. The read waits for no writer, and no writer waits for it. */
export const allPresent = async (sql: Sql, tables: StudyTables, rows: Combinations): Promise<boolean> => {
  for await (const { from, parameters } of absent(tables, rows)) {
    if ((await sql.all(`SELECT 1 ${from} LIMIT 1`, parameters)).length > 0) return false;
  }
  return true;
};

/**
 * Inserts the combinations that the table does not hold, in their order, and returns their number. A statement does not
 * see the rows that it inserts itself, so duplicates are removed before.
 */
export const insertAbsent = async (sql: Sql, tables: StudyTables, rows: Combinations): Promise<number> => {
  const names = tables.study.keyfields.map(({ name }) => tables.database.dialect.quote(name)).join(', ');
  const distinct = [...new Map(rows.map((row) => [row.map(identity).join('\0'), row])).values()];
  const now = tables.date();
  let added = 0;
  for await (const { from, parameters } of absent(tables, distinct)) {
    added += await sql.run(
      `INSERT INTO ${tables.main} (${names}, creation_date, status) SELECT given.*, ?, 'created' ${from}`,
      [now, ...parameters],
    );
  }
  return added;
};

/** Returns equal texts for values that a column stores identically. */
const identity = (value: StoredValue): string => {
  if (value === null) return '';
  const integer = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
  return `=${integer ? BigInt(value) : value}`;
};

/**
 * Yields the combinations in small groups, with the part of a SELECT that finds those which the table does not hold.
 */
async function* absent(tables: StudyTables, rows: Combinations) {
  const { keyfields } = tables.study;
  // A JSON column of SQLite stores numeric texts as numbers. Only the database can decide there which values are equal.
  const single = keyfields.some(({ type }) => type.kind === 'json');
  const size = single ? 1 : Math.max(1, Math.min(BULK, Math.floor(MOST_PARAMETERS / keyfields.length)));
  const texts = new Map([1, size].map((count) => [count, fromAbsent(tables, count)]));
  let turnEnds = ROWS_PER_TURN;
  for (let at = 0; at < rows.length;) {
    const count = rows.length - at < size ? 1 : size;
    yield { from: texts.get(count) ?? '', parameters: rows.slice(at, at + count).flat() };
    at += count;
    if (at < turnEnds) continue;
    turnEnds = at + ROWS_PER_TURN;
    await yieldToEventLoop();
  }
}

const fromAbsent = ({ main, keyIndex, study, database: { dialect } }: StudyTables, rows: number): string => {
  const same = study.keyfields.map(({ name, type }, index) => {
    const [is, value] = [`there.${dialect.quote(name)}`, `given.column${index + 1}`];
    const either = type.kind === 'datetime' ? ` OR ${is} IN (${otherWritings(value)})` : '';
    return { sql: `(${is} IS ${value}${either})`, parameters: [] };
  });
  const row = `(${same.map(() => '?').join(', ')})`;
  return `FROM (VALUES ${Array.from({ length: rows }, () => row).join(', ')}) given
    WHERE NOT EXISTS (SELECT 1 FROM ${main} there${dialect.useIndex(keyIndex)} WHERE ${joined('AND', same).sql})`;
};

/**
 * Other forms in which PyExperimenter may have stored the same moment: as its configuration writes it, with a T, or
 * without zeros.
 */
const otherWritings = (moment: string): string => {
  const without = (zeros: string, text: string, length: number) =>
    `CASE WHEN ${moment} LIKE '%${zeros}' THEN substr(${text}, 1, ${length}) END`;
  const withT = `replace(${moment}, ' ', 'T')`;
  return [withT, without(':00', moment, 16), without(':00', withT, 16), without(' 00:00:00', moment, 10)].join(', ');
};
