import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import type { RunnerOptions } from '../../application/ports/runner-options.ts';
import type { Configuration } from './schema/configuration.ts';
import { customOf, experimentOf, requireModule } from './sections/experiment.ts';
import { recordOf } from './describe.ts';
import { databaseOf } from './sections/database.ts';
import { fromObject, readDocument } from './sources/document.ts';
import { SettingsSources } from './sources/settings-sources.ts';
import { takeCredentials } from './pyexperimenter/credentials.ts';
import { asPyExperimenter, databaseFile, isPyExperimenter, takePyExperimenter } from './pyexperimenter/import.ts';
import { ownVariables, takeEnvironment, takeSet } from './sources/overrides.ts';
import type { Settings } from './schema/schema.ts';
import { studyOf } from './sections/table.ts';

/** What precedes the file. */
export interface LoadOptions {
  /** `runner.workers=4`: precedes the environment, which precedes the file. */
  readonly set?: readonly string[];
  /** Default: this process's. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Reads and checks a configuration: a JSON or YAML file, or an object of the same shape.
 *
 * Throws `CONFIG_INVALID` with a line for every problem (`FILE:LINE: key.path: found X; allowed Y`), and
 * `MODULE_INVALID` when all is well but the experiment's file does not exist. No error text holds a secret.
 */
export const loadConfiguration = (source: string | object, options: LoadOptions = {}): Configuration => {
  const file = typeof source === 'string' ? resolve(source) : null;
  const document =
    typeof source === 'string'
      ? readDocument(source, 'a configuration', 'name it with --config, or write one: docs/configuration.md says how')
      : fromObject(source);
  const imported = isPyExperimenter(document);
  // PyExperimenter uses the working directory for every relative path.
  const directory = file === null || imported ? process.cwd() : dirname(file);
  const environment = options.env ?? process.env;
  const own = ownVariables(environment);
  const sources = new SettingsSources(imported ? asPyExperimenter(document) : document, own);
  const usesSsh = imported && takePyExperimenter(sources, environment);
  if (!imported) sources.takeDocument();
  takeEnvironment(sources, own);
  takeSet(sources, options.set ?? []);
  if (imported) completePyExperimenter(sources, environment, usesSsh);

  const settings = sources.settings();
  const { problems } = sources;
  // Checks of several keys of a section are left out when one of them is wrong: the problem would be a consequence.
  const experiment = problems.in('experiment') ? null : experimentOf(settings.experiment, sources, directory);
  const database = problems.in('database') ? undefined : databaseOf(settings.database, sources, directory);
  const table = studyOf(settings.table, sources, imported ? 'meshgrid' : 'listed');
  const runner = problems.in('runner') ? undefined : runnerOf(settings.runner, sources);
  const custom = customOf(settings.custom, sources);
  problems.throwIfAny();
  if (!database || !table || !runner) throw new Error('a section without a problem has no value');
  requireModule(experiment, sources);

  const { emissions, log } = settings;
  const { study, grid } = table;
  const inDirectory = (name: string | null) => (name === null ? null : resolve(directory, name));
  return {
    file,
    directory,
    experiment,
    database,
    study: emissions.enabled ? { ...study, emissions: true } : study,
    grid,
    runner,
    custom,
    record: recordOf(settings),
    emissions: { ...emissions, outputFile: inDirectory(emissions.outputFile) },
    log: { level: log.level, file: inDirectory(log.file) },
    warnings: sources.warnings,
  };
};

const runnerOf = (settings: Settings['runner'], sources: SettingsSources): RunnerOptions => {
  const { heartbeatSeconds, leaseSeconds } = settings;
  if (leaseSeconds < 3 * heartbeatSeconds) {
    const lease = sources.level('runner.leaseSeconds') > 0;
    sources.problems.add(
      ['runner', lease ? 'leaseSeconds' : 'heartbeatSeconds'],
      lease ? String(leaseSeconds) : String(heartbeatSeconds),
      lease
        ? `at least ${3 * heartbeatSeconds}: three times runner.heartbeatSeconds, which is ${heartbeatSeconds}`
        : `at most ${leaseSeconds / 3}: a third of runner.leaseSeconds, which is ${leaseSeconds}; raise that too`,
    );
  }
  return { ...settings, workers: settings.workers === 'auto' ? availableParallelism() : settings.workers };
};

/** What depends on overrides: the name of the database, and its credentials. */
const completePyExperimenter = (sources: SettingsSources, environment: NodeJS.ProcessEnv, usesSsh: boolean): void => {
  const name = sources.value('database.name');
  const given = sources.level('database.name');
  if (sources.value('database.provider') === 'mysql') takeCredentials(sources, environment, usesSsh);
  else if (typeof name === 'string' && given > sources.level('database.file')) {
    sources.put(['database', 'file'], ['database', 'file'], databaseFile(name), given, undefined);
    sources.drop('database.name');
  }
};
