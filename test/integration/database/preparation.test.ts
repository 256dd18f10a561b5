import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createConnection } from 'mysql2/promise';
import { afterEach, describe, expect, it } from 'vitest';
import { newId } from '../../../src/application/ports/new-id.ts';
import type { SqlRepository } from '../../../src/infrastructure/database/sql-repository.ts';
import { createDatabase, describeOnMysql, temporaryDirectory, uniqueName } from '../../support/databases.ts';
import { type FailPoint, FailPoints, type Fault } from '../../support/fail-points/fail-points.ts';
import { openFailing } from '../../support/fail-points/open.ts';
import { InjectedFault } from '../../support/model/faults.ts';
import { openNativeSqlite } from '../../support/native-sqlite.ts';
import type { DatabaseKind } from '../../support/study-databases.ts';

/* Every call of a preparation fails once, or finds a table away. Nothing is dropped, and the next preparation makes the rest. */

interface Ground {
  kind(): Promise<DatabaseKind>;
  /** The definitions of all tables, in words that do not tell one study from another. */
  definitions(table: string): Promise<readonly string[]>;
}

/** Fail-points that remember what passes by. */
class Overheard extends FailPoints {
  readonly statements: string[] = [];

  override pass(point: FailPoint): Error | undefined {
    if (point.when === 'before') this.statements.push(point.sql);
    return super.pass(point);
  }
}

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});
const kept = <One extends { close(): Promise<void> }>(one: One): One => {
  opened.push(one);
  return one;
};

const never = Number.MAX_SAFE_INTEGER;
const died: Fault = ({ sql }) => new InjectedFault(`died before ${sql}`);

/** One experiment done and logged, one under a lease. */
const inUse = async (repository: SqlRepository): Promise<() => Promise<void>> => {
  await repository.prepare();
  await repository.fill([{ seed: 1 }, { seed: 2 }]);
  const runnerId = newId();
  await repository.register({ id: runnerId, name: 'n', host: 'h', pid: 1, workers: 1, version: '0' }, 600);
  const [one] = (await repository.claim({ runnerId, count: 2 })) ?? [];
  if (!one) expect.unreachable('two are open');
  const at = '2026-01-01 00:00:00.000';
  const { experimentId, attemptId } = one;
  const end = { outcome: 'done', status: 'done', error: null, startedAt: at, endedAt: at } as const;
  const logs = [{ logtable: 'steps', row: { step: 1 }, date: new Date() }];
  await repository.record([{ experimentId, attemptId, results: { attempt: 1 }, logs, end }]);
  return async () => {
    expect(await repository.counts()).toMatchObject({ done: 1, running: 1 });
    expect(await repository.attempts(1)).toHaveLength(1);
    expect(await repository.leases()).toHaveLength(1);
    expect(await repository.runners()).toHaveLength(1);
    expect(await Array.fromAsync(repository.logs('steps'))).toHaveLength(1);
  };
};

const suite = (ground: Ground): void => {
  const failing = async (table: string, target: number, fault: Fault) => {
    const points = new Overheard(target, fault, 'before');
    const repository = kept(await openFailing(table, await ground.kind(), points));
    return { points, repository };
  };

  it('a runner that dies before any of its statements leaves the rest to the next', async () => {
    const whole = uniqueName();
    const { points, repository } = await failing(whole, never, died);
    await repository.prepare();
    const [wanted, statements] = [await ground.definitions(whole), points.statements.length];
    expect(wanted.length).toBeGreaterThanOrEqual(7);
    for (let target = 1; target <= statements; target += 1) {
      const table = uniqueName();
      const dying = await failing(table, target, died);
      const ended = await dying.repository.prepare().catch((error: Error) => error.message);
      // What comes after the last definition is no part of it.
      if (!/RELEASE_LOCK/.test(dying.points.failed?.sql ?? '')) expect(ended).toMatch(/^died before/);
      const next = await failing(table, never, died);
      await next.repository.prepare();
      expect(await ground.definitions(table), dying.points.failed?.sql).toEqual(wanted);
      expect([...dying.points.statements, ...next.points.statements].filter((sql) => /\bDROP\b/i.test(sql))).toEqual(
        [],
      );
    }
  });

  it('a preparation of a study in use drops nothing, and makes nothing', async () => {
    const table = uniqueName();
    const { points, repository } = await failing(table, never, died);
    const expectWhole = await inUse(repository);
    points.statements.length = 0;
    await repository.prepare();
    expect(points.statements.filter((sql) => /\b(DROP|ALTER|CREATE (?!INDEX IF|TRIGGER IF|TABLE `))/i.test(sql))).toEqual([]); // prettier-ignore
    await expectWhole();
  });
};

describe('preparation on sqlite', () => {
  const file = path.join(temporaryDirectory(), 'prepared.sqlite');
  suite({
    kind: async () => ({ file }),
    definitions: async (table) => {
      const native = openNativeSqlite(file);
      try {
        return native
          .prepare(
            "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND (tbl_name = ? OR tbl_name LIKE ? || '\\_%' ESCAPE '\\') ORDER BY name",
          )
          .all(table, table)
          .map(({ sql }) => String(sql).replaceAll(table, 'study'));
      } finally {
        native.close();
      }
    },
  });
});

describeOnMysql('preparation', (server) => {
  let created: ReturnType<typeof createDatabase> | undefined;
  const kind = async () => {
    // Not before it is needed: on SQLite nothing waits, and a server is not kept waiting meanwhile.
    const { name: _, ...database } = await (created ??= createDatabase(server));
    return database;
  };
  const query = async (sql: string): Promise<readonly Record<string, unknown>[]> => {
    const connection = await createConnection(await kind());
    try {
      return (await connection.query(sql))[0] as Record<string, unknown>[];
    } finally {
      connection.destroy();
    }
  };
  const ground: Ground = {
    kind,
    definitions: async (table) => {
      const names = (await query('SHOW TABLES')).map((row) => String(Object.values(row)[0]));
      const texts: string[] = [];
      for (const name of names.filter((one) => one === table || one.startsWith(`${table}_`)).sort()) {
        const [row] = await query(`SHOW CREATE TABLE ${name}`);
        texts.push(
          String(row?.['Create Table'])
            .replaceAll(table, 'study')
            .replaceAll(/CONSTRAINT `[^`]+`/g, 'CONSTRAINT'),
        );
      }
      return texts;
    },
  };
  suite(ground);

  /** What the server says of a table that another program has renamed. */
  const away: Fault = ({ sql }) => {
    const table = /^SHOW CREATE TABLE `(.*)`$/.exec(sql)?.[1];
    return table === undefined
      ? undefined
      : Object.assign(new Error(`Table '${table}' doesn't exist`), { errno: 1146 });
  };
  it('a table that any look finds away is neither dropped nor made again', async () => {
    const table = uniqueName();
    const opening = async (target: number) => {
      const points = new Overheard(target, away, 'before');
      return {
        points,
        repository: kept(await openFailing(table, await kind(), points)),
      };
    };
    const expectWhole = await inUse((await opening(never)).repository);
    const before = await ground.definitions(table);
    const { points, repository } = await opening(never);
    await repository.prepare();
    const looks = points.statements.flatMap((sql, index) => (sql.startsWith('SHOW CREATE') ? [index + 1] : []));
    expect(looks.length).toBeGreaterThanOrEqual(7);
    for (const target of looks) {
      const misled = await opening(target);
      await misled.repository.prepare();
      expect(misled.points.failed?.sql).toMatch(/^SHOW CREATE TABLE/);
      await expectWhole();
    }
    expect(await ground.definitions(table)).toEqual(before);
  });
});

it('tables are dropped in one place, which delete alone reaches', () => {
  const room = path.join(import.meta.dirname, '../../../src/infrastructure/database');
  const names = readdirSync(room, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const sources = names.map((name) => [name, readFileSync(path.join(room, name), 'utf8')] as const);
  const naming = (pattern: RegExp) => sources.filter(([, text]) => pattern.test(text)).map(([name]) => name);
  expect(naming(/\bDROP TABLE\b/i)).toEqual([path.join('admin', 'drop-study.ts')]);
  expect(naming(/from '.*\/drop-study\.ts'/)).toEqual(['sql-repository.ts']);
  expect(sources.find(([name]) => name === 'sql-repository.ts')?.[1].match(/dropStudy\(/g)).toHaveLength(1);
});
