import { experimentStatuses } from '../../../domain/experiment/experiment.ts';
import { CONFIG_VARIABLE, DEFAULT_CONFIGS } from './chosen-config.ts';

/** What was given on the command line, as commander hands it over: texts, not checked yet. */
export interface Flags {
  readonly config?: string;
  readonly credentials?: string;
  readonly set?: readonly string[];
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color: boolean;
  // which experiments
  readonly status?: string;
  readonly where?: string;
  readonly id?: string;
  readonly limit?: string;
  readonly all?: boolean;
  // how to run
  readonly experiment?: string;
  readonly workers?: string;
  readonly maxExperiments?: string;
  readonly randomOrder?: boolean;
  readonly timeout?: string;
  readonly createOnly?: boolean;
  readonly alter?: boolean;
  readonly rename?: readonly string[];
  readonly drop?: readonly string[];
  readonly strict?: boolean;
  // what to overwrite or lose
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly recreate?: boolean;
  // how to export
  readonly format?: string;
  readonly output?: string;
  readonly logtable?: string;
  readonly what?: string;
  readonly orderBy?: string;
  readonly raw?: boolean;
  // what a table shows
  readonly rows?: string;
  readonly columns?: string;
  readonly value?: string;
  readonly over?: string;
  readonly statistic?: string;
  readonly confidence?: string;
  readonly seed?: string;
  readonly digits?: string;
  readonly best?: string;
  readonly per?: string;
  readonly test?: string;
  readonly alpha?: string;
  readonly requireComplete?: boolean;
  readonly save?: string;
  // what is shown
  readonly explain?: boolean;
  readonly watch?: boolean | string;
  // how one experiment is executed
  readonly again?: boolean;
  readonly inspectBrk?: boolean | string;
  // a new study
  readonly language?: string;
  readonly name?: string;
  // what a plot shows
  readonly x?: string;
  readonly y?: string;
  readonly by?: string;
  readonly axes?: string;
  readonly band?: string;
  readonly title?: string;
}

/** A verb: does its work and answers with the exit code. `argument` is the verb's only one, empty where it has none. */
export type Verb = (flags: Flags, argument: string) => Promise<number>;

/** A flag as commander declares it, and the words that shells complete where its value is one of some. */
export type FlagDeclaration = readonly [syntax: string, description: string, words?: readonly string[]];

/** On every verb. */
export const commonFlags = {
  config: [
    '--config <file>',
    `configuration of the study (default: ${CONFIG_VARIABLE}, else the first there is of ${DEFAULT_CONFIGS.join(', ')})`,
  ],
  credentials: ['--credentials <file>', 'user and password of the database (database.credentials)'],
  set: ['--set <key.path=value>', 'override a key of the configuration, runner.workers=4; repeatable'],
  json: ['--json', 'answer in JSON, for programs'],
  quiet: ['--quiet', 'no progress and no summary, only errors; with --json the result alone'],
  noColor: ['--no-color', 'no colours, as with the environment variable NO_COLOR'],
} as const satisfies Record<string, FlagDeclaration>;

const status: FlagDeclaration = [
  '--status <a,b>',
  'experiments of these statuses: created, running, done, error, paused',
  experimentStatuses,
];

const whichFlags: readonly FlagDeclaration[] = [
  ['--where <expression>', 'experiments for which this holds: "kernel = rbf and seed in (1, 2)"'],
  ['--id <ids>', 'experiments of these ids: 1-10,17'],
];

/** Which experiments a verb is about, but for their status. Everything given must hold. */
export const selectionFlagsWithoutStatus: readonly FlagDeclaration[] = [
  ...whichFlags,
  ['--limit <n>', 'at most so many, lowest ids first'],
];

/** Which experiments a verb is about. */
export const selectionFlags: readonly FlagDeclaration[] = [status, ...selectionFlagsWithoutStatus];

/** Another experiment function. */
export const experimentFlag: FlagDeclaration = [
  '--experiment <file>',
  'module with the experiment function, instead of the configured one',
];

/** What counts as a failure. */
export const strictFlag: FlagDeclaration = [
  '--strict',
  'exit with 3 also if an experiment is done without any of the declared results',
];

/** How many run at a time. */
export const workersFlag: FlagDeclaration = ['--workers <n>', 'worker threads (runner.workers)'];

/** Conveniences over `--set runner.…`, and which experiments. */
export const runFlags: readonly FlagDeclaration[] = [
  experimentFlag,
  workersFlag,
  ['--max-experiments <n>', 'stop after so many experiments (runner.maxExperiments)'],
  ['--random-order', 'start at a random experiment (runner.randomOrder)'],
  ['--timeout <seconds>', 'kill an execution that takes longer (runner.timeoutSeconds)'],
  strictFlag,
  ...whichFlags,
];

/** What an evaluation table shows, and how. */
export const tableFlags: readonly FlagDeclaration[] = [
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
  ['--best <max|min>', 'mark the best; field=max,other=min where the resultfields differ', ['max', 'min']],
  ['--per <row|column>', 'the best of each row (default) or column', ['row', 'column']],
  [
    '--test <name>',
    'wilcoxon (default), t or none: what is not significantly different from the best is marked, too',
    ['wilcoxon', 't', 'none'],
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

/** What a plot shows, and how. */
export const plotFlags: readonly FlagDeclaration[] = [
  ['--logtable <name>', 'curve: the logtable (default: the only one)'],
  ['--x <column>', 'curve: of the logtable (default: its first integer)'],
  ['--y <column>', 'curve: of the logtable (default: its first other number)'],
  ['--value <resultfield>', 'what the others show (default: the first resultfield of numbers)'],
  ['--by <keyfields>', 'curve, box, violin: a line or a box for each combination (default: one)'],
  ['--rows <keyfields>', 'heatmap: downwards; ranks: ranked within each, such as the data set'],
  ['--columns <keyfields>', 'heatmap: across; ranks: what is ranked'],
  ['--axes <keyfields>', 'parallel: in this order (default: all but those in --over)'],
  ['--over <keyfields>', 'the repetitions: each combination gives one value (default: the other keyfields)'],
  ['--band <kind>', 'curve: std (default), ci (t interval), range or none', ['std', 'ci', 'range', 'none']],
  ['--confidence <share>', 'of --band ci (default: 0.95)'],
  ['--best <max|min>', 'ranks: which value has rank 1 (default: max)', ['max', 'min']],
  ['--alpha <level>', 'ranks: of the critical difference (default: 0.05)'],
  ['--title <text>', 'instead of what is shown; empty: none'],
  ['--output <file>', 'a file that ends in .svg, .png or .html (default: in the terminal)'],
  ['--format <format>', 'svg, png or html, if the name of the file does not say so', ['svg', 'png', 'html']],
  ['--force', 'replace the file if there is one'],
];

/** A verb as the command line knows it before its module is loaded. */
export interface VerbDeclaration {
  readonly name: string;
  /** Its only argument. */
  readonly argument?: FlagDeclaration;
  readonly summary: string;
  readonly flags: readonly FlagDeclaration[];
  /** Arguments of examples, and what they do. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  readonly load: () => Promise<Verb>;
}
