import type { StoredValue } from '../../domain/column-type.ts';
import type { Sql } from './sql.ts';
import type { StudyTables } from './study-tables.ts';

/** Rows in one statement: what a call costs by itself is most of a single one. */
const BULK = 64;
/** SQLite's own limit, less a little. */
const MOST_PARAMETERS = 32_000;
/** Rows until a heartbeat may have its turn. */
const BREATH = 1_024;

/** Lets everything else of this thread have its turn. */
export const breathe = async (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/**
 * Inserts the combinations that the table does not hold, in their order, and says how many. A statement does not see the
 * rows it inserts itself, so those that come twice are dropped before.
 */
export const insertAbsent = async (
  sql: Sql,
  tables: StudyTables,
  rows: readonly (readonly StoredValue[])[],
): Promise<number> => {
  const { keyfields } = tables.study;
  const distinct = [...new Map(rows.map((row) => [row.map(identity).join('\0'), row])).values()];
  // JSON lies in a column that takes its numbers as numbers: there only the database knows what is the same.
  const single = keyfields.some(({ type }) => type.kind === 'json');
  const size = single ? 1 : Math.max(1, Math.min(BULK, Math.floor(MOST_PARAMETERS / keyfields.length)));
  const now = tables.date();
  let [added, breath] = [0, BREATH];
  for (let at = 0; at < distinct.length;) {
    const count = distinct.length - at < size ? 1 : size;
    const parameters = distinct.slice(at, at + count).flat();
    added += await sql.run(statement(tables, count), [now, ...parameters]);
    at += count;
    if (at < breath) continue;
    breath = at + BREATH;
    await breathe();
  }
  return added;
};

/** Equal for values that a column stores the same. */
const identity = (value: StoredValue): string => {
  if (value === null) return '';
  const integer = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
  return `=${integer ? BigInt(value) : value}`;
};

const statement = ({ main, keyIndex, study, database: { dialect } }: StudyTables, rows: number): string => {
  const names = study.keyfields.map(({ name }) => dialect.quote(name));
  const given = names.map((_, index) => `given.column${index + 1}`);
  const same = names.map((name, index) => `there.${name} IS ${given[index]}`);
  const row = `(${names.map(() => '?').join(', ')})`;
  return `INSERT INTO ${main} (${names.join(', ')}, creation_date, status) SELECT ${given.join(', ')}, ?, 'created'
    FROM (VALUES ${Array.from({ length: rows }, () => row).join(', ')}) given
    WHERE NOT EXISTS (SELECT 1 FROM ${main} there${dialect.useIndex(keyIndex)} WHERE ${same.join(' AND ')})`;
};
