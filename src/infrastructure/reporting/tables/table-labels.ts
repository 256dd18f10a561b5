import type { Value } from '../../../domain/values/column-type.ts';
import { cellText } from '../../text/cell.ts';
import type { EvaluationTable } from '../../../application/evaluation/table.ts';
import type { TableCell } from '../../../application/evaluation/cell.ts';

/** A table as texts: what all forms for people have in common, before they escape and mark it. */
export interface LabelledTable {
  /** The names of the keyfields that say which row it is. */
  readonly heads: readonly string[];
  /** What each combination of the `columns` keyfields is called; empty where there are none. */
  readonly keys: readonly string[];
  /** Each of them with each resultfield. */
  readonly columns: readonly string[];
  readonly lines: readonly { readonly labels: readonly string[]; readonly cells: readonly TableCell[] }[];
}

export const labelled = (table: EvaluationTable): LabelledTable => {
  const { question } = table;
  const keys = table.columns.map((key) => key.map((part, at) => keyLabel(question.columns[at] ?? '', part)).join(', '));
  const several = question.values.length > 1;
  const columns = keys.flatMap((key) =>
    question.values.map((value) => (key === '' ? value : several ? `${key}: ${value}` : key)),
  );
  return {
    heads: question.rows,
    keys,
    columns,
    lines: table.rows.map((key, row) => ({
      labels: key.map(valueLabel),
      cells: (table.cells[row] ?? []).flat(),
    })),
  };
};

/** A text speaks for itself, a number needs its name. */
const keyLabel = (name: string, value: Value): string =>
  typeof value === 'string' && value !== '' ? value : `${name}=${valueLabel(value)}`;

const valueLabel = (value: Value): string => (value === null ? 'null' : cellText(value));
