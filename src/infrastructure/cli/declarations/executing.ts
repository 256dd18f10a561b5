import {
  type VerbDeclaration,
  type FlagDeclaration,
  experimentFlag,
  selectionFlagsWithoutStatus,
  strictFlag,
  workersFlag,
  whichFlags,
  yesFlag,
} from '../arguments/flags.ts';

/** Flags for keys of `runner`, and which experiments. */
const runFlags: readonly FlagDeclaration[] = [
  experimentFlag,
  workersFlag,
  ['--max-experiments <n>', 'stop after so many experiments (runner.maxExperiments)'],
  ['--random-order', 'start at a random experiment (runner.randomOrder)'],
  ['--timeout <seconds>', 'kill an execution that takes longer (runner.timeoutSeconds)'],
  strictFlag,
  ...whichFlags,
];

export const runVerb: VerbDeclaration = {
  name: 'run',
  summary: 'create tables if missing, fill, then execute until nothing is open (default)',
  flags: runFlags,
  examples: [
    ['run --config study.json', 'run the study'],
    ['run --workers 4 --max-experiments 100 --json', 'run a part of it, an event a line'],
    ['run --id 3,10-20', 'fill, then execute the open ones among these'],
  ],
  load: async () => (await import('../verbs/run.ts')).run,
};

export const oneVerb: VerbDeclaration = {
  name: 'one',
  argument: ['<id>', 'the experiment'],
  summary: 'execute exactly this experiment, here, with everything it prints (on stderr)',
  flags: [
    experimentFlag,
    ['--timeout <seconds>', 'kill it if it takes longer (runner.timeoutSeconds)'],
    ['--again', 'also if it has ended: reset it first'],
    strictFlag,
    yesFlag('lose results'),
    [
      '--inspect-brk [port]',
      'wait for a debugger (127.0.0.1:9229) and stop where the experiment begins; it runs in the main thread, ' +
        'prints on stdout, and no runner takes it over for 12 hours',
    ],
  ],
  examples: [
    ['one 17', 'as a runner would, in the foreground'],
    ['one 17 --again --inspect-brk', 'look for what went wrong with a debugger'],
  ],
  load: async () => (await import('../verbs/one.ts')).one,
};

export const resumeVerb: VerbDeclaration = {
  name: 'resume',
  argument: ['[id]', 'the paused experiment'],
  summary: 'continue a paused experiment here, or all selected ones',
  flags: [experimentFlag, workersFlag, strictFlag, ...selectionFlagsWithoutStatus, ['--all', 'all paused experiments']],
  examples: [
    ['resume 17 --experiment second-half.ts', 'with another function'],
    ['resume --where "kernel = rbf" --workers 4', 'many at once'],
  ],
  load: async () => (await import('../verbs/resume.ts')).resume,
};
