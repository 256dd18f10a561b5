import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ExperimenterError } from '../../src/domain/errors.ts';
import { createDatabase, describeOnMysql, temporaryDirectory, uniqueName } from '../support/databases.ts';
import type { Break } from '../support/failing-database.ts';
import { type Ground, sweepBreaking, sweepKilling } from '../support/fail-points/sweep.ts';
import { type Proxy, startProxy } from '../support/proxy.ts';
import { clearMysql, clearSqlite, mysqlTables, sqliteTables } from '../torture/place.ts';

/*
 * One story of everything that a runner and a user do (fill, claim, heartbeat, report, record, retry, reap, release, add,
 * resume, reset) is told again and again, each time with another call of the database failing, until it runs through.
 * Each time somebody else then recovers what is left, and the history is checked as after a torture.
 */

const LANES = 4;
const timeout = 240_000;

const unreachable: Break = () => {
  throw new ExperimenterError('DATABASE_UNREACHABLE', 'injected');
};
/** What a database says that wants the transaction to be done again. */
const contention = (error: object): Break => {
  return (point) => {
    if (point !== 'answer') throw Object.assign(new Error('injected'), error);
  };
};

/** All three kinds are there, in numbers: otherwise they are not counted any more where they should be. */
const enough = { statement: expect.toSatisfy((count: number) => count > 60), commit: expect.toSatisfy((count: number) => count > 12), answer: expect.toSatisfy((count: number) => count > 20) }; // prettier-ignore

describe('every fail-point on sqlite', () => {
  const directory = temporaryDirectory();
  const file = (table: string): string => path.join(directory, `${table}.sqlite`);
  const kind = (table: string) => ({ file: file(table) });
  const ground: Ground = {
    kind,
    calm: kind,
    tables: async (table) => sqliteTables(file(table), table),
    clear: async (table) => clearSqlite(file(table), table),
  };

  it('an error is thrown', { timeout }, async () => {
    expect(await sweepBreaking(ground, 'throw', LANES, async () => ({ break: unreachable }))).toMatchObject(enough);
  });

  it('another process is writing', { timeout }, async () => {
    const busy = contention({ code: 'SQLITE_BUSY' });
    expect(await sweepBreaking(ground, 'busy', LANES, async () => ({ break: busy }))).toMatchObject(enough);
  });

  it('the process is killed', { timeout }, async () => {
    expect(await sweepKilling(ground, 'kill', LANES, directory)).toMatchObject(enough);
  });
});

describeOnMysql('every fail-point', (server) => {
  const created = createDatabase(server);
  const groundOf = async (): Promise<Ground> => {
    const { name: _, ...kind } = await created;
    return {
      kind: () => kind,
      calm: () => kind,
      tables: async (table) => mysqlTables(kind, table),
      clear: async (table) => clearMysql(kind, table),
    };
  };

  it('an error is thrown', { timeout }, async () => {
    const swept = await sweepBreaking(await groundOf(), uniqueName('throw_'), LANES, async () => ({
      break: unreachable,
    }));
    expect(swept).toMatchObject(enough);
  });

  it('the server finds a deadlock', { timeout }, async () => {
    const deadlock = contention({ errno: 1213 });
    const swept = await sweepBreaking(await groundOf(), uniqueName('deadlock_'), LANES, async () => ({
      break: deadlock,
    }));
    expect(swept).toMatchObject(enough);
  });

  it('the connection breaks', { timeout }, async () => {
    const ground = await groundOf();
    const { name: _, ...kind } = await created;
    const proxies: Proxy[] = [];
    const swept = await sweepBreaking(ground, uniqueName('cut_'), LANES, async () => {
      const proxy = proxies.pop() ?? (await startProxy(kind));
      const commands = { statement: 'cut', commit: 'cut-on before COMMIT', answer: 'cut-on after COMMIT' };
      return {
        kind: { ...kind, port: proxy.port },
        break: async (point) => void (await proxy.command(commands[point])),
        early: true,
        end: async () => {
          await proxy.command('reset');
          proxies.push(proxy);
        },
      };
    });
    expect(swept).toMatchObject(enough);
  });

  it('the process is killed', { timeout }, async () => {
    const swept = await sweepKilling(await groundOf(), uniqueName('kill_'), LANES, temporaryDirectory());
    expect(swept).toMatchObject(enough);
  });
});
