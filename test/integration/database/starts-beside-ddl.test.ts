import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, expect, it } from 'vitest';
import { newId } from '../../../src/application/ports/new-id.ts';
import { defineStudy } from '../../../src/domain/study/define-study.ts';
import { openMysqlRepository } from '../../../src/infrastructure/database/open-mysql.ts';
import { kindsStudy, studyFolder } from '../../support/command-line.ts';
import { createDatabase, describeOnMysql, uniqueName } from '../../support/databases.ts';

/*
 * Runners and fills start while others alter, rebuild and rename the study's tables. Nothing is dropped, and every start ends
 * well or says why. The long form: TS_EXPERIMENTER_TEST_STARTS=200.
 */

const STARTS = Number(process.env['TS_EXPERIMENTER_TEST_STARTS'] ?? 12);
/** At the same time. */
const SIDE_BY_SIDE = 3;
const DONE = 200;
/** Experiments that no configuration knows, so that a rebuild takes its time. */
const MORE = 20_000;

describeOnMysql('starts beside changes of tables', (server) => {
  const created = createDatabase(server);
  const connections: Connection[] = [];
  afterAll(() => {
    for (const connection of connections) connection.destroy();
  });
  const connect = async (): Promise<Connection> => {
    const { host, port, user, password, database } = await created;
    const connection = await createConnection({ host, port, user, password, database });
    connections.push(connection);
    return connection;
  };
  const rowsOf = async (connection: Connection, sql: string) => (await connection.query<RowDataPacket[]>(sql))[0];

  it(`${STARTS} of run and fill: nothing is dropped`, async () => {
    const { host, port, user, password, database: name } = await created;
    const study = studyFolder(
      kindsStudy(['quick'], [1], {
        database: { provider: 'mysql', host, port, name, user, password },
        runner: { workers: 1, leaseSeconds: 10, heartbeatSeconds: 2 },
      }),
    );
    const grid = (last: number) => `--set=table.keyfields.seed.values={"start":1,"stop":${last + 1}}`;
    expect(await study.call('run', '--quiet', grid(DONE))).toMatchObject({ code: 0, stderr: '' });
    const eyes = await connect();
    for (let rows = 0; rows < MORE; rows += 1_000) {
      const values = Array.from({ length: 1_000 }, (_, at) => `('old', ${rows + at}, 'done', ${(rows + at) / 3})`);
      await eyes.query(`INSERT INTO study (kind, seed, status, accuracy) VALUES ${values.join(', ')}`);
    }
    const kept = async (): Promise<unknown> => ({
      experiments: await rowsOf(eyes, `SELECT COUNT(*), SUM(CRC32(CONCAT_WS('|', ID, kind, seed, status, accuracy, big, text, end_date))) FROM study WHERE ID <= ${DONE} OR kind = 'old'`), // prettier-ignore
      logs: await rowsOf(eyes, `SELECT COUNT(*), SUM(CRC32(CONCAT_WS('|', ID, experiment_id, step, text))) FROM study__steps WHERE experiment_id <= ${DONE}`), // prettier-ignore
      history: await rowsOf(eyes, `SELECT COUNT(*), SUM(CRC32(CONCAT_WS('|', experiment_id, number, attempt_id, outcome))) FROM study_attempts WHERE experiment_id <= ${DONE}`), // prettier-ignore
    });
    const before = await kept();

    let on = true;
    const changes = changing(await connect(), () => on);
    const tally: Record<string, number> = {};
    const told: string[] = [];
    let next = 0;
    const starter = async (): Promise<void> => {
      while (next < STARTS) {
        next += 1;
        const verb = next % 2 === 0 ? 'run' : 'fill';
        const { code, stderr } = await study.call(verb, '--quiet', grid(DONE + next));
        const end = `${verb} ${code}`;
        tally[end] = (tally[end] ?? 0) + 1;
        if (code !== 0 && code !== 75) told.push(`${end}: ${stderr}`);
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, starter));
    on = false;
    const made = await changes;
    process.stderr.write(`${JSON.stringify({ server: server.name, starts: tally, changes: made, told })}\n`);

    expect(await kept()).toEqual(before);
    // 75: another fill has added experiments. Everything else says why, in words of ours.
    for (const text of told) expect(text).toMatch(/^(run|fill) (2|5|6): (warn: .*\n)*ts-experimenter: (?!unexpected)/);
    const last = await study.call('run', '--quiet', grid(DONE + STARTS));
    expect(last).toMatchObject({ code: 0, stderr: '' });
    expect(await rowsOf(eyes, "SELECT status, COUNT(*) AS n, COUNT(DISTINCT seed) AS seeds FROM study WHERE kind = 'quick' GROUP BY status")) // prettier-ignore
      .toEqual([{ status: 'done', n: DONE + STARTS, seeds: DONE + STARTS }]);
    expect(await kept()).toEqual(before);
  });

  it('waits for a table whose definition is locked, where the information schema leaves it out', async () => {
    const { name, ...facts } = await created;
    const table = uniqueName();
    const repository = await openMysqlRepository(
      defineStudy({ table, keyfields: { seed: 'INT' }, logtables: { log: { a: 'INT' } } }),
      facts,
    );
    try {
      await repository.prepare();
      await repository.fill([{ seed: 1 }]);
      await repository.register({ id: newId(), name: 'n', host: 'h', pid: 1, workers: 1, version: '0' }, 60);
      const [holder, changer, eyes] = [await connect(), await connect(), await connect()];
      // RENAME locks its tables in the order of their names: it has the study's, and waits for the other.
      await holder.query('CREATE TABLE zz_held (x INT)');
      await holder.query('START TRANSACTION');
      await holder.query('SELECT * FROM zz_held');
      const renamed = changer.query(`RENAME TABLE ${table} TO ${table}_new, zz_held TO zz_held_new`).then(
        () => 'renamed',
        (error: Error) => error.message,
      );
      await waiting(eyes, 'RENAME TABLE%');
      await eyes.query("SELECT GET_LOCK('any', 0)");
      const seen = await rowsOf(
        eyes,
        `SELECT COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '${table}'`,
      );
      if (name === 'mariadb') expect(seen).toEqual([]); // or this test shows nothing
      const prepared = repository.prepare();
      await waiting(eyes, `SHOW CREATE TABLE %${table}\``);
      await eyes.query(`KILL QUERY ${changer.threadId}`);
      expect(await renamed).toMatch(/interrupted/i);
      await prepared;
      expect(await repository.counts()).toMatchObject({ created: 1 });
      expect(await repository.runners()).toHaveLength(1);
      await holder.query('COMMIT');
    } finally {
      await repository.close();
    }
  });

  it('makes no table in the place of one that is renamed there and back', async () => {
    const { name: _, ...facts } = await created;
    const table = uniqueName();
    const study = defineStudy({ table, keyfields: { seed: 'INT' }, logtables: { log: { a: 'INT' } } });
    const repository = await openMysqlRepository(study, facts);
    try {
      await repository.prepare();
      await repository.fill([{ seed: 1 }]);
      const [changer, eyes] = [await connect(), await connect()];
      const looks = async (): Promise<number> =>
        Number((await rowsOf(eyes, "SHOW GLOBAL STATUS LIKE 'Com_show_create_table'"))[0]?.['Value']);
      for (const beside of ['_attempts', '_fills', '__log']) {
        await changer.query(`ALTER TABLE ${table}${beside} COMMENT = 'the first'`);
        await changer.query(`RENAME TABLE ${table}${beside} TO away`);
        const before = await looks();
        const prepared = repository.prepare();
        const deadline = performance.now() + 30_000;
        // more than one look at all eight of them
        while ((await looks()) < before + 12 && performance.now() < deadline) await sleep(5);
        await changer.query(`RENAME TABLE away TO ${table}${beside}`);
        await prepared;
      }
      for (const beside of ['_attempts', '_fills', '__log']) {
        const [made] = await rowsOf(eyes, `SHOW CREATE TABLE ${table}${beside}`);
        expect(made?.['Create Table']).toContain("COMMENT='the first'");
      }
    } finally {
      await repository.close();
    }
  });

  it('says who is to blame when a table stays locked', async () => {
    const { name: _, ...facts } = await created;
    const table = uniqueName();
    const study = defineStudy({ table, keyfields: { seed: 'INT' } });
    const repository = await openMysqlRepository(study, { ...facts, queryTimeoutSeconds: 3 });
    const holder = await connect();
    try {
      await repository.prepare();
      await holder.query(`LOCK TABLES ${table} WRITE`);
      await expect(repository.counts()).rejects.toMatchObject({
        code: 'DATABASE_UNREACHABLE',
        message: expect.stringMatching(/other connections hold the rows or tables .* SHOW FULL PROCESSLIST/) as string,
      });
    } finally {
      await holder.query('UNLOCK TABLES');
      await repository.close();
    }
  });
});

/** Until a statement like this waits for a lock of a table. */
const waiting = async (eyes: Connection, like: string): Promise<void> => {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const [rows] = await eyes.query<RowDataPacket[]>(
      "SELECT 1 FROM INFORMATION_SCHEMA.PROCESSLIST WHERE STATE LIKE '%metadata lock%' AND INFO LIKE ?",
      [like],
    );
    if (rows.length > 0) return;
    if (performance.now() > deadline) throw new Error(`no statement like ${like} waits for a lock`);
    await sleep(5);
  }
};

/** A night's work without a pause; how often each was done. */
const changing = async (connection: Connection, on: () => boolean): Promise<Record<string, number>> => {
  const made: Record<string, number> = { alter: 0, optimize: 0, rename: 0, beside: 0 };
  const deeds: Record<string, readonly string[]> = {
    alter: ['ALTER TABLE study FORCE, ALGORITHM = COPY, LOCK = EXCLUSIVE'],
    optimize: ['OPTIMIZE TABLE study'],
    rename: ['RENAME TABLE study TO study_away', 'RENAME TABLE study_away TO study'],
    beside: ['ALTER TABLE study_attempts FORCE, ALGORITHM = COPY, LOCK = EXCLUSIVE', 'OPTIMIZE TABLE study__steps'],
  };
  while (on())
    for (const [deed, statements] of Object.entries(deeds)) {
      for (const statement of statements) await connection.query(statement);
      made[deed] = (made[deed] ?? 0) + 1;
    }
  return made;
};
