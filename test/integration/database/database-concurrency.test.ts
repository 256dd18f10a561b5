import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createConnection } from 'mysql2/promise';
import { describe, expect, it } from 'vitest';
import { newId } from '../../../src/application/ports/new-id.ts';
import type { Row } from '../../../src/domain/values/column.ts';
import type { SqlRepository } from '../../../src/infrastructure/database/sql-repository.ts';
import { claimStudy } from '../../fixtures/database/claim-study.ts';
import {
  createDatabase,
  describeOnMysql,
  describeOnPrivateServer,
  privateServer,
  temporaryDirectory,
} from '../../support/databases.ts';
import { type DatabaseKind, openKind } from '../../support/study-databases.ts';

const CLAIMER = path.join(import.meta.dirname, '../../fixtures/database/claimer.ts');

/** Runs the claimer in a process of its own; answers how many experiments it was told it has recorded. */
const claimer = async (kind: DatabaseKind, name: string, order: 'id' | 'random'): Promise<number> => {
  const child = spawn(process.execPath, [CLAIMER, JSON.stringify(kind), name, order], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [code] = (await once(child, 'close')) as [number | null];
  expect(code).toBe(0);
  return Number(output);
};

const AT = '2026-01-01 00:00:00.000';
const END = { outcome: 'done' as const, status: 'done' as const, error: null, startedAt: AT, endedAt: AT };

function* seeds(count: number): Iterable<Row> {
  for (let seed = 1; seed <= count; seed += 1) yield { seed };
}

const suite = (kind: () => Promise<DatabaseKind>): void => {
  const prepared = async (count: number): Promise<SqlRepository> => {
    const repository = await openKind(await kind(), claimStudy);
    await repository.drop();
    await repository.prepare();
    await repository.fill(seeds(count));
    return repository;
  };

  it('four processes claim and record: each experiment once, by whoever was told so', async () => {
    const repository = await prepared(1_500);
    const told = await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (name, at) => claimer(await kind(), name, at % 2 === 0 ? 'id' : 'random')),
    );
    expect(told.reduce((sum, count) => sum + count, 0)).toBe(1_500);
    expect(await repository.counts()).toEqual({ created: 0, running: 0, done: 1_500, error: 0, paused: 0 });
    expect(await repository.leases()).toEqual([]);
    const recordedBy = new Map<string, number>();
    for await (const { id, keyfields, results } of repository.list()) {
      expect(results).toEqual({ twice: Number(keyfields['seed']) * 2, by: expect.any(String) });
      if (id % 300 === 0) expect(await repository.attempts(id)).toMatchObject([{ number: 1, outcome: 'done' }]);
      recordedBy.set(String(results['by']), (recordedBy.get(String(results['by'])) ?? 0) + 1);
    }
    expect(['a', 'b', 'c', 'd'].map((name) => recordedBy.get(name) ?? 0)).toEqual(told);
    const logged = (await Array.fromAsync(repository.logs('runs'))).map((row) => row['experiment_id']);
    expect(new Set(logged).size).toBe(1_500);
    expect(logged).toHaveLength(1_500);
    await repository.close();
  });

  it('eight fills of the same rows at once add each row once, in order', async () => {
    const repository = await prepared(0);
    const others = await Promise.all(Array.from({ length: 7 }, async () => openKind(await kind(), claimStudy)));
    const fills = await Promise.all([repository, ...others].map((one) => one.fill(seeds(5_000))));
    expect(fills.reduce((sum, { added }) => sum + added, 0)).toBe(5_000);
    expect(fills.map(({ added, existing }) => added + existing)).toEqual(new Array(8).fill(5_000));
    let last = 0;
    for await (const { keyfields } of repository.list()) {
      expect(keyfields['seed']).toBe(last + 1);
      last += 1;
    }
    expect(last).toBe(5_000);
    await Promise.all([repository, ...others].map((one) => one.close()));
  });

  it('claims, records, dies, recovers and fills all at once, and nothing is lost or done twice', async () => {
    const repository = await prepared(600);
    const connections = await Promise.all(Array.from({ length: 4 }, async () => openKind(await kind(), claimStudy)));
    let recorded = 0;
    await Promise.all([
      ...connections.map(async (connection, who) => {
        for (let round = 0; ; round += 1) {
          const runnerId = newId();
          await connection.register(
            { id: runnerId, name: `${who}`, host: 'here', pid: 1, workers: 1, version: '0' },
            60,
          );
          const claimed = (await connection.claim({ runnerId, count: 20 })) ?? [];
          if (claimed.length === 0 && (await connection.counts()).created === 0) break;
          const at = '2026-01-01 00:00:00.000';
          const end = { outcome: 'done' as const, status: 'done' as const, error: null, startedAt: at, endedAt: at };
          const writes = claimed.map(({ experimentId, attemptId }) => ({
            experimentId,
            attemptId,
            results: { by: attemptId.slice(0, 40) },
            end,
          }));
          // every third round the runner is taken for dead while it writes
          const write = connection.record(writes);
          if (round % 3 === 2) {
            await connection.declareDead(runnerId, 0, true);
            await connection.reap(1_000);
          }
          const { lost, refused } = await write;
          expect(refused).toEqual([]);
          recorded += writes.length - lost.length;
        }
      }),
      repository.fill(seeds(900)),
    ]);
    await repository.reap(1_000);
    const { created, running, done } = await repository.counts();
    expect({ created, running, done, recorded }).toEqual({
      created,
      running: 0,
      done: 900 - created,
      recorded: 900 - created,
    });
    await Promise.all([repository, ...connections].map((one) => one.close()));
  });
};

describe('many at once on sqlite', () => {
  const file = { file: path.join(temporaryDirectory(), 'claims.sqlite') };
  suite(async () => file);
});

describeOnMysql('many at once', (server) => {
  const created = createDatabase(server);
  suite(async () => {
    const { host, port, user, password, database } = await created;
    return { host, port, user, password, database };
  });

  it('wait for no row that they do not touch', async () => {
    const { host, port, user, password, database } = await created;
    const repository = await openKind({ host, port, user, password, database }, claimStudy);
    await repository.drop();
    await repository.prepare();
    await repository.fill(seeds(500));
    const other = await createConnection({ host, port, user, password, database });
    await other.query('BEGIN');
    await other.query('SELECT * FROM claims WHERE ID = 1 FOR UPDATE');
    const runnerId = newId();
    await repository.register({ id: runnerId, name: 'one', host: 'here', pid: 1, workers: 1, version: '0' }, 60);
    const claimed = (await repository.claim({ runnerId, count: 500 })) ?? [];
    const [given, recorded] = [claimed.slice(450), claimed.slice(0, 450)];
    await repository.release(given, 'not now');
    const refs = recorded.map(({ experimentId, attemptId }) => ({ experimentId, attemptId, end: END }));
    expect(await repository.record(refs)).toEqual({ lost: [], refused: [] });
    expect(await repository.reset({ ids: [[2, 440]] })).toEqual({ reset: 439, leased: 0 });
    expect(await repository.deleteExperiments({ ids: [[2, 430]] })).toEqual({ deleted: 429, leased: 0 });
    expect(claimed).toHaveLength(499);
    await other.end();
    await repository.close();
  });
});

describeOnPrivateServer('no deadlocks', () => {
  it('whatever eight runners do to a table at once', async () => {
    const server = await privateServer();
    const { hostname, port, username, password, pathname } = new URL(server.url);
    const place = {
      host: hostname,
      port: Number(port),
      user: username,
      password: decodeURIComponent(password),
      database: pathname.slice(1),
    };
    const repositories = await Promise.all(Array.from({ length: 8 }, () => openKind(place, claimStudy)));
    await repositories[0]?.prepare();
    await repositories[0]?.fill(seeds(2_400));
    await Promise.all(
      repositories.map(async (repository, who) => {
        const runnerId = newId();
        await repository.register({ id: runnerId, name: `${who}`, host: 'here', pid: 1, workers: 1, version: '0' }, 60);
        for (let round = 0; ; round += 1) {
          const claimed = (await repository.claim({ runnerId, count: 16 })) ?? [];
          if (claimed.length === 0) break;
          // of every claim some are given back, some report while they run, and the others are recorded
          const [back, running, ended] = [claimed.slice(0, round % 3), claimed.slice(2), claimed.slice(round % 3)];
          await repository.record(
            running.map(({ experimentId, attemptId }) => ({
              experimentId,
              attemptId,
              results: { twice: 0 },
              progress: '0.5',
            })),
          );
          await repository.release(
            back.map(({ experimentId, attemptId }) => ({ experimentId, attemptId, startedAt: AT })),
            'not now',
          );
          await repository.heartbeat(runnerId, 60);
          await repository.record(
            ended.map(({ experimentId, attemptId }) => ({
              experimentId,
              attemptId,
              results: { twice: 1 },
              logs: [{ logtable: 'runs', row: { by: `${who}` }, date: new Date() }],
              end: END,
            })),
          );
          if (round % 8 === 7) await repository.reap(3);
        }
      }),
    );
    await Promise.all(repositories.map((repository) => repository.close()));
    expect(await server.sql("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'")).toMatch(/\b0$/);
  });
});
