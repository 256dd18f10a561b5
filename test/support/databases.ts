import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { describe, inject, it } from 'vitest';
import { atEndOfFile } from './cleanup.ts';
import type { MysqlServer } from './global-setup.ts';
import { PrivateServer, type PrivateServerKind } from './private-server.ts';

export type { MysqlServer };

/**
 * The MySQL-protocol servers of this run: `mariadb`, and `mysql` where it could be started. The same for every test
 * file, so a test that breaks its server takes a `privateServer` or puts a proxy before it.
 */
export function mysqlServers(): readonly MysqlServer[] {
  return provided().servers;
}

/** A suite for each server, its title ending in the server's name; a server that is not there shows as skipped. */
export function describeOnMysql(title: string, body: (server: MysqlServer) => void): void {
  const { servers, missing } = provided();
  for (const server of servers) {
    describe(`${title} on ${server.name}`, () => {
      body(server);
    });
  }
  for (const [name, reason] of Object.entries(missing)) {
    // oxlint-disable-next-line vitest/no-disabled-tests -- the reason is its title
    it.skip(`${title} on ${name}: not available: ${reason}`, () => undefined);
  }
}

/** A new, empty database on that server, dropped at the end of the test file. */
export async function createDatabase(server: MysqlServer): Promise<MysqlServer> {
  const database = `${provided().prefix}${uniqueName('')}`;
  await administer(server, `CREATE DATABASE \`${database}\` CHARACTER SET utf8mb4`);
  atEndOfFile(() => administer(server, `DROP DATABASE IF EXISTS \`${database}\``));
  return { ...server, database };
}

/** A suite whose tests start servers of their own to break them; where that cannot be done it shows as skipped. */
export function describeOnPrivateServer(title: string, body: () => void): void {
  const { noPrivate } = provided();
  const suffix = noPrivate === '' ? '' : `: not available: ${noPrivate}`;
  describe.skipIf(noPrivate !== '')(`${title} on a private server${suffix}`, () => {
    body();
  });
}

/** A MariaDB for this test file alone, that it may kill, pause and restart; destroyed at the end of the file. */
export async function privateServer(...options: readonly string[]): Promise<PrivateServer> {
  return startServer('mariadb', options);
}

/** The same of another kind. */
export async function startServer(kind: PrivateServerKind, options: readonly string[] = []): Promise<PrivateServer> {
  const server = await PrivateServer.start(kind, options);
  atEndOfFile(() => server.destroy());
  return server;
}

/** A new, empty directory, removed at the end of the test file. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'tsx-test-'));
  atEndOfFile(() => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }));
  return directory;
}

const file = randomBytes(4).toString('hex');
let names = 0;

/** A name for a table or a database that no other test of this run has. */
export function uniqueName(prefix = 'study_'): string {
  names += 1;
  return `${prefix}${file}_${names}`;
}

function provided(): ReturnType<typeof inject<'mysql'>> {
  const mysql = inject('mysql') as ReturnType<typeof inject<'mysql'>> | undefined;
  if (mysql === undefined) throw new Error('no servers here: such a test belongs to test/contract, integration or e2e');
  return mysql;
}

async function administer(server: MysqlServer, statement: string): Promise<void> {
  const { host, port, user, password } = server;
  const connection = await createConnection({ host, port, user, password, connectTimeout: 300_000 });
  try {
    // a transaction that a test left open must fail it, not hang it
    await connection.query('SET SESSION lock_wait_timeout = 10');
    await connection.query(statement);
  } finally {
    connection.destroy();
  }
}
