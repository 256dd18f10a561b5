import { resolve } from 'node:path';
import type { Document } from '../sources/document.ts';
import { level, type SettingsSources } from '../sources/settings-sources.ts';
import { described, isObject, type Path } from '../../text/safe-text.ts';
import { isSecretName } from '../../text/secrets.ts';
import { importedEmissions } from './emissions.ts';
import { interpolated, InterpolationProblem } from './interpolation.ts';
import { importedKeyfields, importedType } from './keyfields.ts';

const root = 'PY_EXPERIMENTER';
const sections = ['n_jobs', 'Database', 'Custom', 'CodeCarbon'];

/** Whether this is PyExperimenter's own configuration file. */
export const isPyExperimenter = (document: Document): boolean =>
  isObject(document.root) && Object.hasOwn(document.root, root);

/** The same document, whose lines and names are found by our paths. */
export const asPyExperimenter = (document: Document): Document => ({
  ...document,
  line: (path) => document.line(pathInPyExperimenter(path)),
  float: (path) => document.float?.(pathInPyExperimenter(path)) ?? false,
  named: pathInPyExperimenter,
});

/**
 * Reads a PyExperimenter file as if it were ours. What PyExperimenter does wrong or ignores becomes a warning; what has no
 * meaning is a problem. Returns whether the database is behind an SSH tunnel.
 */
export const takePyExperimenter = (sources: SettingsSources, environment: NodeJS.ProcessEnv): boolean => {
  const whole = resolved(sources, environment);
  if (!isObject(whole)) return false;
  // Other keys are the user's own, for interpolations.
  for (const key of Object.keys(whole).filter((name) => sections.includes(name)))
    sources.warn([key], 'it stands beside PY_EXPERIMENTER, where it is ignored; move it inside');
  const study = whole[root];
  if (!isObject(study)) {
    sources.problems.add([root], described(study), 'an object with n_jobs, Database, Custom and CodeCarbon');
    return false;
  }
  const { n_jobs: jobs, Database: database, Custom, CUSTOM, CodeCarbon, CODECARBON } = study;
  sources.ignored(study, [root], sections, ['CUSTOM', 'CODECARBON']);
  const named = (name: string, given: unknown, misspelt: string, meant: unknown): unknown => {
    if (meant === undefined) return given;
    sources.warn(
      [root, misspelt],
      given === undefined
        ? `PyExperimenter reads ${name} and ignores ${misspelt}; it is read as ${name}: rename it`
        : `found ${misspelt} beside ${name}; it is ignored: remove it`,
    );
    return given === undefined ? meant : given;
  };
  put(sources, ['runner', 'name'], 'PyExperimenter');
  put(sources, ['runner', 'workers'], workersOf(jobs, sources));
  put(sources, ['custom'], named('Custom', Custom, 'CUSTOM', CUSTOM) ?? undefined);
  importedEmissions(named('CodeCarbon', CodeCarbon, 'CODECARBON', CODECARBON), sources);
  if (isObject(database)) {
    takeDatabase(database, sources);
    return usesSsh(database, sources);
  }
  sources.problems.add([root, 'Database'], described(database), 'an object with provider, database and table');
  return false;
};

/** `use_ssh_tunnel`, as PyExperimenter's documentation has it, or `use_ssh`, which its code reads. */
const usesSsh = (database: Readonly<Record<string, unknown>>, sources: SettingsSources): boolean => {
  const { use_ssh: read, use_ssh_tunnel: written, provider } = database;
  if (read !== undefined && typeof read !== 'boolean')
    sources.problems.add([root, 'Database', 'use_ssh'], described(read), 'true or false');
  const documented = typeof written === 'boolean' ? written : undefined;
  if (written !== undefined && documented === undefined)
    sources.warn(
      [root, 'Database', 'use_ssh_tunnel'],
      `found ${described(written)}, which is ignored; allowed true or false`,
    );
  const wanted = read ?? documented ?? false;
  if (documented !== undefined && documented !== (read ?? false)) {
    sources.warn(
      [root, 'Database', 'use_ssh_tunnel'],
      `PyExperimenter ignores it and reads use_ssh; ${read === undefined ? 'it is read as that' : 'use_ssh counts'}: rename it`,
    );
  }
  if (wanted === true && provider === 'sqlite')
    sources.warn([root, 'Database'], 'an SSH tunnel is wanted, but SQLite has no server; it is ignored');
  return wanted === true;
};

const resolved = (sources: SettingsSources, environment: NodeJS.ProcessEnv): unknown => {
  try {
    return interpolated(sources.document.root, {
      environment,
      refused: refusedVariable,
      float: (path) => sources.document.float?.(path) ?? false,
    });
  } catch (error) {
    if (!(error instanceof InterpolationProblem)) throw error;
    sources.problems.line(error.path, error.message);
    return sources.problems.throwIfAny(); // other problems would be consequences of this one
  }
};

/** The configuration of another person must not copy secrets of this machine into a database or onto a screen. */
const refusedVariable = (path: Path, variable: string): string | undefined => {
  const [, section, part, field] = path;
  const stored = section === 'Database' && (part === 'logtables' || (part === 'table' && field !== 'name'));
  if (stored)
    return 'what this value says is stored in the database; write it here, or give it with --set table.keyfields.NAME.values=[…]';
  const secret = secretVariable.test(variable) || isSecretName(variable);
  const masked = (section === 'Custom' || section === 'CUSTOM') && path.some(isSecretName);
  if (!secret || masked) return undefined;
  return 'it is called like a secret; allowed are the credentials file, and keys of Custom that are called like a secret';
};

const secretVariable =
  /passw|passphrase|secret|token|credential|_pwd$|(^|_)auth(_|$)|(api|access|private|signing|encryption)_?key/i;

const put = (sources: SettingsSources, path: Path, value: unknown): void => {
  if (value !== undefined) sources.put(path, path, value, level.file, undefined);
};

/** For joblib, whose word this is, -1 means every core. PyExperimenter then runs nothing, without an error. */
const workersOf = (jobs: unknown, sources: SettingsSources): unknown => {
  if (jobs === undefined) {
    sources.warn([root], 'n_jobs is missing, which stops PyExperimenter; it is taken as 1');
    return 1;
  }
  if (jobs !== -1) return jobs;
  sources.warn(
    [root, 'n_jobs'],
    'found -1, with which PyExperimenter runs nothing; it is taken as one worker for each core',
  );
  return 'auto';
};

const takeDatabase = (database: Readonly<Record<string, unknown>>, sources: SettingsSources): void => {
  const { provider, database: name, table, logtables } = database;
  sources.ignored(
    database,
    [root, 'Database'],
    ['provider', 'database', 'use_ssh', 'table', 'logtables'],
    ['use_ssh_tunnel'],
  );
  put(sources, ['database', 'provider'], provider ?? null);
  put(sources, ['database', 'localTime'], true);
  if (typeof name !== 'string' || name === '')
    sources.problems.add(['database', 'name'], described(name), 'the name of the database');
  else if (provider === 'sqlite') put(sources, ['database', 'file'], databaseFile(name));
  else put(sources, ['database', 'name'], name);
  if (!isObject(table)) return sources.problems.add(['table'], described(table), 'an object with name and keyfields');
  takeTable(table, provider, sources);
  put(sources, ['table', 'logtables'], isObject(logtables) ? typed(logtables, provider, sources) : logtables);
};

/** PyExperimenter's SQLite file: in the working directory. */
export const databaseFile = (name: string): string => resolve(`${name}.db`);

const takeTable = (table: Readonly<Record<string, unknown>>, provider: unknown, sources: SettingsSources): void => {
  const { name, keyfields, resultfields, result_timestamps: timestamps, logtables } = table;
  if (logtables !== undefined)
    sources.warn(
      [root, 'Database', 'table', 'logtables'],
      'it stands inside table, where PyExperimenter ignores it; move it to Database',
    );
  sources.ignored(table, ['table'], ['name', 'keyfields', 'resultfields', 'result_timestamps'], ['logtables']);
  put(sources, ['table', 'name'], name);
  put(sources, ['table', 'keyfields'], importedKeyfields(keyfields, ['table', 'keyfields'], provider, sources));
  const path = ['table', 'resultfields'];
  put(sources, path, isObject(resultfields) ? types(resultfields, path, provider, sources) : resultfields);
  // 1 and 0 are True and False to Python.
  put(sources, ['table', 'resultTimestamps'], timestamps === 1 ? true : timestamps === 0 ? false : timestamps);
};

const typed = (logtables: Readonly<Record<string, unknown>>, provider: unknown, sources: SettingsSources): object =>
  Object.fromEntries(
    Object.entries(logtables).map(([name, columns]) => [
      name,
      isObject(columns) ? types(columns, ['table', 'logtables', name], provider, sources) : columns,
    ]),
  );

const types = (
  columns: Readonly<Record<string, unknown>>,
  path: Path,
  provider: unknown,
  sources: SettingsSources,
): object =>
  Object.fromEntries(
    Object.entries(columns).map(([name, type]) => [name, importedType(type, [...path, name], provider, sources)]),
  );

/** Where PyExperimenter keeps what we keep elsewhere; the longest beginning counts. */
const places: readonly (readonly [ours: string, theirs: string])[] = [
  ['runner.workers', 'n_jobs'],
  ['database.file', 'Database.database'],
  ['database.name', 'Database.database'],
  ['database.sshTunnel', 'Database.use_ssh'],
  ['database', 'Database'],
  ['table.resultTimestamps', 'Database.table.result_timestamps'],
  ['table.logtables', 'Database.logtables'],
  ['table', 'Database.table'],
  ['custom', 'Custom'],
  ['emissions', 'CodeCarbon'],
];

/** The path in a PyExperimenter file of what stands at this path in ours. */
export const pathInPyExperimenter = (path: Path): Path => {
  for (const [ours, theirs] of places) {
    const beginning = ours.split('.');
    if (beginning.every((key, index) => path[index] === key))
      return ['PY_EXPERIMENTER', ...theirs.split('.'), ...path.slice(beginning.length)];
  }
  return path;
};
