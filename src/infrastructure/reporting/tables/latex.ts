import { plain } from '../../text/terminal-text.ts';
import type { EvaluationTable } from '../../../application/evaluation/table.ts';
import type { TableCell } from '../../../application/evaluation/cell.ts';
import { countText, figuresText, type Notation } from './cell-text.ts';
import { laidOut, type Layout } from './layout.ts';

const GAP = '\\textsuperscript{\\dag}';

const formula: Notation = {
  plusMinus: ' \\pm ',
  minus: '-',
  separator: ' \\;/\\; ',
  none: '\\text{--}',
  exponent: (mantissa, exponent) => `${mantissa} \\cdot 10^{${exponent}}`,
};

/** A LaTeX table for booktabs, best in bold, tied underlined. */
export const tableLatex = (table: EvaluationTable, layout: Layout): string => {
  const { heads, columns, lines, caption, gaps, notes } = laidOut(table, layout, { best: 'bold', tied: 'underlined' });
  const { digits = 3 } = layout;
  const line = (cells: readonly string[]): string => `    ${cells.join(' & ')} \\\\`;
  const [summary, ...details] = gaps;
  const footnotes = [
    ...(summary === undefined ? [] : [`${GAP} ${latexText(`${summary}: ${details.join('; ')}.`)}`]),
    ...notes.map((note) => latexText(`Note: ${note}.`)),
  ];
  return `${[
    '% \\usepackage{booktabs}',
    '\\begin{table}',
    '  \\centering',
    `  \\caption{${latexText(caption)}}`,
    `  \\label{tab:${table.study.replace(/[^A-Za-z0-9]/g, '-')}}`,
    `  \\begin{tabular}{${'l'.repeat(heads.length)}${'r'.repeat(columns.length)}}`,
    '    \\toprule',
    line([...heads, ...columns].map(latexText)),
    '    \\midrule',
    ...lines.map(({ labels, cells }) =>
      line([...labels.map(latexText), ...cells.map((cell) => latexCell(table, cell, digits))]),
    ),
    '    \\bottomrule',
    '  \\end{tabular}',
    ...footnotes.map((note) => `  \\par{\\footnotesize ${note}}`),
    '\\end{table}',
  ].join('\n')}\n`;
};

const latexCell = (table: EvaluationTable, cell: TableCell, digits: number): string => {
  if (cell.n === 0) return `--${cell.complete ? '' : GAP}`;
  const figures = figuresText(cell, table.question.statistics, digits, { ...formula, none: '\\mbox{--}' });
  const text = `$${figures.replaceAll('∞', '\\infty ')}$`;
  const bold = `{\\boldmath\\textbf{${text}}}`;
  const marked = cell.best ? bold : cell.tied ? `\\underline{${text}}` : text;
  return `${marked}${cell.complete ? '' : GAP}${countText(table, cell)}`;
};

const special: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  _: '\\_',
  '%': '\\%',
  '^': '\\textasciicircum{}',
  '~': '\\textasciitilde{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '"': '{\\char34}',
  '`': '{\\char96}',
  // At the beginning of a line these would be an argument of the \\ or the rule before it.
  '[': '{[}',
  ']': '{]}',
  '*': '{*}',
  '±': '$\\pm$',
  '×': '$\\times$',
  '−': '$-$',
  '≥': '$\\ge$',
  '–': '--',
  '…': '\\dots{}',
};

const greek =
  'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi o pi rho varsigma sigma tau upsilon phi chi psi omega'.split(
    ' ',
  );

/** A text that LaTeX typesets as it is. A character that pdflatex does not know is written as its code point. */
export const latexText = (text: string): string =>
  plain(text).replace(
    /[^A-Za-z0-9 .:;()=+/!?\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017e]/gu,
    (character, at: number, all: string) => {
      const known = special[character];
      if (known !== undefined) return known;
      // LaTeX makes a dash or a quotation mark of two of them.
      if (character === all[at + 1] && "-,'".includes(character)) return `${character}{}`;
      const code = character.codePointAt(0) ?? 0;
      const letter = greek[code - 0x3b1];
      if (letter !== undefined) return letter === 'o' ? 'o' : `$\\${letter}$`;
      return code < 0x7f ? character : `{[}U+${code.toString(16).toUpperCase().padStart(4, '0')}{]}`;
    },
  );
