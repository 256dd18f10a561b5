import type { EvaluationTable } from '../../../application/evaluation/table.ts';
import type { TableCell } from '../../../application/evaluation/cell.ts';
import { type Estimate, isSpread, type Statistic } from '../../../application/evaluation/statistic.ts';

/** How numbers are written: as plain text, or as a formula in LaTeX. */
export interface Notation {
  readonly plusMinus: string;
  readonly minus: string;
  /** Between two statistics, unless they form a pair such as mean ± deviation. */
  readonly separator: string;
  /** Instead of a number that does not exist. */
  readonly none: string;
  exponent(mantissa: string, exponent: string): string;
}

export const plainNotation: Notation = {
  plusMinus: ' ± ',
  minus: '-',
  separator: ' / ',
  none: '–',
  exponent: (mantissa, exponent) => `${mantissa}e${exponent}`,
};

/** The statistics of a cell without its marks: `0.871 ± 0.004`. A cell without values is `none`. */
export const figuresText = (
  { n, estimates }: TableCell,
  statistics: readonly Statistic[],
  digits: number,
  notation: Notation = plainNotation,
): string => {
  if (n === 0) return notation.none;
  let text = '';
  for (const [at, statistic] of statistics.entries()) {
    const interval = (statistic.kind === 'ci' || statistic.kind === 'bootstrap') && at > 0;
    if (isSpread(statistics, at)) text += notation.plusMinus;
    else if (interval) text += ' ';
    else if (at > 0) text += notation.separator;
    text += estimateText(estimates[at] ?? null, statistic.kind === 'count' ? 0 : digits, notation);
  }
  return text;
};

const estimateText = (estimate: Estimate, digits: number, notation: Notation): string => {
  if (estimate === null) return notation.none;
  if (typeof estimate === 'number') return numberText(estimate, digits, notation);
  return `[${estimate.map((bound) => numberText(bound, digits, notation)).join(', ')}]`;
};

/** A number with this many digits behind the point. Very small and very large numbers get an exponent instead. */
export const numberText = (number: number, digits: number, notation: Notation = plainNotation): string => {
  if (!Number.isFinite(number)) return number > 0 ? '∞' : number < 0 ? `${notation.minus}∞` : notation.none;
  const fixed = number.toFixed(digits);
  const vanished = number !== 0 && Number(fixed) === 0;
  if (!vanished && Math.abs(number) < 1e15) return fixed.replace('-', notation.minus);
  const [mantissa = '', exponent = ''] = number.toExponential(Math.max(0, digits - 1)).split('e');
  const power = exponent.replace('+', '').replace('-', notation.minus);
  return notation.exponent(mantissa.replace('-', notation.minus), power);
};

/** How many values a cell has, if the number differs from the table's. */
export const countText = ({ n }: EvaluationTable, cell: TableCell): string =>
  cell.n > 0 && cell.n !== n ? ` (n=${cell.n})` : '';
