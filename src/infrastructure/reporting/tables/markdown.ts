import { plain } from '../../text/terminal-text.ts';
import type { EvaluationTable } from '../../../application/evaluation/table.ts';
import type { TableCell } from '../../../application/evaluation/cell.ts';
import { countText, figuresText } from './cell-text.ts';
import { laidOut, type Layout } from './layout.ts';

const GAP = '†';

/** A Markdown table (GitHub's), best in bold, tied in italics. */
export const tableMarkdown = (table: EvaluationTable, layout: Layout): string => {
  const { heads, columns, lines, caption, gaps, notes } = laidOut(table, layout, { best: 'bold', tied: 'italic' });
  const { digits = 3 } = layout;
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const body = lines.map(({ labels, cells }) =>
    line([...labels.map(markdownText), ...cells.map((cell) => markdownCell(table, cell, digits))]),
  );
  const [summary, ...details] = gaps;
  return `${[
    line([...heads, ...columns].map(markdownText)),
    line([...heads.map(() => '---'), ...columns.map(() => '---:')]),
    ...body,
    '',
    markdownText(caption),
    ...(summary === undefined ? [] : ['', `${GAP} ${markdownText(`${summary}: ${details.join('; ')}`)}`]),
    ...notes.flatMap((note) => ['', `Note: ${markdownText(note)}`]),
  ].join('\n')}\n`;
};

const markdownCell = (table: EvaluationTable, cell: TableCell, digits: number): string => {
  const figures = markdownText(figuresText(cell, table.question.statistics, digits));
  const marked = cell.best ? `**${figures}**` : cell.tied ? `*${figures}*` : figures;
  return `${marked}${cell.complete ? '' : GAP}${countText(table, cell)}`;
};

/** A text that Markdown shows as it is: no markup, no HTML, no link, one line. */
export const markdownText = (text: string): string =>
  plain(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_[\]|~#!]/g, (character) => `\\${character}`)
    // GitHub makes links of plain addresses.
    .replaceAll('://', '&#58;//')
    .replace(/www\./gi, (word) => `${word.slice(0, 3)}&#46;`)
    .replaceAll('@', '&#64;');
