import { describe, expect, it } from 'vitest';
import { newId } from '../../../src/application/ports/new-id.ts';
import type { Row } from '../../../src/domain/values/column.ts';
import type { StudyDefinition } from '../../../src/domain/study/study-definition.ts';
import { defineStudy, type StudyInput } from '../../../src/domain/study/define-study.ts';
import type { SqlRepository } from '../../../src/infrastructure/database/sql-repository.ts';
import { describeOnMysql, uniqueName } from '../../support/databases.ts';
import { emissionsOf } from '../../support/emissions.ts';
import { mysqlPlace, sqlitePlace, type StudyPlace } from '../../support/study-places.ts';

const studyOf = (input: Partial<StudyInput> = {}): StudyDefinition =>
  defineStudy({
    table: uniqueName(),
    keyfields: { value: 'INT', exponent: 'INT' },
    resultfields: { sin: 'DOUBLE', cos: 'DOUBLE' },
    ...input,
  });

/** The very statement that PyExperimenter makes. */
const pythonEmissions = (table: string, increment: string): string => {
  const columns =
    'codecarbon_timestamp DATETIME ,project_name VARCHAR(255),run_id VARCHAR(255),duration_seconds DOUBLE,emissions_kg DOUBLE,' +
    'emissions_rate_kg_sec DOUBLE,cpu_power_watt DOUBLE,gpu_power_watt DOUBLE,ram_power_watt DOUBLE,cpu_energy_kw DOUBLE,' +
    'gpu_energy_kw DOUBLE,ram_energy_kw DOUBLE,energy_consumed_kw DOUBLE,country_name VARCHAR(255),country_iso_code VARCHAR(255),' +
    'region VARCHAR(255),cloud_provider VARCHAR(255),cloud_region VARCHAR(255),os VARCHAR(255),python_version VARCHAR(255),' +
    'codecarbon_version VARCHAR(255),cpu_count DOUBLE,cpu_model VARCHAR(255),gpu_count DOUBLE,gpu_model VARCHAR(255),' +
    'longitude VARCHAR(255),latitude VARCHAR(255),ram_total_size DOUBLE,tracking_mode VARCHAR(255),on_cloud VARCHAR(255),' +
    'power_usage_efficiency DOUBLE,offline_mode BOOL';
  const nullable = columns.replaceAll(/,(?=[a-z])/g, ' DEFAULT NULL,');
  return (
    `CREATE TABLE ${table}_codecarbon (ID INTEGER PRIMARY KEY ${increment}, experiment_id INTEGER, ${nullable} DEFAULT NULL, ` +
    `FOREIGN KEY (experiment_id) REFERENCES ${table}(ID) ON DELETE CASCADE)`
  );
};

const suite = (place: StudyPlace): void => {
  const { open } = place;
  const registered = async (repository: SqlRepository): Promise<string> => {
    const id = newId();
    await repository.register({ id, name: 'n', host: 'h', pid: 1, workers: 1, version: '0' }, 60);
    return id;
  };
  const increment = place.name === 'sqlite' ? 'AUTOINCREMENT' : 'AUTO_INCREMENT';
  /** The very statement that PyExperimenter makes. */
  const pythonTable = (table: string, real = 'DOUBLE') =>
    `CREATE TABLE ${table} (ID INTEGER PRIMARY KEY ${increment}, value int DEFAULT NULL,exponent int DEFAULT NULL,creation_date DATETIME DEFAULT NULL,` +
    `status VARCHAR(255) DEFAULT NULL,start_date DATETIME DEFAULT NULL,name LONGTEXT DEFAULT NULL,machine VARCHAR(255) DEFAULT NULL,` +
    `sin ${real} DEFAULT NULL,cos ${real} DEFAULT NULL,end_date DATETIME DEFAULT NULL,error LONGTEXT DEFAULT NULL)`;
  const columnsOf = async (table: string): Promise<string[]> =>
    place.name === 'sqlite'
      ? (await place.execute(`SELECT name FROM pragma_table_info('${table}')`)).map(({ name }) => String(name))
      : (await place.execute(`SHOW COLUMNS FROM ${table}`)).map(({ Field }) => String(Field));

  it("makes exactly PyExperimenter's columns, in its order", async () => {
    const study = studyOf({ resultTimestamps: true, logtables: { l: { a: 'INT' } } });
    await (await open(study)).prepare();
    expect(await columnsOf(study.table)).toEqual([
      'ID', 'value', 'exponent', 'creation_date', 'status', 'start_date', 'name', 'machine',
      'sin', 'sin_timestamp', 'cos', 'cos_timestamp', 'end_date', 'error',
    ]); // prettier-ignore
    expect(await columnsOf(`${study.table}__l`)).toEqual(['ID', 'experiment_id', 'timestamp', 'a']);
  });

  it('takes over a table that PyExperimenter has made and filled, adding nothing to it but indexes', async () => {
    const study = studyOf({ resultfields: { sin: 'FLOAT', cos: 'FLOAT' } });
    await place.execute(pythonTable(study.table, 'FLOAT'));
    const row = (value: number, status: string) =>
      place.execute(
        `INSERT INTO ${study.table} (value, exponent, creation_date, status) VALUES (${value}, NULL, '2026-01-01 00:00:00', '${status}')`,
      );
    await row(1, 'created');
    await row(2, 'running');
    await row(3, 'done');
    const before = await columnsOf(study.table);
    const repository = await open(study);
    expect(await repository.exists()).toBe(true);
    await repository.prepare();
    expect(await columnsOf(study.table)).toEqual(before);
    expect(await repository.fill([1, 2, 3, 4].map((value) => ({ value, exponent: null })))).toEqual({
      added: 1,
      existing: 3,
    });
    const runnerId = await registered(repository);
    expect((await repository.claim({ runnerId, count: 9 }))?.map(({ experimentId }) => experimentId)).toEqual([1, 4]);
    // running without a lease is somebody else's: neither claimed nor recovered
    expect(await repository.reap(3)).toEqual([]);
    expect(await repository.counts()).toMatchObject({ running: 3, done: 1 });
  });

  it('adds what our own tables have gained since an earlier version made them', async () => {
    const study = studyOf();
    const repository = await open(study);
    await repository.prepare();
    const before = await columnsOf(`${study.table}_leases`);
    await place.execute(`ALTER TABLE ${study.table}_leases DROP COLUMN resumed_from`);
    await repository.prepare();
    expect((await columnsOf(`${study.table}_leases`)).toSorted()).toEqual(before.toSorted());
    await repository.fill([{ value: 1, exponent: 1 }]);
    expect(await repository.claim({ runnerId: await registered(repository), count: 1 })).toHaveLength(1);
  });

  it("makes PyExperimenter's table of emissions only when told to, and takes over one that it has made", async () => {
    const study = studyOf({ resultfields: { sin: 'FLOAT', cos: 'FLOAT' } });
    const table = `${study.table}_codecarbon`;
    const silent = await open(study);
    await silent.prepare();
    await expect(columnsOf(table).then((names) => names.length || Promise.reject(new Error('none')))).rejects.toThrow();
    const told = await open({ ...study, emissions: true });
    await told.prepare();
    const made = await columnsOf(table);
    await place.execute(`DROP TABLE ${table}`);
    await place.execute(pythonEmissions(study.table, increment));
    expect(await columnsOf(table)).toEqual(made);
    expect(made).toHaveLength(34);
    await place.execute(
      `INSERT INTO ${table} (experiment_id, codecarbon_version, offline_mode) VALUES (NULL, '2.4.2', 0)`,
    );
    await told.prepare();
    await told.fill([{ value: 1, exponent: 1 }]);
    const [claimed] = (await told.claim({ runnerId: await registered(told), count: 1 })) ?? [];
    if (!claimed) expect.unreachable('one is open');
    const { experimentId, attemptId } = claimed;
    const [startedAt, endedAt] = ['2026-01-01 00:00:00.000', '2026-01-01 00:00:01.000'];
    const end = { outcome: 'done', status: 'done', error: null, startedAt, endedAt } as const;
    await told.record([{ experimentId, attemptId, end: { ...end, emissions: emissionsOf(attemptId) } }]);
    expect(await Array.fromAsync(silent.emissions())).toEqual([
      expect.objectContaining({ experiment_id: null, codecarbon_version: '2.4.2', offline_mode: false, run_id: null }),
      expect.objectContaining({
        ...emissionsOf(attemptId),
        ID: 2,
        experiment_id: 1,
        codecarbon_timestamp: '2026-01-01 00:00:01',
      }),
    ]);
  });

  it('loses the emissions of an experiment with its row, as PyExperimenter has it, and drops their table first', async () => {
    const study = studyOf({ emissions: true });
    const repository = await open(study);
    await repository.prepare();
    await repository.fill([{ value: 1, exponent: 1 }]);
    await place.execute(`INSERT INTO ${study.table}_codecarbon (experiment_id) VALUES (1)`);
    await place.execute(`DELETE FROM ${study.table} WHERE ID = 1`);
    expect(await Array.fromAsync(repository.emissions())).toEqual([]);
    await (await open({ ...study, emissions: false })).drop();
    expect(await repository.exists()).toBe(false);
  });

  it('says exactly what differs, and the command that mends it', async () => {
    const study = studyOf();
    await (await open(study)).prepare();
    const differing = await open(
      studyOf({ table: study.table, keyfields: { value: 'BIGINT' }, resultfields: { sin: 'DOUBLE', tan: 'DOUBLE' } }),
    );
    const error: unknown = await differing.prepare().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'SCHEMA_MISMATCH' });
    const lines = (error as Error).message.split('\n');
    expect(lines).toHaveLength(3);
    expect(lines.find((line) => line.includes('column exponent:'))).toMatch(
      /it tells experiments apart, .* or remove it with all its values \(--drop exponent\)$/,
    );
    expect(lines.find((line) => line.includes('column value:'))).toMatch(/expected BIGINT, found int/i);
    expect(lines[2]).toMatch(/: "ts-experimenter fill --alter --drop exponent"$/);
    expect(await columnsOf(study.table)).not.toContain('tan');
  });

  it('works on a table with columns that it does not know, and clears those that can be results', async () => {
    const study = studyOf();
    const repository = await open(study);
    await repository.prepare();
    const last = place.name === 'sqlite' ? '' : ' AFTER sin';
    for (const column of [`note VARCHAR(20) NOT NULL DEFAULT 'a NOT NULL'`, 'tan DOUBLE DEFAULT NULL'])
      await place.execute(`ALTER TABLE ${study.table} ADD COLUMN ${column}${last}`);
    await repository.prepare();
    await repository.fill([{ value: 1, exponent: 1 }]);
    const runnerId = await registered(repository);
    for (const _time of [1, 2]) {
      await place.execute(`UPDATE ${study.table} SET note = 'kept', tan = 1`);
      expect(await repository.reset({})).toEqual({ reset: 1, leased: 0 });
      expect(await place.execute(`SELECT note, tan FROM ${study.table}`)).toEqual([{ note: 'kept', tan: null }]);
      const [claimed] = (await repository.claim({ runnerId, count: 1 })) ?? [];
      if (!claimed) expect.unreachable('it is open');
      await repository.release([claimed], 'a test');
    }
  });

  it('refuses a column that it does not know without which no row can be added, and says how to remove it', async () => {
    const study = studyOf({ logtables: { l: { a: 'INT' } } });
    await place.execute(
      pythonTable(study.table).replace('sin ', 'must INT NOT NULL, has INT NOT NULL DEFAULT 1, sin '),
    );
    await place.execute(
      `CREATE TABLE ${study.table}__l (ID INTEGER PRIMARY KEY ${increment}, experiment_id INTEGER, timestamp DATETIME, ` +
        `a INT, must INT NOT NULL, FOREIGN KEY (experiment_id) REFERENCES ${study.table}(ID) ON DELETE CASCADE)`,
    );
    const error: unknown = await (await open(study)).prepare().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'SCHEMA_MISMATCH' });
    const lines = (error as Error).message.split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[2]).toMatch(/: "ts-experimenter fill --alter --drop must"$/);
    for (const [at, table] of [study.table, `${study.table}__l`].entries()) {
      expect(lines[at]).toMatch(new RegExp(`^table ${table}, column must: it has no default, .* \\(--drop must\\)$`));
    }
  });

  it.each(['', '_runners', '_leases', '_attempts', '_fills', '_grids', '__log'])(
    "refuses somebody else's table under the name of ours (%s), and leaves it alone",
    async (suffix) => {
      const study = studyOf({ logtables: { log: { a: 'INT' } } });
      await place.execute(`CREATE TABLE ${study.table}${suffix} (id INT, whatever INT)`);
      const repository = await open(study);
      await expect(repository.prepare()).rejects.toMatchObject({
        code: 'SCHEMA_MISMATCH',
        message: expect.stringContaining(`table ${study.table}${suffix} exists`),
      });
      expect(await columnsOf(`${study.table}${suffix}`)).toEqual(['id', 'whatever']);
    },
  );

  it('refuses to begin beside the history of a table that somebody has dropped, until it is deleted', async () => {
    const study = studyOf({ logtables: { log: { a: 'INT' } } });
    const repository = await open(study);
    await repository.prepare();
    await repository.fill([{ value: 1, exponent: 1 }]);
    const [claimed] = (await repository.claim({ runnerId: await registered(repository), count: 1 })) ?? [];
    if (!claimed) expect.unreachable('one is open');
    const at = '2026-01-01 00:00:00.000';
    const { experimentId, attemptId } = claimed;
    const end = { outcome: 'done' as const, status: 'done' as const, error: null, startedAt: at, endedAt: at };
    await repository.record([
      { experimentId, attemptId, end, logs: [{ logtable: 'log', row: { a: 1 }, date: new Date() }] },
    ]);
    await place.execute(`DROP TABLE ${study.table}__log`);
    await place.execute(`DROP TABLE ${study.table}`);
    await expect(repository.prepare()).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringContaining(
        `table ${study.table} is not there, but tables beside it hold rows: ${study.table}_runners, ${study.table}_attempts. `,
      ) as string,
    });
    expect(await repository.attempts(1)).toHaveLength(1);
    const left = ['runners', 'leases', 'attempts', 'fills', 'grids'].map((what) => `${study.table}_${what}`);
    expect(await repository.tables()).toEqual({ own: left, others: [], rows: new Map() });
    expect(await repository.drop(left)).toEqual(left);
    await repository.prepare();
    await repository.fill([{ value: 1, exponent: 1 }]);
    expect(await repository.attempts(1)).toEqual([]);
    const [again] = (await repository.claim({ runnerId: await registered(repository), count: 1 })) ?? [];
    expect(again).toMatchObject({ experimentId: 1, number: 1 });
  });

  it('survives what others do to rows under a lease: reset by hand, deleted', async () => {
    const study = studyOf();
    const repository = await open(study);
    await repository.prepare();
    await repository.fill([1, 2, 3].map((value) => ({ value, exponent: 0 })));
    const runnerId = await registered(repository);
    const [one, two] = (await repository.claim({ runnerId, count: 2 })) ?? [];
    if (!one || !two) expect.unreachable('three are open');
    await place.execute(`UPDATE ${study.table} SET status = 'created' WHERE ID = 1`);
    await place.execute(`DELETE FROM ${study.table} WHERE ID = 2`);
    // the lease still stands: nobody else gets it, and everybody gets the rest
    expect((await repository.claim({ runnerId, count: 9 }))?.map(({ experimentId }) => experimentId)).toEqual([3]);
    expect(await repository.claim({ runnerId, count: 9 })).toEqual([]);
    const at = '2026-01-01 00:00:00.000';
    const end = { outcome: 'done' as const, status: 'done' as const, error: null, startedAt: at, endedAt: at };
    const writes = [one, two].map(({ experimentId, attemptId }) => ({ experimentId, attemptId, end }));
    expect(await repository.record(writes)).toEqual({ lost: [two.attemptId], refused: [] });
    expect(await repository.find(1)).toMatchObject({ status: 'done' });
    expect((await repository.leases()).map(({ experimentId }) => experimentId)).toEqual([3]);
    // done, and opened again by hand: the next attempt counts anew
    await place.execute(`UPDATE ${study.table} SET status = 'created' WHERE ID = 1`);
    const [again] = (await repository.claim({ runnerId, count: 1 })) ?? [];
    if (!again) expect.unreachable('it is open again');
    expect(await repository.record([{ experimentId: 1, attemptId: again.attemptId, end }])).toEqual({
      lost: [],
      refused: [],
    });
    expect((await repository.attempts(1)).map(({ superseded }) => superseded)).toEqual([true, false]);
  });

  it('lets the database itself refuse a second result', async () => {
    const study = studyOf();
    const repository = await open(study);
    await repository.prepare();
    await repository.fill([{ value: 1, exponent: 0 }]);
    const runnerId = await registered(repository);
    await repository.claim({ runnerId, count: 1 });
    const forged = (number: number) =>
      place.execute(
        `INSERT INTO ${study.table}_attempts (experiment_id, number, attempt_id, runner_id, started_at, ended_at, outcome, superseded, done_id)
         VALUES (1, ${number}, '${newId()}', '${runnerId}', '2026-01-01', '2026-01-01', 'done', 0, 1)`,
      );
    await forged(7);
    await expect(forged(8)).rejects.toThrow(/unique|duplicate/i);
    const [lease] = await repository.leases();
    const at = '2026-01-01 00:00:00.000';
    const end = { outcome: 'done' as const, status: 'done' as const, error: null, startedAt: at, endedAt: at };
    const { refused } = await repository.record([
      { experimentId: 1, attemptId: lease?.attemptId ?? '', results: { sin: 2 }, end },
    ]);
    expect(refused).toHaveLength(1);
    expect(await repository.find(1)).toMatchObject({ status: 'running', results: { sin: null } });
  });

  it('gives 100,000 random doubles back bit by bit', async () => {
    const study = studyOf({ keyfields: { seed: 'INT', real: 'DOUBLE' }, resultfields: {} });
    const repository = await open(study);
    await repository.prepare();
    const bits = new DataView(new ArrayBuffer(8));
    const random = (seed: number): number => {
      if (seed % 3 === 0) return Math.random() * 100;
      for (;;) {
        bits.setUint32(0, Math.random() * 2 ** 32);
        bits.setUint32(4, Math.random() * 2 ** 32);
        if (Number.isFinite(bits.getFloat64(0))) return bits.getFloat64(0);
      }
    };
    const numbers = Array.from({ length: 100_000 }, (_, seed) => random(seed));
    function* rows(): Iterable<Row> {
      for (const [seed, real] of numbers.entries()) yield { seed, real };
    }
    expect(await repository.fill(rows())).toEqual({ added: 100_000, existing: 0 });
    let wrong = 0;
    for await (const { keyfields } of repository.list())
      if (!Object.is(keyfields['real'], numbers[Number(keyfields['seed'])])) wrong += 1;
    expect(wrong).toBe(0);
    expect(await repository.fill(rows())).toEqual({ added: 0, existing: 100_000 });
  });
};

describe('tables on sqlite', () => {
  suite(sqlitePlace());
});

describeOnMysql('tables', (server) => {
  suite(mysqlPlace(server));
});
