import type { Column, Row } from '../../domain/values/column-type.ts';
import type { RowWriter } from './row-writer.ts';
import { csvColumn } from '../text/cell.ts';
import { CsvFormat } from '../text/csv.ts';
import type { DataOut } from '../cli/output/data-out.ts';
import { jsonText, withStoredJson } from '../../domain/values/value-text.ts';

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
  /** Those that hold JSON. */
  readonly #columns: readonly Column[];
  readonly #members: readonly { readonly name: string; readonly key: string }[];

  constructor(out: DataOut, columns: readonly Column[]) {
    this.#out = out;
    this.#columns = columns.filter(({ type }) => type.kind === 'json');
    this.#members = columns.map(({ name }) => ({ name, key: `${jsonText(name)}:` }));
  }

  async row(row: Row): Promise<void> {
    const written = withStoredJson(row, this.#columns);
    const members = this.#members.map(({ name, key }) => key + jsonText(written[name] ?? null));
    await this.#out.write(`{${members.join(',')}}\n`);
  }

  async end(): Promise<void> {
    await this.#out.flush();
  }
}
