import { existsSync } from 'node:fs';
import { createConnection, type Connection } from 'mysql2/promise';
import { expect, it } from 'vitest';
import {
  createDatabase,
  describeOnMysql,
  describeOnPrivateServer,
  mysqlServers,
  privateServer,
  temporaryDirectory,
  uniqueName,
  type MysqlServer,
} from '../../support/databases.ts';
import { startProxy } from '../../support/proxy.ts';

/* What the other tests stand on. */

const open = ({ host, port, user, password, database }: Omit<MysqlServer, 'name'>): Promise<Connection> =>
  createConnection({ host, port, user, password, database });

describeOnMysql('a test database', (server) => {
  it('is new, empty and writable', async () => {
    const [one, other] = [await createDatabase(server), await createDatabase(server)];
    expect(one.database).not.toBe(other.database);
    const connection = await open(one);
    await connection.query('CREATE TABLE t (id INT PRIMARY KEY)');
    expect((await connection.query('SHOW TABLES'))[0]).toHaveLength(1);
    await connection.end();
  });

  it('can be reached through a proxy that loses the answer of a commit', async () => {
    const database = await createDatabase(server);
    const proxy = await startProxy(database);
    const direct = await open(database);
    await direct.query('CREATE TABLE t (id INT PRIMARY KEY)');
    const proxied = await open({ ...database, port: proxy.port });
    proxied.on('error', () => undefined);
    await proxied.beginTransaction();
    await proxied.query('INSERT INTO t VALUES (1)');
    await proxy.command('cut-on after COMMIT');
    await expect(proxied.query('COMMIT')).rejects.toThrow(/ECONNRESET|closed|lost/i);
    expect((await direct.query('SELECT * FROM t'))[0]).toHaveLength(1);
    await direct.end();
    await proxy.stop();
  });
});

describeOnPrivateServer('a crash', () => {
  it('ends connections, and after a restart the server answers on the same port', async () => {
    const server = await privateServer();
    const { hostname: host, port, username: user, password } = new URL(server.url);
    const facts = { host, port: Number(port), user, password, database: 'lab' };
    await server.kill();
    await expect(open(facts)).rejects.toThrow(/ECONNREFUSED/);
    await server.restart();
    const connection = await open(facts);
    expect((await connection.query('SELECT 1 AS one'))[0]).toEqual([{ one: 1 }]);
    await connection.end();
    await server.destroy();
  });
});

it('each server has its name once', () => {
  const names = mysqlServers().map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
});

it('temporary directories and names differ', () => {
  expect(existsSync(temporaryDirectory())).toBe(true);
  expect(temporaryDirectory()).not.toBe(temporaryDirectory());
  expect(uniqueName()).not.toBe(uniqueName());
});
