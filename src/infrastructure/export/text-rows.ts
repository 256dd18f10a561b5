import type { Column, Value } from '../../domain/values/column-type.ts';
import type { RowWriter } from './row-writer.ts';
import { csvColumn, CsvFormat } from '../text/csv.ts';
import type { DataOut } from '../cli/output/data-out.ts';
import { columnJson, jsonText } from '../../domain/values/value-text.ts';

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

  async rows(page: readonly (readonly Value[])[]): Promise<void> {
    for (const row of page) if (this.#out.add(this.#csv.row(row))) await this.#out.flush();
  }

  async end(): Promise<void> {
    await this.#out.flush();
  }
}

/** Rows as JSON Lines, an object each. */
export class JsonRows implements RowWriter {
  readonly #out: DataOut;
  /** Of each column: what stands before its value, and the value's text. */
  readonly #members: readonly { readonly before: string; readonly text: (value: Value) => string }[];

  constructor(out: DataOut, columns: readonly Column[]) {
    this.#out = out;
    this.#members = columns.map((column, at) => ({
      before: `${at === 0 ? '' : ','}${jsonText(column.name)}:`,
      text: columnJson(column),
    }));
  }

  async rows(page: readonly (readonly Value[])[]): Promise<void> {
    for (const row of page) if (this.#out.add(this.#line(row))) await this.#out.flush();
  }

  #line(row: readonly Value[]): string {
    let line = '{';
    for (let at = 0; at < this.#members.length; at += 1) {
      const member = this.#members[at];
      if (member) line += member.before + member.text(row[at] ?? null);
    }
    return `${line}}\n`;
  }

  async end(): Promise<void> {
    await this.#out.flush();
  }
}
