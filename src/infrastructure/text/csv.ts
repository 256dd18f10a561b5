import { type Column, isNumeric, type Value } from '../../domain/values/column.ts';
import { isJson } from '../../domain/values/json-column.ts';
import { jsonText, oneLine, remembering } from '../../domain/values/value-text.ts';

/** A column of a CSV file. */
export interface CsvColumn {
  readonly name: string;
  /** Whether its values are numbers. A driver may return exact digits as text, which stay unchanged. */
  readonly numeric: boolean;
  /** Whether its values are JSON texts. Another program may have written other text. */
  readonly json?: boolean;
}

/** What CSV must know of a table's column. */
export const csvColumn = ({ name, type }: Column): CsvColumn => ({
  name,
  numeric: isNumeric(type),
  ...(type.kind === 'json' && { json: true }),
});

/** The beginning of a formula for a spreadsheet, also after spaces and invisible characters. */
const formula = /^[\p{Z}\p{C}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]/u;
const startsWithControl = /^[ \uFEFF]*[\t\r\n\0]/;
const number = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/** Lines of CSV (RFC 4180). Unless `raw`, an apostrophe keeps spreadsheets from executing a text as a formula. */
export class CsvFormat {
  readonly #names: readonly string[];
  readonly #cells: readonly ((value: Value) => string)[];
  readonly #raw: boolean;

  constructor(columns: readonly CsvColumn[], raw: boolean) {
    this.#raw = raw;
    this.#names = columns.map(({ name }) => name);
    this.#cells = columns.map((column) => remembering((value) => this.#cell(value, column)));
  }

  header(): string {
    return record(this.#names.map((name) => this.#text(name)).join(','));
  }

  /** A value for each column, in their order. */
  row(values: readonly Value[]): string {
    let line = '';
    for (let at = 0; at < this.#cells.length; at += 1) {
      if (at > 0) line += ',';
      line += this.#cells[at]?.(values[at] ?? null);
    }
    return record(line);
  }

  /** NULL is an empty cell, an empty text is `""`. */
  #cell(value: Value, { numeric, json }: CsvColumn): string {
    if (value === null) return '';
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

/** A row of one NULL would be an empty line, which readers skip, so it is written as `""`. */
const record = (line: string): string => `${line === '' ? '""' : line}\r\n`;

const quotedIfNeeded = (text: string): string =>
  /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
