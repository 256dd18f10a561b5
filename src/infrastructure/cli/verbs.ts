import {
  type FlagDeclaration,
  type VerbDeclaration,
  experimentFlag,
  plotFlags,
  runFlags,
  selectionFlags,
  selectionFlagsWithoutStatus,
  strictFlag,
  tableFlags,
  workersFlag,
} from './arguments/flags.ts';

const yes = (what: string): FlagDeclaration => ['--yes', `${what} without being asked`];

/** Every verb. Only names and words are here: the code of a verb is loaded when it is called. */
export const verbs: readonly VerbDeclaration[] = [
  {
    name: 'run',
    summary: 'create tables if missing, fill, then execute until nothing is open (default)',
    flags: runFlags,
    examples: [
      ['run --config study.json', 'run the study'],
      ['run --workers 4 --max-experiments 100 --json', 'run a part of it, an event a line'],
      ['run --id 3,10-20', 'fill, then execute the open ones among these'],
    ],
    load: async () => (await import('./verbs/run.ts')).run,
  },
  {
    name: 'fill',
    summary: 'create tables if missing, and add the experiments that are not there yet',
    flags: [
      ['--create-only', 'create tables, or what they lack, and add no experiment'],
      [
        '--alter',
        'first alter columns whose type, or the case of whose name, the configuration has changed; shows it and asks',
      ],
      ['--rename <column=field...>', 'with --alter: a column that the configuration does not name becomes this field'],
      ['--drop <column...>', 'with --alter: remove a column that the configuration does not name, with its values'],
      yes('alter'),
      ['--force', 'alter also while runners live'],
    ],
    examples: [
      ['fill --config study.json', 'add what the configuration has gained'],
      ['fill --create-only', 'before experiments are added from code'],
      ['fill --alter', 'after the type of a field was changed'],
      ['fill --alter --rename acc=accuracy --drop notes', 'after fields were renamed and removed'],
    ],
    load: async () => (await import('./verbs/fill.ts')).fill,
  },
  {
    name: 'plan',
    summary: 'what fill would add, keep and leave orphaned; touches nothing',
    flags: [['--explain', 'also how the grid comes about, what is orphaned, and how long it may take']],
    examples: [
      ['plan --config study.json', 'before fill'],
      ['plan --explain', 'which conditions and exclusions remove how many'],
    ],
    load: async () => (await import('./verbs/plan.ts')).plan,
  },
  {
    name: 'status',
    summary: 'how the study stands: counts, runners, grouped errors',
    flags: [['--watch [seconds]', 'again and again, every two seconds; Ctrl-C ends it']],
    examples: [
      ['status --json', 'for programs'],
      ['status --watch', 'the whole fleet, with what it runs, rate and ETA'],
    ],
    load: async () => (await import('./verbs/status.ts')).status,
  },
  {
    name: 'errors',
    summary:
      'failures by kinds of errors, and the keyfield values that explain them: with which at least half of a kind ' +
      'failed, and all did, or five times the share of the other ended ones',
    flags: selectionFlagsWithoutStatus,
    examples: [
      ['errors', 'all kinds, most frequent first'],
      ['errors --where "kernel = rbf" --json', 'among these, for a program'],
    ],
    load: async () => (await import('./verbs/errors.ts')).errors,
  },
  {
    name: 'list',
    summary: 'experiments by filter, one a line',
    flags: selectionFlags,
    examples: [
      ['list --status error --limit 20', 'some that failed'],
      ['list --where "kernel = rbf and accuracy < 0.5" --json', 'a row object a line'],
    ],
    load: async () => (await import('./verbs/list.ts')).list,
  },
  {
    name: 'show',
    argument: ['<id>', 'the experiment'],
    summary: 'one experiment with its attempts, logs and error',
    flags: [],
    examples: [['show 17', 'everything about experiment 17']],
    load: async () => (await import('./verbs/show.ts')).show,
  },
  {
    name: 'one',
    argument: ['<id>', 'the experiment'],
    summary: 'execute exactly this experiment, here, with everything it prints (on stderr)',
    flags: [
      experimentFlag,
      ['--timeout <seconds>', 'kill it if it takes longer (runner.timeoutSeconds)'],
      ['--again', 'also if it has ended: reset it first'],
      strictFlag,
      yes('lose results'),
      [
        '--inspect-brk [port]',
        'wait for a debugger (127.0.0.1:9229) and stop where the experiment begins; it runs in the main thread, ' +
          'prints on stdout, and nobody takes it over for 12 hours',
      ],
    ],
    examples: [
      ['one 17', 'as a runner would, in the foreground'],
      ['one 17 --again --inspect-brk', 'look for what went wrong with a debugger'],
    ],
    load: async () => (await import('./verbs/one.ts')).one,
  },
  {
    name: 'reset',
    summary: 'open the selected experiments again: ids and history stay, results go',
    flags: [...selectionFlags, ['--all', 'all experiments'], yes('lose results')],
    examples: [
      ['reset --where "kernel = poly" --yes', 'execute these again'],
      ['reset --id 1-10,17', 'asks before results are lost'],
    ],
    load: async () => (await import('./verbs/reset.ts')).reset,
  },
  {
    name: 'retry',
    summary: 'open failed experiments again',
    flags: selectionFlagsWithoutStatus,
    examples: [
      ['retry', 'all that failed'],
      ['retry --where "error ~ ECONNRESET"', 'those with this error'],
    ],
    load: async () => (await import('./verbs/reset.ts')).retry,
  },
  {
    name: 'resume',
    argument: ['[id]', 'the paused experiment'],
    summary: 'continue a paused experiment here, or all selected ones',
    flags: [
      experimentFlag,
      workersFlag,
      strictFlag,
      ...selectionFlagsWithoutStatus,
      ['--all', 'all paused experiments'],
    ],
    examples: [
      ['resume 17 --experiment second-half.ts', 'with another function'],
      ['resume --where "kernel = rbf" --workers 4', 'many at once'],
    ],
    load: async () => (await import('./verbs/resume.ts')).resume,
  },
  {
    name: 'delete',
    summary: 'delete the selected experiments; without a selection, drop every table of the study',
    flags: [
      ...selectionFlags,
      yes('delete or drop them'),
      ['--force', 'drop it also while runners execute it'],
      ['--recreate', 'create the tables anew, empty, right after they were dropped'],
    ],
    examples: [
      ['delete --where "kernel = poly"', 'these experiments, with their logs; asks first'],
      ['delete --config study.json', 'the whole study; asks first'],
      ['delete --recreate --yes', 'begin anew with empty tables'],
    ],
    load: async () => (await import('./verbs/delete.ts')).deleteStudy,
  },
  {
    name: 'table',
    summary: 'the evaluation table: results by keyfields, aggregated over the others',
    flags: [...tableFlags, ...selectionFlags],
    examples: [
      ['table --rows dataset --columns kernel --value accuracy --over seed', 'mean ± std over the seeds'],
      ['table --rows dataset --columns kernel --best max --save table.tex', 'for a paper, best in bold'],
    ],
    load: async () => (await import('./verbs/table.ts')).table,
  },
  {
    name: 'plot',
    argument: [
      '<kind>',
      'curve, box, violin, heatmap, parallel or ranks',
      ['curve', 'box', 'violin', 'heatmap', 'parallel', 'ranks'],
    ],
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
    load: async () => (await import('./verbs/plot.ts')).plot,
  },
  {
    name: 'export',
    summary: 'raw rows as CSV, JSON Lines, Parquet or SQLite',
    flags: [
      ...selectionFlags,
      [
        '--what <rows>',
        'experiments (default), attempts or emissions, of the selected experiments',
        ['experiments', 'attempts', 'emissions'],
      ],
      ['--logtable <name>', 'rows of this logtable, of the selected experiments'],
      ['--columns <a,b>', 'these columns, in this order; default: all'],
      ['--order-by <column[:desc]>', 'order of the experiments; default: ID'],
      [
        '--format <format>',
        "csv, jsonl, parquet or sqlite; default: as the output's name ends, otherwise csv",
        ['csv', 'jsonl', 'parquet', 'sqlite'],
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
    load: async () => (await import('./verbs/export.ts')).exportRows,
  },
  {
    name: 'check',
    summary: 'validate everything, touch nothing',
    flags: [experimentFlag],
    examples: [['check --config study.json', 'before a fleet is started']],
    load: async () => (await import('./verbs/check.ts')).check,
  },
  {
    name: 'init',
    argument: ['[folder]', 'where; it is made if need be (default: here)'],
    summary: 'a new study that runs, to be made your own',
    flags: [
      ['--language <name>', 'typescript (default) or javascript', ['typescript', 'javascript']],
      ['--name <table>', "the study's table (default: the folder's name)"],
    ],
    examples: [
      ['init my-study', 'then: ts-experimenter run --config my-study/study.json'],
      ['init --language javascript', 'here'],
    ],
    load: async () => (await import('./verbs/init.ts')).init,
  },
  {
    name: 'schema',
    summary: 'print the JSON Schema of configuration files',
    flags: [],
    examples: [['schema > config.schema.json', 'for an editor']],
    load: async () => (await import('./verbs/schema.ts')).schema,
  },
  {
    name: 'completion',
    argument: ['<shell>', 'bash, zsh or fish', ['bash', 'zsh', 'fish']],
    summary: 'print a script that completes verbs, flags and their values in a shell',
    flags: [],
    examples: [
      ['completion bash >> ~/.bashrc', 'zsh: >> ~/.zshrc, after compinit'],
      ['completion fish > ~/.config/fish/completions/ts-experimenter.fish', 'read when it is needed'],
    ],
    load: async () => (await import('./verbs/completion.ts')).completionOf(verbs),
  },
];
