import { statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { ExperimenterError } from '../../../domain/errors.ts';
import { nearestName } from '../../../domain/did-you-mean.ts';
import { type Document, readDocument } from '../sources/document.ts';
import { type SettingsSources, level } from '../sources/settings-sources.ts';
import { described, dotted, isObject, type Path, visible } from '../../text/safe-text.ts';
import { interpolated, InterpolationProblem } from './interpolation.ts';

const usual = 'config/database_credentials.yml';
const root = 'CREDENTIALS';
const advice = 'name it with --credentials FILE, or give TS_EXPERIMENTER_DATABASE_HOST, _USER and _PASSWORD';

type Section = Readonly<Record<string, unknown>>;

/**
 * Reads a PyExperimenter credentials file: the one that `database.credentials` names, or its usual place in the working
 * directory. The environment and `--set` precede it, also where they say that there is no tunnel. A file of our own shape
 * is left to the section `database`.
 */
export const takeCredentials = (sources: SettingsSources, environment: NodeJS.ProcessEnv, usesSsh: boolean): void => {
  const named = sources.value('database.credentials');
  const file = typeof named === 'string' ? resolve(named) : resolve(usual);
  const given = ['user', 'host', 'socketPath'].some((key) => sources.level(`database.${key}`) > level.file);
  if (typeof named !== 'string' && given && !statSync(file, { throwIfNoEntry: false })) return;
  const here = relative(process.cwd(), file);
  const document = documentOf(here.startsWith('..') ? file : here, sources);
  if (!document) return;
  const whole = resolved(document, environment, sources);
  if (!isObject(whole) || !Object.hasOwn(whole, root)) {
    if (typeof named !== 'string') sources.problems.line([root], `found no ${root}; ${advice}`, document.label);
    return;
  }
  sources.drop('database.credentials');
  // An override with null says that there is no tunnel.
  const refused = sources.level('database.sshTunnel.host') > 0 && sources.value('database.sshTunnel.host') === null;
  new Credentials(document, sources).take(whole[root], usesSsh && !refused);
};

const documentOf = (file: string, sources: SettingsSources): Document | undefined => {
  try {
    return readDocument(file, 'a credentials file', advice, ({ mode }) => {
      if (process.platform !== 'win32' && (mode & 0o077) !== 0)
        sources.warnings.push(visible(`${file}: other users of this machine can read it: chmod 600 it`));
      return undefined;
    });
  } catch (error) {
    if (!(error instanceof ExperimenterError)) throw error;
    for (const line of error.message.split('\n'))
      sources.problems.line([root], line.startsWith(`${file}: `) ? line.slice(file.length + 2) : line, file);
    return undefined;
  }
};

const resolved = (document: Document, environment: NodeJS.ProcessEnv, sources: SettingsSources): unknown => {
  try {
    return interpolated(document.root, { environment, refused: () => undefined });
  } catch (error) {
    if (!(error instanceof InterpolationProblem)) throw error;
    sources.problems.line(error.path, error.message, `${document.label}:${document.line(error.path) ?? 1}`);
    return undefined;
  }
};

class Credentials {
  readonly #document: Document;
  readonly #sources: SettingsSources;

  constructor(document: Document, sources: SettingsSources) {
    this.#document = document;
    this.#sources = sources;
  }

  take(credentials: unknown, usesSsh: boolean): void {
    const [login, connection] = this.#sections(credentials, [root], ['Database', 'Connection']);
    this.#known(login, [root, 'Database'], ['user', 'password']);
    this.#put(['database', 'user'], login['user'], [root, 'Database', 'user']);
    this.#put(['database', 'password'], login['password'], [root, 'Database', 'password']);
    const above = [root, 'Connection'];
    this.#known(connection, above, ['Standard', 'Ssh']);
    if (usesSsh) this.#ssh(connection['Ssh'], [...above, 'Ssh']);
    else this.#standard(connection['Standard'], [...above, 'Standard']);
  }

  #standard(standard: unknown, path: Path): void {
    if (!isObject(standard)) return this.#problem(path, standard, 'an object with server');
    this.#known(standard, path, ['server', 'port', 'use_ssl', 'ssl_params']);
    const { server, port, use_ssl: encrypted, ssl_params: files } = standard;
    if (server === undefined && this.#sources.level('database.host') < level.environment)
      this.#problem([...path, 'server'], server, 'the name or address of the server');
    this.#put(['database', 'host'], server, [...path, 'server']);
    this.#put(['database', 'port'], port, [...path, 'port']);
    const ssl = isObject(files) && Object.keys(files).length > 0 ? files : true;
    if (encrypted === true) this.#put(['database', 'ssl'], ssl, [...path, 'ssl_params']);
    else if (encrypted !== undefined && encrypted !== false)
      this.#problem([...path, 'use_ssl'], encrypted, 'true or false');
  }

  /** The local end of the tunnel is chosen here: `server`, `local_address` and `local_port` have no meaning. */
  #ssh(ssh: unknown, path: Path): void {
    if (!isObject(ssh)) return this.#problem(path, ssh, 'an object with address, because use_ssh is true');
    const ignored = ['server', 'local_address', 'local_port'];
    const known = ['address', 'port', 'ssh_private_key_password', 'remote_address', 'remote_port'];
    this.#known(ssh, path, [...known, ...ignored], ['passphrase']);
    const { address, port, remote_address: host = '127.0.0.1', remote_port: remotePort = 3306 } = ssh;
    if (address === undefined) this.#problem([...path, 'address'], address, 'the SSH host');
    const passphrase = ssh['ssh_private_key_password'] ?? ssh['passphrase'];
    if (ssh['passphrase'] !== undefined)
      this.#warn(
        [...path, 'passphrase'],
        'PyExperimenter ignores it and reads ssh_private_key_password; it is read as that: rename it',
      );
    const tunnel = { host: address, port, passphrase, remoteHost: host, remotePort };
    for (const [key, value] of Object.entries(tunnel)) this.#put(['database', 'sshTunnel', key], value, path);
  }

  #sections(value: unknown, path: Path, names: readonly [string, string]): readonly [Section, Section] {
    const section = isObject(value) ? value : {};
    this.#known(section, path, names);
    const [first, second] = names.map((name) => {
      const inner = section[name];
      if (isObject(inner)) return inner;
      this.#problem([...path, name], inner, 'an object');
      return {};
    });
    return [first ?? {}, second ?? {}];
  }

  #put(path: Path, value: unknown, from: Path): void {
    const key = path.join('.');
    if (value === undefined || value === null || this.#sources.level(key) > level.file) return;
    this.#sources.put(path, path, value, level.file, this.#at(from));
  }

  #known(section: Section, path: Path, known: readonly string[], handled: readonly string[] = []): void {
    for (const key of Object.keys(section).filter((name) => !known.includes(name) && !handled.includes(name))) {
      const meant = nearestName(key, known);
      const guess = meant === undefined ? '' : ` (did you mean ${meant}?)`;
      this.#warn([...path, key], `found an unknown key, which is ignored${guess}; known are ${known.join(', ')}`);
    }
  }

  #at(path: Path): string {
    return `${this.#document.label}:${this.#document.line(path) ?? 1}`;
  }

  #warn(path: Path, text: string): void {
    this.#sources.warnings.push(visible(`${this.#at(path)}: ${dotted(path)}: ${text}`));
  }

  /** Texts are not shown: a password may stand in the wrong place. */
  #problem(path: Path, value: unknown, allowed: string): void {
    const found = typeof value === 'string' ? 'a text' : described(value);
    this.#sources.problems.line(path, `found ${found}; allowed ${allowed}`, this.#at(path));
  }
}
