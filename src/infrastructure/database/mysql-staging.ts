import type { StoredValue } from '../../domain/column-type.ts';
import type { Column } from '../../domain/study.ts';
import { hasKeyIndex } from './key-index.ts';
import type { Sql } from './sql.ts';
import type { StudyTables } from './study-tables.ts';

const STAGING = '`ts-experimenter staging`';

/**
 * Combinations on their way into the table. They pass through a temporary table of the very same column types, so that
 * they are compared as the database stores them, and not as they were written down.
 */
export class MysqlStaging {
  readonly #tables: StudyTables;
  readonly #keys: readonly { readonly column: Column; readonly name: string }[];

  constructor(tables: StudyTables) {
    this.#tables = tables;
    this.#keys = tables.study.keyfields.map((column) => ({ column, name: tables.database.dialect.quote(column.name) }));
  }

  /** Outside of a transaction: some servers allow no temporary table to be made in one. */
  async load(sql: Sql, rows: readonly (readonly StoredValue[])[]): Promise<void> {
    const types = await this.#types(sql);
    await this.drop(sql);
    await sql.run(
      `CREATE TEMPORARY TABLE ${STAGING} (n INTEGER NOT NULL PRIMARY KEY, ${this.#keys.map(({ column, name }) => `${name} ${types.get(column.name)} NULL`).join(', ')})`,
    );
    await sql.insert(
      STAGING,
      ['n', ...this.#keys.map(({ name }) => name)],
      rows.map((row, n) => [n, ...row]),
    );
    await this.#removeDuplicates(sql, rows.length);
  }

  /** Inserts what the table does not hold, in order; answers how many. */
  async insertAbsent(sql: Sql): Promise<number> {
    const { main, keyIndex, keys, database } = this.#tables;
    const same = this.#keys.flatMap(({ column, name }) => {
      const [kept, staged] = [`t.${name}`, `s.${name}`];
      // By the column's own collation, which the index knows, and then by its bytes, which tell A from a.
      return column.type.kind === 'text' ? [`${kept} <=> ${staged}`, `CAST(${kept} AS BINARY) <=> CAST(${staged} AS BINARY)`] : [`${kept} <=> ${staged}`];
    });
    const index = hasKeyIndex(this.#tables) ? database.dialect.useIndex(keyIndex) : '';
    return sql.run(
      `INSERT INTO ${main} (${keys}, creation_date, status)
       SELECT ${this.#keys.map(({ name }) => `s.${name}`).join(', ')}, ?, 'created'
       FROM ${STAGING} s LEFT JOIN ${main} t${index} ON ${same.join(' AND ')} WHERE t.ID IS NULL ORDER BY s.n`,
      [this.#tables.date()],
    );
  }

  async drop(sql: Sql): Promise<void> {
    await sql.run(`DROP TEMPORARY TABLE IF EXISTS ${STAGING}`);
  }

  async #types(sql: Sql): Promise<ReadonlyMap<string, string>> {
    const rows = await sql.all(
      `SELECT COLUMN_NAME, COLUMN_TYPE, CHARACTER_SET_NAME, COLLATION_NAME FROM INFORMATION_SCHEMA.COLUMNS
       WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?`,
      [this.#tables.study.table],
    );
    return new Map(
      rows.map(([name, type, characters, collation]) => [
        String(name),
        characters === null ? String(type) : `${type} CHARACTER SET ${characters} COLLATE ${collation}`,
      ]),
    );
  }

  async #removeDuplicates(sql: Sql, count: number): Promise<void> {
    const group = this.#keys.map(({ column, name }) => (column.type.kind === 'text' ? `CAST(${name} AS BINARY)` : name)).join(', ');
    const first = await sql.all(`SELECT MIN(n) FROM ${STAGING} GROUP BY ${group}`);
    if (first.length === count) return;
    const list = this.#tables.database.dialect.idList(first.map((cells) => Number(cells[0])));
    await sql.run(`DELETE FROM ${STAGING} WHERE n NOT ${list.sql}`, list.parameters);
  }
}
