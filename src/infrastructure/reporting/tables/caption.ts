import { filterText } from '../../../domain/filter/filter.ts';
import type { Selection } from '../../../domain/repository/selection.ts';
import type { EvaluationTable } from '../../../application/evaluation/table.ts';
import { RESAMPLES } from '../../../domain/statistics/bootstrap.ts';
import { testName } from '../../../application/evaluation/best.ts';
import type { TableQuestion } from '../../../application/evaluation/question.ts';
import { centreOf, isSpread, type Statistic } from '../../../application/evaluation/statistic.ts';

/** When and at which commit a table or a plot was made, so that it can be made again. */
export interface MadeAt {
  readonly date: Date;
  /** The commit of the working directory; undefined outside a repository. */
  readonly commit?: string | undefined;
}

/** How a form shows its marks, in words. */
export interface MarkNames {
  readonly best: string;
  readonly tied: string;
}

/** One line that says what the table shows and how it was computed. */
export const captionOf = (table: EvaluationTable, madeAt: MadeAt, marks: MarkNames): string => {
  const { question } = table;
  const columns = question.columns.length > 0 ? ` by ${question.columns.join(', ')}` : '';
  const what = question.statistics.reduce((text, statistic, at) => {
    const joint = at === 0 ? '' : isSpread(question.statistics, at) ? ' ± ' : ', ';
    return text + joint + statisticText(statistic, question);
  }, '');
  const parts = [
    `${table.study}: ${what} of ${question.values.join(', ')}${columns}${overText(question.over)} (n = ${table.n})`,
    ...bestText(question, marks),
    selectionText(question.selection),
    ...madeAtTexts(madeAt),
  ];
  return `${parts.filter((part) => part !== '').join('; ')}.`;
};

/** ` over seed, fold`; empty without names. */
export const overText = (over: readonly string[]): string => (over.length > 0 ? ` over ${over.join(', ')}` : '');

/** `95 %` */
export const percentText = (share: number): string => `${Number((share * 100).toPrecision(12))} %`;

/** The time and the commit, for a caption. */
export const madeAtTexts = ({ date, commit }: MadeAt): readonly string[] => [
  `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
  ...(commit === undefined ? [] : [`commit ${commit}`]),
];

const statisticText = ({ name, kind }: Statistic, question: TableQuestion): string => {
  const percent = percentText(question.confidence);
  switch (kind) {
    case 'std':
      return 'sample standard deviation (n − 1)';
    case 'quantile':
      return `${name} (linear quantile)`;
    case 'ci':
      return `${percent} t confidence interval of the mean`;
    case 'bootstrap':
      return `${percent} percentile bootstrap interval of the ${centreOf(question.statistics).name} (${RESAMPLES} resamples, seed ${question.seed})`;
    default:
      return name;
  }
};

const bestText = ({ best, per, test, alpha, over, statistics }: TableQuestion, marks: MarkNames): readonly string[] => {
  if (best.size === 0) return [];
  const directions = new Set(best.values());
  const which =
    directions.size === 1 ? [...directions].join('') : [...best].map(([name, way]) => `${way} ${name}`).join(', ');
  const text = `${marks.best}: best (${which} ${centreOf(statistics).name}) of its ${per}`;
  if (test === 'none') return [text];
  const pairs = over.length > 0 ? `paired by ${over.join(', ')}` : 'unpaired';
  return [
    text,
    `${marks.tied}: not significantly different from it (${testName(test)}, two-sided, ${pairs}, p ≥ ${alpha}, not corrected for several comparisons)`,
  ];
};

export const selectionText = ({ statuses, ids, where, limit }: Selection): string =>
  [
    where ? `where ${filterText(where)}` : '',
    statuses ? `status ${statuses.join(', ')}` : '',
    ids ? `id ${ids.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(', ')}` : '',
    limit === undefined ? '' : `the first ${limit} experiments`,
  ]
    .filter((text) => text !== '')
    .join(', ');

/** At most this number of incomplete cells is listed. */
const MOST_CELLS = 20;

/** What is missing from incomplete cells, one line for each after a summary; empty if all cells are complete. */
export const gapNotes = (
  table: EvaluationTable,
  labels: (row: number, column: number) => string,
): readonly string[] => {
  if (table.incomplete === 0) return [];
  const lines = table.cells.flatMap((line, row) =>
    line.flatMap((fields, column) =>
      fields.flatMap((cell, at) => {
        if (cell.complete) return [];
        const value = table.question.values.length > 1 ? ` ${table.question.values[at]}` : '';
        return [`${labels(row, column)}${value}: ${gapText(cell)}`];
      }),
    ),
  );
  const more = lines.length > MOST_CELLS ? [`and ${lines.length - MOST_CELLS} more`] : [];
  const all = table.cells.flat(2).length;
  return [`${table.incomplete} of ${all} cells are incomplete`, ...lines.slice(0, MOST_CELLS), ...more];
};

const gapText = ({ gaps, valueless }: EvaluationTable['cells'][number][number][number]): string =>
  [
    ...Object.entries(gaps.unfinished).map(([status, count]) => `${count} ${status}`),
    ...(gaps.absent > 0 ? [`${gaps.absent} not filled yet`] : []),
    ...(valueless > 0 ? [`${valueless} done without a value`] : []),
  ].join(', ');
