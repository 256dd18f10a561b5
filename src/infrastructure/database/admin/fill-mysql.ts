import type { Column, StoredValue } from '../../../domain/values/column.ts';
import { ExperimenterError } from '../../../domain/errors.ts';
import { hasKeyIndex } from '../schema/key-index.ts';
import type { Session, Sql } from '../connection/sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';

const STAGING = '`ts-experimenter staging`';

/**
 * Combinations that are being added to the table. They pass through a temporary table with the same column types. So
 * they are compared in the form in which the database stores them, not in the form in which they were written.
 */
export class MysqlStaging {
  readonly #tables: StudyTables;
  /**
   * The name of each keyfield, and its name in the temporary table, where a user's name could equal another column's.
   */
  readonly #keys: readonly { readonly column: Column; readonly name: string; readonly staged: string }[];

  #count = 0;
  /** Read once, because each read may have to wait for a change of the table. */
  #types: ReadonlyMap<string, string> | undefined;

  constructor(tables: StudyTables) {
    this.#tables = tables;
    this.#keys = tables.study.keyfields.map((column, index) => ({
      column,
      name: tables.database.dialect.quote(column.name),
      staged: `k${index}`,
    }));
  }

  /** Runs outside of a transaction, because some servers allow no CREATE TEMPORARY TABLE inside of one. */
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
   * Inserts the combinations that the table does not hold, each once, in order. Returns their number. An INSERT …
   * SELECT reserves 1, 2, 4, 8, … ids until there are enough. The statements have sizes that use all reserved ids.
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
      // A separate statement: if it also read the main table, MariaDB would not keep the order of long rows.
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
      // Texts are compared by the column's collation, which the index uses, and then by their bytes, which distinguish
      // A from a.
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
    // The information schema omits a table that other sessions change, but not a table that this transaction has open.
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
