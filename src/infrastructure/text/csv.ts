import type { Value } from '../../domain/values/column-type.ts';
import { isJson } from '../../domain/values/json-text.ts';
import { jsonText, oneLine } from '../../domain/values/value-text.ts';

/** A column of a CSV file. */
export interface CsvColumn {
  readonly name: string;
  /** Its values are numbers, also where a driver gives their exact digits as text: they are left alone. */
  readonly numeric: boolean;
  /** Its values are the text of JSON, or what another program wrote in its place. */
  readonly json?: boolean;
}

/** What a spreadsheet takes for the beginning of a formula, also behind spaces and characters that cannot be seen. */
const formula = /^[\p{Z}\p{C}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]/u;
const startsWithControl = /^[ \uFEFF]*[\t\r\n\0]/;
const number = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/** Lines of CSV (RFC 4180). `raw` leaves out the apostrophe that keeps spreadsheets from executing a text as a formula. */
export class CsvFormat {
  readonly #columns: readonly CsvColumn[];
  readonly #raw: boolean;

  constructor(columns: readonly CsvColumn[], raw: boolean) {
    this.#columns = columns;
    this.#raw = raw;
  }

  header(): string {
    return this.#record(this.#columns.map(({ name }) => this.#text(name)));
  }

  row(row: Readonly<Record<string, Value | undefined>>): string {
    return this.#record(this.#columns.map((column) => this.#cell(row[column.name], column)));
  }

  #record(cells: readonly string[]): string {
    // A lone NULL would be an empty line, which readers skip.
    return `${cells.length === 1 && cells[0] === '' ? '""' : cells.join(',')}\r\n`;
  }

  /** NULL is an empty cell, an empty text is `""`. */
  #cell(value: Value | undefined, { numeric, json }: CsvColumn): string {
    if (value === null || value === undefined) return '';
    if (json === true && typeof value === 'string')
      return isJson(value) ? quotedIfNeeded(oneLine(value)) : this.#text(value);
    if (typeof value === 'object') return quotedIfNeeded(jsonText(value));
    if (typeof value !== 'string') return jsonText(value);
    if (value === '') return '""';
    return numeric && number.test(value) ? value : this.#text(value);
  }

  #text(text: string): string {
    const dangerous = !this.#raw && (formula.test(text) || startsWithControl.test(text));
    return quotedIfNeeded(dangerous ? `'${text}` : text);
  }
}

const quotedIfNeeded = (text: string): string =>
  /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
