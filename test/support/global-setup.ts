import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import type { TestProject } from 'vitest/node';
import { PrivateServer, type PrivateServerKind } from './private-server.ts';

export type MysqlServerName = 'mariadb' | 'mysql';

/** Where a test finds a server, and as whom; the user may create and drop databases named test_…. */
export interface MysqlServer {
  readonly name: MysqlServerName;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    mysql: {
      readonly servers: readonly MysqlServer[];
      /** Why a server is not there. */
      readonly missing: Partial<Record<MysqlServerName, string>>;
      /** Why a test file cannot start a server of its own; empty if it can. */
      readonly noPrivate: string;
      /** Of every database name of this run. */
      readonly prefix: string;
    };
  }
}

const URL_VARIABLE = 'TS_EXPERIMENTER_TEST_MYSQL_URL';
const MYSQL9_VARIABLE = 'TS_EXPERIMENTER_TEST_MYSQL9';
const HELP = `Either name a server whose user may create databases called test_…:
    ${URL_VARIABLE}=mysql://user:password@host:3306/database npm test
or let the tests start one of their own, which needs MariaDB's server on a Linux machine:
    apt-get install mariadb-server-core mariadb-client-core     (done by the tests themselves when run as root on Debian)`;

/** Finds or starts the servers of a run. Vitest calls it only when a test file that may need them is going to run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const prefix = `test_tsx_${randomBytes(3).toString('hex')}_`;
  const servers: MysqlServer[] = [];
  const missing: Partial<Record<MysqlServerName, string>> = {};
  const started: PrivateServer[] = [];
  const teardown = async (): Promise<void> => {
    await Promise.all(started.map((server) => server.destroy()));
    if (given !== undefined) await dropLeftovers(given, prefix);
  };
  const start = async (name: MysqlServerName, kind: PrivateServerKind): Promise<void> => {
    const begin = performance.now();
    try {
      const server = await PrivateServer.start(kind);
      started.push(server);
      servers.push(await greeted(server.url));
      say(`${name}: a private server of this run, started in ${((performance.now() - begin) / 1000).toFixed(1)} s`);
    } catch (error) {
      missing[name] = lastLine(error);
      shout(
        `${name} CANNOT BE STARTED, every test on it is skipped.`,
        messageOf(error),
        name === 'mariadb' ? HELP : '',
      );
    }
  };

  const url = process.env[URL_VARIABLE];
  const given = url === undefined || url === '' ? undefined : await named(url, prefix);
  if (given !== undefined) servers.push(given);
  const wanted: Promise<void>[] = [];
  if (given === undefined) wanted.push(start('mariadb', 'mariadb'));
  if (given?.name !== 'mysql') {
    if (wantsMysql9()) wanted.push(start('mysql', 'mysql9'));
    else
      say(`mysql: ${(missing.mysql = `skipped, set ${MYSQL9_VARIABLE}=1 to have MySQL 9 downloaded (80 MB, once)`)}`);
  }
  await Promise.all(wanted);
  if (given === undefined && missing.mariadb !== undefined && isSet('CI')) {
    await teardown();
    throw new Error(`CI needs a MySQL-protocol server: ${missing.mariadb}\n${HELP}`);
  }
  servers.sort((a, b) => a.name.localeCompare(b.name));
  const noPrivate =
    missing.mariadb ?? (given === undefined || existsSync('/usr/sbin/mariadbd') ? '' : 'no mariadbd here');
  project.provide('mysql', { servers, missing, noPrivate, prefix });
  return teardown;
}

/** 80 MB are downloaded once, so only where that is expected, or when it has been done before. */
function wantsMysql9(): boolean {
  if (process.env[MYSQL9_VARIABLE] !== undefined) return isSet(MYSQL9_VARIABLE);
  return isSet('CI') || existsSync('/var/cache/test-mysql9/usr/sbin/mysqld');
}

/** The server that the environment names: asked for by name, so anything wrong with it is a failure. */
async function named(url: string, prefix: string): Promise<MysqlServer> {
  try {
    const server = await greeted(url);
    await query(server, `CREATE DATABASE \`${prefix}probe\``);
    await query(server, `DROP DATABASE \`${prefix}probe\``);
    say(`${server.name}: ${server.host}:${server.port}, named by ${URL_VARIABLE}`);
    return server;
  } catch (error) {
    throw new Error(`${URL_VARIABLE}: ${messageOf(error)}\n${HELP}`, { cause: error });
  }
}

/** The connection facts of a URL, with the server's kind as it tells it itself. */
async function greeted(url: string): Promise<MysqlServer> {
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  if (!['mysql:', 'mariadb:'].includes(protocol)) throw new Error(`not a mysql:// URL (${protocol}//…)`);
  const server = {
    host: hostname,
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
  };
  const [row] = await query(server, 'SELECT VERSION() AS version');
  return { name: /mariadb/i.test(String(row?.['version'])) ? 'mariadb' : 'mysql', ...server };
}

async function dropLeftovers(server: MysqlServer, prefix: string): Promise<void> {
  for (const row of await query(server, `SHOW DATABASES LIKE '${prefix.replaceAll('_', String.raw`\_`)}%'`)) {
    await query(server, `DROP DATABASE IF EXISTS \`${String(Object.values(row)[0])}\``);
  }
}

async function query(server: Omit<MysqlServer, 'name'>, statement: string): Promise<RowDataPacket[]> {
  const { host, port, user, password } = server;
  const connection = await createConnection({ host, port, user, password, connectTimeout: 300_000 });
  try {
    const [rows] = await connection.query<RowDataPacket[]>(statement);
    return rows;
  } finally {
    connection.destroy();
  }
}

function isSet(variable: string): boolean {
  return !['', '0', 'false'].includes(process.env[variable] ?? '');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function lastLine(error: unknown): string {
  return messageOf(error).split('\n').at(-1) ?? '';
}

function say(line: string): void {
  process.stderr.write(`test databases: ${line}\n`);
}

function shout(...lines: readonly string[]): void {
  const text = lines.filter((line) => line !== '').join('\n');
  process.stderr.write(`\n${'!'.repeat(100)}\n${text.replaceAll(/^/gm, '!! ')}\n${'!'.repeat(100)}\n\n`);
}
