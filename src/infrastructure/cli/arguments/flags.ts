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

/** Which experiments, for a verb that is about those that are open. */
export const whichFlags: readonly FlagDeclaration[] = [
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

/** The flag that confirms beforehand. */
export const yesFlag = (what: string): FlagDeclaration => ['--yes', `${what} without being asked`];

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
