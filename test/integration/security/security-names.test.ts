import { readFileSync } from 'node:fs';
import { createConnection } from 'mysql2/promise';
import { describe, expect, it } from 'vitest';
import { newId } from '../../../src/application/ports/new-id.ts';
import { parseColumnType } from '../../../src/domain/values/column-type.ts';
import type { ExperimentRepository } from '../../../src/domain/repository/experiment-repository.ts';
import { parseFilter } from '../../../src/domain/filter/parse-filter.ts';
import { defineStudy } from '../../../src/domain/study/define-study.ts';
import type { StudyDefinition } from '../../../src/domain/study/study-definition.ts';
import { tableColumnNames } from '../../../src/domain/study/table-layout.ts';
import { openMysqlRepository } from '../../../src/infrastructure/database/open-mysql.ts';
import { openSqliteRepository } from '../../../src/infrastructure/database/open-sqlite.ts';
import { createDatabase, describeOnMysql, temporaryDirectory } from '../../support/databases.ts';
import { openNativeSqlite } from '../../support/native-sqlite.ts';

/* Names from somebody else's configuration: each is refused by name, or is a name and nothing else. */

const hostile = JSON.parse(
  readFileSync(new URL('../../fixtures/hostile/payloads/names.json', import.meta.url), 'utf8'),
) as Record<'accepted' | 'refused' | 'refusedAsField' | 'types', readonly string[]>;

const fieldStudy = (name: string, table = 'study'): StudyDefinition =>
  defineStudy({
    table,
    keyfields: { [name]: 'VARCHAR(50)', plain: 'INT' },
    resultfields: { [name.length < 64 ? `r${name}` : 'other']: 'TEXT' },
    resultTimestamps: name.length < 50,
    logtables: { notes: { [name === 'experiment_id' ? 'other' : name]: 'TEXT' } },
  });

const columnsOf = (): StudyDefinition => {
  const entries = (type: string, but = '') =>
    Object.fromEntries(hostile.accepted.filter((name) => name !== but).map((name) => [name, type]));
  return defineStudy({
    table: 'wide',
    keyfields: { plain: 'INT' },
    resultfields: entries('TINYTEXT'),
    logtables: { notes: entries('TINYTEXT', 'experiment_id') },
  });
};

/** Everything that a study says to its database, with a value that would be noticed elsewhere. */
const exercise = async (repository: ExperimentRepository, study: StudyDefinition): Promise<void> => {
  await repository.prepare();
  await repository.prepare();
  expect(await repository.exists()).toBe(true);
  const row = (n: number) =>
    Object.fromEntries(study.keyfields.map(({ name, type }) => [name, type.kind === 'text' ? `v'"\`${n}` : n]));
  expect(await repository.fill([row(1), row(2), row(1)])).toEqual({ added: 2, existing: 1 });
  const runner = { id: newId(), name: 'n', host: 'h', pid: 1, workers: 1, version: '0' };
  await repository.register(runner, 60);
  const [claimed] = (await repository.claim({ runnerId: runner.id, count: 1 })) ?? [];
  if (!claimed) expect.unreachable('two are open');
  expect(claimed.keyfields).toEqual(row(1));
  const at = '2026-01-01 00:00:00.000';
  const results = Object.fromEntries(study.resultfields.map(({ name }) => [name, `of ${name}`]));
  const logs = study.logtables.map(({ name, columns }) => ({
    logtable: name,
    row: Object.fromEntries(columns.map((column) => [column.name, `log ${column.name}`])),
    date: new Date(),
  }));
  const end = { outcome: 'done', status: 'done', error: null, startedAt: at, endedAt: at } as const;
  const { experimentId, attemptId } = claimed;
  expect(await repository.record([{ experimentId, attemptId, results, logs, end }])).toEqual({ lost: [], refused: [] });
  const found = await repository.find(experimentId);
  for (const { name } of study.resultfields) expect(found?.results[name]).toBe(`of ${name}`);
  for (const { logtable, row: logged } of logs) {
    expect(await Array.fromAsync(repository.logs(logtable))).toMatchObject([logged]);
  }
  for (const { name, type } of study.keyfields.filter(({ type: { kind } }) => kind === 'text')) {
    expect(type.kind).toBe('text');
    const where = parseFilter(`\`${name.replaceAll('`', '``')}\` = "v'\\"\`1"`, tableColumnNames(study));
    expect(await Array.fromAsync(repository.list({ where }))).toHaveLength(1);
  }
  expect(await repository.counts()).toMatchObject({ created: 1, done: 1 });
  expect([await repository.foreign(), await repository.errors(5), await repository.reap(3)]).toEqual([0, [], []]);
  expect(await repository.addAndClaim(runner.id, row(3))).toMatchObject({ keyfields: row(3) });
  expect(await repository.reset({ statuses: ['done'] })).toEqual({ reset: 1, leased: 0 });
  await repository.drop();
  expect(await repository.exists()).toBe(false);
};

describe('names', () => {
  it.each([...hostile.refused])('refuses %j as a field, a logtable and a table', (name) => {
    expect(() => fieldStudy(name)).toThrow(/table\.keyfields/);
    const log = { notes: { x: 'INT' } };
    expect(() => defineStudy({ table: 'x', keyfields: { a: 'INT' }, logtables: { [name]: log.notes } })).toThrow(
      /table\.logtables/,
    );
    expect(() => defineStudy({ table: name, keyfields: { a: 'INT' } })).toThrow(/table\.name/);
  });

  it.each([...hostile.refusedAsField])('refuses %j as a field', (name) => {
    expect(() => defineStudy({ table: 'x', keyfields: { [name]: 'INT' } })).toThrow(/always there/);
    expect(() => defineStudy({ table: 'x', keyfields: { a: 'INT' }, resultfields: { [name]: 'INT' } })).toThrow(
      /always there/,
    );
  });

  it.each(['toString', 'valueOf', 'hasOwnProperty', '__defineGetter__'])('refuses %j as a table', (table) => {
    expect(() => defineStudy({ table, keyfields: { a: 'INT' } })).toThrow(/table\.name: .*JavaScript/);
  });

  it('refuses tables whose files would have names that are too long', () => {
    expect(() => defineStudy({ table: '日'.repeat(51), keyfields: { a: 'INT' } })).toThrow(/file name/);
    const logtables = { ['日'.repeat(12)]: { a: 'INT' } };
    expect(() => defineStudy({ table: '日'.repeat(40), keyfields: { a: 'INT' }, logtables })).toThrow(/file name/);
  });

  it.each([...hostile.types])('refuses the type %j', (type) => {
    expect(() => parseColumnType(type)).toThrow(expect.objectContaining({ code: 'STUDY_INVALID' }));
  });
});

/** Names of tables that a study can have, with room for those beside it. */
const tableNames = hostile.accepted.filter((name) => name.length <= 40 && !(name in {}));

interface Behind {
  open(study: StudyDefinition): Promise<ExperimentRepository>;
  tables(): Promise<readonly string[]>;
}

const suite = (behind: () => Promise<Behind>): void => {
  it('are columns and nothing else', async () => {
    const { open, tables } = await behind();
    const all = [
      columnsOf(),
      ...hostile.accepted.filter((_, index) => index % 6 === 0).map((name) => fieldStudy(name)),
    ];
    for (const study of all) {
      const repository = await open(study);
      await exercise(repository, study);
      await repository.close();
      expect(await tables(), JSON.stringify(study.keyfields[0]?.name)).toEqual(['victim']);
    }
  });

  it('are tables and nothing else', async () => {
    const { open, tables } = await behind();
    const withLogs = [...tableNames.filter((_, index) => index % 5 === 0), '日'.repeat(47)];
    for (const table of [...withLogs, 'sqlite', '日'.repeat(50), 'a'.repeat(64), 'x`"'.repeat(21)]) {
      const logtables = withLogs.includes(table) ? { [table.slice(0, 2).trim()]: { x: 'TEXT' } } : {};
      const study = defineStudy({ table, keyfields: { plain: 'INT' }, logtables });
      const repository = await open(study);
      await exercise(repository, study);
      await repository.close();
      expect(await tables(), JSON.stringify(table)).toEqual(['victim']);
    }
  });
};

describe('hostile names on sqlite', () => {
  const file = `${temporaryDirectory()}/study.sqlite`;
  const native = openNativeSqlite(file);
  native.exec('CREATE TABLE victim (x INT)');
  suite(async () => ({
    open: async (study) => openSqliteRepository(study, { file, synchronous: 'normal' }),
    tables: async () =>
      native
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        .all()
        .map((row) => String(row['name'])),
  }));
});

describeOnMysql('hostile names', (server) => {
  const created = createDatabase(server);
  const sql = async (statement: string): Promise<string[]> => {
    const { name: _, ...facts } = await created;
    const connection = await createConnection(facts);
    const [rows] = await connection.query(statement);
    await connection.end();
    return Array.isArray(rows) ? rows.map((row) => String(Object.values(row as object)[0])) : [];
  };
  suite(async () => {
    await sql('CREATE TABLE IF NOT EXISTS victim (x INT)');
    const { name: _, ...facts } = await created;
    return { open: async (study) => openMysqlRepository(study, facts), tables: async () => sql('SHOW TABLES') };
  });
});
