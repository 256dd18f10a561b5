import { brokenLines, cut, displayWidth, padded, plain } from '../../text/terminal-text.ts';
import type { EvaluationTable } from '../../../application/evaluation/table.ts';
import type { TableCell } from '../../../application/evaluation/cell.ts';
import { countText, figuresText } from './cell-text.ts';
import { laidOut, type Layout } from './layout.ts';

const marks = { best: '*', tied: '~' };
const GAP = '†';
const WIDEST_LABEL = 40;

/** A column of the printed table; every line is padded to its width. */
interface PrintedColumn {
  readonly lines: readonly string[];
  readonly width: number;
}

/** The table aligned for a terminal. Columns that do not fit follow below, after the row labels again. */
export const tableText = (table: EvaluationTable, layout: Layout): string => {
  const { heads, columns, lines, caption, gaps, notes } = laidOut(table, layout, marks);
  const { width = Number.POSITIVE_INFINITY, digits = 3 } = layout;
  const labels = heads.map((head, at) =>
    printedLabels(
      head,
      lines.map((line) => line.labels[at] ?? ''),
    ),
  );
  const values = columns.map((column, at) =>
    printedCells(
      column,
      lines.map((line) => line.cells[at]),
      table,
      digits,
    ),
  );
  const blocks = blocksOf(labels, values, width).map((block) =>
    Array.from({ length: lines.length + 1 }, (_, line) =>
      block
        .map((column) => column.lines[line])
        .join('  ')
        .trimEnd(),
    ).join('\n'),
  );
  const [summary, ...details] = gaps;
  const footnotes = [
    caption,
    ...(summary === undefined ? [] : [`${GAP} ${summary}:`, ...details.map((line) => `  ${line}`)]),
    ...notes.map((note) => `note: ${note}`),
  ].map((line) => footnote(plain(line), width));
  return `${[...blocks, footnotes.join('\n')].join('\n\n')}\n`;
};

const printedLabels = (head: string, labels: readonly string[]): PrintedColumn => {
  const texts = [head, ...labels].map((text) => cut(plain(text), WIDEST_LABEL));
  const width = Math.max(...texts.map(displayWidth));
  return { width, lines: texts.map((text) => padded(text, width)) };
};

/** Numbers are aligned right; their marks follow in a column of their own. */
const printedCells = (
  head: string,
  cells: readonly (TableCell | undefined)[],
  table: EvaluationTable,
  digits: number,
): PrintedColumn => {
  const texts = cells.map((cell) => ({
    figures: cell ? figuresText(cell, table.question.statistics, digits) : '',
    suffix: cell ? `${markOf(cell)}${countText(table, cell)}` : '',
  }));
  const widest = (part: 'figures' | 'suffix') => Math.max(0, ...texts.map((text) => displayWidth(text[part])));
  const [figures, suffix] = [widest('figures'), widest('suffix')];
  const label = cut(plain(head), Math.max(WIDEST_LABEL, figures + suffix));
  const width = Math.max(figures + suffix, displayWidth(label));
  const before = width - suffix;
  return {
    width,
    lines: [
      padded(label, width, true),
      ...texts.map((text) => padded(text.figures, before, true) + padded(text.suffix, suffix)),
    ],
  };
};

const markOf = ({ best, tied, complete }: TableCell): string =>
  (best ? marks.best : tied ? marks.tied : '') + (complete ? '' : GAP);

const blocksOf = (
  labels: readonly PrintedColumn[],
  values: readonly PrintedColumn[],
  width: number,
): readonly (readonly PrintedColumn[])[] => {
  const blocks: PrintedColumn[][] = [];
  const start = labels.reduce((total, column) => total + column.width + 2, 0);
  let used = Number.POSITIVE_INFINITY;
  for (const column of values) {
    if (used + column.width > width || blocks.length === 0) {
      blocks.push([...labels]);
      used = start;
    }
    blocks.at(-1)?.push(column);
    used += column.width + 2;
  }
  return blocks;
};

/** Lines no wider than this, broken at spaces. */
const footnote = (text: string, width: number): string => {
  if (width === Number.POSITIVE_INFINITY) return text;
  const indent = /^ */.exec(text)?.[0] ?? '';
  const [first = '', ...words] = text.trimStart().split(' ');
  return brokenLines([indent + first, ...words], (line) => displayWidth(line) <= width, `${indent}  `).join('\n');
};
