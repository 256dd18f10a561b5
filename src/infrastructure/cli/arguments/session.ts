import { existsSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import type { ExperimentSource } from '../../../application/ports/ports.ts';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { Configuration, SshTunnelConfiguration } from '../../config/schema/configuration.ts';
import type { OpenOptions } from '../../container.ts';
import { lineLog } from '../../system/log.ts';
import type { ReportingExperimenter as Experimenter } from '../../reporting/reporting-experimenter.ts';
import { chosenConfig } from './chosen-config.ts';
import type { Flags } from './flags.ts';
import { plain } from '../../text/terminal-text.ts';

/** A study that the flags name, read and checked; nothing is opened yet. */
export interface ChosenStudy {
  readonly file: string;
  readonly configuration: Configuration;
}

/** Reads the configuration that the flags name. Throws `USAGE` if they name none, and what reading it throws. */
export const chosenStudy = async (flags: Flags): Promise<ChosenStudy> => {
  const file = chosenConfig(flags.config);
  const { loadConfiguration } = await import('../../config/load.ts');
  return { file, configuration: loadConfiguration(file, { set: overrides(flags) }) };
};

/** The flags that stand for a `--set` of their own come last: they are the more specific wish. */
const overrides = ({
  set = [],
  credentials,
  experiment,
  workers,
  maxExperiments,
  randomOrder,
  timeout,
}: Flags): readonly string[] => [
  ...set,
  ...(credentials === undefined ? [] : [`database.credentials=${resolve(credentials)}`]),
  ...(experiment === undefined ? [] : [`experiment.module=${resolve(experiment)}`]),
  ...(workers === undefined ? [] : [`runner.workers=${workers}`]),
  ...(maxExperiments === undefined ? [] : [`runner.maxExperiments=${maxExperiments}`]),
  ...(randomOrder === true ? ['runner.randomOrder=true'] : []),
  ...(timeout === undefined ? [] : [`runner.timeoutSeconds=${timeout}`]),
];

/** What a study is opened for: see `OpenOptions`. */
export type Access = Pick<OpenOptions, 'readOnly' | 'json'>;

export interface StudyDependencies {
  /** Where log lines go; default: stderr. */
  readonly writeLine?: (line: string) => void;
  /** Whether the experiment will be executed: it is then checked before the database is opened. */
  readonly executes?: boolean;
  readonly access?: Access;
}

/** For verbs that show or save what is stored, as it is stored. */
export const asStored: Access = { readOnly: true, json: 'text' };
/** For all others that change nothing. */
const reading: Access = { readOnly: true };
/** For verbs that change the tables. */
export const writing: Access = {};

/** Opens the study, and closes it whatever happens. */
export const withStudy = async <Result>(
  { configuration }: ChosenStudy,
  use: (experimenter: Experimenter) => Promise<Result>,
  {
    writeLine = (line) => process.stderr.write(`${line}\n`),
    executes = false,
    access = writing,
  }: StudyDependencies = {},
): Promise<Result> => {
  // Looking at a study that someone else wrote must not write to a file that it names.
  const { level, file } = configuration.log;
  const log = lineLog({ level, file: executes ? file : null }, (line) => writeLine(plain(line)));
  if (executes) requireExperiment(configuration);
  const { openConfigured } = await import('../../container.ts');
  const experimenter = await openConfigured(configuration, { log, executes, ...access });
  try {
    return await use(experimenter);
  } finally {
    await experimenter.close();
  }
};

/** Throws `MODULE_INVALID` if the study's experiment cannot be executed. */
export const checkExperiment = async (configuration: Configuration): Promise<void> => {
  const experiment = requireExperiment(configuration);
  const { workerPools } = await import('../../workers/worker-pools.ts');
  await workerPools(configuration.study, configuration.custom, lineLog(configuration.log)).check(experiment);
};

const requireExperiment = ({ experiment }: Configuration): ExperimentSource => {
  if (experiment) return experiment;
  throw new ExperimenterError(
    'MODULE_INVALID',
    'no experiment function: name it in experiment.module or experiment.command, or with --experiment FILE',
  );
};

/**
 * Opens the study if it has its table, to be read unless `access` says otherwise: then nothing is changed by looking at
 * it. `absent` gets the study if there is a database at least.
 */
export const withTables = async <Result>(
  chosen: ChosenStudy,
  absent: (experimenter?: Experimenter) => Promise<Result>,
  use: (experimenter: Experimenter) => Promise<Result>,
  access = reading,
): Promise<Result> => {
  if (!isDatabaseThere(chosen)) return absent();
  const opened = async (experimenter: Experimenter): Promise<Result> => {
    if (!(await experimenter.exists())) return absent(experimenter);
    if (access === writing) await experimenter.verify();
    return use(experimenter);
  };
  return withStudy(chosen, opened, { access });
};

/** Whether there is a database to be opened. Throws `DATABASE_UNREACHABLE` if its file could not be made either. */
export const isDatabaseThere = ({ configuration: { database } }: ChosenStudy): boolean => {
  if (database.provider !== 'sqlite' || existsSync(database.file)) return true;
  requireDirectory(database.file);
  return false;
};

const requireDirectory = (file: string): void => {
  if (existsSync(dirname(file))) return;
  throw new ExperimenterError(
    'DATABASE_UNREACHABLE',
    `${file}: there is no directory ${dirname(file)}; create it, or name another file`,
  );
};

/** Where the study's table is, in words. */
export const placeOf = ({ study, database }: Configuration): string => {
  const where =
    database.provider === 'sqlite'
      ? database.file
      : `${database.name} on ${database.sshTunnel ? tunnelled(database.sshTunnel) : (database.socketPath ?? `${database.host}:${database.port}`)}`;
  return plain(`table ${study.table} of ${where}`);
};

const tunnelled = ({ host, remoteHost, remotePort }: SshTunnelConfiguration): string =>
  `${remoteHost}:${remotePort} through SSH host ${host}`;

/** How to call a verb of this program for the same study, for advice. */
export const commandOf = (verb: string, { config, credentials }: Pick<Flags, 'config' | 'credentials'>): string => {
  const script = process.argv[1] ?? '';
  const program = basename(script) === 'main.js' ? `node ${relative(process.cwd(), script)}` : 'ts-experimenter';
  return plain([program, verb, ...fileFlag('--config', config), ...fileFlag('--credentials', credentials)].join(' '));
};

const fileFlag = (flag: string, file: string | undefined): readonly string[] =>
  file === undefined ? [] : [flag, /\s/.test(file) ? `'${file}'` : file];
