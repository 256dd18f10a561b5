import { inspect } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { newId } from '../../../src/application/ports/new-id.ts';
import type { Claimed } from '../../../src/domain/repository/runner-protocol.ts';
import { defineStudy } from '../../../src/domain/study/define-study.ts';
import { openMysqlRepository } from '../../../src/infrastructure/database/open-mysql.ts';
import type { SqlRepository } from '../../../src/infrastructure/database/sql-repository.ts';
import {
  createDatabase,
  describeOnMysql,
  describeOnPrivateServer,
  privateServer,
  uniqueName,
} from '../../support/databases.ts';
import { startProxy } from '../../support/proxy.ts';

const studyOf = () =>
  defineStudy({
    table: uniqueName(),
    keyfields: { seed: 'INT' },
    resultfields: { short: 'VARCHAR(10)' },
    logtables: { notes: { text: 'LONGTEXT' } },
  });

const at = '2026-01-01 00:00:00.000';
const ending = ({ experimentId, attemptId }: Claimed, short = 'x') => ({
  experimentId,
  attemptId,
  results: { short },
  logs: [{ logtable: 'notes', row: { text: 'once' }, date: new Date() }],
  logsId: newId(),
  end: { outcome: 'done' as const, status: 'done' as const, error: null, startedAt: at, endedAt: at },
});

const opened: SqlRepository[] = [];
const tracked = (repository: SqlRepository): SqlRepository => {
  opened.push(repository);
  return repository;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((repository) => repository.close()));
});

const runnerOf = async (repository: SqlRepository): Promise<string> => {
  const id = newId();
  await repository.register({ id, name: 'n', host: 'h', pid: 1, workers: 1, version: '0' }, 60);
  return id;
};

const filled = async (repository: SqlRepository, count: number): Promise<SqlRepository> => {
  await repository.prepare();
  await repository.fill(Array.from({ length: count }, (_, seed) => ({ seed })));
  return repository;
};

describeOnMysql('an unusable server', (server) => {
  const SECRET = 'do-not-print-7f3a';
  const attempt = async (change: Partial<Parameters<typeof openMysqlRepository>[1]>) => {
    const { host, port, user, password, database } = server;
    try {
      await openMysqlRepository(studyOf(), { host, port, user, password, database, ...change });
      return expect.unreachable('it opened');
    } catch (error) {
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(SECRET);
      return error as Error;
    }
  };

  it('says where it is not', async () => {
    const error = await attempt({ port: 1 });
    expect(error).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringContaining(`${server.user}@${server.host}:1`),
    });
  });

  it('says who was refused, and never the password', async () => {
    expect(await attempt({ password: SECRET })).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringMatching(new RegExp(`refused user '${server.user}'`)),
    });
  });

  it('says how to create a database that is not there', async () => {
    const name = `${server.database}_absent`;
    const error = await attempt({ database: name });
    expect(error).toMatchObject({ code: 'DATABASE_UNSUPPORTED' });
    expect(error.message).toMatch(/CREATE DATABASE|GRANT SELECT, /);
    expect(error.message).toContain(name);
  });
});

describeOnMysql('a connection that breaks', (server) => {
  const created = createDatabase(server);
  const throughProxy = async () => {
    const { name: _, ...database } = await created;
    const proxy = await startProxy(database);
    const study = studyOf();
    const repository = await filled(tracked(await openMysqlRepository(study, { ...database, port: proxy.port })), 5);
    return { proxy, repository };
  };

  it('in the middle of a transaction: it is done again', async () => {
    const { proxy, repository } = await throughProxy();
    const runnerId = await runnerOf(repository);
    for (const before of ['FOR UPDATE', 'COMMIT', 'START TRANSACTION']) {
      const claimed = (await repository.claim({ runnerId, count: 1 })) ?? [];
      await proxy.command(`cut-on before ${before}`);
      const outcome = await repository.record(claimed.map((one) => ending(one))).catch(async (error: unknown) => {
        // cut off at the commit itself, it cannot know, and asks its caller
        expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE' });
        return repository.record(claimed.map((one) => ending(one)));
      });
      expect(outcome).toEqual({ lost: [], refused: [] });
    }
    expect(await repository.counts()).toMatchObject({ done: 3, running: 0 });
    expect(await Array.fromAsync(repository.logs('notes'))).toHaveLength(3);
  });

  it('after a commit, before its answer: the same write again is recognised, nothing is written twice', async () => {
    const { proxy, repository } = await throughProxy();
    const runnerId = await runnerOf(repository);
    const [one, two] = (await repository.claim({ runnerId, count: 2 })) ?? [];
    if (!one || !two) expect.unreachable('five are open');
    const { end: _, ...logs } = ending(two);
    const writes = [ending(one), logs];
    await proxy.command('cut-on after COMMIT');
    await expect(repository.record(writes)).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    expect(await repository.find(1)).toMatchObject({ status: 'done' }); // it had landed
    expect(await repository.record(writes)).toEqual({ lost: [], refused: [] });
    expect((await Array.fromAsync(repository.logs('notes'))).map((row) => row['experiment_id'])).toEqual([1, 2]);
    expect(await repository.attempts(1)).toHaveLength(1);
  });

  it('while nobody looks: the next call takes another', async () => {
    const { proxy, repository } = await throughProxy();
    for (let round = 0; round < 3; round += 1) {
      await proxy.command('cut');
      expect(await repository.counts()).toMatchObject({ created: 5 });
    }
  });

  it('to a server that is gone: says so, and works again when it is back', async () => {
    const { proxy, repository } = await throughProxy();
    await proxy.command('refuse');
    await proxy.command('cut');
    await expect(repository.counts()).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    await expect(repository.record([])).resolves.toEqual({ lost: [], refused: [] });
    await proxy.command('accept');
    expect(await repository.counts()).toMatchObject({ created: 5 });
  });

  it('to a server that hangs: gives the statement up', async () => {
    const { name: _, ...database } = await created;
    const proxy = await startProxy(database);
    const repository = await filled(
      tracked(await openMysqlRepository(studyOf(), { ...database, port: proxy.port, queryTimeoutSeconds: 0.3 })),
      1,
    );
    await proxy.command('pause down');
    await expect(repository.counts()).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    await proxy.command('resume');
    expect(await repository.counts()).toMatchObject({ created: 1 });
  });
});

describeOnMysql('values that the server refuses', (server) => {
  const created = createDatabase(server);

  it('are found among hundreds, and the rest is written', async () => {
    const { name: _, ...database } = await created;
    const repository = await filled(tracked(await openMysqlRepository(studyOf(), database)), 300);
    const claimed = (await repository.claim({ runnerId: await runnerOf(repository), count: 300 })) ?? [];
    const bad = new Set([17, 18, 250]);
    const { lost, refused } = await repository.record(
      claimed.map((one) => ending(one, bad.has(one.experimentId) ? 'far too long for it' : 'fits')),
    );
    expect(lost).toEqual([]);
    expect(
      claimed.flatMap(({ attemptId, experimentId }) =>
        refused.some((one) => one.attemptId === attemptId) ? [experimentId] : [],
      ),
    ).toEqual([17, 18, 250]);
    expect(refused[0]?.reason).toMatch(/too long/i);
    expect(await repository.counts()).toMatchObject({ done: 297, running: 3 });
  });

  it('include a row that is larger than the server takes at all; many large ones go in several statements', async () => {
    const { name: _, ...database } = await created;
    const study = defineStudy({ table: uniqueName(), keyfields: { seed: 'INT' }, resultfields: { text: 'LONGTEXT' } });
    const repository = await filled(tracked(await openMysqlRepository(study, database)), 8);
    const claimed = (await repository.claim({ runnerId: await runnerOf(repository), count: 8 })) ?? [];
    const writes = claimed.map((one) => ({
      ...ending(one),
      logs: [],
      results: { text: 'ä'.repeat(one.experimentId === 3 ? 40_000_000 : 3_500_000) },
    }));
    const { refused } = await repository.record(writes);
    expect(refused).toMatchObject([
      { attemptId: claimed[2]?.attemptId, reason: expect.stringContaining('max_allowed_packet') },
    ]);
    expect(String((await repository.find(8))?.results['text']).length).toBe(3_500_000);
  });
});

describeOnPrivateServer('a server that is killed', () => {
  it('comes back, and every acknowledged result is there once', async () => {
    const server = await privateServer();
    const { hostname, port, username, password, pathname } = new URL(server.url);
    const repository = tracked(
      await openMysqlRepository(studyOf(), {
        host: hostname,
        port: Number(port),
        user: username,
        password: decodeURIComponent(password),
        database: pathname.slice(1),
      }),
    );
    await filled(repository, 400);
    const runnerId = await runnerOf(repository);
    const patiently = async <Result>(work: () => Promise<Result>): Promise<Result> => {
      for (;;) {
        try {
          return await work();
        } catch (error) {
          expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE' });
        }
      }
    };
    let acknowledged = 0;
    const work = (async () => {
      for (;;) {
        const claimed = await patiently(async () => repository.claim({ runnerId, count: 10 }));
        const writes = claimed?.map((one) => ending(one)) ?? [];
        if (writes.length === 0) return;
        const { lost } = await patiently(async () => repository.record(writes));
        expect(lost).toEqual([]);
        acknowledged += writes.length;
      }
    })();
    await server.dropConnections();
    await server.kill();
    await server.restart();
    await work;
    // a claim whose answer was lost is found by its lease, as the orchestrator does
    const left = await repository.leases(runnerId);
    expect(acknowledged + left.length).toBe(400);
    expect(await repository.counts()).toMatchObject({ done: acknowledged, running: left.length });
    expect(await Array.fromAsync(repository.logs('notes'))).toHaveLength(acknowledged);
  });
});
