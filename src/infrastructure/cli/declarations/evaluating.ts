import { directions, exportedRows, exportFormats, significanceTests, tableSides } from '../arguments/choices.ts';
import { bands, plotForms, plotKinds } from '../../reporting/plots/plot-options.ts';
import { type VerbDeclaration, type FlagDeclaration, selectionFlags } from '../arguments/flags.ts';

/** Flags of an evaluation table. */
const tableFlags: readonly FlagDeclaration[] = [
  ['--rows <keyfields>', 'their combinations are the rows (default: those in neither --columns nor --over)'],
  ['--columns <keyfields>', 'their combinations are the columns (default: none)'],
  ['--value <resultfields>', 'what is shown (default: every resultfield of numbers)'],
  ['--over <keyfields>', 'aggregate over these (default: the rest; without --rows: those named like a seed)'],
  [
    '--statistic <names>',
    'mean, std, median, min, max, count, q0.25, ci (t interval), bootstrap (default: mean,std)',
    ['mean', 'std', 'median', 'min', 'max', 'count', 'ci', 'bootstrap'],
  ],
  ['--confidence <share>', 'of ci and bootstrap (default: 0.95)'],
  ['--seed <n>', 'of the bootstrap (default: 1)'],
  ['--digits <n>', 'behind the decimal point (default: 3)'],
  ['--best <max|min>', 'mark the best; field=max,other=min where the resultfields differ', directions],
  ['--per <row|column>', 'the best of each row (default) or column', tableSides],
  [
    '--test <name>',
    'wilcoxon (default), t or none: what is not significantly different from the best is marked, too',
    significanceTests,
  ],
  ['--alpha <level>', 'of the test (default: 0.05)'],
  ['--require-complete', 'exit with 3 if a cell is incomplete'],
  [
    '--format <format>',
    'text (default), markdown, latex, csv, json, html',
    ['text', 'markdown', 'latex', 'csv', 'json', 'html'],
  ],
  ['--save <file>', 'write a file, in the format that its ending says unless --format does'],
  ['--force', 'replace the file if there is one'],
];

/** Flags of a plot. */
const plotFlags: readonly FlagDeclaration[] = [
  ['--logtable <name>', 'curve: the logtable (default: the only one)'],
  ['--x <column>', 'curve: of the logtable (default: its first integer)'],
  ['--y <column>', 'curve: of the logtable (default: its first other number)'],
  ['--value <resultfield>', 'what the others show (default: the first resultfield of numbers)'],
  ['--by <keyfields>', 'curve, box, violin: a line or a box for each combination (default: one)'],
  ['--rows <keyfields>', 'heatmap: downwards; ranks: ranked within each, such as the data set'],
  ['--columns <keyfields>', 'heatmap: across; ranks: what is ranked'],
  ['--axes <keyfields>', 'parallel: in this order (default: all but those in --over)'],
  ['--over <keyfields>', 'the repetitions: each combination gives one value (default: the other keyfields)'],
  ['--band <kind>', 'curve: std (default), ci (t interval), range or none', bands],
  ['--confidence <share>', 'of --band ci (default: 0.95)'],
  ['--best <max|min>', 'ranks: which value has rank 1 (default: max)', directions],
  ['--alpha <level>', 'ranks: of the critical difference (default: 0.05)'],
  ['--title <text>', 'instead of what is shown; empty: none'],
  ['--output <file>', 'a file that ends in .svg, .png or .html (default: in the terminal)'],
  ['--format <format>', 'svg, png or html, if the name of the file does not say so', plotForms],
  ['--force', 'replace the file if there is one'],
];

export const tableVerb: VerbDeclaration = {
  name: 'table',
  summary: 'the evaluation table: results by keyfields, aggregated over the others',
  flags: [...tableFlags, ...selectionFlags],
  examples: [
    ['table --rows dataset --columns kernel --value accuracy --over seed', 'mean ± std over the seeds'],
    ['table --rows dataset --columns kernel --best max --save table.tex', 'for a paper, best in bold'],
  ],
  load: async () => (await import('../verbs/table.ts')).table,
};

export const plotVerb: VerbDeclaration = {
  name: 'plot',
  argument: ['<kind>', 'curve, box, violin, heatmap, parallel or ranks', plotKinds],
  summary: 'a figure of the results: a file for a paper, or in the terminal',
  flags: [...selectionFlags, ...plotFlags],
  examples: [
    [
      'plot curve --logtable folds --x fold --y accuracy --by kernel --output curve.svg',
      'mean and band over the seeds',
    ],
    ['plot box --value accuracy --by kernel', 'in the terminal'],
    ['plot heatmap --rows gamma --columns C --value accuracy --output heat.png', 'means over the rest'],
    ['plot ranks --rows dataset --columns kernel --value accuracy --output ranks.svg', 'critical differences'],
  ],
  load: async () => (await import('../verbs/plot.ts')).plot,
};

export const exportVerb: VerbDeclaration = {
  name: 'export',
  summary: 'raw rows as CSV, JSON Lines, Parquet or SQLite',
  flags: [
    ...selectionFlags,
    ['--what <rows>', 'experiments (default), attempts or emissions, of the selected experiments', exportedRows],
    ['--logtable <name>', 'rows of this logtable, of the selected experiments'],
    ['--columns <a,b>', 'these columns, in this order; default: all'],
    ['--order-by <column[:desc]>', 'order of the experiments; default: ID'],
    [
      '--format <format>',
      "csv, jsonl, parquet or sqlite; default: as the output's name ends, otherwise csv",
      exportFormats,
    ],
    ['--output <file>', 'write a file, which appears when it is whole; default: standard output'],
    ['--force', 'replace the file if there is one'],
    ['--raw', "CSV: leave out the ' that keeps spreadsheets from executing texts as formulas"],
  ],
  examples: [
    ['export --status done --output results.csv', 'a table for a spreadsheet'],
    ['export --output results.parquet', 'with its types, for pandas, R or DuckDB'],
    ['export --logtable folds --format jsonl', 'a log for a program'],
    ['export --order-by accuracy:desc --limit 10 --columns ID,accuracy', 'the ten best'],
  ],
  load: async () => (await import('../verbs/export.ts')).exportRows,
};
