import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createDatabase, describeOnMysql, temporaryDirectory, uniqueName } from '../../support/databases.ts';
import { operations } from '../../support/fail-points/client.ts';
import type { Fault } from '../../support/fail-points/fail-points.ts';
import { type Ground, sweepFailing, sweepKilling, type Swept } from '../../support/fail-points/sweep.ts';
import { InjectedFault } from '../../support/model/faults.ts';
import { clearMysql, clearSqlite, mysqlTables, sqliteTables } from '../../torture/final-tables.ts';

/*
 * One story of everything that a runner and a user do is told again and again, each time with another call of the
 * database failing, until it runs through. Each time somebody else then recovers what is left, and the history is
 * checked as after a torture.
 */

/** FAIL_POINTS_REPORT=<file>: how many fail-points of each operation were swept is appended there, as a row of a table. */
const REPORT = process.env['FAIL_POINTS_REPORT'];

/** Each operation has failed: otherwise its fail-points are not found any more. */
const expectSwept = (swept: Swept, database: string, fault: string): void => {
  const never = operations.filter((operation) => swept[operation] === 0);
  expect(never, 'of these no fail-point was found').toEqual([]);
  if (REPORT === undefined) return;
  const cells = [database, fault, ...operations.map((operation) => swept[operation])];
  appendFileSync(REPORT, `| ${cells.join(' | ')} |\n`);
};

/** What no database says, and nobody tries again because of it. */
const thrown: Fault = ({ when, sql }) => new InjectedFault(`injected ${when} ${sql}`);
/** What a database says that wants the transaction to be made again. */
const contention =
  (words: object): Fault =>
  () =>
    Object.assign(new Error('injected'), words);
const cut: Fault = ({ when, cut: now }) => {
  now();
  return when === 'after' ? Object.assign(new Error('injected'), { code: 'PROTOCOL_CONNECTION_LOST' }) : undefined;
};

const timeout = 240_000;

describe('every fail-point on SQLite', () => {
  const directory = temporaryDirectory();
  const file = (table: string): string => path.join(directory, `${table}.sqlite`);
  const ground: Ground = {
    kind: (table) => ({ file: file(table) }),
    tables: async (table) => sqliteTables(file(table), table),
    clear: async (table) => clearSqlite(file(table), table),
  };

  it('an error is thrown', { timeout }, async () => {
    expectSwept(await sweepFailing(ground, 'throw', thrown), 'SQLite', 'error');
  });

  it('another process is writing', { timeout }, async () => {
    const swept = await sweepFailing(ground, 'busy', contention({ code: 'SQLITE_BUSY' }), 'before');
    expectSwept(swept, 'SQLite', 'busy');
  });

  it('the process is killed', { timeout }, async () => {
    expectSwept(await sweepKilling(ground, 'kill', directory), 'SQLite', 'kill -9');
  });
});

describeOnMysql('every fail-point', (server) => {
  const created = createDatabase(server);
  const groundOf = async (): Promise<Ground> => {
    const { name: _, ...kind } = await created;
    return {
      kind: () => kind,
      tables: async (table) => mysqlTables(kind, table),
      clear: async (table) => clearMysql(kind, table),
    };
  };

  it('an error is thrown', { timeout }, async () => {
    expectSwept(await sweepFailing(await groundOf(), uniqueName('throw_'), thrown), server.name, 'error');
  });

  it('the server finds a deadlock', { timeout }, async () => {
    const deadlock = contention({ errno: 1213 });
    expectSwept(await sweepFailing(await groundOf(), uniqueName('deadlock_'), deadlock, 'before'), server.name, 'deadlock'); // prettier-ignore
  });

  it('the connection breaks', { timeout }, async () => {
    expectSwept(await sweepFailing(await groundOf(), uniqueName('cut_'), cut), server.name, 'cut');
  });

  // To a server it is a connection that breaks, which is swept on every one; the processes take their time.
  it.skipIf(server.name !== 'mariadb')('the process is killed', { timeout }, async () => {
    const swept = await sweepKilling(await groundOf(), uniqueName('kill_'), temporaryDirectory());
    expectSwept(swept, server.name, 'kill -9');
  });
});
