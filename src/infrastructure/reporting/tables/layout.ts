import type { Value } from '../../../domain/values/column.ts';
import type { TableCell } from '../../../application/evaluation/cell.ts';
import type { EvaluationTable } from '../../../application/evaluation/table.ts';
import { cellText } from '../../../domain/values/value-text.ts';
import { captionOf, gapNotes, type MarkNames, type MadeAt } from './caption.ts';

/** Options of all forms of a table. */
export interface Layout extends MadeAt {
  /** Behind the decimal point. Default 3. */
  readonly digits?: number;
  /** Columns of the terminal. A wider table continues below. Default: no limit. */
  readonly width?: number | undefined;
}

/** The texts of a table for people, before a form escapes and marks them. */
export interface LaidOut {
  /** The names of the `rows` keyfields. */
  readonly heads: readonly string[];
  /** Each combination of the `columns` keyfields with each resultfield. */
  readonly columns: readonly string[];
  readonly lines: readonly { readonly labels: readonly string[]; readonly cells: readonly TableCell[] }[];
  readonly caption: string;
  /** What is missing from which cells, after a summary; empty if nothing is missing. */
  readonly gaps: readonly string[];
  readonly notes: readonly string[];
}

export const laidOut = (table: EvaluationTable, layout: Layout, marks: MarkNames): LaidOut => {
  const { question } = table;
  const keys = table.columns.map((key) => key.map((part, at) => keyLabel(question.columns[at] ?? '', part)).join(', '));
  const several = question.values.length > 1;
  const columns = keys.flatMap((key) =>
    question.values.map((value) => (key === '' ? value : several ? `${key}: ${value}` : key)),
  );
  const lines = table.rows.map((key, row) => ({
    labels: key.map((value) => cellText(value, 'null')),
    cells: (table.cells[row] ?? []).flat(),
  }));
  const cellLabel = (row: number, column: number): string =>
    [...(lines[row]?.labels ?? []), keys[column] ?? ''].filter((label) => label !== '').join(' × ') || 'all';
  return {
    heads: question.rows,
    columns,
    lines,
    caption: captionOf(table, layout, marks),
    gaps: gapNotes(table, cellLabel),
    notes: table.notes,
  };
};

/** A text is its own label; a number gets the keyfield's name. */
const keyLabel = (name: string, value: Value): string =>
  typeof value === 'string' && value !== '' ? value : `${name}=${cellText(value, 'null')}`;
