import { expect, it } from 'vitest';
import { ExperimentStatus } from '../../../src/domain/experiment/experiment.ts';
import { parseFilter } from '../../../src/domain/filter/parse-filter.ts';
import { onEveryDatabase, openPythonStudy, type PythonPlace, type PythonStudy } from '../../support/python-places.ts';

/* What stands in the columns of PyExperimenter's tables, whoever has made them. */

/** The table as PyExperimenter makes it. */
const pythonTable = async (place: PythonPlace, { keyfields = {}, resultfields = {} }: PythonStudy): Promise<void> => {
  const increment = place.provider === 'sqlite' ? 'AUTOINCREMENT' : 'AUTO_INCREMENT';
  const columns = [
    ...Object.entries(keyfields).map(([name, { type }]) => `${name} ${type}`),
    ...[
      'creation_date DATETIME',
      'status VARCHAR(255)',
      'start_date DATETIME',
      'name LONGTEXT',
      'machine VARCHAR(255)',
    ],
    ...Object.entries(resultfields).map(([name, type]) => `${name} ${type}`),
    ...['end_date DATETIME', 'error LONGTEXT'],
  ];
  const declared = columns.map((column) => `${column} DEFAULT NULL`).join(', ');
  await place.execute(`CREATE TABLE t (ID INTEGER PRIMARY KEY ${increment}, ${declared})`);
};

onEveryDatabase('the columns of PyExperimenter’s tables', (newPlace) => {
  it('FLOAT is declared as there, and 0.1 is 0.1', async () => {
    const place = await newPlace();
    const study = { keyfields: { f: { type: 'FLOAT', values: [0.1, 0.25] } }, resultfields: { r: 'FLOAT' } };
    const given: unknown[] = [];
    await using experimenter = await openPythonStudy(place, study, ({ keyfields: { f } }) => {
      given.push(f);
      return { r: f ?? null };
    });
    expect(await experimenter.fillFromConfig()).toEqual({ added: 2, existing: 0 });
    expect(await experimenter.fillFromConfig()).toEqual({ added: 0, existing: 2 });
    await experimenter.run();
    expect(given).toEqual([0.1, 0.25]);
    expect((await experimenter.rows()).map(({ f, r }) => [f, r])).toEqual([
      [0.1, 0.1],
      [0.25, 0.25],
    ]);
    expect(await experimenter.rows({ where: parseFilter('f = 0.1 and r <= 0.1', ['f', 'r']) })).toHaveLength(1);
    const declared =
      place.provider === 'sqlite'
        ? "SELECT type AS t FROM pragma_table_info('t') WHERE name = 'f'"
        : "SELECT COLUMN_TYPE AS t FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 't' AND COLUMN_NAME = 'f'";
    expect(String((await place.execute(declared))[0]?.['t']).toUpperCase()).toBe('FLOAT');
  });

  it('the function is given numbers for DECIMAL, texts for DATETIME, and truths for BOOL', async () => {
    const keyfields = {
      n: { type: 'DECIMAL(6,2)', values: [1.25] },
      d: { type: 'DATETIME', values: ['2026-01-01 12:30:00'] },
      b: { type: 'BOOL', values: [true] },
    };
    const given: unknown[] = [];
    await using experimenter = await openPythonStudy(await newPlace(), { keyfields }, (input) => {
      given.push(input.keyfields);
    });
    await experimenter.run();
    expect(given).toEqual([{ n: 1.25, d: '2026-01-01 12:30:00', b: true }]);
  });

  it('name is PyExperimenter, and error is NULL where the function returns ERROR', async () => {
    await using experimenter = await openPythonStudy(await newPlace(), {}, () => ExperimentStatus.Error);
    await experimenter.run();
    const rows = await experimenter.rows();
    expect(rows.map(({ name, status, error }) => [name, status, error])).toEqual([
      ['PyExperimenter', 'error', null],
      ['PyExperimenter', 'error', null],
    ]);
    expect((await experimenter.errors()).groups).toMatchObject([{ message: '', count: 2 }]);
  });

  it('ids have no holes, also after a fill and beside PyExperimenter', async () => {
    const place = await newPlace();
    const keyfields = { a: { type: 'INT', values: { start: 0, stop: 5000 } } };
    await using experimenter = await openPythonStudy(place, { keyfields });
    expect(await experimenter.fillFromConfig()).toEqual({ added: 5000, existing: 0 });
    await place.execute("INSERT INTO t (a, status) VALUES (9000, 'created')");
    const more = [1, ...Array.from({ length: 77 }, (_, index) => 9001 + index)];
    expect(await experimenter.fillWithRows(more.map((a) => ({ a })))).toEqual({ added: 77, existing: 1 });
    await place.execute("INSERT INTO t (a, status) VALUES (9078, 'created')");
    const rows = await experimenter.rows();
    expect(rows.map(({ ID }) => ID)).toEqual(Array.from({ length: 5079 }, (_, index) => index + 1));
    expect(rows.map(({ a }) => a).slice(4999)).toEqual(
      Array.from({ length: 80 }, (_, index) => (index === 0 ? 4999 : 8999 + index)),
    );
  });

  it('a DATETIME is one moment, however PyExperimenter has stored it', async () => {
    const place = await newPlace();
    const written = ['2026-01-01', '2026-01-02T00:00:00', '2026-01-03 12:30', '2026-01-04 12:30:15'];
    const study = { keyfields: { d: { type: 'DATETIME', values: [...written, null] } } };
    await pythonTable(place, study);
    for (const moment of [...written.map((text) => `'${text}'`), 'NULL'])
      await place.execute(`INSERT INTO t (d, status) VALUES (${moment}, 'created')`);
    await using experimenter = await openPythonStudy(place, { ...study, resultfields: {} });
    expect(await experimenter.fillFromConfig()).toEqual({ added: 0, existing: 5 });
    expect(await experimenter.fillWithRows([{ d: '2026-01-01T00:00:00' }, { d: '2026-01-05' }])).toEqual({
      added: 1,
      existing: 1,
    });
  });

  it('JSON is one value, whatever the order of its keys', async () => {
    await using experimenter = await openPythonStudy(await newPlace(), { keyfields: { c: { type: 'JSON' } } });
    const fill = async (c: object) => experimenter.fillWithRows([{ c: c as never }]);
    expect(await fill({ lr: 0.1, layers: [{ b: 1, a: 2 }] })).toEqual({ added: 1, existing: 0 });
    expect(await fill({ layers: [{ a: 2, b: 1 }], lr: 0.1 })).toEqual({ added: 0, existing: 1 });
    expect(await fill({ layers: [{ a: 2, b: 2 }], lr: 0.1 })).toEqual({ added: 1, existing: 0 });
  });

  it('tracebacks are told by their last line', async () => {
    const place = await newPlace();
    await using experimenter = await openPythonStudy(place);
    await experimenter.fillFromConfig();
    for (const line of [10, 20])
      await place.execute(
        `INSERT INTO t (a, status, error) VALUES (${line}, 'error', 'Traceback (most recent call last):\n  File "run.py", line ${line}, in run\nValueError: no such seed\n')`.replaceAll(
          '\n',
          place.provider === 'sqlite' ? "' || char(10) || '" : '\\n',
        ),
      );
    expect((await experimenter.status()).errors).toMatchObject([{ message: 'ValueError: no such seed', count: 2 }]);
    const { groups } = await experimenter.errors();
    expect(groups).toMatchObject([
      { message: 'ValueError: no such seed', example: 'ValueError: no such seed', count: 2 },
    ]);
  });

  it('numpy’s numbers, which are BLOBs on SQLite, are numbers', async ({ skip }) => {
    const place = await newPlace();
    skip(place.provider !== 'sqlite', 'PyMySQL writes numbers');
    const study = {
      keyfields: { a: { type: 'INT' } },
      resultfields: { i: 'INT', r: 'DOUBLE', b: 'BOOLEAN', t: 'VARCHAR(9)' },
    };
    await pythonTable(place, study);
    const blobs = "x'2a00000000000000', x'cdcccc3d', x'01'"; // int64 42, float32 0.1, bool True
    await place.execute(`INSERT INTO t (a, status, i, r, b, t) VALUES (x'0700000000000000', 'done', ${blobs}, 'x')`);
    await place.execute("INSERT INTO t (a, status, i, r) VALUES (8, 'done', x'feffffff', x'0300000000000000')");
    await using experimenter = await openPythonStudy(place, study);
    expect(await experimenter.rows()).toMatchObject([
      { a: 7, i: 42, r: 0.1, b: true, t: 'x' },
      { a: 8, i: -2, r: 3, b: null, t: null },
    ]);
  });

  it('a type that only SQLite takes is no obstacle', async ({ skip }) => {
    const place = await newPlace();
    skip(place.provider !== 'sqlite', 'MySQL refuses it');
    const study = {
      keyfields: { k: { type: 'STRING', values: ['a', '5'] }, l: { type: 'LONG', values: [1, 2] } },
      resultfields: { r: 'OBJECT' },
    };
    await pythonTable(place, study);
    await place.execute("INSERT INTO t (k, l, status) VALUES ('a', 1, 'created'), ('5', 1, 'created')");
    await using experimenter = await openPythonStudy(place, study, ({ keyfields: { k, l } }) => ({ r: `${k} ${l}` }));
    expect(await experimenter.fillFromConfig()).toEqual({ added: 2, existing: 2 });
    await experimenter.run();
    expect((await experimenter.rows()).map(({ r }) => r)).toEqual(['a 1', '5 1', 'a 2', '5 2']);
  });
});
