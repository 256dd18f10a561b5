import { sql } from 'kysely';
import type { StoredValue } from '../../../domain/values/column.ts';
import type { Cells, Dialect, RowSet, Sql } from '../connection/sql.ts';
import { bound, boundCells, type Db } from '../connection/statements.ts';
import { RowTooLarge } from './mysql-errors.ts';

/**
 * The next power of two. A dozen statement texts then cover any number of values, and the server can reuse its prepared
 * statements.
 */
const rounded = (count: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, count)));

/** Repeats the last item until there are `length` items. It is only for lists where a repetition changes nothing. */
const padded = <Item>(items: readonly Item[], length: number): readonly Item[] =>
  items.length === length ? items : [...items, ...new Array<Item>(length - items.length).fill(items.at(-1) as Item)];

const EACH_ID = "JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$')) v STRAIGHT_JOIN";

export const mysqlDialect: Dialect = {
  name: 'mysql',
  quote: (identifier) => `\`${identifier.replaceAll('`', '``')}\``,
  now: 'UTC_TIMESTAMP(3)',
  inSeconds: (seconds) => sql`UTC_TIMESTAMP(3) + INTERVAL ${seconds} SECOND`,
  ageSeconds: (column) => sql`TIMESTAMPDIFF(MICROSECOND, ${sql.id(column)}, UTC_TIMESTAMP(6)) / 1000000`,
  forUpdate: ' FOR UPDATE',
  forShare: ' LOCK IN SHARE MODE', // MariaDB has no FOR SHARE
  skipLocked: ' FOR UPDATE SKIP LOCKED',
  idList: (ids) => {
    const parameters = padded(ids.length > 0 ? ids : [0], rounded(ids.length));
    return { sql: `IN (${parameters.map(() => '?').join(', ')})`, parameters };
  },
  primaryKeyHint: ' FORCE INDEX (PRIMARY)',
  joinOrderHint: 'STRAIGHT_JOIN',
  // MariaDB's DELETE obeys an index hint only in a join with a fixed order.
  deleteByKey: (table, key) => `DELETE x FROM ${EACH_ID} ${table} x FORCE INDEX (PRIMARY) ON x.${key} = v.id`,
  useIndex: (index) => ` FORCE INDEX (${index})`,
  binary: (expression) => `CAST(${expression} AS BINARY)`,
};

/** Any number of rows in one statement text with one parameter, because each parameter costs the driver time. */
const jsonTable = ({ columns }: RowSet): string =>
  `JSON_TABLE(?, '$[*]' COLUMNS (${columns.map(([name, type], at) => `${name} ${type} PATH '$[${at}]'`).join(', ')}))`;

/** The protocol counts placeholders in 16 bits. */
const PLACEHOLDERS = 65_535;

/** Runs statements on one connection. */
export class MysqlSql implements Sql {
  readonly #db: Db;
  readonly #packetBytes: number;

  constructor(db: Db, packetBytes: number) {
    this.#db = db;
    this.#packetBytes = packetBytes;
  }

  async all(sql: string, parameters: readonly StoredValue[] = []): Promise<readonly Cells[]> {
    return (await this.#db.executeQuery<Cells>(boundCells(sql, parameters))).rows;
  }

  async run(sql: string, parameters: readonly StoredValue[] = [], own?: RowSet): Promise<number> {
    const query = own
      ? bound(
          sql.replace('?own', () => jsonTable(own)),
          [...parameters, JSON.stringify(own.rows)],
        )
      : bound(sql, parameters);
    return Number((await this.#db.executeQuery(query)).numAffectedRows ?? 0);
  }

  async insert(table: string, columns: readonly string[], rows: readonly (readonly StoredValue[])[]): Promise<void> {
    for (const chunk of this.#chunks(columns.length, rows)) {
      // Powers of two, largest first, because a repeated row would be inserted twice.
      for (let from = 0; from < chunk.length;) {
        const size = 2 ** Math.floor(Math.log2(chunk.length - from));
        await this.run(values(table, columns, size), chunk.slice(from, from + size).flat());
        from += size;
      }
    }
  }

  async update(
    table: string,
    columns: readonly string[],
    key: string,
    rows: readonly (readonly StoredValue[])[],
  ): Promise<void> {
    // Each value is bound to its own column, which a join with a list of values cannot do. The rows exist, so no row is
    // inserted.
    const change = ` ON DUPLICATE KEY UPDATE ${columns.map((column) => `${column} = VALUES(${column})`).join(', ')}`;
    for (const chunk of this.#chunks(columns.length + 1, rows)) {
      const size = rounded(chunk.length);
      await this.run(values(table, [...columns, key], size) + change, padded(chunk, size).flat());
    }
  }

  #chunks<R extends readonly StoredValue[]>(width: number, rows: readonly R[]): R[][] {
    const most = 2 ** Math.floor(Math.log2(PLACEHOLDERS / width));
    // Half a packet, because repeating a row up to a power of two must not exceed the packet.
    const budget = this.#packetBytes / 2;
    const chunks: R[][] = [];
    let chunk: R[] = [];
    let bytes = 0;
    for (const row of rows) {
      let size = 0;
      for (const value of row) size += 12 + (typeof value === 'string' ? value.length * 3 : 0);
      if (size > budget) size = exactBytes(row, this.#packetBytes);
      if (chunk.length === most || (bytes + size > budget && chunk.length > 0)) {
        chunks.push(chunk);
        chunk = [];
        bytes = 0;
      }
      chunk.push(row);
      bytes += size;
    }
    if (chunk.length > 0) chunks.push(chunk);
    return chunks;
  }
}

const values = (table: string, columns: readonly string[], rows: number): string => {
  const row = `(${columns.map(() => '?').join(', ')})`;
  return `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${new Array(rows).fill(row).join(', ')}`;
};

const exactBytes = (row: readonly StoredValue[], allowed: number): number => {
  let bytes = 0;
  for (const value of row) bytes += 12 + (typeof value === 'string' ? Buffer.byteLength(value) : 0);
  if (bytes + 1_024 > allowed) throw new RowTooLarge(bytes, allowed);
  return bytes;
};
