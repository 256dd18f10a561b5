import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { newId } from '../../../src/application/ports/new-id.ts';
import { defineStudy } from '../../../src/domain/study/define-study.ts';
import { openSqliteRepository, networkName, refuseNetwork } from '../../../src/infrastructure/database/open-sqlite.ts';
import { requireVersion, settle } from '../../../src/infrastructure/database/sqlite/sqlite-pragmas.ts';
import { SqlRepository } from '../../../src/infrastructure/database/sql-repository.ts';
import type { NativeSqlite } from '../../../src/infrastructure/database/sqlite/sqlite-sql.ts';
import { SqliteDatabase } from '../../../src/infrastructure/database/sqlite/sqlite-database.ts';
import { temporaryDirectory } from '../../support/databases.ts';
import { openNativeSqlite } from '../../support/native-sqlite.ts';

const shape = { table: 'lite', keyfields: { seed: 'INT' }, resultfields: { accuracy: 'DOUBLE' } };
const study = defineStudy({ ...shape, logtables: { log: { a: 'INT' } } });
const notes = defineStudy({ ...shape, logtables: { log: { text: 'LONGTEXT' } } });
const newFile = () => path.join(temporaryDirectory(), 'study.sqlite');
const at = '2026-01-01 00:00:00.000';
const end = { outcome: 'done' as const, status: 'done' as const, error: null, startedAt: at, endedAt: at };

it.each([
  ['full', 2],
  ['normal', 1],
] as const)(
  'settles a connection: WAL, synchronous %s, foreign keys, hardly any waiting inside the library',
  async (synchronous, level) => {
    const file = newFile();
    const native = openNativeSqlite(file);
    await settle(native as unknown as NativeSqlite, { file, synchronous });
    const pragma = (name: string) => native.pragma(name, { simple: true });
    expect([pragma('journal_mode'), pragma('synchronous'), pragma('foreign_keys')]).toEqual(['wal', level, 1]);
    expect(pragma('busy_timeout')).toBeLessThan(25);
    native.close();
  },
);

it('deletes log rows with their experiment, as the foreign key says', async () => {
  const file = newFile();
  const repository = await openSqliteRepository(study, { file });
  await repository.prepare();
  await repository.fill([{ seed: 1 }]);
  const native = openNativeSqlite(file);
  native.pragma('foreign_keys = ON');
  native.exec('INSERT INTO lite__log (experiment_id, a) VALUES (1, 1)');
  native.exec('DELETE FROM lite WHERE ID = 1');
  expect(native.prepare('SELECT * FROM lite__log').all()).toEqual([]);
  native.close();
  await repository.close();
});

it('pauses again with infinities and bytes that another program has stored', async () => {
  const file = newFile();
  const repository = await openSqliteRepository(study, { file });
  await repository.prepare();
  await repository.fill([{ seed: 1 }, { seed: 2 }]);
  const native = openNativeSqlite(file);
  native.exec("UPDATE lite SET status = 'paused', accuracy = CASE ID WHEN 1 THEN -9e999 ELSE x'00ff' END");
  const runnerId = newId();
  await repository.register({ id: runnerId, name: 'n', host: 'h', pid: 1, workers: 1, version: '0' }, 60);
  const claimed = await repository.claim({ runnerId, count: 2, only: { ids: [1, 2], status: 'paused' } });
  await repository.record((claimed ?? []).map((one) => ({ ...one, results: { accuracy: 1 } })));
  await repository.release(claimed ?? [], 'stopped');
  const rows = native
    .prepare("SELECT status, accuracy = -9e999 AS infinite, accuracy = x'00ff' AS bytes FROM lite ORDER BY ID")
    .all();
  expect(rows).toEqual([
    { status: 'paused', infinite: 1, bytes: 0 },
    { status: 'paused', infinite: 0, bytes: 1 },
  ]);
  native.close();
  await repository.close();
});

it('begins the write-ahead log anew once it is long, unless somebody still reads it', async () => {
  const file = newFile();
  const native = openNativeSqlite(file);
  await settle(native as unknown as NativeSqlite, { file });
  native.exec('CREATE TABLE t (a)');
  const database = new SqliteDatabase(native as unknown as NativeSqlite, file, async () => native.close());
  /** The pages in the log after so many commits of about a hundred pages each. */
  const pages = async (commits: number): Promise<number> => {
    for (let commit = 0; commit < commits; commit += 1)
      await database.transaction((sql) => sql.run('INSERT INTO t VALUES (zeroblob(?))', [800_000]));
    return (native.pragma('wal_checkpoint(NOOP)') as [{ log: number }])[0].log;
  };
  expect(await pages(50)).toBeLessThan(2_200);
  const reader = openNativeSqlite(file);
  reader.exec('BEGIN');
  reader.prepare('SELECT COUNT(*) FROM t').all();
  expect(await pages(50)).toBeGreaterThan(4_000);
  reader.exec('COMMIT');
  reader.close();
  expect(await pages(50)).toBeLessThan(2_200);
  await database.close();
});

it('finds out beside another writer that a fill has nothing to add', async () => {
  const file = newFile();
  const repository = await openSqliteRepository(study, { file });
  await repository.prepare();
  await repository.fill([{ seed: 1 }, { seed: 2 }]);
  const other = openNativeSqlite(file);
  other.exec('BEGIN IMMEDIATE');
  expect(await repository.fill([{ seed: 2 }, { seed: 1 }, { seed: 2 }])).toEqual({ added: 0, existing: 3 });
  other.exec('ROLLBACK');
  other.close();
  expect(await repository.fill([{ seed: 2 }, { seed: 3 }])).toEqual({ added: 1, existing: 1 });
  await repository.close();
});

it('waits for another writer without holding up the event loop', async () => {
  const file = newFile();
  const repository = await openSqliteRepository(study, { file });
  await repository.prepare();
  await repository.fill([{ seed: 1 }]);
  const runnerId = newId();
  await repository.register({ id: runnerId, name: 'n', host: 'h', pid: 1, workers: 1, version: '0' }, 60);
  const other = openNativeSqlite(file);
  other.exec('BEGIN IMMEDIATE');
  let turns = 0;
  let answered = false;
  const claimed = repository.claim({ runnerId, count: 1 }).finally(() => (answered = true));
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      turns += 1;
      if (turns < 60) return;
      clearInterval(timer);
      resolve();
    }, 5);
  });
  expect(answered).toBe(false);
  other.exec('COMMIT');
  other.close();
  expect(await claimed).toHaveLength(1);
  await repository.close();
});

it('records in a table of 50,000, a thousand at a time', async () => {
  const repository = await openSqliteRepository(study, { file: newFile(), synchronous: 'normal' });
  await repository.prepare();
  await repository.fill(Array.from({ length: 50_000 }, (_, seed) => ({ seed })));
  const runnerId = newId();
  await repository.register({ id: runnerId, name: 'n', host: 'h', pid: 1, workers: 1, version: '0' }, 60);
  const round = async (): Promise<void> => {
    const claimed = (await repository.claim({ runnerId, count: 1_000 })) ?? [];
    await repository.record(
      claimed.map(({ experimentId, attemptId }) => ({ experimentId, attemptId, results: { accuracy: 1 }, end })),
    );
  };
  for (let rounds = 0; rounds < 10; rounds += 1) await round();
  expect(await repository.counts()).toMatchObject({ created: 40_000, done: 10_000 });
  await repository.close();
});

it('takes a full disk for an absent database: nothing is refused or half written, the same again succeeds', async () => {
  const file = newFile();
  const made = await openSqliteRepository(notes, { file });
  await made.prepare();
  await made.fill([{ seed: 1 }, { seed: 2 }]);
  await made.close();
  const native = openNativeSqlite(file);
  await settle(native as unknown as NativeSqlite, { file });
  const database = new SqliteDatabase(native as unknown as NativeSqlite, file, async () => native.close());
  const repository = new SqlRepository(notes, database);
  const runnerId = newId();
  await repository.register({ id: runnerId, name: 'n', host: 'h', pid: 1, workers: 1, version: '0' }, 60);
  const claimed = (await repository.claim({ runnerId, count: 2 })) ?? [];
  const logs = [{ logtable: 'log', row: { text: 'x'.repeat(100_000) }, date: new Date(0) }];
  const writes = claimed.map(({ experimentId, attemptId }) => ({
    experimentId,
    attemptId,
    results: { accuracy: 1 },
    logs,
    end,
  }));
  native.pragma('max_page_count = 1'); // no page more than there are
  const full = { code: 'DATABASE_UNREACHABLE', message: expect.stringMatching(/the disk is full.*free some space/) };
  await expect(repository.record(writes)).rejects.toMatchObject(full);
  await expect(repository.record(writes)).rejects.toMatchObject(full);
  expect(await repository.heartbeat(runnerId, 60)).toBe(true); // what needs no page goes on
  expect(await repository.counts()).toMatchObject({ running: 2, done: 0 });
  expect(await repository.leases()).toHaveLength(2);
  native.pragma('max_page_count = 1073741823');
  expect(await repository.record(writes)).toEqual({ lost: [], refused: [] });
  expect(await repository.counts()).toMatchObject({ running: 0, done: 2 });
  expect(native.prepare('SELECT COUNT(*) AS n FROM lite__log').all()).toEqual([{ n: 2 }]);
  expect(native.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  await repository.close();
});

it('makes no file until something is written', async () => {
  const file = newFile();
  const repository = await openSqliteRepository(study, { file });
  expect(await repository.exists()).toBe(false);
  expect(existsSync(file)).toBe(false);
  await repository.close();
  expect(existsSync(file)).toBe(false);
});

it('says what is wrong with a file that cannot be opened', async () => {
  const directory = temporaryDirectory();
  const text = path.join(directory, 'notes.txt');
  writeFileSync(text, 'these are notes, and no database\n'.repeat(100));
  await expect(openSqliteRepository(study, { file: text })).rejects.toMatchObject({
    code: 'DATABASE_UNSUPPORTED',
    message: expect.stringContaining(text),
  });
  const nowhere = path.join(directory, 'missing', 'study.sqlite');
  await expect(openSqliteRepository(study, { file: nowhere })).rejects.toMatchObject({
    code: 'DATABASE_UNREACHABLE',
    message: expect.stringContaining(path.dirname(nowhere)),
  });
});

it('refuses libraries that can corrupt a database', () => {
  for (const version of ['3.51.3', '3.51.10', '3.52.0', '4.0.0']) expect(() => requireVersion(version)).not.toThrow();
  for (const version of ['3.51.2', '3.40.1', '3.7.0', '2.9.9'])
    expect(() => requireVersion(version)).toThrow(/at least 3\.51\.3/);
});

it('refuses network file systems by name', () => {
  for (const [type, name] of [
    [0x6969, 'NFS'],
    [0xff534d42, 'CIFS'],
    [0xff534d42 | 0, 'CIFS'],
    [0x65735546, 'FUSE'],
  ] as const) {
    expect(() => refuseNetwork('/x/y.sqlite', networkName(type, 'linux'))).toThrow(
      expect.objectContaining({ code: 'DATABASE_UNSUPPORTED', message: expect.stringContaining(name) }),
    );
  }
  expect(networkName(0xef53, 'linux')).toBeUndefined();
  expect(networkName(0x6969, 'darwin')).toBeUndefined();
  expect(() => refuseNetwork('/x/y.sqlite', undefined)).not.toThrow();
});
