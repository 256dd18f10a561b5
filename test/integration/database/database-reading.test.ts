import { chmodSync, copyFileSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { createConnection } from 'mysql2/promise';
import { afterEach, describe, expect, it } from 'vitest';
import { newId } from '../../../src/application/ports/new-id.ts';
import type { Row } from '../../../src/domain/values/column.ts';
import type { StudyDefinition } from '../../../src/domain/study/study-definition.ts';
import { parseFilter } from '../../../src/domain/filter/parse-filter.ts';
import { Experimenter } from '../../../src/index.ts';
import { defineStudy, type StudyInput } from '../../../src/domain/study/define-study.ts';
import { tableColumnNames, tableColumns } from '../../../src/domain/study/table-layout.ts';
import { SqliteReader } from '../../../src/infrastructure/database/sqlite/sqlite-reader.ts';
import type { SqlRepository } from '../../../src/infrastructure/database/sql-repository.ts';
import type { MysqlOptions } from '../../../src/infrastructure/database/mysql/mysql-driver.ts';
import {
  createDatabase,
  describeOnMysql,
  describeOnPrivateServer,
  privateServer,
  temporaryDirectory,
  uniqueName,
} from '../../support/databases.ts';
import { openNativeSqlite } from '../../support/native-sqlite.ts';
import { type DatabaseKind, openKind } from '../../support/study-databases.ts';

/** A database, a way to it for readers, and a way to change it behind the repository's back. */
interface Place {
  readonly name: 'sqlite' | 'mysql';
  kind(): Promise<DatabaseKind>;
  /** The same for those who may do nothing but read. */
  readerKind(): Promise<DatabaseKind>;
  execute(sql: string): Promise<void>;
}

const opened: SqlRepository[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((repository) => repository.close()));
});
const kept = (repository: SqlRepository): SqlRepository => {
  opened.push(repository);
  return repository;
};

const studyOf = (input: Partial<StudyInput> = {}): StudyDefinition =>
  defineStudy({
    table: uniqueName(),
    keyfields: { value: 'INT', exponent: 'INT' },
    resultfields: { sin: 'DOUBLE', cos: 'DOUBLE' },
    ...input,
  });

const suite = (place: Place): void => {
  const notes: string[] = [];
  const reading = async (study: StudyDefinition, more: object = {}): Promise<SqlRepository> => {
    notes.length = 0;
    const note = (text: string) => void notes.push(text);
    return kept(await openKind({ ...(await place.readerKind()), readOnly: true, note, ...more }, study));
  };
  const writing = async (study: StudyDefinition): Promise<SqlRepository> =>
    kept(await openKind(await place.kind(), study));
  const rows = async (repository: SqlRepository, ...selection: Parameters<SqlRepository['list']>): Promise<Row[]> =>
    (await Array.fromAsync(repository.list(...selection))).map((experiment) => experiment.toRow());
  const increment = place.name === 'sqlite' ? 'AUTOINCREMENT' : 'AUTO_INCREMENT';
  /** The statement that PyExperimenter makes, with the types that its configuration says. */
  const pythonTable = (table: string, value = 'int', real = 'DOUBLE', more = '') =>
    place.execute(
      `CREATE TABLE ${table} (ID INTEGER PRIMARY KEY ${increment}, value ${value} DEFAULT NULL,exponent int DEFAULT NULL,creation_date DATETIME DEFAULT NULL,` +
        `status VARCHAR(255) DEFAULT NULL,start_date DATETIME DEFAULT NULL,name LONGTEXT DEFAULT NULL,machine VARCHAR(255) DEFAULT NULL,` +
        `sin ${real} DEFAULT NULL,cos ${real} DEFAULT NULL,end_date DATETIME DEFAULT NULL,error LONGTEXT DEFAULT NULL${more})`,
    );
  const pythonRow = (table: string, values: string) =>
    place.execute(
      `INSERT INTO ${table} (value, exponent, creation_date, status, start_date, name, machine, sin, cos, end_date, error) VALUES (${values})`,
    );
  const began = "'2026-01-01 00:00:00'";

  it('reads a table that PyExperimenter alone has touched: no runners, no history, counts and errors', async () => {
    const study = studyOf({ logtables: { notes: { text: 'LONGTEXT' } }, emissions: true });
    await pythonTable(study.table);
    await pythonRow(
      study.table,
      `1, 2, ${began}, 'done', ${began}, 'PyExperimenter', 'host', 0.5, -0.5, ${began}, NULL`,
    );
    await pythonRow(
      study.table,
      `2, 2, ${began}, 'error', ${began}, 'PyExperimenter', 'host', NULL, NULL, ${began}, 'Traceback\nboom'`,
    );
    await pythonRow(
      study.table,
      `3, 2, ${began}, 'running', ${began}, 'PyExperimenter', 'host', NULL, NULL, NULL, NULL`,
    );
    await pythonRow(study.table, `4, 2, ${began}, 'created', NULL, NULL, NULL, NULL, NULL, NULL, NULL`);
    const repository = await reading(study);
    expect(await repository.exists()).toBe(true);
    expect(await repository.counts()).toEqual({ created: 1, running: 1, done: 1, error: 1, paused: 0 });
    expect(await repository.foreign()).toBe(1);
    expect(await repository.errors(10)).toEqual([{ message: 'Traceback', count: 1, exampleId: 2 }]);
    expect(await rows(repository)).toMatchObject([
      { ID: 1, value: 1, exponent: 2, status: 'done', sin: 0.5, cos: -0.5, machine: 'host', error: null },
      { ID: 2, error: 'Traceback\nboom' },
      { ID: 3, status: 'running' },
      { ID: 4, start_date: null },
    ]);
    const where = parseFilter('sin > 0.1 or value = 4', tableColumnNames(study));
    expect((await rows(repository, { where }, { column: 'value', descending: true })).map(({ ID }) => ID)).toEqual([
      4, 1,
    ]);
    expect((await Array.fromAsync(repository.values(['status', 'ID'], { limit: 1 }))).flat()).toEqual([['done', 1]]);
    expect(await repository.find(1)).toMatchObject({ id: 1 });
    expect([await repository.runners(), await repository.leases(), await repository.attempts(1)]).toEqual([[], [], []]);
    expect(await repository.provenance(1)).toEqual({ configuration: undefined, runners: [] });
    for (const empty of [repository.history(), repository.logs('notes'), repository.emissions()])
      expect(await Array.fromAsync(empty as AsyncIterable<unknown>)).toEqual([]);
    expect(await repository.readable()).toEqual(study);
    expect(notes).toEqual([]);
    // Ours come later: they are seen.
    const writer = await writing(study);
    await writer.prepare();
    await writer.register({ id: newId(), name: 'n', host: 'h', pid: 1, workers: 1, version: '0' }, 60);
    expect(await repository.runners()).toMatchObject([{ host: 'h', state: 'active' }]);
  });

  it("shows a user's own columns, with their types, and columns of types that it does not know as text", async () => {
    const study = studyOf({ logtables: { notes: { text: 'LONGTEXT' } } });
    await (await writing(study)).prepare();
    const unknown = place.name === 'sqlite' ? 'WHATEVER' : "ENUM('a','b')";
    for (const [name, type] of [
      ['Mark', 'INT'],
      ['big', 'BIGINT'],
      ['kind', unknown],
      ['"quoted name"', 'DOUBLE'],
      ['raw', 'BLOB'],
    ] as const)
      await place.execute(`ALTER TABLE ${study.table} ADD COLUMN ${quoted(name)} ${type}`);
    await place.execute(`ALTER TABLE ${study.table}__notes ADD COLUMN weight DOUBLE`);
    await place.execute(
      `INSERT INTO ${study.table} (value, exponent, status, Mark, big, kind, ${quoted('"quoted name"')}, raw) VALUES (1, 2, 'done', 7, 9007199254740993, 'b', 0.1, x'00ff')`,
    );
    await place.execute(`INSERT INTO ${study.table}__notes (experiment_id, text, weight) VALUES (1, 't', 0.25)`);
    const repository = await reading(study);
    const own = { Mark: 7, big: 9007199254740993n, kind: 'b', 'quoted name': 0.1, raw: "x'00ff'" };
    const [row = {}] = await rows(repository);
    expect(row).toMatchObject(own);
    expect(Object.keys(row).slice(-6)).toEqual(['error', ...Object.keys(own)]);
    const readable = await repository.readable();
    expect(
      tableColumns(readable)
        .slice(-5)
        .map(({ type }) => type.kind),
    ).toEqual(['integer', 'integer', 'text', 'real', 'text']);
    const where = parseFilter('Mark = 7 and kind ~ b and `quoted name` < 0.2', tableColumnNames(readable));
    expect(await rows(repository, { where }, { column: 'big', descending: false })).toHaveLength(1);
    expect((await Array.fromAsync(repository.values(['Mark', 'big']))).flat()).toEqual([[7, 9007199254740993n]]);
    expect(await Array.fromAsync(repository.logs('notes', 1))).toMatchObject([{ text: 't', weight: 0.25 }]);
    // Who writes leaves them alone.
    const writer = await writing(study);
    await writer.verify();
    await writer.prepare();
    await writer.reset({});
    expect((await rows(repository))[0]).toMatchObject({ status: 'created', ...own });
  });

  it('reads columns as the type that they have, where it is another than the configuration says', async () => {
    const study = studyOf();
    await pythonTable(study.table, 'VARCHAR(255)', place.name === 'mysql' ? 'DECIMAL' : 'TEXT');
    await pythonRow(study.table, `'007', 2, ${began}, 'done', NULL, NULL, NULL, 1, 2, NULL, NULL`);
    const repository = await reading(study);
    expect(await repository.exists()).toBe(true);
    const [row] = await rows(repository);
    expect(row).toMatchObject(
      place.name === 'mysql' ? { value: '007', sin: 1, cos: 2 } : { value: '007', sin: '1', cos: '2' },
    );
    await expect(repository.verify()).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' });
  });

  it('gives NULL for columns that the table does not have yet, and says so once', async () => {
    const old = studyOf({ logtables: { notes: { text: 'LONGTEXT' } } });
    const writer = await writing(old);
    await writer.prepare();
    await writer.fill([{ value: 1, exponent: 2 }]);
    await place.execute(`INSERT INTO ${old.table}__notes (experiment_id, text) VALUES (1, 't')`);
    const study = studyOf({
      table: old.table,
      keyfields: { value: 'INT', exponent: 'INT', kernel: 'VARCHAR(20)' },
      resultfields: { sin: 'DOUBLE', cos: 'DOUBLE', tan: 'DOUBLE', info: 'JSON' },
      resultTimestamps: true,
      logtables: { notes: { text: 'LONGTEXT', step: 'INT' }, folds: { fold: 'INT' } },
    });
    const repository = await reading(study);
    expect(await repository.exists()).toBe(true);
    expect(await rows(repository)).toMatchObject([
      { value: 1, kernel: null, tan: null, info: null, tan_timestamp: null },
    ]);
    const names = tableColumnNames(study);
    for (const [filter, found] of [
      ['tan = null', 1],
      ['kernel = rbf', 0],
      ['info = null and tan_timestamp = null', 1],
    ] as const)
      expect(await rows(repository, { where: parseFilter(filter, names) }), filter).toHaveLength(found);
    expect(await rows(repository, {}, { column: 'tan', descending: true })).toHaveLength(1);
    expect(await repository.counts()).toMatchObject({ created: 1 });
    expect([await repository.foreign(), await repository.errors(5)]).toEqual([0, []]);
    expect(await Array.fromAsync(repository.logs('notes'))).toMatchObject([{ text: 't', step: null }]);
    expect(await Array.fromAsync(repository.logs('folds'))).toEqual([]);
    expect(notes).toEqual([
      `table ${study.table} has no column kernel, sin_timestamp, cos_timestamp, tan, tan_timestamp, info, info_timestamp yet, shown as NULL; "ts-experimenter fill" adds what is missing`,
      `table ${study.table}__notes has no column step yet, shown as NULL; "ts-experimenter fill" adds what is missing`,
    ]);
  });

  it("refuses another study's table, and says that there is none", async () => {
    const study = studyOf();
    const repository = await reading(study);
    expect(await repository.exists()).toBe(false);
    await expect(repository.counts()).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' });
    await expect(rows(repository)).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' });
    await place.execute(`CREATE TABLE ${study.table} (id INT, whatever INT)`);
    await expect(repository.exists()).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' });
    const other = studyOf();
    await place.execute(`CREATE TABLE ${other.table} (ID INT, status VARCHAR(255), seed INT)`);
    await expect((await reading(other)).exists()).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringContaining('none of the keyfields value, exponent'),
    });
  });

  it('writes nothing, whatever it is asked', async () => {
    const study = studyOf();
    const writer = await writing(study);
    await writer.prepare();
    await writer.fill([{ value: 1, exponent: 2 }]);
    const repository = await reading(study);
    const runner = { id: newId(), name: 'n', host: 'h', pid: 1, workers: 1, version: '0' };
    const attempts = [
      () => repository.prepare(),
      () => repository.fill([{ value: 2, exponent: 2 }]),
      () => repository.register(runner, 60),
      () => repository.claim({ runnerId: runner.id, count: 1 }),
      () => repository.reset({}),
      () => repository.deleteExperiments({}),
      () => repository.drop(),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: 'USAGE' });
    expect(await repository.counts()).toMatchObject({ created: 1 });
  });

  it('gives JSON as it is stored', async () => {
    const study = studyOf({ resultfields: { info: 'JSON' } });
    await (await writing(study)).prepare();
    const text = '{"ns": 1764417600123456789, "list": [1, null]}';
    await place.execute(`INSERT INTO ${study.table} (value, exponent, status, info) VALUES (1, 1, 'done', '${text}')`);
    const [stored] = await rows(await reading(study, { jsonText: true }));
    expect(stored?.['info']).toBe(text);
    const [value] = await rows(await reading(study));
    expect(value?.['info']).toEqual({ ns: 1764417600123456789n, list: [1, null] });
  });

  const quoted = (name: string) => {
    const bare = name.replaceAll('"', '');
    return place.name === 'sqlite' ? `"${bare}"` : `\`${bare}\``;
  };
};

describe('reading on sqlite', () => {
  const directory = temporaryDirectory();
  const file = path.join(directory, 'reading.sqlite');
  suite({
    name: 'sqlite',
    kind: async () => ({ file }),
    readerKind: async () => ({ file }),
    execute: async (sql) => {
      const native = openNativeSqlite(file);
      native.exec(sql);
      native.close();
    },
  });

  const filled = async (count: number) => {
    const target = path.join(temporaryDirectory(), 'study.sqlite');
    const study = studyOf();
    const writer = await openKind({ file: target }, study);
    await writer.prepare();
    const combinations = Array.from({ length: count }, (_, value) => ({ value, exponent: 0 }));
    await writer.fill(combinations);
    return { target, study, writer };
  };
  const beside = (target: string) => readdirSync(path.dirname(target)).toSorted();

  it('sees what is written while it has the file open, and stands in nobody’s way', async () => {
    const { target, study, writer } = await filled(2_500);
    await writer.close();
    expect(beside(target)).toEqual(['study.sqlite']);
    const reader = kept(await openKind({ file: target, readOnly: true }, study));
    expect(await reader.counts()).toMatchObject({ created: 2_500 }); // at rest, without locks
    expect(beside(target)).toEqual(['study.sqlite']);
    let seen = 0;
    for await (const _ of reader.list()) {
      seen += 1;
      if (seen !== 1_200) continue;
      const other = await openKind({ file: target }, study);
      await other.fill([{ value: 9_999, exponent: 0 }]);
      expect(await reader.counts()).toMatchObject({ created: 2_501 }); // with its log
      await other.deleteExperiments({ ids: [[2_400, 2_500]] });
      await other.close();
    }
    expect(seen).toBe(2_399);
    expect(await reader.counts()).toMatchObject({ created: 2_400 });
  });

  it('reads on after the last writer has gone, and leaves the log to be written back', async () => {
    const { target, study, writer } = await filled(3);
    const reader = kept(await openKind({ file: target, readOnly: true }, study));
    expect(await reader.counts()).toMatchObject({ created: 3 });
    await reader.close(); // gives its connection back; it is opened again when it is asked
    await writer.close();
    expect(beside(target)).toEqual(['study.sqlite']);
    expect(await reader.counts()).toMatchObject({ created: 3 });
  });

  it('takes no locks on a network file system, and says what holds there', async () => {
    const { target, study, writer } = await filled(3);
    const reader = new SqliteReader({ file: target }, 'NFS');
    const count = () =>
      reader.read(async (sql) => Number((await sql.all(`SELECT COUNT(*) FROM ${study.table}`))[0]?.[0]));
    expect(await count()).toBe(3); // of a copy, with its log
    await writer.fill([{ value: 3, exponent: 0 }]);
    expect(await count()).toBe(4);
    await writer.close();
    expect(await count()).toBe(4); // at rest
    expect(beside(target)).toEqual(['study.sqlite']);
    expect(await reader.findings()).toMatchObject([{ severity: 'error', message: expect.stringContaining('NFS') }]);
    await reader.close();
  });

  it('reads a file that is replaced', async () => {
    const { target, study, writer } = await filled(3);
    await writer.close();
    const reader = kept(await openKind({ file: target, readOnly: true }, study));
    expect(await reader.counts()).toMatchObject({ created: 3 });
    const other = await filled(5);
    await other.writer.close();
    copyFileSync(other.target, target);
    const renamed = openNativeSqlite(target);
    renamed.exec(`ALTER TABLE ${other.study.table} RENAME TO ${study.table}`);
    renamed.close();
    expect(await reader.counts()).toMatchObject({ created: 5 });
  });

  it('opens a study to read it, for programs', async () => {
    const { target, study, writer } = await filled(2);
    await writer.close();
    const native = openNativeSqlite(target);
    native.pragma('journal_mode = DELETE');
    native.exec(
      `ALTER TABLE ${study.table} ADD COLUMN mark JSON; UPDATE ${study.table} SET mark = '[1764417600123456789, 1.0]'`,
    );
    native.close();
    const config = {
      database: { provider: 'sqlite', file: target },
      table: {
        name: study.table,
        keyfields: { value: { type: 'INT', values: [0, 1] }, exponent: { type: 'INT', values: [0] } },
        resultfields: { sin: 'DOUBLE', cos: 'DOUBLE' },
      },
    };
    const before = readFileSync(target);
    await using values = await Experimenter.open({ config, readOnly: true });
    expect((await values.rows())[0]).toMatchObject({ value: 0, mark: [1764417600123456789n, 1] });
    expect((await values.table()).columnNames().at(-1)).toBe('mark');
    expect(await values.plan()).toMatchObject({ add: 0, keep: 2 });
    await using texts = await Experimenter.open({ config, readOnly: true, json: 'text' });
    expect((await texts.rows(texts.where('value = 1')))[0]).toMatchObject({ mark: '[1764417600123456789, 1.0]' });
    for (const write of [() => values.fillFromConfig(), () => values.reset({}), () => values.delete()])
      await expect(write()).rejects.toMatchObject({ code: 'USAGE' });
    await expect(values.execute({ experiment: async () => ({}) })).rejects.toMatchObject({ code: 'USAGE' });
    expect(readFileSync(target).equals(before)).toBe(true);
    expect(beside(target)).toEqual(['study.sqlite']);
  });

  it('says of a file whose mode forbids it that it cannot be read', async () => {
    const { target, study, writer } = await filled(1);
    await writer.close();
    chmodSync(target, 0o000);
    const root = process.getuid?.() === 0;
    const reader = kept(await openKind({ file: target, readOnly: true }, study));
    if (root) expect(await reader.exists()).toBe(true);
    else await expect(reader.exists()).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    expect(statSync(target).mode & 0o777).toBe(0);
  });
});

const mysqlSuite = (server: () => Promise<MysqlOptions>, reader: () => Promise<MysqlOptions>): void =>
  suite({
    name: 'mysql',
    kind: server,
    readerKind: reader,
    execute: async (sql) => {
      const { host = '', port = 0, user, password = '', database } = await server();
      const connection = await createConnection({ host, port, user, password, database });
      try {
        await connection.query(sql);
      } finally {
        await connection.end();
      }
    },
  });

describeOnMysql('reading', (server) => {
  const created = createDatabase(server);
  const kind = async () => {
    const { name: _, ...database } = await created;
    return database;
  };
  mysqlSuite(kind, kind);
});

describeOnPrivateServer('reading with the right to SELECT alone', () => {
  let started: Promise<{ readonly owner: MysqlOptions; readonly reader: MysqlOptions }> | undefined;
  const start = async () => {
    const server = await privateServer();
    const { hostname, port, username, password, pathname } = new URL(server.url);
    const owner = { host: hostname, port: Number(port), user: username, password, database: pathname.slice(1) };
    await server.sql(
      `CREATE USER 'reader'@'%' IDENTIFIED BY 'secret'; GRANT SELECT ON ${owner.database}.* TO 'reader'@'%';`,
    );
    return { owner, reader: { ...owner, user: 'reader', password: 'secret' } };
  };
  const servers = async () => (started ??= start());
  mysqlSuite(
    async () => (await servers()).owner,
    async () => (await servers()).reader,
  );
});
