import { htmlText } from '../../text/html.ts';
import type { EvaluationTable } from '../../../application/evaluation/table.ts';
import type { TableCell } from '../../../application/evaluation/cell.ts';
import { countText, figuresText } from './cell-text.ts';
import { laidOut, type Layout } from './layout.ts';

const style = `
body { font-family: system-ui, sans-serif; margin: 2rem; }
table { border-collapse: collapse; border-top: 2px solid; border-bottom: 2px solid; font-variant-numeric: tabular-nums; }
thead { border-bottom: 1px solid; }
th, td { padding: 0.25rem 0.75rem; text-align: right; white-space: nowrap; }
th[scope="row"], thead th.key { text-align: left; font-weight: normal; }
caption { caption-side: bottom; text-align: left; padding-top: 0.5rem; }
`;

/** A page with the table, best in bold, tied in italics. It loads nothing and runs no script. */
export const tableHtml = (table: EvaluationTable, layout: Layout): string => {
  const { heads, columns, lines, caption, gaps, notes } = laidOut(table, layout, { best: 'bold', tied: 'italic' });
  const { digits = 3 } = layout;
  const head = [
    ...heads.map((name) => `<th scope="col" class="key">${htmlText(name)}</th>`),
    ...columns.map((name) => `<th scope="col">${htmlText(name)}</th>`),
  ].join('');
  const body = lines.map(({ labels, cells }) => {
    const keys = labels.map((label) => `<th scope="row">${htmlText(label)}</th>`).join('');
    return `<tr>${keys}${cells.map((cell) => `<td>${cellHtml(table, cell, digits)}</td>`).join('')}</tr>`;
  });
  const [summary, ...details] = gaps;
  return `${[
    '<!doctype html>',
    '<html lang="en">',
    '<meta charset="utf-8">',
    `<title>${htmlText(table.study)}</title>`,
    `<style>${style}</style>`,
    '<table>',
    `<caption>${htmlText(caption)}</caption>`,
    `<thead><tr>${head}</tr></thead>`,
    '<tbody>',
    ...body,
    '</tbody>',
    '</table>',
    ...(summary === undefined ? [] : [`<p>† ${htmlText(`${summary}: ${details.join('; ')}`)}</p>`]),
    ...notes.map((note) => `<p>Note: ${htmlText(note)}</p>`),
    '</html>',
  ].join('\n')}\n`;
};

const cellHtml = (table: EvaluationTable, cell: TableCell, digits: number): string => {
  const figures = htmlText(figuresText(cell, table.question.statistics, digits));
  const marked = cell.best ? `<strong>${figures}</strong>` : cell.tied ? `<em>${figures}</em>` : figures;
  return `${marked}${cell.complete ? '' : '<sup>†</sup>'}${countText(table, cell)}`;
};
