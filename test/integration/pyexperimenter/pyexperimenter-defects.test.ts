import { expect, it } from 'vitest';
import type { Experimenter } from '../../../src/application/experimenter.ts';
import type { Row } from '../../../src/domain/values/column.ts';
import type { ExperimentFunction } from '../../../src/domain/experiment/experiment-function.ts';
import { ExperimentStatus } from '../../../src/domain/experiment/experiment.ts';
import { onEveryDatabase, openPythonStudy, pythonStudies } from '../../support/python-places.ts';

/* PyExperimenter 1.4.2's known defects, by their number, and what happens here instead. */

onEveryDatabase('PyExperimenter’s defects', (newPlace) => {
  const study = pythonStudies(newPlace);
  const twoKeys = { keyfields: { a: { type: 'INT' }, b: { type: 'INT' } } };
  const columns = async (experimenter: Experimenter, ...names: readonly string[]) =>
    (await experimenter.rows()).map((row) => names.map((name) => row[name]));

  it('D1: a file without n_jobs runs, with one worker', async () => {
    await using one = await study({ root: { n_jobs: undefined } });
    expect(await one.experimenter.run()).toMatchObject({ added: 2, done: 2 });
  });

  it('D3: rows whose keys are in another order are stored under the right names', async () => {
    await using one = await study(twoKeys);
    await one.experimenter.fillWithRows([
      { a: 1, b: 2 },
      { b: 30, a: 40 },
    ]);
    expect(await columns(one.experimenter, 'a', 'b')).toEqual([
      [1, 2],
      [40, 30],
    ]);
  });

  it('D3: unknown and missing keys are refused, naming row and key, before anything is added', async () => {
    await using one = await study(twoKeys);
    const refused = one.experimenter.fillWithRows([
      { a: 1, b: 2 },
      { a: 3, c: 4 },
    ]);
    await expect(refused).rejects.toThrow('row 2: c is not a keyfield, b is missing; the keyfields are a, b');
    const unknown = one.experimenter.fillFromCombinations({ parameters: { a: [1], bb: [1] }, fixed: [{ b: 1 }] });
    await expect(unknown).rejects.toThrow('parameters: bb is not a keyfield (did you mean b?); the keyfields are a, b');
    expect(await one.experimenter.exists()).toBe(false);
  });

  it('D4: one call adds no combination twice, nor do calls at once', async () => {
    await using one = await study(twoKeys);
    const row = { a: 1, b: 2 };
    expect(await one.experimenter.fillWithRows([row, row, { b: 2, a: 1 }])).toEqual({ added: 1, existing: 2 });
    await using other = await study(twoKeys, undefined, one.place);
    const rows = Array.from({ length: 200 }, (_, a) => ({ a, b: 2 }));
    const filled = await Promise.all([one, other].map(({ experimenter }) => experimenter.fillWithRows(rows)));
    expect(filled.reduce((sum, { added }) => sum + added, 0)).toBe(199);
    expect(await one.experimenter.counts()).toMatchObject({ created: 200 });
  });

  it('D5: values that the column cannot tell apart are one, also when filled again', async () => {
    const values = {
      i: { type: 'INT', values: ['1', '2'] },
      t: { type: 'VARCHAR(255)', values: [true, 1.5] },
      f: { type: 'FLOAT', values: [0.123456789, 1e-7] },
      n: { type: 'NUMERIC', values: [1, 1.5, 2, 2.5] },
      z: { type: 'INT', values: [null] },
    };
    await using one = await study({ keyfields: values });
    expect(await one.experimenter.fillFromConfig()).toEqual({ added: 32, existing: 0 });
    expect(await one.experimenter.fillFromConfig()).toEqual({ added: 0, existing: 32 });
    const stored = new Set((await one.experimenter.rows()).map(({ n }) => n));
    expect([...stored]).toEqual([1, 1.5, 2, 2.5]);
    expect(await one.experimenter.fillWithRows([{ i: 1, t: '1.0', f: 0.123456789, n: '1.50', z: null }])).toEqual({
      added: one.place.provider === 'sqlite' ? 0 : 1, // numpy makes True and 1.5 two floats, and MySQL writes 1 as 1
      existing: one.place.provider === 'sqlite' ? 1 : 0,
    });
  });

  it('D5: a result in a DECIMAL column is what was reported, or is refused', async () => {
    await using one = await study({ resultfields: { r: 'DECIMAL', d: 'DECIMAL(10,0)' } }, () => ({ r: 0.97 }));
    await one.experimenter.run();
    expect(await columns(one.experimenter, 'r', 'status')).toEqual([
      [0.97, 'done'],
      [0.97, 'done'],
    ]);
    await one.experimenter.reset({});
    await one.experimenter.execute({ experiment: () => ({ d: 0.97 }) });
    const [first] = await one.experimenter.rows();
    expect(first).toMatchObject({ status: 'error', d: null });
    expect(first?.['error']).toContain('d (DECIMAL(10,0)) cannot hold 0.97 (number): DECIMAL(10,0) would round it');
  });

  it('D6: adding what exists is an error, what is added starts now, and the caller’s object stays as it is', async () => {
    const given: Row[] = [];
    await using one = await study(twoKeys, ({ keyfields }) => void given.push(keyfields));
    const keyfields = Object.freeze({ a: 1, b: 2 });
    expect(await one.experimenter.addAndExecute(keyfields)).toMatchObject({ executed: 1, done: 1 });
    await expect(one.experimenter.addAndExecute(keyfields)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    expect(given).toEqual([{ a: 1, b: 2 }]);
    const [row] = await one.experimenter.rows();
    expect(row).toMatchObject({ ID: 1, status: 'done', start_date: expect.stringMatching(/^\d{4}-/) });
  });

  it('D8: more wanted than open is no error', async () => {
    await using one = await study();
    await one.experimenter.fillFromConfig();
    expect(await one.experimenter.execute({ maxExperiments: 50 })).toMatchObject({ executed: 2, done: 2 });
    expect(await one.experimenter.execute({ maxExperiments: 0 })).toMatchObject({ executed: 0 });
  });

  it('D9: log rows may be used again, several at once, and an unknown logtable is named', async () => {
    const row = Object.freeze({ loss: 0.5 });
    await using one = await study({ logtables: { losses: { loss: 'DOUBLE' } } }, (_, { log }) => {
      for (let epoch = 0; epoch < 3; epoch += 1) log('losses', row);
      log('losses', [row, { loss: 0.25 }, {}]);
      expect(() => log('loses', row)).toThrow('loses is not a logtable of the study; there are: losses');
      expect(() => log('losses', [row, { los: 1 }])).toThrow('los is not a column of logtable losses');
    });
    await one.experimenter.fillWithRows([{ a: 1 }]);
    await one.experimenter.execute();
    expect(await one.experimenter.rows()).toMatchObject([{ status: 'done', error: null }]);
    const logged = await Array.fromAsync(one.experimenter.logs('losses'));
    expect(logged.map(({ loss }) => loss)).toEqual([0.5, 0.5, 0.5, 0.5, 0.25, null]);
  });

  it('D10: a reset keeps ids and history, takes several states, and leaves what runs alone', async () => {
    let failing = true;
    const experiment: ExperimentFunction = ({ keyfields }, { log }) => {
      log('l', { x: 1 });
      if (failing && keyfields['a'] === 2) throw new Error('not yet');
      return keyfields['a'] === 3 ? ExperimentStatus.Paused : { r: 1 };
    };
    const keyfields = { a: { type: 'INT', values: [1, 2, 3, 4] } };
    await using one = await study({ keyfields, logtables: { l: { x: 'INT' } } }, experiment);
    await one.experimenter.run();
    expect(await one.experimenter.counts()).toMatchObject({ done: 2, error: 1, paused: 1 });
    expect(await one.experimenter.reset({ statuses: ['error', 'paused'] })).toEqual({ reset: 2, leased: 0 });
    expect(await columns(one.experimenter, 'ID', 'a', 'status')).toEqual([
      [1, 1, 'done'],
      [2, 2, 'created'],
      [3, 3, 'created'],
      [4, 4, 'done'],
    ]);
    expect((await one.experimenter.show(2)).attempts).toMatchObject([{ outcome: 'error', superseded: true }]);
    failing = false;
    let during: object | undefined;
    await one.experimenter.execute({
      experiment: async ({ keyfields: { a } }) => {
        if (a === 2) during = await one.experimenter.reset({ statuses: ['running'] });
        return { r: 7 };
      },
    });
    expect(during).toMatchObject({ reset: 0 });
    expect(await columns(one.experimenter, 'r', 'status')).toEqual([[1, 'done'], [7, 'done'], [7, 'done'], [1, 'done']]); // prettier-ignore
    // Log rows are those of the attempt that stands: none is an orphan of a row that was deleted.
    const logs = await Array.fromAsync(one.experimenter.logs('l'));
    expect(logs.map(({ experiment_id: id }) => id)).toEqual([1, 4]);
  });

  it('D12: a paused experiment is continued by one of those who try', async () => {
    await using one = await study({}, () => ExperimentStatus.Paused);
    await using other = await study({}, undefined, one.place);
    await one.experimenter.run();
    let executed = 0;
    const experiment: ExperimentFunction = () => {
      executed += 1;
    };
    const tried = await Promise.allSettled([one, other].map((each) => each.experimenter.resume(1, { experiment })));
    expect(tried.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(executed).toBe(1);
  });

  it('D13: numbers, lists and objects come back as they were; what no column holds is refused by name', async () => {
    const results: Row = { i: 2n ** 62n, list: [1, [2], { three: 'ü' }], text: 'x'.repeat(100_000) };
    const types = { i: 'BIGINT', list: 'JSON', text: 'LONGTEXT', r: 'DOUBLE' };
    await using one = await study({ resultfields: types }, ({ keyfields }) =>
      keyfields['a'] === 1 ? results : { r: NaN },
    );
    await one.experimenter.run();
    const [first, second] = await one.experimenter.rows();
    expect(first).toMatchObject({ ...results, status: 'done' });
    expect(second).toMatchObject({ r: null, status: 'error' });
    expect(second?.['error']).toContain('r (DOUBLE) cannot hold NaN');
  });

  it('D14: reserved words are names like any other, and those of fixed columns are refused', async () => {
    const keyfields = { order: { type: 'INT', values: [1] }, 'group by': { type: 'VARCHAR(9)', values: ["'; --"] } };
    await using one = await study({ table: 'select', keyfields, resultfields: { key: 'INT' } }, () => ({ key: 3 }));
    expect(await one.experimenter.run()).toMatchObject({ done: 1 });
    expect(await columns(one.experimenter, 'order', 'group by', 'key')).toEqual([[1, "'; --", 3]]);
    for (const name of ['status', 'name', 'machine', 'error', 'creation_date', 'start_date', 'end_date', 'id']) {
      const refused = study({ keyfields: { [name]: { type: 'INT', values: [1] } } }, undefined, one.place);
      await expect(refused).rejects.toThrow(new RegExp(`the name ${name} is taken by a column`));
    }
  });

  it('D15: another table name is also that of the logtables, and deleting drops nobody else’s', async () => {
    const logtables = { l: { x: 'INT' } };
    const experiment: ExperimentFunction = (_, { log }) => log('l', { x: 1 });
    await using one = await study({ logtables }, experiment);
    const other = await openPythonStudy(one.place, { logtables }, experiment, { set: ['table.name=other'] });
    await one.experimenter.run();
    await other.run();
    expect(await one.place.execute('SELECT COUNT(*) AS n FROM other__l')).toEqual([{ n: 2 }]);
    await other.delete();
    await other.close();
    expect(await Array.fromAsync(one.experimenter.logs('l'))).toHaveLength(2);
    await expect(one.place.execute('SELECT * FROM other__l')).rejects.toThrow();
  });

  it('D16: what the configuration gains later is added, what it loses is left alone, and other types are refused with the command', async () => {
    await using before = await study({ resultfields: { r: 'DOUBLE' }, logtables: { l: { x: 'INT' } } }, () => ({
      r: 1,
    }));
    const { place } = before;
    await before.experimenter.run();
    const grown = {
      resultfields: { r: 'DOUBLE', s: 'INT' },
      logtables: { l: { x: 'INT', y: 'INT' }, m: { z: 'INT' } },
    };
    await using after = await study(
      grown,
      (_, { log }) => (log('m', { z: 1 }), log('l', { x: 1, y: 2 }), { s: 2 }),
      place,
    );
    await after.experimenter.create();
    await after.experimenter.reset({ ids: [[2, 2]] });
    await after.experimenter.execute();
    expect(await columns(after.experimenter, 'r', 's')).toEqual([[1, null], [null, 2]]); // prettier-ignore
    expect(await Array.fromAsync(after.experimenter.logs('m'))).toMatchObject([{ experiment_id: 2, z: 1 }]);
    expect(await Array.fromAsync(after.experimenter.logs('l'))).toMatchObject([{ experiment_id: 2, x: 1, y: 2 }]);
    const lost = { resultfields: { r: 'INT' }, logtables: { l: { x: 'INT' }, m: { z: 'INT' } } };
    await using smaller = await study(lost, undefined, place);
    const message = await smaller.experimenter.create().then(() => '', (error: unknown) => (error as Error).message); // prettier-ignore
    expect(message).toMatch(/^table t, column r: expected INT, found double; .*\n.* "ts-experimenter fill --alter"$/i);
    // A logtable that the configuration has forgotten goes with the study, instead of making that fail.
    await using forgetful = await study({ resultfields: grown.resultfields }, undefined, place);
    await forgetful.experimenter.delete();
    await expect(place.execute('SELECT * FROM t__m')).rejects.toThrow();
    expect(await forgetful.experimenter.exists()).toBe(false);
  });

  it('D16: an underscore in a name is an underscore', async () => {
    await using one = await study({ table: 'axb' });
    await one.experimenter.create();
    await using other = await study({ table: 'a_b' }, undefined, one.place);
    expect(await other.experimenter.exists()).toBe(false);
    expect(await other.experimenter.run()).toMatchObject({ added: 2, done: 2 });
    expect(await one.experimenter.counts()).toMatchObject({ created: 0, done: 0 });
  });

  it('D17: the port of the server is configurable', async () => {
    const place = await newPlace();
    if (place.provider === 'sqlite') return;
    await using one = await study({}, undefined, place); // its credentials file names the port
    expect(await one.experimenter.exists()).toBe(false);
    const elsewhere = openPythonStudy(place, {}, undefined, { set: ['database.port=1'] });
    await expect(elsewhere).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringContaining(':1'),
    });
  });

  it('D19: n_jobs -1 uses every core, and 0 is refused', async () => {
    await using one = await study({ root: { n_jobs: -1 } });
    expect(await one.experimenter.run()).toMatchObject({ done: 2 });
    await expect(study({ root: { n_jobs: 0 } })).rejects.toThrow('PY_EXPERIMENTER.n_jobs: found 0; allowed "auto" or');
  });
});
