import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Experimenter } from '../../../src/application/experimenter.ts';
import type { Row } from '../../../src/domain/values/column.ts';
import { ExperimentStatus } from '../../../src/domain/experiment/experiment.ts';
import { parseFilter } from '../../../src/domain/filter/parse-filter.ts';
import { onEveryDatabase, openPythonStudy, pythonStudies } from '../../support/python-places.ts';

/* PyExperimenter's methods, on studies that its own files describe. */

onEveryDatabase('PyExperimenter’s methods', (newPlace) => {
  const study = pythonStudies(newPlace);
  const six = { keyfields: { a: { type: 'INT', values: { start: 1, stop: 7 } } } };
  const statuses = async (experimenter: Experimenter) => (await experimenter.rows()).map(({ status }) => status);

  it('create_table: creates the tables and adds nothing', async () => {
    await using one = await study({ logtables: { l: { x: 'INT' } } });
    await one.experimenter.create();
    expect(await one.experimenter.rows()).toEqual([]);
    expect(await one.place.execute('SELECT COUNT(*) AS n FROM t__l')).toEqual([{ n: 0 }]);
  });

  it('the constructor: connects, and creates neither tables nor files', async () => {
    const place = await newPlace();
    await using one = await study({}, undefined, place);
    if (place.provider === 'sqlite') expect(existsSync(`${place.database}.db`)).toBe(false);
    else expect(await place.execute('SHOW TABLES')).toEqual([]);
    await one.experimenter.create();
    expect(await place.execute('SELECT COUNT(*) AS n FROM t')).toEqual([{ n: 0 }]);
  });

  it('ParameterCombinationError: what does not fit together is refused, naming row and key', async () => {
    await using one = await study({ keyfields: { a: { type: 'INT' }, b: { type: 'INT' } } });
    const fill = async (parameters: Record<string, number[]>, fixed: Row[]) =>
      one.experimenter.fillFromCombinations({ parameters, fixed });
    const refused = (message: RegExp) => ({ code: 'STUDY_INVALID', message: expect.stringMatching(message) as string });
    await expect(fill({ a: [1], b: [2] }, [{ a: 1 }])).rejects.toMatchObject(
      refused(/^a is both a parameter and in a fixed combination/),
    );
    await expect(fill({ a: [1] }, [{ b: 1 }, {}])).rejects.toMatchObject(
      refused(/^fixed combination 2: b is missing; the keyfields are a, b/),
    );
    await expect(fill({ a: [1], b: [1], c: [1] }, [])).rejects.toMatchObject(
      refused(/^parameters: c is not a keyfield/),
    );
  });

  it('drops and creates everything in one call', async () => {
    await using one = await study({ logtables: { l: { x: 'INT' } } }, (_, { log }) => log('l', { x: 1 }));
    await one.experimenter.run();
    await one.experimenter.recreate();
    expect(await one.experimenter.rows()).toEqual([]);
    expect(await Array.fromAsync(one.experimenter.logs('l'))).toEqual([]);
    expect(await one.experimenter.fillFromConfig()).toEqual({ added: 2, existing: 0 });
    expect((await one.experimenter.rows()).map(({ ID }) => ID)).toEqual([1, 2]);
  });

  it('fill_table_from_combination: the conditional grid of its example, in its order', async () => {
    const keyfields = {
      dataset: { type: 'VARCHAR(255)' },
      cross_validation_splits: { type: 'INT' },
      seed: { type: 'INT' },
      kernel: { type: 'VARCHAR(255)' },
      gamma: { type: 'DOUBLE' },
      degree: { type: 'DOUBLE' },
      coef0: { type: 'DOUBLE' },
    };
    const gammas = [0.1, 0.3];
    const none = { gamma: null, degree: null, coef0: null };
    const fixed: Row[] = gammas.map((gamma) => ({ ...none, kernel: 'rbf', gamma }));
    for (const gamma of gammas)
      for (const degree of [3, 4]) for (const coef0 of [0, 0.1]) fixed.push({ kernel: 'poly', gamma, degree, coef0 });
    fixed.push({ ...none, kernel: 'linear' });
    const parameters = { seed: ['1', '2', '3', '4', '5'], dataset: ['iris'], cross_validation_splits: ['5'] };
    await using one = await study({ keyfields });
    expect(await one.experimenter.fillFromCombinations({ parameters, fixed })).toEqual({ added: 55, existing: 0 });
    const rows = await one.experimenter.rows();
    expect(rows.slice(0, 11).map(({ seed, kernel }) => `${seed} ${kernel}`)).toEqual([
      ...new Array<string>(2).fill('1 rbf'),
      ...new Array<string>(8).fill('1 poly'),
      '1 linear',
    ]);
    expect(rows[11]).toMatchObject({ ID: 12, seed: 2, kernel: 'rbf', gamma: 0.1, degree: null });
    expect(rows[54]).toMatchObject({ ID: 55, seed: 5, kernel: 'linear', gamma: null });
    // Its own would add 55 more.
    expect(await one.experimenter.fillFromCombinations({ parameters, fixed })).toEqual({ added: 0, existing: 55 });
  });

  it('executes an array of ids, and nothing else', async () => {
    await using one = await study(six, () => ({ r: 1 }));
    await one.experimenter.fillFromConfig();
    const ids = [2, 3, 5];
    const selection = { ids: ids.map((id) => [id, id] as const) };
    expect(await one.experimenter.execute({ selection, workers: 2 })).toMatchObject({ executed: 3, done: 3 });
    expect(await statuses(one.experimenter)).toEqual(['created', 'done', 'done', 'created', 'done', 'created']);
    await expect(one.experimenter.execute({ selection })).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    const where = parseFilter('a >= 4', ['a']);
    expect(await one.experimenter.execute({ selection: { where }, maxExperiments: 1 })).toMatchObject({ done: 1 });
    expect(await one.experimenter.execute({ selection: { where } })).toMatchObject({ done: 1 });
    expect(await one.experimenter.execute({ selection: { where } })).toMatchObject({ executed: 0 });
    expect(await one.experimenter.counts()).toMatchObject({ created: 1, done: 5 });
  });

  it('executes a selection of thousands once each, also when several try', async () => {
    const keyfields = { a: { type: 'INT', values: { start: 0, stop: 3000 } } };
    await using one = await study({ keyfields });
    await using other = await study({ keyfields }, undefined, one.place);
    await one.experimenter.fillFromConfig();
    const where = parseFilter('a < 2500', ['a']);
    const ran = await Promise.all(
      [one, other].map(({ experimenter }) => experimenter.execute({ selection: { where }, workers: 4 })),
    );
    expect(ran.reduce((sum, { done }) => sum + done, 0)).toBe(2500);
    expect(await one.experimenter.counts()).toMatchObject({ created: 500, done: 2500, running: 0 });
  });

  it('unpause_experiment: one, several or all, by the same or another function', async () => {
    await using one = await study(six, ({ keyfields: { a } }) => (Number(a) > 4 ? undefined : ExperimentStatus.Paused));
    await one.experimenter.run();
    const [before] = await one.experimenter.rows();
    expect(await one.experimenter.resume(1, { experiment: () => ({ r: 1 }) })).toMatchObject({ done: 1 });
    const [after] = await one.experimenter.rows();
    expect(after).toMatchObject({ status: 'done', r: 1, start_date: before?.['start_date'] });
    const ids = [[2, 3]] as const;
    expect(await one.experimenter.resume({ ids }, { experiment: () => ({ r: 2 }), workers: 2 })).toMatchObject({
      executed: 2,
      done: 2,
    });
    expect(await one.experimenter.resume({})).toMatchObject({ executed: 1, paused: 1 });
    expect(await one.experimenter.resume({}, { experiment: () => ({ r: 3 }) })).toMatchObject({ done: 1 });
    expect((await one.experimenter.rows()).map(({ r }) => r)).toEqual([1, 2, 2, 3, null, null]);
    await expect(one.experimenter.resume(1)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    await expect(one.experimenter.resume({ ids })).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    await expect(one.experimenter.resume(99)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('attach: another process reports and logs for what runs here', async () => {
    const described = { logtables: { l: { x: 'INT' } } };
    await using other = await study(described);
    await using one = await study(
      described,
      async (_, { experimentId }) => {
        const attached = await other.experimenter.attach(experimentId);
        await attached.report({ r: 7 });
        await attached.log('l', [{ x: 1 }, { x: 2 }]);
        await attached.log('l', { x: 3 });
        await expect(attached.log('l', [{ x: 1 }, { y: 2 }])).rejects.toMatchObject({ code: 'FIELD_UNKNOWN' });
      },
      other.place,
    );
    expect(await one.experimenter.run()).toMatchObject({ done: 2 });
    expect((await one.experimenter.rows()).map(({ r }) => r)).toEqual([7, 7]);
    expect((await Array.fromAsync(one.experimenter.logs('l'))).map(({ x }) => x)).toEqual([1, 2, 3, 1, 2, 3]);
    await expect(other.experimenter.attach(1)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  });

  it('result_timestamps, name, and dates in local time', async () => {
    await using one = await study({ resultTimestamps: true }, () => ({ r: 1 }));
    const around = (): string => {
      const now = new Date();
      return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace('T', ' ');
    };
    const before = around();
    await one.experimenter.fillFromConfig();
    await one.experimenter.execute({ name: 'job-17' });
    const after = around();
    const [row] = await one.experimenter.rows();
    expect(row).toMatchObject({ name: 'job-17', status: 'done' });
    for (const column of ['creation_date', 'start_date', 'r_timestamp', 'end_date']) {
      const date = String(row?.[column]);
      expect(date).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
      expect(date >= before && date <= after, `${column} ${date} from ${before} to ${after}`).toBe(true);
    }
  });
});

onEveryDatabase('a table that PyExperimenter has made', (newPlace) => {
  it('is found filled: nothing is added to the grid, and its ids are those we would give', async () => {
    const place = await newPlace();
    const increment = place.provider === 'sqlite' ? 'AUTOINCREMENT' : 'AUTO_INCREMENT';
    const types = { t: 'VARCHAR(255)', b: 'bool', f: 'float', n: 'NUMERIC', i: 'int' };
    const declared = Object.entries(types).map(([name, type]) => `${name} ${type} DEFAULT NULL`);
    await place.execute(
      `CREATE TABLE t (ID INTEGER PRIMARY KEY ${increment}, ${declared.join(',')},creation_date DATETIME DEFAULT NULL,` +
        'status VARCHAR(255) DEFAULT NULL,start_date DATETIME DEFAULT NULL,name LONGTEXT DEFAULT NULL,machine VARCHAR(255) DEFAULT NULL,' +
        'r DOUBLE DEFAULT NULL,end_date DATETIME DEFAULT NULL,error LONGTEXT DEFAULT NULL);',
    );
    // What its fill of the lists below inserts, in numpy's order: i slowest, then n, f, t, and b fastest.
    const [one, two] = place.provider === 'sqlite' ? ["'1.0'", "'2.5'"] : ["'1'", "'2.5'"];
    const rows: string[] = [];
    for (const i of ["'7'", "'8'"])
      for (const n of [1, 2])
        for (const f of [0.1, 0.30000000000000004])
          for (const t of [one, two]) for (const b of [1, 0]) rows.push([t, b, f, n, i].join(', '));
    const values = rows.map((row) => `(${row}, '2026-01-01 00:00:00', 'created')`);
    await place.execute(`INSERT INTO t (t, b, f, n, i, creation_date, status) VALUES ${values.join(', ')}`);
    const lists = { t: [1, 2.5], b: [true, false], f: [0.1, 0.30000000000000004], n: [1, 2], i: ['7', '8'] };
    const keyfields = Object.fromEntries(
      Object.entries(types).map(([name, type]) => [name, { type, values: lists[name as keyof typeof lists] }]),
    );
    await using experimenter = await openPythonStudy(place, { keyfields }, () => ({ r: 1 }));
    expect(await experimenter.fillFromConfig()).toEqual({ added: 0, existing: 32 });
    const [other] = [await openPythonStudy(await newPlace(), { keyfields })];
    await other.fillFromConfig();
    const keys = async (each: Experimenter) => (await each.rows()).map(({ ID, t, b, n, i }) => [ID, t, b, n, i]);
    expect(await keys(experimenter)).toEqual(await keys(other));
    await other.close();
    expect(await experimenter.execute()).toMatchObject({ done: 32 });
  });

  it('with NUMERIC columns is taken where those keep fractions, and refused with the command where they do not', async () => {
    const place = await newPlace();
    const increment = place.provider === 'sqlite' ? 'AUTOINCREMENT' : 'AUTO_INCREMENT';
    await place.execute(
      `CREATE TABLE t (ID INTEGER PRIMARY KEY ${increment}, a int DEFAULT NULL,creation_date DATETIME DEFAULT NULL,` +
        'status VARCHAR(255) DEFAULT NULL,start_date DATETIME DEFAULT NULL,name LONGTEXT DEFAULT NULL,machine VARCHAR(255) DEFAULT NULL,' +
        'r NUMERIC DEFAULT NULL,end_date DATETIME DEFAULT NULL,error LONGTEXT DEFAULT NULL);',
    );
    await using experimenter = await openPythonStudy(place, { resultfields: { r: 'NUMERIC' } }, () => ({ r: 0.97 }));
    if (place.provider === 'sqlite') {
      expect(await experimenter.run()).toMatchObject({ done: 2 });
    } else {
      await expect(experimenter.run()).rejects.toThrow(
        'table t, column r: expected DOUBLE, found decimal(10,0); change the configuration back, or convert the column\n' +
          'To alter the columns, which shows what it would do and asks: "ts-experimenter fill --alter"',
      );
      await experimenter.alter(await experimenter.alterations());
      expect(await experimenter.run()).toMatchObject({ done: 2 });
    }
    expect((await experimenter.rows()).map(({ r }) => r)).toEqual([0.97, 0.97]);
  });
});
