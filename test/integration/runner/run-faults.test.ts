import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Connection, createConnection } from 'mysql2/promise';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Experimenter } from '../../../src/application/experimenter.ts';
import type { RunEvent } from '../../../src/application/runner/run-events.ts';
import { open } from '../../../src/infrastructure/container.ts';
import { fileExists, fixture, until } from '../../support/command-line.ts';
import { describeOnPrivateServer, privateServer, temporaryDirectory, uniqueName } from '../../support/databases.ts';
import { openNativeSqlite } from '../../support/native-sqlite.ts';
import type { PrivateServer } from '../../support/private-server.ts';

/* A run that fails while experiments are under way, in worker threads and processes; and errors that pass and fail no run. */

/** MariaDB's error of a user that has too many connections. */
const USER_LIMIT_REACHED = 1226;

const opened: Experimenter[] = [];
const openStudy = async (table: string, database: object, folder: string, runner: object = {}) => {
  const config = {
    experiment: { module: fixture('experiments/gated.mjs') },
    database,
    table: {
      name: table,
      keyfields: { seed: { type: 'INT', values: { start: 1, stop: 7 } } },
      resultfields: { square: 'BIGINT' },
    },
    custom: { folder },
    runner: { workers: 2, heartbeatSeconds: 0.3, leaseSeconds: 5, ...runner },
  };
  const quiet = () => {};
  const lines: string[] = [];
  const warn = (line: string) => void lines.push(line);
  const experimenter = await open({ config, log: { debug: quiet, info: warn, warn, error: warn } });
  opened.push(experimenter);
  return { experimenter, lines };
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((experimenter) => experimenter.close()));
});

interface Rights {
  readonly database: object;
  /** The same for whoever fills it. */
  readonly admin?: object;
  /** Nobody may make a lease any more. */
  revoke(table: string): Promise<void>;
  grant(table: string): Promise<void>;
}

const failsAndGoesOn = async (rights: () => Rights, runner: object = {}): Promise<void> => {
  const { database, admin = database, revoke, grant } = rights();
  const [table, folder] = [uniqueName(), temporaryDirectory()];
  const go = (seed: number) => writeFileSync(join(folder, `go-${seed}`), '');
  const begun = () => readFileSync(join(folder, 'begun'), 'utf8').trim().split('\n').toSorted();
  const { experimenter: administrator } = await openStudy(table, admin, folder, runner);
  await administrator.fillFromConfig();
  await grant(table);
  const { experimenter } = await openStudy(table, database, folder, runner);
  const events: RunEvent[] = [];
  const state: { error?: unknown } = {};
  const run = experimenter
    .execute({ onEvent: (event) => events.push(event) })
    .catch((error: unknown) => (state.error = error));
  await fileExists(join(folder, 'begun'));
  await until('both workers are at work', () => begun().length === 2);
  await revoke(table);
  go(1); // is recorded, and then the next claim fails
  await run;
  expect(state.error).toMatchObject({ message: expect.stringMatching(/denied|no more leases/) });
  expect(events.map(({ event, id }) => `${event} ${id}`).toSorted()).toEqual(
    ['claimed 1', 'claimed 2', 'done 1', 'released 2'].toSorted(),
  );
  expect(await experimenter.counts()).toEqual({ created: 5, running: 0, done: 1, error: 0, paused: 0 });
  expect((await experimenter.status()).runners).toEqual([]);
  const { attempts, lease } = await experimenter.show(2);
  expect(lease).toBeUndefined();
  expect(attempts.map(({ outcome }) => outcome)).toEqual(['released']);
  for (let seed = 2; seed <= 6; seed += 1) go(seed);
  await grant(table);
  expect(begun()).toEqual(['1', '2']); // nothing was started after the end
  expect(await experimenter.execute()).toMatchObject({ done: 5, error: 0 });
  expect(begun().length).toBe(7);
};

describe('a run that fails on SQLite', () => {
  const rights = (): Rights => {
    const file = join(temporaryDirectory(), 'study.sqlite');
    const execute = async (sql: string) => {
      const native = openNativeSqlite(file);
      native.exec(sql);
      native.close();
    };
    return {
      database: { provider: 'sqlite', file },
      revoke: async (table) =>
        execute(
          `CREATE TRIGGER no_leases BEFORE INSERT ON ${table}_leases BEGIN SELECT RAISE(ABORT, 'no more leases'); END`,
        ),
      grant: async () => execute('DROP TRIGGER IF EXISTS no_leases'),
    };
  };

  it('stops its threads, records what has ended, gives the rest back', async () => failsAndGoesOn(rights));
  it('stops its processes just as well', async () => failsAndGoesOn(rights, { isolation: 'process' }));
});

describeOnPrivateServer('a run that fails', () => {
  let server: PrivateServer;
  let admin: { host: string; port: number; name: string; user: string; password: string };
  beforeAll(async () => {
    server = await privateServer();
    const { hostname: host, port, username: user, password } = new URL(server.url);
    admin = { host, port: Number(port), user, password: decodeURIComponent(password), name: 'lab' };
  });

  it('stops its threads, records what has ended, gives the rest back', async () => {
    await server.sql(`CREATE USER limited@'%' IDENTIFIED BY 'x'; GRANT CREATE ON lab.* TO limited@'%'`);
    await failsAndGoesOn(() => ({
      admin: { provider: 'mysql', ...admin },
      database: { provider: 'mysql', ...admin, user: 'limited', password: 'x' },
      revoke: async (table) => void (await server.sql(`REVOKE INSERT ON lab.${table}_leases FROM limited@'%'`)),
      grant: async (table) => {
        const tables = (await server.sql(`SHOW TABLES FROM lab LIKE '${table}%'`)).split('\n').slice(1);
        for (const each of tables)
          await server.sql(`GRANT SELECT, INSERT, UPDATE, DELETE ON lab.${each} TO limited@'%'`);
      },
    }));
  });

  /** Something stands in the way until the run has said so, and then no more. */
  const goesOn = async (
    user: string,
    disturb: (table: string) => string,
    restore: (table: string) => string,
    then = async () => {},
  ) => {
    const [table, folder] = [uniqueName(), temporaryDirectory()];
    const database = { provider: 'mysql', ...admin, user, password: 'x' };
    const { experimenter, lines } = await openStudy(table, database, folder);
    await experimenter.fillFromConfig();
    const run = experimenter.execute();
    await fileExists(join(folder, 'begun'));
    await server.sql(disturb(table));
    await then();
    for (let seed = 1; seed <= 6; seed += 1) writeFileSync(join(folder, `go-${seed}`), '');
    await until('the run says so', () => lines.some((line) => line.includes('is away')));
    await server.sql(restore(table));
    expect(await run).toMatchObject({ done: 6, error: 0 });
    expect(lines.at(-1)).toBe('the database is back');
    return lines[0];
  };
  const newUser = async () => {
    const user = uniqueName('user_');
    await server.sql(`CREATE USER ${user}@'%' IDENTIFIED BY 'x'; GRANT ALL ON lab.* TO ${user}@'%'`);
    return user;
  };
  const endConnections = (user: string) => `KILL USER ${user}`;

  it('is none whose table is renamed for a while', async () => {
    const said = await goesOn(
      await newUser(),
      (table) => `RENAME TABLE lab.${table} TO lab.${table}_away`,
      (table) => `RENAME TABLE lab.${table}_away TO lab.${table}`,
    );
    expect(said).toContain("doesn't exist");
  });

  it('is none whose user may have too few connections for a while', async () => {
    const user = await newUser();
    const limited = (connections: number) => `ALTER USER ${user}@'%' WITH MAX_USER_CONNECTIONS ${connections}`;
    const { host, port } = admin;
    let other: Connection | undefined;
    const said = await goesOn(
      user,
      () => `${limited(1)}; ${endConnections(user)}`,
      () => limited(0),
      // takes the only place; the run may have been faster and have it
      async () => {
        while (other === undefined) {
          other = await createConnection({ host, port, user, password: 'x' }).catch(
            async (error: { errno?: number }) => {
              if (error.errno !== USER_LIMIT_REACHED) throw error;
              await server.sql(endConnections(user));
              return undefined;
            },
          );
        }
      },
    );
    await other?.end();
    expect(said).toContain('max_user_connections');
  });

  it('is none whose account is locked for a while', async () => {
    const user = await newUser();
    const said = await goesOn(
      user,
      () => `ALTER USER ${user}@'%' ACCOUNT LOCK; ${endConnections(user)}`,
      () => `ALTER USER ${user}@'%' ACCOUNT UNLOCK`,
    );
    expect(said).toContain('locked');
  });

  it('is none whose server prepares no statements for a while', async () => {
    const user = await newUser();
    const said = await goesOn(
      user,
      () => `SET GLOBAL max_prepared_stmt_count = 0; ${endConnections(user)}`,
      () => 'SET GLOBAL max_prepared_stmt_count = 16382',
    );
    expect(said).toContain('max_prepared_stmt_count');
  });
});
