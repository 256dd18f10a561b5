import { databaseSchema } from './database.ts';
import { emissionsSchema } from './emissions.ts';
import { command, flag, integer, map, oneOf, path, seconds, text, workers } from './formats.ts';
import type { Path } from '../../text/safe-text.ts';
import { isLeaf, key, optional, type AnyLeaf, type Section, type Values } from './node.ts';
import { tableSchema } from './table.ts';

/** Every key of the configuration. Documentation, editor support and validation are all made from this. */
export const schema = {
  experiment: {
    module: optional({
      type: path('a .ts, .mts, .js, .mjs or .cjs file'),
      doc: 'File whose default export is the experiment function. Give this or `command`, or neither when the function is given in code.',
    }),
    command: optional({
      type: command,
      doc: 'Program to run for each experiment, and its arguments; `{keyfield}` in an argument is replaced by the value. No shell is involved. A program with a slash is relative to the configuration file, any other is looked up on PATH.',
    }),
  },
  database: databaseSchema,
  table: tableSchema,
  runner: {
    name: key({
      type: text('a name', 255),
      default: 'ts-experimenter',
      doc: 'Written into the column `name` of each experiment it executes, to tell runners apart; a job id, for example.',
    }),
    workers: key({
      type: workers,
      default: 'auto',
      doc: 'Workers, each executing one experiment at a time. `auto`: as many as the machine has cores for this process. More need more memory and gain nothing for work that keeps a core busy.',
    }),
    isolation: key({
      type: oneOf('thread', 'process'),
      default: 'thread',
      doc: 'Where each worker lives. `thread`: in the process of the runner; cheapest, and enough for code that is not out to do harm. `process`: in a child process of its own that can be killed with all its children, whatever it does; a blocking native call, a crash in native code or exhausted memory then ends one experiment and never the runner. It costs about 50 MB and some start-up time for each worker, and short experiments run more slowly.',
    }),
    maxExperiments: optional({
      type: integer(0, 1_000_000_000),
      doc: 'Stop after claiming so many experiments; null: go on until nothing is open.',
    }),
    randomOrder: key({ type: flag, default: false, doc: 'Start at a random experiment instead of the lowest ID.' }),
    timeoutSeconds: optional({
      type: seconds(),
      doc: 'Seconds after which an execution is killed and recorded as failed, within one more second; null: no limit. Too low kills healthy experiments. A thread in a blocking native call (a synchronous child process, the opening of a pipe) is recorded in time but cannot be killed: it keeps its worker until the call returns, and a run all of whose workers are taken ends. With `isolation: "process"` everything is killed.',
    }),
    maxAttempts: key({
      type: integer(1, 1000),
      default: 3,
      doc: 'How often the runner of an experiment may die (crash, power failure) before it is given up as `error`. Higher survives more crashes, and repeats a deadly experiment more often. With 2 or more its last attempt is made alone, after everything else, so that no innocent one is given up for its neighbour; with 1 whatever runs beside a crash is given up.',
    }),
    retries: key({
      type: integer(0, 1000),
      default: 0,
      doc: 'How often an experiment that failed or timed out is tried again before it stays `error`.',
    }),
    heartbeatSeconds: key({
      type: seconds(3600),
      default: 10,
      doc: 'Seconds between two signs of life. Lower means more writes; higher needs a longer lease.',
    }),
    leaseSeconds: key({
      type: seconds(86_400),
      default: 60,
      doc: 'Seconds without a sign of life after which a runner counts as dead and its experiments are given to others; at least three times `heartbeatSeconds`. Lower recovers sooner, higher forgives longer outages.',
    }),
    memoryMegabytes: optional({
      type: integer(16, 1_048_576),
      doc: "Heap of each worker in megabytes; an experiment that needs more fails. Buffers and native memory count only with `isolation: process`, where 256 MB more are for Node itself. null: Node's default.",
    }),
  },
  custom: key({
    type: map('an object', {}),
    default: {},
    doc: 'Anything the experiment function needs besides its keyfields; handed to it unchanged, never part of the grid.',
  }),
  emissions: emissionsSchema,
  log: {
    level: key({
      type: oneOf('debug', 'info', 'warn', 'error', 'silent'),
      default: 'info',
      doc: 'Least severity of the lines that are logged: `debug` says most, `silent` nothing.',
    }),
    file: optional({
      type: path('a log file'),
      doc: 'File that the log lines of runs, and failed experiments with their whole error, are appended to; null: standard error only.',
    }),
  },
} as const satisfies Section;

/** The values of a checked configuration, as written: paths are not resolved yet. */
export type Settings = Values<typeof schema>;

/** Every key with its path, in the order of the schema. */
export function* leaves(
  section: Section = schema,
  above: readonly string[] = [],
): Generator<readonly [path: readonly string[], leaf: AnyLeaf]> {
  for (const [name, node] of Object.entries(section)) {
    if (isLeaf(node)) yield [[...above, name], node];
    else yield* leaves(node, [...above, name]);
  }
}

/** A key, and what of a path leads on inside its value. */
export interface KeyAt {
  readonly key: Path;
  readonly leaf: AnyLeaf;
  readonly inside: Path;
}

/** The key at a path, or above it; undefined if there is none. */
export const keyAt = (path: Path): KeyAt | undefined => {
  for (let length = 1; length <= path.length; length += 1) {
    const node = nodeAt(path.slice(0, length));
    if (node && isLeaf(node)) return { key: path.slice(0, length), leaf: node, inside: path.slice(length) };
  }
  return undefined;
};

/** The section at a path. */
export const sectionAt = (path: Path): Section | undefined => {
  const node = nodeAt(path);
  return node && !isLeaf(node) ? node : undefined;
};

const nodeAt = (path: Path): AnyLeaf | Section | undefined => {
  let node: AnyLeaf | Section | undefined = schema;
  for (const name of path) node = node && !isLeaf(node) && Object.hasOwn(node, name) ? node[name] : undefined;
  return node;
};

/** `runner.heartbeatSeconds` → `TS_EXPERIMENTER_RUNNER_HEARTBEAT_SECONDS`. */
export const environmentVariable = (keys: readonly string[]): string =>
  ['TS_EXPERIMENTER', ...keys.map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase())].join('_');
