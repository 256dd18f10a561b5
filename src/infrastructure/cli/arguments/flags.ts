import { experimentStatuses } from '../../../domain/experiment/experiment.ts';
import { CONFIG_VARIABLE, DEFAULT_CONFIGS } from './chosen-config.ts';

/** The flags of the command line as commander returns them: texts, not yet checked. */
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

/** A verb: does its work and returns the exit code. `argument` is its only argument; empty if there is none. */
export type Verb = (flags: Flags, argument: string) => Promise<number>;

/** A flag as commander declares it. `words` are the allowed values, which shells complete. */
export type FlagDeclaration = readonly [syntax: string, description: string, words?: readonly string[]];

/** Flags of every verb. */
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

/** Flags that select experiments for `run`. */
export const whichFlags: readonly FlagDeclaration[] = [
  ['--where <expression>', 'experiments for which this holds: "kernel = rbf and seed in (1, 2)"'],
  ['--id <ids>', 'experiments of these ids: 1-10,17'],
];

/** Flags that select experiments, without their status. All given conditions must hold. */
export const selectionFlagsWithoutStatus: readonly FlagDeclaration[] = [
  ...whichFlags,
  ['--limit <n>', 'at most so many, lowest ids first'],
];

/** Flags that select experiments. */
export const selectionFlags: readonly FlagDeclaration[] = [status, ...selectionFlagsWithoutStatus];

/** Names another experiment function. */
export const experimentFlag: FlagDeclaration = [
  '--experiment <file>',
  'module with the experiment function, instead of the configured one',
];

/** Makes missing results a failure. */
export const strictFlag: FlagDeclaration = [
  '--strict',
  'exit with 3 also if an experiment is done without any of the declared results',
];

/** How many experiments run at the same time. */
export const workersFlag: FlagDeclaration = ['--workers <n>', 'worker threads (runner.workers)'];

/** The flag that confirms in advance. */
export const yesFlag = (what: string): FlagDeclaration => ['--yes', `${what} without being asked`];

/** What the command line knows of a verb before its module is loaded. */
export interface VerbDeclaration {
  readonly name: string;
  /** Its only argument. */
  readonly argument?: FlagDeclaration;
  readonly summary: string;
  readonly flags: readonly FlagDeclaration[];
  /** Command lines without the program, and what they do. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  readonly load: () => Promise<Verb>;
}
