import type { Column, StoredValue } from '../../../domain/values/column.ts';
import { ExperimenterError } from '../../../domain/errors.ts';
import { hasKeyIndex } from '../schema/key-index.ts';
import type { Session, Sql } from '../connection/sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';

const STAGING = '`ts-experimenter staging`';

/**
 * Combinations on their way into the table. They pass through a temporary table of the very same column types, so that
 * they are compared as the database stores them, and not as they were written down.
 */
export class MysqlStaging {
  readonly #tables: StudyTables;
  /** Each keyfield's name, and the one it has here, where a user's name could collide with ours. */
  readonly #keys: readonly { readonly column: Column; readonly name: string; readonly staged: string }[];

  #count = 0;
  /** Read once: each look may have to wait for a change of the table. */
  #types: ReadonlyMap<string, string> | undefined;

  constructor(tables: StudyTables) {
    this.#tables = tables;
    this.#keys = tables.study.keyfields.map((column, index) => ({
      column,
      name: tables.database.dialect.quote(column.name),
      staged: `k${index}`,
    }));
  }

  /** Outside of a transaction: some servers allow no temporary table to be made in one. */
  async load(sql: Session, rows: readonly (readonly StoredValue[])[]): Promise<void> {
    const types = (this.#types ??= await this.#readTypes(sql));
    const missing = this.#keys.find(({ column }) => !types.has(column.name));
    if (missing)
      throw new ExperimenterError(
        'SCHEMA_MISMATCH',
        `table ${this.#tables.study.table} has no column ${missing.column.name}; "ts-experimenter fill" creates what is missing`,
      );
    await this.drop(sql);
    await sql.run(
      `CREATE TEMPORARY TABLE ${STAGING} (n INTEGER NOT NULL PRIMARY KEY, ${this.#keys.map(({ column, staged }) => `${staged} ${types.get(column.name)} NULL`).join(', ')})`,
    );
    await sql.insert(
      STAGING,
      ['n', ...this.#keys.map(({ staged }) => staged)],
      rows.map((row, n) => [n, ...row]),
    );
    this.#count = rows.length;
  }

  /**
   * Inserts what the table does not hold, each combination once, in order; answers how many. An INSERT … SELECT sets aside
   * 1, 2, 4, 8, … ids until there are enough: so many rows at a time that none is left over.
   */
  async insertAbsent(sql: Sql): Promise<number> {
    const { main, keys, database } = this.#tables;
    const absent = await this.#absent(sql);
    if (absent.length === 0) return 0;
    if (absent.length < this.#count) {
      const list = database.dialect.idList(absent);
      await sql.run(`DELETE FROM ${STAGING} WHERE n NOT ${list.sql}`, list.parameters);
    }
    const inOrder = absent.toSorted((one, other) => one - other);
    let added = 0;
    for (let from = 0; from < inOrder.length;) {
      const size = 2 ** Math.floor(Math.log2(inOrder.length - from + 1)) - 1;
      // A statement of its own: in one that also looks into the table, MariaDB forgets the order of long rows.
      added += await sql.run(
        `INSERT INTO ${main} (${keys}, creation_date, status)
         SELECT ${this.#keys.map(({ staged }) => staged).join(', ')}, ?, 'created' FROM ${STAGING} WHERE n BETWEEN ? AND ? ORDER BY n`,
        [this.#tables.date(), inOrder[from] ?? 0, inOrder[from + size - 1] ?? 0],
      );
      from += size;
    }
    if (added !== absent.length)
      throw new Error(`${absent.length} combinations are missing in ${main}, and the server has added ${added}`);
    return added;
  }

  async #absent(sql: Sql): Promise<readonly number[]> {
    const { main, keyIndex, database } = this.#tables;
    const same: string[] = [];
    const group: string[] = [];
    for (const { column, name, staged } of this.#keys) {
      same.push(`t.${name} <=> s.${staged}`);
      group.push(column.type.kind === 'text' ? `CAST(s.${staged} AS BINARY)` : `s.${staged}`);
      // By the column's own collation, which the index knows, and then by its bytes, which tell A from a.
      if (column.type.kind === 'text') same.push(`CAST(t.${name} AS BINARY) <=> CAST(s.${staged} AS BINARY)`);
    }
    const index = hasKeyIndex(this.#tables) ? database.dialect.useIndex(keyIndex) : '';
    const rows = await sql.all(
      `SELECT MIN(s.n) FROM ${STAGING} s LEFT JOIN ${main} t${index} ON ${same.join(' AND ')} WHERE t.ID IS NULL GROUP BY ${group.join(', ')}`,
    );
    return rows.map((cells) => Number(cells[0]));
  }

  async drop(sql: Sql): Promise<void> {
    await sql.run(`DROP TEMPORARY TABLE IF EXISTS ${STAGING}`);
  }

  async #readTypes(session: Session): Promise<ReadonlyMap<string, string>> {
    const types = await columnTypes(session, this.#tables);
    if (this.#keys.every(({ column }) => types.has(column.name))) return types;
    // The information schema leaves out a table that others change, but none that this very transaction has open.
    return session.transaction(async (sql) => {
      await sql.all(`SELECT 1 FROM ${this.#tables.main} LIMIT 0`);
      return columnTypes(sql, this.#tables);
    });
  }
}

const columnTypes = async (sql: Sql, { study }: StudyTables): Promise<ReadonlyMap<string, string>> => {
  const rows = await sql.all(
    `SELECT COLUMN_NAME, COLUMN_TYPE, CHARACTER_SET_NAME, COLLATION_NAME FROM INFORMATION_SCHEMA.COLUMNS
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?`,
    [study.table],
  );
  return new Map(
    rows.map(([name, type, characters, collation]) => [
      String(name),
      characters === null ? String(type) : `${type} CHARACTER SET ${characters} COLLATE ${collation}`,
    ]),
  );
};
