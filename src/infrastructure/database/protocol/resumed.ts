import type { StoredValue } from '../../../domain/values/column.ts';
import { deleteLogs, foundPlaces } from './reports.ts';
import type { Cell, Sql } from '../connection/sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';

/*
 * The lease of an attempt that resumes a paused experiment keeps the values of that experiment. If the attempt is lost
 * or released, the experiment is `paused` again with exactly these values. A retry begins with them too. So an attempt
 * that has not ended by itself leaves nothing.
 */

/** Columns that a claim changes besides the status. */
const CLAIMED = ['start_date', 'name', 'machine', 'end_date', 'error'];

interface Paused {
  /** By column; see `kept`. */
  readonly values: Readonly<Record<string, Kept>>;
  /** The last id of each logtable. Later log rows of this experiment belong to the resuming attempt. */
  readonly logs: Readonly<Record<string, number>>;
}

/** A value for JSON. An integer beyond 2^53 is a text of digits, which every integer column accepts. */
type Kept = string | number | null | { readonly number: string } | { readonly hex: string };

/** Another program may have stored an infinity, or bytes. */
const kept = (cell: Cell | Uint8Array | undefined): Kept => {
  if (typeof cell === 'number') return Number.isFinite(cell) ? cell : { number: String(cell) };
  if (cell instanceof Uint8Array) return { hex: Buffer.from(cell).toString('hex') };
  return cell === null || cell === undefined ? null : String(cell);
};

const restored = (value: Kept | undefined): StoredValue => {
  if (typeof value !== 'object' || value === null) return value ?? null;
  return 'number' in value ? Number(value.number) : (Buffer.from(value.hex, 'hex') as unknown as StoredValue);
};

/** The values of one paused experiment. */
export interface PausedText {
  readonly text: string;
  readonly hasResults: boolean;
}

/** Reads the values of these experiments as text for their leases. The experiments are locked and not changed yet. */
export const readPaused = async (
  sql: Sql,
  tables: StudyTables,
  ids: readonly number[],
): Promise<ReadonlyMap<number, PausedText>> => {
  const { dialect } = tables.database;
  const places = await foundPlaces(sql, tables);
  const names = [...CLAIMED, ...places.columns];
  const list = dialect.idList(ids);
  const rows = await sql.all(
    `SELECT ID, ${names.map(dialect.quote).join(', ')} FROM ${tables.main}${dialect.primaryKeyHint} WHERE ID ${list.sql}`,
    list.parameters,
  );
  const logs: Record<string, number> = {};
  for (const name of places.logtables) {
    const [last] = await sql.all(`SELECT MAX(ID) FROM ${dialect.quote(name)}`);
    logs[name] = Number(last?.[0] ?? 0);
  }
  return new Map(
    rows.map(([id, ...cells]) => {
      const values = Object.fromEntries(names.map((name, at) => [name, kept(cells[at])]));
      const text = JSON.stringify({ values, logs } satisfies Paused);
      return [Number(id), { text, hasResults: tables.study.resultfields.some(({ name }) => values[name] !== null) }];
    }),
  );
};

/** Writes the texts to the leases. */
export const keepPaused = async (
  sql: Sql,
  { leases }: StudyTables,
  paused: ReadonlyMap<number, PausedText>,
): Promise<void> => {
  for (const [id, { text }] of paused)
    await sql.run(`UPDATE ${leases} SET resumed_from = ? WHERE experiment_id = ?`, [text, id]);
};

/**
 * Restores the values that these experiments had when they were resumed. With `running`, the columns that name the
 * runner stay.
 */
export const restorePaused = async (
  sql: Sql,
  tables: StudyTables,
  ids: readonly number[],
  status: 'running' | 'paused',
): Promise<void> => {
  if (ids.length === 0) return;
  const { quote, idList, primaryKeyHint: byKey } = tables.database.dialect;
  const places = await foundPlaces(sql, tables);
  const list = idList(ids);
  const rows = await sql.all(
    `SELECT experiment_id, resumed_from FROM ${tables.leases}${byKey} WHERE experiment_id ${list.sql}`,
    list.parameters,
  );
  for (const [id, text] of rows) {
    // A lease that an earlier version created has no text.
    const { values, logs }: Paused = text === null ? { values: {}, logs: {} } : (JSON.parse(String(text)) as Paused);
    const names = (status === 'paused' ? [...CLAIMED, ...places.columns] : places.columns).filter(
      (name) => values[name] !== undefined,
    );
    const row = [...names.map((name) => restored(values[name])), ...(status === 'paused' ? [status] : []), Number(id)];
    const columns = [...names.map(quote), ...(status === 'paused' ? ['status'] : [])];
    if (columns.length > 0) await sql.update(tables.main, columns, 'ID', [row]);
    for (const name of places.logtables)
      if (logs[name] !== undefined) await deleteLogs(sql, tables, name, [Number(id)], logs[name]);
  }
};
