import {
  type VerbDeclaration,
  experimentFlag,
  selectionFlags,
  selectionFlagsWithoutStatus,
} from '../arguments/flags.ts';

export const planVerb: VerbDeclaration = {
  name: 'plan',
  summary: 'what fill would add, keep and leave orphaned; touches nothing',
  flags: [['--explain', 'also how the grid comes about, what is orphaned, and how long it may take']],
  examples: [
    ['plan --config study.json', 'before fill'],
    ['plan --explain', 'which conditions and exclusions remove how many'],
  ],
  load: async () => (await import('../verbs/plan.ts')).plan,
};

export const statusVerb: VerbDeclaration = {
  name: 'status',
  summary: 'how the study stands: counts, runners, grouped errors',
  flags: [['--watch [seconds]', 'again and again, every two seconds; Ctrl-C ends it']],
  examples: [
    ['status --json', 'for programs'],
    ['status --watch', 'the whole fleet, with what it runs, rate and ETA'],
  ],
  load: async () => (await import('../verbs/status.ts')).status,
};

export const errorsVerb: VerbDeclaration = {
  name: 'errors',
  summary:
    'failures by kinds of errors, and the keyfield values that explain them: with which at least half of a kind ' +
    'failed, and all did, or five times the share of the other ended ones',
  flags: selectionFlagsWithoutStatus,
  examples: [
    ['errors', 'all kinds, most frequent first'],
    ['errors --where "kernel = rbf" --json', 'among these, for a program'],
  ],
  load: async () => (await import('../verbs/errors.ts')).errors,
};

export const listVerb: VerbDeclaration = {
  name: 'list',
  summary: 'experiments by filter, one a line',
  flags: selectionFlags,
  examples: [
    ['list --status error --limit 20', 'some that failed'],
    ['list --where "kernel = rbf and accuracy < 0.5" --json', 'a row object a line'],
  ],
  load: async () => (await import('../verbs/list.ts')).list,
};

export const showVerb: VerbDeclaration = {
  name: 'show',
  argument: ['<id>', 'the experiment'],
  summary: 'one experiment with its attempts, logs and error',
  flags: [],
  examples: [['show 17', 'everything about experiment 17']],
  load: async () => (await import('../verbs/show.ts')).show,
};

export const checkVerb: VerbDeclaration = {
  name: 'check',
  summary: 'validate everything, touch nothing',
  flags: [experimentFlag],
  examples: [['check --config study.json', 'before a fleet is started']],
  load: async () => (await import('../verbs/check.ts')).check,
};
