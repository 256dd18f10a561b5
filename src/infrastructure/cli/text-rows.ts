import type { Column, Row } from '../../domain/column-type.ts';
import type { RowWriter } from '../reporting/row-writer.ts';
import { csvColumn } from './cell.ts';
import { CsvFormat } from './csv.ts';
import type { DataOut } from './data-out.ts';
import { jsonText } from './json.ts';

/** Rows as CSV, header first. `raw`: see `CsvFormat`. */
export class CsvRows implements RowWriter {
  readonly #out: DataOut;
  readonly #csv: CsvFormat;

  constructor(out: DataOut, columns: readonly Column[], raw: boolean) {
    this.#out = out;
    this.#csv = new CsvFormat(columns.map(csvColumn), raw);
  }

  async begin(): Promise<void> {
    await this.#out.write(this.#csv.header());
  }

  async row(row: Row): Promise<void> {
    await this.#out.write(this.#csv.row(row));
  }

  async end(): Promise<void> {
    await this.#out.flush();
  }
}

/** Rows as JSON Lines, an object each. */
export class JsonRows implements RowWriter {
  readonly #out: DataOut;
  readonly #columns: readonly Column[];

  constructor(out: DataOut, columns: readonly Column[]) {
    this.#out = out;
    this.#columns = columns;
  }

  async row(row: Row): Promise<void> {
    const values = this.#columns.map(({ name }) => [name, row[name] ?? null] as const);
    await this.#out.write(`${jsonText(Object.fromEntries(values))}\n`);
  }

  async end(): Promise<void> {
    await this.#out.flush();
  }
}
