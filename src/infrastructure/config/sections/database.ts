import { statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { DatabaseConfiguration, MysqlSsl } from '../schema/configuration.ts';
import { readCredentials, type FileCredentials } from './credentials.ts';
import { level, type SettingsSources } from '../sources/settings-sources.ts';
import { IN_MEMORY, isText } from '../schema/formats.ts';
import { described, isObject } from '../../text/safe-text.ts';
import { mysqlKeys, sqliteKeys, type SslSetting, unbracketed } from '../schema/database.ts';
import type { Section, Values } from '../schema/node.ts';
import { environmentVariable, leaves, schema, type Settings } from '../schema/schema.ts';
import { tunnelOf } from './ssh-tunnel.ts';

const keysOf = { sqlite: sqliteKeys, mysql: mysqlKeys } as const;

/** The keys of one provider; keys of the other are problems unless an override has changed the provider over them. */
export const databaseOf = (
  settings: Settings['database'],
  sources: SettingsSources,
  directory: string,
): DatabaseConfiguration => {
  const { provider, localTime } = settings;
  refuseForeign(provider, sources);
  if (provider === 'sqlite') {
    const inMemory = settings.file === IN_MEMORY;
    if (inMemory) sources.warn(['database', 'file'], 'the study is in memory, and gone when this process ends');
    const file = inMemory ? IN_MEMORY : resolve(directory, settings.file);
    return { provider, ...only(sqliteKeys, settings), file, localTime };
  }
  if (settings.name === null) {
    sources.problems.add(
      ['database', 'name'],
      'nothing',
      `${schema.database.name.type.allowed}: provider mysql needs it`,
    );
  }
  const { credentials: _, ...mysql } = only(mysqlKeys, settings);
  const { user, password, sshPassphrase } = credentialsOf(settings, sources, directory);
  return {
    provider,
    ...mysql,
    host: unbracketed(settings.host),
    socketPath: settings.socketPath === null ? null : resolve(directory, settings.socketPath),
    name: settings.name ?? '',
    user,
    password,
    ssl: settings.ssl === null ? null : sslOf(settings.ssl, sources, directory),
    sshTunnel: tunnelOf(settings, sshPassphrase, sources, directory),
    localTime,
  };
};

/** The settings of these keys. */
const only = <Keys extends Section>(keys: Keys, settings: Values<Keys>): Values<Keys> =>
  Object.fromEntries(Object.entries(settings).filter(([name]) => Object.hasOwn(keys, name))) as Values<Keys>;

const refuseForeign = (provider: 'sqlite' | 'mysql', sources: SettingsSources): void => {
  const other = provider === 'sqlite' ? 'mysql' : 'sqlite';
  const chosen = sources.level('database.provider');
  for (const [path] of leaves(keysOf[other], ['database'])) {
    const by = sources.level(path.join('.'));
    // A machine's environment may serve studies of both kinds.
    if (by === 0 || by === level.environment || by < chosen) continue;
    sources.problems.add(
      path,
      `a key of provider ${other}`,
      `with provider ${provider}: ${Object.keys(keysOf[provider]).join(', ')}`,
    );
  }
};

/** `--set` and the environment precede the credentials file. A key in it and in the configuration file is a problem. */
const credentialsOf = (
  settings: Settings['database'],
  sources: SettingsSources,
  directory: string,
): FileCredentials => {
  const { user, password } = settings;
  const { passphrase } = settings.sshTunnel;
  if (settings.credentials === null) return { user, password, sshPassphrase: passphrase };
  const path = resolve(directory, settings.credentials);
  let read: FileCredentials = { user: null, password: null, sshPassphrase: null };
  try {
    const fromHere = relative(process.cwd(), path);
    read = readCredentials(fromHere.startsWith('..') ? path : fromHere);
  } catch (error) {
    if (!(error instanceof ExperimenterError)) throw error;
    for (const line of error.message.split('\n')) sources.problems.line(['database', 'credentials'], line);
  }
  const twice = (here: string | null, there: string | null, ...path: string[]): void => {
    if (here === null || there === null || sources.level(['database', ...path].join('.')) !== level.file) return;
    sources.problems.add(
      ['database', ...path],
      `${path.at(-1)} here and in the credentials file`,
      `one of them, or ${environmentVariable(['database', ...path])}`,
    );
  };
  twice(user, read.user, 'user');
  twice(password, read.password, 'password');
  twice(passphrase, read.sshPassphrase, 'sshTunnel', 'passphrase');
  return {
    user: user ?? read.user,
    password: password ?? read.password,
    sshPassphrase: passphrase ?? read.sshPassphrase,
  };
};

const sslOf = (setting: SslSetting, sources: SettingsSources, directory: string): MysqlSsl => {
  const ssl = { ca: null, cert: null, key: null, verifyIdentity: true, rejectUnauthorized: true };
  if (setting === true) return ssl;
  const result: { -readonly [Key in keyof MysqlSsl]: MysqlSsl[Key] } = ssl;
  const given: Readonly<Record<string, unknown>> = isObject(setting) ? setting : {};
  for (const [key, value] of Object.entries(given)) {
    const path = ['database', 'ssl', key];
    if (key === 'rejectUnauthorized' || key === 'verifyIdentity') {
      if (typeof value === 'boolean') result[key] = value;
      else sources.problems.add(path, described(value), 'true or false');
    } else if (key !== 'ca' && key !== 'cert' && key !== 'key') {
      sources.unknown(path, Object.keys(ssl));
    } else if (value !== null) {
      result[key] = pemFile(value, path, sources, directory);
    }
  }
  if ((result.cert === null) !== (result.key === null)) {
    sources.problems.add(
      ['database', 'ssl'],
      `${result.cert === null ? 'key' : 'cert'} alone`,
      'cert and key together, or neither',
    );
  }
  return result;
};

const pemFile = (
  value: unknown,
  path: readonly string[],
  sources: SettingsSources,
  directory: string,
): string | null => {
  // An error text must not contain a pasted key.
  const pasted = isText(value) && (value.includes('\n') || value.includes('-----'));
  const file = isText(value) && !pasted ? resolve(directory, value) : null;
  if (file !== null && statSync(file, { throwIfNoEntry: false })?.isFile()) return file;
  const found = pasted ? 'the text of a PEM file' : file === null ? described(value) : `no file ${file}`;
  sources.problems.add(path, found, 'the path of a PEM file');
  return null;
};
