import type { Column, Value } from '../../domain/values/column.ts';
import type { RowWriter, TextSink } from './row-writer.ts';
import { csvColumn, CsvFormat } from '../text/csv.ts';
import { columnJson, jsonText } from '../../domain/values/value-text.ts';

/** Rows as CSV, header first. `raw`: see `CsvFormat`. */
export class CsvRows implements RowWriter {
  readonly #sink: TextSink;
  readonly #csv: CsvFormat;

  constructor(sink: TextSink, columns: readonly Column[], raw: boolean) {
    this.#sink = sink;
    this.#csv = new CsvFormat(columns.map(csvColumn), raw);
  }

  /** Writes the header. */
  begin(): void {
    this.#sink.add(this.#csv.header());
  }

  async rows(page: readonly (readonly Value[])[]): Promise<void> {
    for (const row of page) if (this.#sink.add(this.#csv.row(row))) await this.#sink.flush();
  }

  async end(): Promise<void> {
    await this.#sink.flush();
  }
}

/** Rows as JSON Lines, one object a line. */
export class JsonRows implements RowWriter {
  readonly #sink: TextSink;
  /** For each column the text before its value, and the value as text. */
  readonly #members: readonly { readonly before: string; readonly text: (value: Value) => string }[];

  constructor(sink: TextSink, columns: readonly Column[]) {
    this.#sink = sink;
    this.#members = columns.map((column, at) => ({
      before: `${at === 0 ? '' : ','}${jsonText(column.name)}:`,
      text: columnJson(column),
    }));
  }

  async rows(page: readonly (readonly Value[])[]): Promise<void> {
    for (const row of page) if (this.#sink.add(this.#line(row))) await this.#sink.flush();
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
    await this.#sink.flush();
  }
}
