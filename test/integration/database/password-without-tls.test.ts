import { describe, expect, it } from 'vitest';
import { defineStudy } from '../../../src/domain/study/define-study.ts';
import { openMysqlRepository } from '../../../src/infrastructure/database/open-mysql.ts';
import { createDatabase, describeOnMysql, describeOnPrivateServer, privateServer } from '../../support/databases.ts';
import { PryingServer, pryingMethods } from '../../support/prying-server.ts';

/* Who is in between, without TLS, can pose as the server: it is told no password. */

const study = defineStudy({ table: 'prying', keyfields: { seed: 'INT' } });
const password = 'Canary-77e1';
const login = { user: 'me', database: 'lab', password };
/** Reaches this machine, and is none of the names of it that are known to. */
const elsewhere = '0.0.0.0';

describe.each(pryingMethods)('a server that asks for the password by %s', (method) => {
  it('is refused before anything is sent that it could read the password from', async () => {
    await using server = await PryingServer.start(method);
    await expect(openMysqlRepository(study, { ...login, host: elsewhere, port: server.port })).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringMatching(
        /me@0\.0\.0\.0:\d+: the server asks for the password itself, .* nothing was sent; set database\.ssl, or database\.allowCleartextPassword/,
      ) as string,
    });
    expect(server.learnt).toEqual([]);
    expect(server.received.includes(password)).toBe(false);
    expect(server.asked).toBe(method === 'caching_sha2_password' ? 1 : 0);
  });

  it('gets it where that is allowed', async () => {
    await using server = await PryingServer.start(method);
    const options = { ...login, host: elsewhere, port: server.port, allowCleartextPassword: true };
    await expect(openMysqlRepository(study, options)).rejects.toMatchObject({
      message: expect.stringContaining("refused user 'me'") as string,
    });
    expect(server.learnt).toEqual([password]);
  });
});

it.each(['caching_sha2_password', 'sha256_password'] as const)(
  'a server of this machine gets it by %s',
  async (method) => {
    await using server = await PryingServer.start(method);
    await expect(openMysqlRepository(study, { ...login, host: '127.0.0.1', port: server.port })).rejects.toThrow(
      'refused',
    );
    expect(server.learnt).toEqual([password]);
  },
);

describeOnPrivateServer('a server that wants a hash', () => {
  it('is logged in to without TLS', async () => {
    const server = await privateServer();
    await server.sql(
      `CREATE USER 'hashed'@'%' IDENTIFIED BY '${password}'; GRANT ALL ON lab.* TO 'hashed'@'%'; CREATE USER 'open'@'%'; GRANT ALL ON lab.* TO 'open'@'%';`,
    );
    const port = Number(new URL(server.url).port);
    for (const one of [{ user: 'hashed', password }, { user: 'open' }]) {
      const repository = await openMysqlRepository(study, { ...one, database: 'lab', host: elsewhere, port });
      expect(await repository.findings()).toContainEqual(
        expect.objectContaining({ message: expect.stringContaining('the connection is not encrypted') as string }),
      );
      await repository.close();
    }
    const wrong = { user: 'hashed', password: 'x', database: 'lab', host: elsewhere, port };
    await expect(openMysqlRepository(study, wrong)).rejects.toThrow("refused user 'hashed'");
  });
});

describeOnMysql('a server that has seen the password already', (server) => {
  it('is content with a hash, and is logged in to without TLS', async () => {
    const { database, user, password: known, port } = await createDatabase(server);
    await (await openMysqlRepository(study, { database, user, password: known, port, host: '127.0.0.1' })).close();
    await (await openMysqlRepository(study, { database, user, password: known, port, host: elsewhere })).close();
  });
});
