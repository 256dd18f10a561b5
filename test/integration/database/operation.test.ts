import { createConnection } from 'mysql2/promise';
import { afterEach, describe, expect, it } from 'vitest';
import { newId } from '../../../src/application/ports/new-id.ts';
import type { Finding } from '../../../src/domain/repository/study-store.ts';
import { defineStudy } from '../../../src/domain/study/define-study.ts';
import { serverFindings, wireFindings } from '../../../src/infrastructure/database/mysql/mysql-server.ts';
import { openMysqlRepository } from '../../../src/infrastructure/database/open-mysql.ts';
import { openSqliteRepository } from '../../../src/infrastructure/database/open-sqlite.ts';
import type { SqlRepository } from '../../../src/infrastructure/database/sql-repository.ts';
import { kindsStudy, studyFolder } from '../../support/command-line.ts';
import {
  createDatabase,
  describeOnMysql,
  describeOnPrivateServer,
  privateServer,
  temporaryDirectory,
  uniqueName,
} from '../../support/databases.ts';
import { openNativeSqlite } from '../../support/native-sqlite.ts';

/* What an operator asks: is the database fit, who is at work. */

const studyOf = (table = uniqueName()) =>
  defineStudy({
    table,
    keyfields: { seed: 'INT' },
    resultfields: { x: 'INT' },
    logtables: { notes: { text: 'TEXT' } },
  });

const opened: SqlRepository[] = [];
const tracked = (repository: SqlRepository): SqlRepository => {
  opened.push(repository);
  return repository;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((repository) => repository.close()));
});

const withFile = (file: string, statement: string): void => {
  const native = openNativeSqlite(file);
  native.exec(statement);
  native.close();
};

const runner = (id: string) => ({ id, name: 'n', host: 'h', pid: 1, workers: 1, version: '0' });
const told = (findings: readonly Finding[]) =>
  findings.map(({ severity, message }) => `${severity}: ${message}`).join('\n');

describe('findings about a server', () => {
  const of = (variables: Record<string, string>) => told(serverFindings(new Map(Object.entries(variables))));
  const healthy = {
    transaction_isolation: 'READ-COMMITTED',
    autocommit: 'ON',
    read_only: 'OFF',
    log_bin: 'ON',
    binlog_format: 'ROW',
    sync_binlog: '1',
    innodb_flush_log_at_trx_commit: '1',
    wsrep_on: 'OFF',
  };

  it.each<[Record<string, string>, RegExp | '']>([
    [{}, ''],
    [{ log_bin: 'OFF', binlog_format: 'STATEMENT', sync_binlog: '0' }, ''],
    [{ binlog_format: 'MIXED' }, ''],
    [{ transaction_isolation: 'REPEATABLE-READ' }, /^error: .*REPEATABLE-READ.*pooler/],
    [{ transaction_isolation: 'SERIALIZABLE' }, /^error: /],
    [{ autocommit: 'OFF' }, /^error: autocommit/],
    [{ binlog_format: 'STATEMENT' }, /^error: the binary log records statements/],
    [{ read_only: 'ON' }, /^error: the server is read-only/],
    [{ read_only: 'NO_LOCK' }, /^error: the server is read-only/], // MariaDB 12
    [{ super_read_only: 'ON' }, /^error: the server is read-only/],
    [{ innodb_read_only: '1' }, /^error: the server is read-only/],
    [{ tx_read_only: 'ON' }, /^error: transactions are read-only/],
    [{ innodb_flush_log_at_trx_commit: '0' }, /^error: a crash of the server/],
    [{ innodb_flush_log_at_trx_commit: '2' }, /^warning: a power cut/],
    [{ sync_binlog: '0' }, /^warning: .*binary log/],
    [{ sync_binlog: '1000' }, /^warning: .*binary log/],
    [{ wsrep_on: 'ON' }, /^warning: Galera/],
  ])('with %j', (change, expected) => {
    if (expected === '') expect(of({ ...healthy, ...change })).toBe('');
    else expect(of({ ...healthy, ...change })).toMatch(expected);
  });

  it('includes the way to it', () => {
    const away = { remote: true, verified: true };
    expect(wireFindings({ remote: false, verified: false }, '')).toEqual([]);
    expect(wireFindings(away, 'TLS_AES_256_GCM_SHA384')).toEqual([]);
    expect(told(wireFindings(away, ''))).toMatch(/^warning: .*not encrypted/);
    expect(told(wireFindings({ ...away, verified: false }, 'x'))).toMatch(/^warning: .*not authenticated/);
  });
});

describeOnPrivateServer('check', () => {
  const started = privateServer('--log-bin=bin', '--binlog-format=ROW', '--sync-binlog=1');
  const facts = async () => {
    const { hostname: host, port, username: user, password, pathname } = new URL((await started).url);
    return { host, port: Number(port), user, password: decodeURIComponent(password), database: pathname.slice(1) };
  };
  const findings = async (study = studyOf()) => {
    const repository = tracked(await openMysqlRepository(study, await facts()));
    return repository.findings();
  };
  const root = async (statement: string) => (await started).sql(statement);

  it.each([
    ["binlog_format = 'STATEMENT'", 'error: the binary log records statements'],
    ['innodb_flush_log_at_trx_commit = 0', 'error: a crash of the server'],
    ['innodb_flush_log_at_trx_commit = 2', 'warning: a power cut'],
    ['sync_binlog = 0', 'warning: a power cut can lose the end of the binary log'],
    ['read_only = ON', 'error: the server is read-only'],
  ])('finds SET GLOBAL %s, and its advice mends it', async (setting, expected) => {
    await root('SET GLOBAL innodb_flush_log_at_trx_commit = 1');
    expect(await findings()).toEqual([]);
    await root(`SET GLOBAL ${setting}`);
    const [found, ...more] = await findings();
    expect(told(found ? [found] : [])).toContain(expected);
    expect(more).toEqual([]);
    const advice = /SET GLOBAL [^;]*;/.exec(found?.fix ?? '')?.[0] ?? '';
    await root(advice);
    expect(await findings()).toEqual([]);
  });

  it('is not misled by what the server offers new sessions: each connection says it for itself', async () => {
    const study = studyOf();
    await root("SET GLOBAL tx_isolation = 'SERIALIZABLE', GLOBAL autocommit = 0, GLOBAL tx_read_only = 1");
    try {
      expect(told(await findings())).not.toMatch(/autocommit|isolated|read-only/);
      const [one, other] = [
        tracked(await openMysqlRepository(study, await facts())),
        tracked(await openMysqlRepository(study, await facts())),
      ];
      await one.prepare();
      const id = newId();
      await one.register(runner(id), 60);
      expect(await one.heartbeat(id, 60)).toBe(true);
      expect(await other.runners()).toMatchObject([{ id, heartbeats: 1 }]);
    } finally {
      await root("SET GLOBAL tx_isolation = 'REPEATABLE-READ', GLOBAL autocommit = 1, GLOBAL tx_read_only = 0");
    }
  });

  it('finds tables of another engine, and nothing is executed on them', async () => {
    const study = studyOf();
    const repository = tracked(await openMysqlRepository(study, await facts()));
    await repository.prepare();
    for (const table of [`${study.table}_leases`, `${study.table}_attempts`]) {
      await root(`ALTER TABLE lab.${table} ENGINE = ${table.endsWith('leases') ? 'Aria' : 'MyISAM'}`);
      const [found] = await repository.findings();
      expect(told(found ? [found] : [])).toMatch(
        new RegExp(`^error: table ${table} is kept by the engine (Aria|MyISAM)`),
      );
      await expect(repository.prepare()).rejects.toMatchObject({
        code: 'DATABASE_UNSUPPORTED',
        message: expect.stringContaining(found?.fix ?? '?'),
      });
      await root(`USE lab; ${found?.fix}`);
      await repository.prepare();
      expect(await repository.findings()).toEqual([]);
    }
  });

  it('says what to do when a write is refused because of the binary log', async () => {
    const study = studyOf();
    const repository = tracked(await openMysqlRepository(study, await facts()));
    await repository.prepare();
    await root("SET GLOBAL binlog_format = 'STATEMENT'");
    const after = tracked(await openMysqlRepository(study, await facts()));
    await expect(after.register(runner(newId()), 60)).rejects.toMatchObject({
      code: 'DATABASE_UNSUPPORTED',
      message: expect.stringContaining("SET GLOBAL binlog_format = 'ROW';"),
    });
    await root("SET GLOBAL binlog_format = 'ROW'");
  });

  it('on the command line: 0 with warnings, 5 when the promise is broken', async () => {
    const { host, port, user, password, database: name } = await facts();
    const study = studyFolder(
      kindsStudy(['ok'], [1], { database: { provider: 'mysql', host, port, name, user, password } }),
    );
    await root('SET GLOBAL innodb_flush_log_at_trx_commit = 2');
    const warned = await study.call('check', '--json');
    expect([warned.code, warned.stderr]).toEqual([0, '']);
    expect(JSON.parse(warned.stdout)).toMatchObject({ ok: true, tables: false, findings: [{ severity: 'warning' }] });
    await root('SET GLOBAL innodb_flush_log_at_trx_commit = 1, GLOBAL read_only = ON');
    try {
      const broken = await study.call('check');
      expect(broken.code).toBe(5);
      expect(broken.stdout).toMatch(/^error +the server is read-only\n +connect to the primary server/m);
      const quiet = await study.call('check', '--quiet');
      expect([quiet.code, quiet.stdout]).toEqual([5, '']);
      expect(quiet.stderr).toContain('the server is read-only');
      const json = await study.call('check', '--json');
      expect([json.code, JSON.parse(json.stdout)]).toMatchObject([5, { ok: false, findings: [{ severity: 'error' }] }]);
    } finally {
      await root('SET GLOBAL read_only = OFF');
    }
  });
});

describe('check on SQLite', () => {
  it('finds lowered synchronisation, before there is a file and after', async () => {
    const study = studyFolder(
      kindsStudy(['ok'], [1], { database: { provider: 'sqlite', file: './study.sqlite', synchronous: 'normal' } }),
    );
    const before = await study.call('check');
    expect(before.code).toBe(0);
    expect(before.stdout).toMatch(/^warning +a power cut .*\n +set database.synchronous to full$/m);
    expect(study.files()).toEqual(['study.json']);
    await study.call('fill');
    expect(JSON.parse((await study.call('check', '--json')).stdout)).toMatchObject({
      ok: true,
      tables: true,
      findings: [{ severity: 'warning' }],
    });
    const full = await study.call('check', '--json', '--set', 'database.synchronous=full');
    expect(JSON.parse(full.stdout)).toMatchObject({ ok: true, findings: [] });
  });
});

describe.each(['sqlite', 'mysql'] as const)('who is at work (%s)', (provider) => {
  const suite = (
    open: () => Promise<{
      repository: SqlRepository;
      statement: (text: string) => Promise<void>;
      database: object;
      table: string;
    }>,
  ) => {
    it('shows expired runners, and experiments that are under nobody of ours', async () => {
      const { repository, statement, database, table } = await open();
      const study = studyFolder({
        ...kindsStudy(['ok']),
        table: {
          name: table,
          keyfields: { seed: { type: 'INT', values: [1, 2, 3, 4] } },
          resultfields: { x: 'INT' },
          logtables: { notes: { text: 'TEXT' } },
        },
        database,
      });
      await repository.prepare();
      await repository.fill([1, 2, 3, 4].map((seed) => ({ seed })));
      const [alive, expired] = [newId(), newId()];
      await repository.register({ ...runner(alive), host: 'alive' }, 600);
      await repository.register({ ...runner(expired), host: 'gone' }, -1);
      await repository.claim({ runnerId: alive, count: 1 });
      expect(await repository.foreign()).toBe(0);
      // What PyExperimenter does to claim: nothing but the row.
      await statement(`UPDATE ${table} SET status = 'running', name = 'py', machine = 'elsewhere' WHERE ID IN (3, 4)`);
      expect(await repository.foreign()).toBe(2);

      const { stdout } = await study.call('status', '--json');
      expect(JSON.parse(stdout)).toMatchObject({
        counts: { created: 1, running: 3 },
        foreign: 2,
        runners: expect.arrayContaining([
          expect.objectContaining({ host: 'alive', expired: false, state: 'active', running: 1 }),
          expect.objectContaining({ host: 'gone', expired: true, state: 'active', running: 0 }),
        ]),
      });
      const { stdout: text } = await study.call('status');
      expect(text).toMatch(/^2 of the running ones belong to no runner of ours/m);
      expect(text).toMatch(/active, expired +gone/);
      // and nobody reaps them
      expect(await repository.declareDead(expired, 0)).toBe(true);
      expect(await repository.reap(3)).toEqual([]);
      expect(await repository.foreign()).toBe(2);
      expect(await repository.reset({ ids: [[3, 4]] })).toEqual({ reset: 2, leased: 0 });
      expect(await repository.foreign()).toBe(0);
    });
  };
  if (provider === 'sqlite') {
    suite(async () => {
      const file = `${temporaryDirectory()}/study.sqlite`;
      const table = uniqueName();
      const repository = tracked(await openSqliteRepository(studyOf(table), { file }));
      return { repository, table, database: { provider, file }, statement: async (text) => withFile(file, text) };
    });
  } else {
    describeOnMysql('study', (server) => {
      suite(async () => {
        const { name: _, ...facts } = await createDatabase(server);
        const table = uniqueName();
        const repository = tracked(await openMysqlRepository(studyOf(table), facts));
        const { database: name, ...rest } = facts;
        const statement = async (text: string) => {
          const connection = await createConnection(facts);
          await connection.query(text);
          await connection.end();
        };
        return { repository, table, database: { provider, name, ...rest }, statement };
      });
    });
  }
});
