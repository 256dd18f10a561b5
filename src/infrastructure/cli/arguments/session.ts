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

/** The configuration of a study, read and checked. Nothing is opened yet. */
export interface ChosenStudy {
  readonly file: string;
  readonly configuration: Configuration;
}

/** Reads the configuration that the flags name. Throws `USAGE` if they name none, and the errors of reading it. */
export const chosenStudy = async (flags: Flags): Promise<ChosenStudy> => {
  const file = chosenConfig(flags.config);
  const { loadConfiguration } = await import('../../config/load.ts');
  return { file, configuration: loadConfiguration(file, { set: overrides(flags) }) };
};

/** Flags such as `--workers` come after `--set`, so that they win. */
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

/** How a study is opened, see `OpenOptions`. */
export type Access = Pick<OpenOptions, 'readOnly' | 'json'>;

export interface StudyDependencies {
  /** Writes a line of the log. Default: to stderr. */
  readonly writeLine?: (line: string) => void;
  /** Whether experiments will be executed. The experiment function is then checked before the database is opened. */
  readonly executes?: boolean;
  readonly access?: Access;
}

/** For verbs that show or save stored values without changing them. */
export const asStored: Access = { readOnly: true, json: 'text' };
/** For other verbs that change nothing. */
const reading: Access = { readOnly: true };
/** For verbs that change the tables. */
export const writing: Access = {};

/** Opens the study for `use`, and closes it also after an error. */
export const withStudy = async <Result>(
  { configuration }: ChosenStudy,
  use: (experimenter: Experimenter) => Promise<Result>,
  {
    writeLine = (line) => process.stderr.write(`${line}\n`),
    executes = false,
    access = writing,
  }: StudyDependencies = {},
): Promise<Result> => {
  // A verb that only reads must not write to the log file that a foreign configuration names.
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
 * Opens the study if its table exists. The study is opened for reading unless `access` says otherwise, so that looking
 * at it changes nothing. Without the table, `absent` is called, with the study if the database exists.
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

/** Whether the database exists. Throws `DATABASE_UNREACHABLE` if its file could not be created either. */
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

/** The place of the study's table, in words. */
export const placeOf = ({ study, database }: Configuration): string => {
  const where =
    database.provider === 'sqlite'
      ? database.file
      : `${database.name} on ${database.sshTunnel ? tunnelled(database.sshTunnel) : (database.socketPath ?? `${database.host}:${database.port}`)}`;
  return plain(`table ${study.table} of ${where}`);
};

const tunnelled = ({ host, remoteHost, remotePort }: SshTunnelConfiguration): string =>
  `${remoteHost}:${remotePort} through SSH host ${host}`;

/** The command line of a verb for the same study, for advice. */
export const commandOf = (verb: string, { config, credentials }: Pick<Flags, 'config' | 'credentials'>): string => {
  const script = process.argv[1] ?? '';
  const program = basename(script) === 'main.js' ? `node ${relative(process.cwd(), script)}` : 'ts-experimenter';
  return plain([program, verb, ...fileFlag('--config', config), ...fileFlag('--credentials', credentials)].join(' '));
};

const fileFlag = (flag: string, file: string | undefined): readonly string[] =>
  file === undefined ? [] : [flag, /\s/.test(file) ? `'${file}'` : file];
