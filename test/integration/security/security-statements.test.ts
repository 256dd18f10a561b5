import { createRequire } from 'node:module';
import { describe, expect, it, vi } from 'vitest';
import { newId } from '../../../src/application/ports/new-id.ts';
import type { Row } from '../../../src/domain/values/column.ts';
import { tableColumnNames } from '../../../src/domain/study/table-layout.ts';
import type { ExperimentRepository } from '../../../src/domain/repository/experiment-repository.ts';
import { parseFilter } from '../../../src/domain/filter/parse-filter.ts';
import { defineStudy } from '../../../src/domain/study/define-study.ts';
import { openMysqlRepository } from '../../../src/infrastructure/database/open-mysql.ts';
import { openSqliteRepository } from '../../../src/infrastructure/database/open-sqlite.ts';
import { describeOnPrivateServer, privateServer, temporaryDirectory, uniqueName } from '../../support/databases.ts';

/* Values travel bound: whatever a study, an experiment or a filter says, it is in no statement's text. */

const canary = `can'"\`ary 7f3a; DROP TABLE x; -- \\`;
const core = '7f3a';

const studyOf = () =>
  defineStudy({
    table: uniqueName(),
    keyfields: { text: 'VARCHAR(200)', seed: 'INT', extra: 'JSON' },
    resultfields: { label: 'LONGTEXT', matrix: 'JSON', size: 'BIGINT' },
    resultTimestamps: true,
    logtables: { notes: { text: 'LONGTEXT', extra: 'JSON' } },
  });

/** The number that marks values which are no text. */
const NUMBER = 703_421_589;

/** Everything a repository does, every value of it marked. */
const everything = async (repository: ExperimentRepository, study: ReturnType<typeof studyOf>): Promise<void> => {
  const row = (n: number): Row => ({ text: `${canary} ${n}`, seed: NUMBER + n, extra: { [canary]: [canary, n] } });
  await repository.prepare();
  await repository.fill([1, 2, 3, 4, 5].map(row));
  await repository.fill([row(1), row(6)]);
  const runner = { id: newId(), name: canary, host: canary, pid: 1, workers: 1, version: canary };
  await repository.register(runner, 60);
  await repository.heartbeat(runner.id, 60);
  const claimed = (await repository.claim({ runnerId: runner.id, count: 4 })) ?? [];
  await repository.claim({ runnerId: runner.id, count: 1, order: 'random' });
  const at = '2026-01-01 00:00:00.000';
  const results = { label: canary, matrix: { x: canary }, size: NUMBER };
  const logs = [{ logtable: 'notes', row: { text: canary, extra: { x: canary } }, date: new Date() }];
  const [one, two, three, four] = claimed.map(({ experimentId, attemptId }) => ({ experimentId, attemptId }));
  if (!one || !two || !three || !four) return expect.unreachable('five are open');
  await repository.record([{ ...one, results, logs, progress: JSON.stringify(canary) }]);
  const end = { startedAt: at, endedAt: at };
  await repository.record([
    { ...one, results, logs, end: { outcome: 'done', status: 'done', error: null, ...end } },
    { ...two, results, logs, end: { outcome: 'error', status: 'error', error: `${canary}\n${canary}`, ...end } },
    { ...three, end: { outcome: 'paused', status: 'paused', error: null, ...end } },
  ]);
  await repository.release([{ ...four, startedAt: at }], canary);
  await repository.addAndClaim(runner.id, row(7));
  await repository.claim({ runnerId: runner.id, count: 1, only: { ids: [3], status: 'paused' } });
  const quoted = `'${canary.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
  for (const field of [
    'text',
    'label',
    'extra',
    'matrix',
    'error',
    'name',
    'machine',
    'seed',
    'size',
    'ID',
    'status',
    'creation_date',
  ]) {
    for (const test of [
      `= ${quoted}`,
      `!= ${quoted}`,
      `< ${quoted}`,
      `>= ${quoted}`,
      `~ ${quoted}`,
      `!~ ${quoted}`,
      `in (${quoted}, ${NUMBER})`,
      `not in (${quoted})`,
      `= ${NUMBER}`,
      `> ${NUMBER}.5`,
    ]) {
      const where = parseFilter(`${field} ${test}`, tableColumnNames(study));
      await Array.fromAsync(repository.list({ where, limit: 3 }));
    }
  }
  const where = parseFilter(`text ~ ${quoted} and not label = ${quoted}`, tableColumnNames(study));
  await repository.reset({ where, statuses: ['error'] });
  await Promise.all([
    repository.counts(),
    repository.errors(5),
    repository.foreign(),
    repository.findings(),
    repository.runners(),
    repository.leases(),
  ]);
  await Promise.all([repository.find(1), repository.attempts(1), Array.fromAsync(repository.logs('notes', 1))]);
  const [self] = await repository.runners();
  await repository.declareDead(runner.id, self?.heartbeats ?? 0, true);
  expect((await repository.reap(1)).length).toBeGreaterThan(0);
  expect((await repository.find(2))?.keyfields).toEqual(row(2)); // they did go in, whole
  await repository.drop();
};

const expectClean = (statements: readonly string[]): void => {
  expect(statements.length).toBeGreaterThan(50);
  expect(statements.filter((statement) => statement.includes(core) || statement.includes(String(NUMBER)))).toEqual([]);
};

describe('on SQLite', () => {
  it('no statement holds a value', async () => {
    const statements: string[] = [];
    const { prototype } = createRequire(import.meta.url)('better-sqlite3') as {
      prototype: Record<'prepare' | 'exec' | 'pragma', (text: string) => unknown>;
    };
    const spies = (['prepare', 'exec', 'pragma'] as const).map((verb) => {
      const original = prototype[verb];
      return vi.spyOn(prototype, verb).mockImplementation(function spied(this: unknown, ...call: [string]) {
        statements.push(call[0]);
        return original.apply(this, call);
      });
    });
    const study = studyOf();
    const repository = await openSqliteRepository(study, {
      file: `${temporaryDirectory()}/study.sqlite`,
      synchronous: 'normal',
    });
    await everything(repository, study);
    await repository.close();
    for (const spy of spies) spy.mockRestore();
    expectClean(statements);
  });
});

describeOnPrivateServer('on MariaDB', () => {
  it('no statement holds a value, as the server itself has received them', async () => {
    const server = await privateServer('--log-output=TABLE');
    const { hostname: host, port, username: user, password } = new URL(server.url);
    const study = studyOf();
    const repository = await openMysqlRepository(study, {
      host,
      port: Number(port),
      user,
      password: decodeURIComponent(password),
      database: 'lab',
    });
    await server.sql('SET GLOBAL general_log = ON');
    await everything(repository, study);
    await server.sql('SET GLOBAL general_log = OFF');
    await repository.close();
    const log = await server.sql(
      `SELECT command_type, HEX(argument) FROM mysql.general_log WHERE user_host LIKE '${user}%' AND command_type IN ('Prepare', 'Query', 'Execute')`,
    );
    const sent = log
      .split('\n')
      .slice(1)
      .map((line) => {
        const [type = '', hex = ''] = line.split('\t');
        return { type, text: Buffer.from(hex, 'hex').toString() };
      });
    expect(sent.filter(({ type, text }) => type === 'Execute' && text.includes(core)).length).toBeGreaterThan(10); // the log sees values
    expectClean(sent.filter(({ type }) => type !== 'Execute').map(({ text }) => text));
  });
});
