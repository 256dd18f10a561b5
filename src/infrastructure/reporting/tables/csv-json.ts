import type { Value } from '../../../domain/values/column.ts';
import { CsvFormat, type CsvColumn } from '../../text/csv.ts';
import { jsonText } from '../../../domain/values/value-text.ts';
import type { EvaluationTable } from '../../../application/evaluation/table.ts';
import type { TableCell } from '../../../application/evaluation/cell.ts';
import { captionOf, type MadeAt } from './caption.ts';
import type { Estimate } from '../../../application/evaluation/statistic.ts';

const marks = { best: 'best', tied: 'tied' };

/** One resultfield of one cell, with the values of the keyfields. Nothing is rounded. */
interface CellRecord {
  readonly row: Readonly<Record<string, Value>>;
  readonly column: Readonly<Record<string, Value>>;
  readonly value: string;
  readonly cell: TableCell;
}

function* records({ question, rows, columns, cells }: EvaluationTable): Generator<CellRecord> {
  const named = (names: readonly string[], key: readonly Value[] = []) =>
    Object.fromEntries(names.map((name, at) => [name, key[at] ?? null]));
  for (const [row, line] of cells.entries()) {
    for (const [column, fields] of line.entries()) {
      for (const [at, cell] of fields.entries()) {
        yield {
          row: named(question.rows, rows[row]),
          column: named(question.columns, columns[column]),
          value: question.values[at] ?? '',
          cell,
        };
      }
    }
  }
}

const missing = ({ gaps, valueless }: TableCell): number =>
  Object.values(gaps.unfinished).reduce((total, count) => total + count, 0) + gaps.absent + valueless;

/** One JSON object with a version. Numbers are not rounded. */
export const tableJson = (table: EvaluationTable, provenance: MadeAt): string => {
  const { study, question, averaged, n, incomplete, notes } = table;
  const cells = Array.from(records(table), ({ row, column, value, cell }) => ({
    row,
    column,
    value,
    n: cell.n,
    statistics: Object.fromEntries(question.statistics.map(({ name }, at) => [name, cell.estimates[at] ?? null])),
    best: cell.best,
    tied: cell.tied,
    p: cell.p ?? null,
    complete: cell.complete,
    missing: { ...cell.gaps.unfinished, notFilled: cell.gaps.absent, withoutValue: cell.valueless },
  }));
  const { rows, columns, values, over } = question;
  const caption = captionOf(table, provenance, marks);
  return `${jsonText({ v: 1, study, caption, rows, columns, values, over, averaged, n, incomplete, notes, cells })}\n`;
};

/** A line for each cell and resultfield: keyfields, numbers without rounding, marks, and how much is missing. */
export const tableCsv = (table: EvaluationTable): string => {
  const { question } = table;
  const keys = [...question.rows, ...question.columns];
  const figures = question.statistics.flatMap(({ name, kind }) =>
    kind === 'ci' || kind === 'bootstrap' ? [`${name}_low`, `${name}_high`] : [name],
  );
  // No field's name ends with a bracket, so the suffix makes the name of such a column unique.
  const ours = ['value', 'n', ...figures, 'best', 'tied', 'p', 'missing'];
  const column = (name: string, at: number): CsvColumn => ({
    name: keys.includes(name) && at >= keys.length ? `${name} (table)` : name,
    numeric: false,
  });
  const columns = [...keys, ...ours].map(column);
  const csv = new CsvFormat(columns, false);
  const lines = Array.from(records(table), ({ row, column: key, value, cell }) => {
    const estimates = question.statistics.flatMap(({ kind }, at) =>
      bounds(cell.estimates[at] ?? null, kind === 'ci' || kind === 'bootstrap'),
    );
    return csv.row([
      ...question.rows.map((name) => row[name] ?? null),
      ...question.columns.map((name) => key[name] ?? null),
      ...[value, cell.n, ...estimates, cell.best, cell.tied, cell.p ?? null, missing(cell)],
    ]);
  });
  return csv.header() + lines.join('');
};

const bounds = (estimate: Estimate, interval: boolean): readonly Value[] => {
  if (estimate === null) return interval ? [null, null] : [null];
  return typeof estimate === 'number' ? [estimate] : estimate;
};
