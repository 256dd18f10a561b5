import 'reflect-metadata';
import { userInfo } from 'node:os';
import { container as root, type DependencyContainer, instanceCachingFactory, type InjectionToken } from 'tsyringe';
import type {
  Clock,
  ExperimentSource,
  Log,
  OpenMeter,
  OpenProtocol,
  OpenStandby,
  WorkerPools,
} from '../application/ports/ports.ts';
import { ExperimenterError } from '../domain/errors.ts';
import type { ExperimentFunction } from '../domain/experiment/experiment-function.ts';
import type { ExperimentRepository } from '../domain/repository/experiment-repository.ts';
import type { StudyDefinition } from '../domain/study/study-definition.ts';
import { type Configuration } from './config/schema/configuration.ts';
import { loadConfiguration } from './config/load.ts';
import type { ReadingOptions } from './database/connection/repository-options.ts';
import { lineLog } from './system/log.ts';
import { openStandby, type StudyPlace } from './database/thread/standby.ts';
import { ReportingExperimenter } from './reporting/reporting-experimenter.ts';
import { runnerFacts } from './system/runner-facts.ts';
import { systemClock } from './system/clock.ts';
import { version } from './system/version.ts';
import { tokens } from './tokens.ts';
import { workerPools } from './workers/worker-pools.ts';

/** How a study is opened. */
export interface OpenOptions {
  /** A configuration file's path, or its content as an object (paths in it are relative to the working directory). */
  readonly config: string | object;
  /** Overrides, `runner.workers=4`. */
  readonly set?: readonly string[];
  /**
   * The study is only read: nothing of the database is changed, not even the mode of an SQLite file, which may be on a
   * read-only or a network file system. On a server the privilege SELECT is enough. Only the main table must exist.
   * Columns that the study does not declare are read, too. Methods that would write throw `USAGE`.
   */
  readonly readOnly?: boolean;
  /** What JSON columns give: values (default), or the text as it is stored, which keeps the digits of every number. */
  readonly json?: 'value' | 'text';
  /** The experiment function itself, instead of the configured module: it runs in this thread, not in worker threads. */
  readonly experiment?: ExperimentFunction;
  /** Your own repository instead of the configured database. */
  readonly repository?: ExperimentRepository;
  /** A connection of its own for each run. Default: for the configured database its own, for your repository none. */
  readonly openProtocol?: OpenProtocol;
  /** What sends heartbeats while a runner is blocked. Default: as `openProtocol`. */
  readonly openStandby?: OpenStandby;
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
 * experiment is checked before the database is opened.
 */
export const openConfigured = async (
  configuration: Configuration,
  options: Omit<OpenOptions, 'config' | 'set'> & { readonly executes?: boolean },
): Promise<ReportingExperimenter> => {
  const { study, grid, runner } = configuration;
  const own = (options.container ?? root).createChildContainer();
  const provide = <Port>(token: InjectionToken<Port>, given: Port | undefined, make?: () => Port | undefined): void => {
    if (given !== undefined) own.registerInstance(token, given);
    else if (make && !own.isRegistered(token, true)) own.register(token, { useFactory: instanceCachingFactory(make) });
  };
  const found = <Port>(token: InjectionToken<Port>): Port | undefined =>
    own.isRegistered(token, true) ? own.resolve(token) : undefined;

  provide(tokens.clock, options.clock, () => systemClock);
  provide(tokens.log, options.log, () => lineLog(configuration.log));
  const [clock, log] = [own.resolve(tokens.clock), own.resolve(tokens.log)];
  for (const warning of configuration.warnings) log.warn(warning);
  provide(tokens.workerPools, options.workerPools, () => workerPools(study, configuration.custom, log));
  provide(tokens.openMeter, options.openMeter, () => async () => {
    const { openMeter } = await import('./emissions/open-meter.ts');
    return openMeter(configuration.emissions, { table: study.table, version, clock, log });
  });
  provide(tokens.repository, options.repository);
  provide(tokens.openProtocol, options.openProtocol);
  provide(tokens.openStandby, options.openStandby);

  const experiment: ExperimentSource | null = options.experiment
    ? { kind: 'function', experiment: options.experiment }
    : configuration.experiment;
  if (options.executes && experiment) await own.resolve(tokens.workerPools).check(experiment);
  const { readOnly = false } = options;
  if (!own.isRegistered(tokens.repository, true)) {
    const place = await placeOf(configuration);
    const reading = { readOnly, jsonText: options.json === 'text', note: (text: string) => log.warn(text) };
    own.registerInstance(tokens.repository, await openRepository(study, place, reading));
    if (!inMemory(place)) {
      provide(tokens.openProtocol, undefined, () => openProtocol(study, place));
      provide(tokens.openStandby, undefined, () => openStandby(study, place, log));
    }
  }
  return new ReportingExperimenter({
    study,
    grid,
    runner,
    experiment,
    repository: own.resolve(tokens.repository),
    openProtocol: readOnly ? undefined : found(tokens.openProtocol),
    openStandby: readOnly ? undefined : found(tokens.openStandby),
    workerPools: own.resolve(tokens.workerPools),
    openMeter: own.resolve(tokens.openMeter),
    clock,
    log,
    version,
    configuration: configuration.record,
    facts: (source) => runnerFacts(source, configuration.directory, log),
    dispose: async () => own.dispose(),
  });
};

/** Only the connection that made such a database can use it. */
const inMemory = ({ provider, options }: StudyPlace): boolean => provider === 'sqlite' && options.file === ':memory:';

/** Calls of SQLite block their thread, so it gets one of its own beside the actors. Calls of MySQL do not block. */
const openProtocol = (study: StudyDefinition, place: StudyPlace): OpenProtocol | undefined => {
  if (place.provider !== 'sqlite') return undefined;
  return async () => {
    const { ThreadedProtocol } = await import('./database/thread/threaded-protocol.ts');
    return new ThreadedProtocol(study, place.options);
  };
};

/** Loads only the packages of the configured database. */
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
  const { provider, name, user, ssl, ...options } = database;
  const tls = ssl === null ? null : await tlsOf(ssl);
  return { provider, options: { ...present({ ...options, ssl: tls }), user: user ?? systemUser(), database: name } };
};

type Present<Values> = { readonly [Key in keyof Values as null extends Values[Key] ? never : Key]: Values[Key] } & {
  readonly [Key in keyof Values as null extends Values[Key] ? Key : never]?: NonNullable<Values[Key]>;
};

/** Without what is null, which options of a connection do not know. */
const present = <Values extends object>(values: Values): Present<Values> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as Present<Values>;

/** The default user of MySQL's own client. In a container a user id may have no name. */
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
