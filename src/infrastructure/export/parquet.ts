import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { Column, Value } from '../../domain/values/column.ts';
import { ExperimenterError } from '../../domain/errors.ts';
import { valueWeight } from '../../domain/values/estimated-size.ts';
import { shownValue } from '../../domain/values/refusal.ts';
import { version } from '../system/version.ts';
import { type ParquetColumn, parquetColumn } from './parquet-values.ts';
import type { ByteSink, RowWriter } from './row-writer.ts';

/** A row group is held in memory: at most this number of rows, fewer if rows are long. */
const GROUP_ROWS = 5_000;
const GROUP_WEIGHT = 8_000_000;

/** Bytes of the footer in Thrift's compact protocol: field 3, no rows; field 4, an empty list without a type. */
const NO_ROW_GROUPS = Buffer.from([0x16, 0x00, 0x19, 0x00]);

/** The bytes of the current group. */
class GroupBytes extends ByteWriter {
  readonly #sink: ByteSink;

  constructor(sink: ByteSink) {
    super(1 << 20);
    this.#sink = sink;
  }

  /** The library writes an empty list without a type, which strict readers refuse. It gets the type of structs. */
  correctEmptyList(): void {
    const bytes = Buffer.from(this.buffer, 0, this.index);
    const at = bytes.lastIndexOf(NO_ROW_GROUPS);
    if (at >= 0) bytes[at + NO_ROW_GROUPS.length - 1] = 0x0c;
  }

  async flush(): Promise<void> {
    const bytes = this.getBytes();
    this.index = 0;
    await this.#sink(bytes);
  }
}

/**
 * Apache Parquet, compressed with Snappy, one row group after the other. Every column may hold NULL. Throws
 * `VALUE_REFUSED` for a value that the column's type has no room for, which only another program can have written.
 */
export class ParquetRows implements RowWriter {
  readonly #columns: readonly ParquetColumn[];
  readonly #bytes: GroupBytes;
  readonly #parquet: ParquetWriter;
  #group: unknown[][];
  #weight = 0;

  constructor(columns: readonly Column[], sink: ByteSink) {
    this.#columns = columns.map(parquetColumn);
    this.#group = this.#columns.map(() => []);
    this.#bytes = new GroupBytes(sink);
    this.#parquet = new ParquetWriter({
      writer: this.#bytes,
      schema: [{ name: 'root', num_children: this.#columns.length }, ...this.#columns.map(({ element }) => element)],
      createdBy: `ts-experimenter version ${version} (build hyparquet-writer)`,
    });
  }

  async rows(page: readonly (readonly Value[])[]): Promise<void> {
    for (const row of page) {
      for (const [index, column] of this.#columns.entries()) {
        const value = row[index] ?? null;
        this.#group[index]?.push(this.#encoded(column, value, row));
        this.#weight += valueWeight(value);
      }
      if ((this.#group[0]?.length ?? 0) >= GROUP_ROWS || this.#weight >= GROUP_WEIGHT) await this.#writeGroup();
    }
  }

  #encoded(column: ParquetColumn, value: Value, row: readonly Value[]): unknown {
    if (value === null) return null;
    const written = column.encode(value);
    if (written !== undefined) return written;
    const names = this.#columns.map(({ name }) => name);
    const id = ['ID', 'experiment_id'].map((name) => row[names.indexOf(name)]).find((found) => found !== undefined);
    throw new ExperimenterError(
      'VALUE_REFUSED',
      `column ${column.name}: found ${shownValue(value)}${id === undefined ? '' : ` in the row ${shownValue(id)}`}, which ` +
        `is no value of its type, written by another program; leave the column out (--columns) or export CSV or JSON Lines`,
    );
  }

  async end(): Promise<void> {
    await this.#writeGroup();
    await this.#parquet.finish();
    if (this.#parquet.num_rows === 0n) this.#bytes.correctEmptyList();
    await this.#bytes.flush();
  }

  async #writeGroup(): Promise<void> {
    const rows = this.#group[0]?.length ?? 0;
    if (rows === 0) return;
    const columnData = this.#columns.map(({ name }, index) => ({ name, data: this.#group[index] ?? [] }));
    this.#group = this.#columns.map(() => []);
    this.#weight = 0;
    await this.#parquet.write({ columnData, rowGroupSize: rows });
  }
}
