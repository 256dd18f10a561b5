import 'reflect-metadata';
import { userInfo } from 'node:os';
import { container as root, type DependencyContainer } from 'tsyringe';
import {
  type Clock,
  type ExperimentSource,
  type Log,
  type OpenMeter,
  type OpenProtocol,
  tokens,
  type WorkerPools,
} from '../application/ports/ports.ts';
import { ExperimenterError } from '../domain/errors.ts';
import type { ExperimentFunction } from '../domain/experiment/experiment-function.ts';
import type { ExperimentRepository } from '../domain/repository/experiment-repository.ts';
import type { StudyDefinition } from '../domain/study/define-study.ts';
import { type Configuration } from './config/schema/configuration.ts';
import { loadConfiguration } from './config/load.ts';
import type { ReadingOptions } from './database/connection/repository-options.ts';
import { lineLog } from './system/log.ts';
import { openStandby, type StudyPlace } from './database/thread/standby.ts';
import { ReportingExperimenter } from './reporting/reporting-experimenter.ts';
import { runnerFacts } from './system/runner-facts.ts';
import { systemClock } from './system/clock.ts';
import { version } from './system/version.ts';

/** How a study is opened. */
export interface OpenOptions {
  /** A configuration file's path, or its content as an object (paths in it are relative to the working directory). */
  readonly config: string | object;
  /** Overrides, `runner.workers=4`. */
  readonly set?: readonly string[];
  /**
   * Only to look: nothing of the database is changed, not even the mode of an SQLite file, which may lie on a read-only or
   * a network file system; on a server SELECT is all that it needs. The main table is all that has to be there; columns
   * that the study does not declare come with the others. What would write throws `USAGE`.
   */
  readonly readOnly?: boolean;
  /** What JSON columns give: values (default), or the very text that is stored, which keeps the digits of every number. */
  readonly json?: 'value' | 'text';
  /** The experiment function itself, instead of the configured module: it runs in this thread, not in worker threads. */
  readonly experiment?: ExperimentFunction;
  /** Your own repository instead of the configured database. */
  readonly repository?: ExperimentRepository;
  /** Your own workers instead of worker threads. */
  readonly workerPools?: WorkerPools;
  /** Your own meter instead of this machine's; used only if `emissions.enabled`. */
  readonly openMeter?: OpenMeter;
  readonly log?: Log;
  readonly clock?: Clock;
  /** A tsyringe container in which any of the `tokens` may be registered; what is given by name above wins. */
  readonly container?: DependencyContainer;
}

/** Reads the configuration and opens its study. */
export const open = async ({ config, set, ...options }: OpenOptions): Promise<ReportingExperimenter> =>
  openConfigured(loadConfiguration(config, set ? { set } : {}), options);

/**
 * Puts one study together in a container of its own, so that any number of them live in one process. `executes`: its
 * experiment is checked, before the database is opened, and not again.
 */
export const openConfigured = async (
  configuration: Configuration,
  options: Omit<OpenOptions, 'config' | 'set'> & { readonly executes?: boolean },
): Promise<ReportingExperimenter> => {
  const own = (options.container ?? root).createChildContainer();
  const provide = async <Port>(
    token: symbol,
    given: Port | undefined,
    make: () => Port | Promise<Port>,
  ): Promise<Port> => {
    if (given !== undefined) own.registerInstance(token, given);
    else if (!own.isRegistered(token, true)) own.registerInstance(token, await make());
    return own.resolve<Port>(token);
  };
  const clock = await provide<Clock>(tokens.clock, options.clock, () => systemClock);
  const log = await provide<Log>(tokens.log, options.log, () => lineLog(configuration.log));
  for (const warning of configuration.warnings) log.warn(warning);
  const workerPools = await provide<WorkerPools>(tokens.workerPools, options.workerPools, async () => {
    const { workerPools: make } = await import('./workers/worker-pools.ts');
    return make(configuration.study, configuration.custom, log);
  });
  const openMeter = await provide<OpenMeter>(tokens.openMeter, options.openMeter, () => async () => {
    const { openMeter: open } = await import('./emissions/open-meter.ts');
    return open(configuration.emissions, { table: configuration.study.table, version, clock, log });
  });
  const experiment: ExperimentSource | null = options.experiment
    ? { kind: 'function', experiment: options.experiment }
    : configuration.experiment;
  if (options.executes && experiment) await workerPools.check(experiment);
  const injected = options.repository !== undefined || own.isRegistered(tokens.repository, true);
  const place = injected ? undefined : await placeOf(configuration);
  const reading: ReadingOptions = {
    readOnly: options.readOnly ?? false,
    jsonText: options.json === 'text',
    note: (text) => log.warn(text),
  };
  const given = place ? await openRepository(configuration.study, place, reading) : options.repository;
  if (given) own.registerInstance(tokens.repository, given);
  const repository = own.resolve<ExperimentRepository>(tokens.repository);
  const writable = options.readOnly === true ? undefined : place;
  const { study, grid, runner } = configuration;
  return new ReportingExperimenter({
    study,
    grid,
    runner,
    experiment,
    checked: options.executes ? experiment : null,
    repository,
    openProtocol: writable && openProtocol(configuration.study, writable),
    openStandby: writable && !inMemory(writable) ? openStandby(configuration.study, writable, log) : undefined,
    workerPools,
    openMeter,
    clock,
    log,
    version,
    configuration: configuration.record,
    facts: (source) => runnerFacts(source, configuration.directory, log),
    dispose: async () => own.dispose(),
  });
};

/** Nothing but its own connection sees it. */
const inMemory = ({ provider, options }: StudyPlace): boolean => provider === 'sqlite' && options.file === ':memory:';

/** SQLite is called synchronously: in a thread of its own it and the actors run side by side. MySQL waits by itself. */
const openProtocol = (study: StudyDefinition, place: StudyPlace): OpenProtocol | undefined => {
  if (place.provider !== 'sqlite' || inMemory(place)) return undefined;
  return async () => {
    const { ThreadedProtocol } = await import('./database/thread/threaded-protocol.ts');
    return new ThreadedProtocol(study, place.options);
  };
};

/** Only the packages of the database that is meant are loaded. */
const openRepository = async (
  study: StudyDefinition,
  place: StudyPlace,
  reading: ReadingOptions,
): Promise<ExperimentRepository> => {
  if (place.provider === 'sqlite') {
    const { openSqliteRepository } = await import('./database/open-sqlite.ts');
    return openSqliteRepository(study, { ...place.options, ...reading });
  }
  const { openMysqlRepository } = await import('./database/open-mysql.ts');
  return openMysqlRepository(study, { ...place.options, ...reading });
};

/** The configured database with everything that a connection needs, certificates read. */
const placeOf = async ({ database }: Configuration): Promise<StudyPlace> => {
  if (database.provider === 'sqlite') return { provider: 'sqlite', options: database };
  const { tlsOf } = await import('./database/mysql/tls.ts');
  const { host, port, socketPath, name, user, password, ssl, sshTunnel, localTime, allowCleartextPassword } = database;
  return {
    provider: 'mysql',
    options: {
      host,
      port,
      database: name,
      localTime,
      allowCleartextPassword,
      user: user ?? systemUser(),
      ...(socketPath !== null && { socketPath }),
      ...(password !== null && { password }),
      ...(ssl !== null && { ssl: await tlsOf(ssl) }),
      ...(sshTunnel !== null && { sshTunnel }),
    },
  };
};

/** As MySQL's own client has it. In a container a user id may have no name. */
const systemUser = (): string => {
  try {
    return userInfo().username;
  } catch (error) {
    const named = process.env['USER'] || process.env['LOGNAME'];
    if (named) return named;
    throw new ExperimenterError(
      'CONFIG_INVALID',
      `database.user is missing, and user id ${process.getuid?.() ?? ''} has no name on this machine: set database.user`,
      { cause: error },
    );
  }
};
