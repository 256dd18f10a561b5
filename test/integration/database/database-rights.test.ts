import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { newId } from '../../../src/application/ports/new-id.ts';
import type { ExperimentRepository } from '../../../src/domain/repository/experiment-repository.ts';
import { defineStudy } from '../../../src/domain/study/define-study.ts';
import { openMysqlRepository } from '../../../src/infrastructure/database/open-mysql.ts';
import { describeOnPrivateServer, mysqlServers, startServer } from '../../support/databases.ts';
import { fixture } from '../../support/command-line.ts';
import type { PrivateServerKind } from '../../support/private-server.ts';

/* Users of the server with exactly the rights that docs/security.md names. */

const study = defineStudy({
  table: 'rights',
  keyfields: { seed: 'INT', text: 'VARCHAR(50)' },
  resultfields: { accuracy: 'DOUBLE' },
  logtables: { notes: { text: 'LONGTEXT' } },
});
const at = '2026-01-01 00:00:00.000';
const end = { outcome: 'done' as const, status: 'done' as const, error: null, startedAt: at, endedAt: at };
const rows = (count: number) => Array.from({ length: count }, (_, seed) => ({ seed, text: 'a' }));
const GRID = 'of this test';

/** The words of the documents, by what they are needed for. */
const documented = (what: RegExp): string => {
  const text = readFileSync(fixture('../../docs/security.md'), 'utf8');
  return what.exec(text)?.[1] ?? expect.unreachable(`docs/security.md does not say ${what}`);
};
const running = () => documented(/Runners need `([A-Z, ]+)`/);
const filling = () => documented(/a fill needs `([A-Z, ]+)` besides/);
const creating = () => documented(/Tables are created, grown and dropped with `([A-Z, ]+)`/);

const suite = (kind: PrivateServerKind): void => {
  const started = startServer(kind);
  let users = 0;
  const as = async (...rights: readonly string[]) => {
    const server = await started;
    const user = `user${(users += 1)}`;
    await server.sql(`CREATE USER '${user}'@'%' IDENTIFIED BY 'secret'; GRANT ${rights.join(', ')} ON lab.* TO '${user}'@'%';`); // prettier-ignore
    const { hostname: host, port } = new URL(server.url);
    const place = { host, port: Number(port), user, password: 'secret', database: 'lab' };
    const repository = await openMysqlRepository(study, place);
    onTestFinished(() => repository.close());
    return repository;
  };
  const run = async (repository: ExperimentRepository) => {
    const runnerId = newId();
    await repository.register({ id: runnerId, name: 'n', host: 'h', pid: 1, workers: 1, version: '0' }, 60);
    const [one, two] = (await repository.claim({ runnerId, count: 2 })) ?? [];
    if (!one || !two) return expect.unreachable('two are open');
    const logs = [{ logtable: 'notes', row: { text: 'x' }, date: new Date() }];
    expect(await repository.record([{ ...one, results: { accuracy: 1 }, logs, end }])).toEqual({
      lost: [],
      refused: [],
    });
    expect(await repository.heartbeat(runnerId, 60)).toBe(true);
    await repository.release([{ ...two, startedAt: at }], 'no more');
    await repository.deregister(runnerId);
    await repository.reap(3);
    expect(await repository.reset({ ids: [[one.experimentId, one.experimentId]] })).toEqual({ reset: 1, leased: 0 });
    expect(await repository.deleteExperiments({ ids: [[two.experimentId, two.experimentId]] })).toMatchObject({ deleted: 1 }); // prettier-ignore
    return repository.counts();
  };

  it('are enough, each for its own', async () => {
    const everything = await as(running(), filling(), creating());
    await everything.prepare();
    expect(await everything.fill(rows(10), undefined, GRID)).toEqual({ added: 10, existing: 0 });
    expect(await run(everything)).toMatchObject({ created: 9 });

    const runner = await as(running());
    await runner.prepare();
    expect(await runner.isFilled(GRID)).toBe(false);
    expect(await run(runner)).toMatchObject({ created: 8 });
    const refusal = /CREATE TEMPORARY TABLES ON `lab`\.\* TO 'user\d'@'%';$/;
    await expect(runner.fill(rows(10))).rejects.toMatchObject({ code: 'DATABASE_UNSUPPORTED', message: expect.stringMatching(refusal) }); // prettier-ignore
    await expect(runner.drop()).rejects.toMatchObject({ code: 'DATABASE_UNSUPPORTED' });

    const filler = await as(running(), filling());
    expect(await filler.fill(rows(10))).toEqual({ added: 2, existing: 8 });
    await everything.drop();
  });
};

describeOnPrivateServer('the rights of the documents', () => {
  describe('on MariaDB', () => {
    suite('mariadb');
  });
  describe.runIf(mysqlServers().some(({ name }) => name === 'mysql'))('on MySQL', () => {
    suite('mysql9');
  });
});
