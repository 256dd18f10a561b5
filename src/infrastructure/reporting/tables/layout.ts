import type { EvaluationTable } from '../../../application/evaluation/table.ts';
import { captionOf, gapNotes, type MarkNames, type Provenance } from './caption.ts';
import { labelled, type LabelledTable } from './table-labels.ts';

/** How a table is to be written, whatever the form. */
export interface Layout extends Provenance {
  /** Behind the decimal point. Default 3. */
  readonly digits?: number;
  /** Of a terminal, in columns; what is wider continues below. Default: no limit. */
  readonly width?: number | undefined;
}

/** A table with all that stands around it, as unescaped texts. */
export interface LaidOut extends LabelledTable {
  readonly caption: string;
  /** What is missing from which cells, the first line a summary; empty if nothing is. */
  readonly gaps: readonly string[];
  readonly notes: readonly string[];
}

export const laidOut = (table: EvaluationTable, layout: Layout, marks: MarkNames): LaidOut => {
  const texts = labelled(table);
  const labels = (row: number, column: number): string =>
    [...(texts.lines[row]?.labels ?? []), texts.keys[column] ?? ''].filter((label) => label !== '').join(' × ') ||
    'all';
  return { ...texts, caption: captionOf(table, layout, marks), gaps: gapNotes(table, labels), notes: table.notes };
};
