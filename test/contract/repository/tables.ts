import { expect, it } from 'vitest';
import { note, type OpenRepository, Scene, ended, studyOf } from './scene.ts';

export const tablesContract = (open: OpenRepository): void => {
  it('has no tables before prepare, and says so', async () => {
    const { repository } = await Scene.open(open);
    expect(await repository.exists()).toBe(false);
    await expect(repository.counts()).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' });
    await expect(repository.fill([{ seed: 1 }])).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' });
    await repository.prepare();
    expect(await repository.exists()).toBe(true);
    expect(await repository.counts()).toEqual({ created: 0, running: 0, done: 0, error: 0, paused: 0 });
  });

  it('prepares any number of times, from many connections at once, and leaves alone what is there', async () => {
    const scene = await Scene.open(open);
    const others = [await scene.opened.another(), await scene.opened.another()];
    await Promise.all([scene.repository, ...others].map((repository) => repository.prepare()));
    await scene.repository.fill([{ seed: 1 }]);
    await others[0]?.prepare();
    expect(await others[1]?.counts()).toMatchObject({ created: 1 });
  });

  it('adds a keyfield that the study has gained, with its default in the rows there are', async () => {
    const study = studyOf({ keyfields: { seed: 'INT' } });
    const scene = await Scene.of(2, open, study);
    const grown = studyOf({ table: study.table, keyfields: { seed: 'INT', kernel: 'VARCHAR(20)' } });
    const repository = await scene.opened.another(grown);
    await expect(repository.prepare()).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' });
    expect((await scene.row(1)).keyfields).toEqual({ seed: 1 }); // nothing was changed
    await repository.prepare({ kernel: 'rbf' });
    expect((await repository.find(1))?.keyfields).toEqual({ seed: 1, kernel: 'rbf' });
    const rows = [1, 2, 3].map((seed) => ({ seed, kernel: 'rbf' }));
    expect(await repository.fill(rows)).toEqual({ added: 1, existing: 2 });
    await repository.prepare(); // what is there needs no default any more
  });

  it('adds resultfields, logtables and their columns that the study has gained', async () => {
    const study = studyOf({ resultfields: { accuracy: 'DOUBLE' }, logtables: { folds: { fold: 'INT' } } });
    const scene = await Scene.of(2, open, study);
    const runner = await scene.runner();
    await scene.write({
      ...ended(await scene.claimOne(runner), 'done', { accuracy: 0.5 }),
      logs: [{ logtable: 'folds', row: { fold: 1 }, date: new Date() }],
    });
    const grown = studyOf({
      table: study.table,
      resultfields: { accuracy: 'DOUBLE', loss: 'DOUBLE' },
      logtables: { folds: { fold: 'INT', seconds: 'DOUBLE' }, notes: { text: 'LONGTEXT' } },
    });
    const repository = await scene.opened.another(grown);
    expect(await repository.exists()).toBe(true);
    await repository.prepare();
    expect((await repository.find(1))?.results).toEqual({ accuracy: 0.5, loss: null });
    const [claimed] = (await repository.claim({ runnerId: runner, count: 1 })) ?? [];
    if (!claimed) expect.unreachable('experiment 2 is open');
    const date = new Date();
    const logs = [
      { logtable: 'folds', row: { fold: 2, seconds: 0.25 }, date },
      { logtable: 'notes', row: { text: 'new' }, date },
    ];
    expect(await repository.record([{ ...ended(claimed, 'done', { loss: 2 }), logs }])).toEqual({
      lost: [],
      refused: [],
    });
    expect((await repository.find(2))?.results).toEqual({ accuracy: null, loss: 2 });
    expect(await Array.fromAsync(repository.logs('folds'))).toMatchObject([
      { experiment_id: 1, fold: 1, seconds: null },
      { experiment_id: 2, fold: 2, seconds: 0.25 },
    ]);
    expect(await Array.fromAsync(repository.logs('notes'))).toMatchObject([{ experiment_id: 2, text: 'new' }]);
  });

  it('refuses tables with keyfields that are not in the study and columns of other types, and changes nothing', async () => {
    const fields = { keyfields: { seed: 'INT', kernel: 'VARCHAR(20)' }, resultfields: { accuracy: 'DOUBLE' } };
    const study = studyOf(fields);
    const scene = await Scene.open(open, study);
    await scene.repository.prepare();
    await scene.repository.fill([{ seed: 1, kernel: 'rbf' }]);
    const changes = [
      { keyfields: { seed: 'DOUBLE', kernel: 'VARCHAR(20)' } },
      { keyfields: { seed: 'INT' } },
      { resultfields: { accuracy: 'BIGINT' } },
    ];
    for (const change of changes) {
      const other = await scene.opened.another(studyOf({ table: study.table, ...fields, ...change }));
      expect(await other.exists(), JSON.stringify(change)).toBe(true);
      await expect(other.verify(), JSON.stringify(change)).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' });
      await expect(other.prepare(), JSON.stringify(change)).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' });
    }
    await scene.repository.prepare();
    expect((await scene.row(1)).keyfields).toEqual({ seed: 1, kernel: 'rbf' });
  });

  it('is worked on by configurations of different ages, each of which reads and writes what it knows', async () => {
    const older = studyOf({ resultfields: { accuracy: 'DOUBLE' }, logtables: { notes: { text: 'LONGTEXT' } } });
    const newer = studyOf({
      table: older.table,
      resultfields: { loss: 'DOUBLE', accuracy: 'DOUBLE' },
      resultTimestamps: true,
      logtables: { notes: { text: 'LONGTEXT', step: 'INT' }, trace: { step: 'INT' } },
    });
    const scene = await Scene.open(open, newer);
    await scene.repository.prepare();
    const old = await scene.opened.another(older);
    await old.verify();
    await old.prepare();
    expect(await old.fill([{ seed: 1 }, { seed: 2 }])).toEqual({ added: 2, existing: 0 });
    await scene.repository.prepare();
    const runner = await scene.runner();
    const [first, second] = (await scene.repository.claim({ runnerId: runner, count: 2 })) ?? [];
    if (!first || !second) expect.unreachable('two are open');
    const log = (row: object) => [{ logtable: 'notes', row: { ...row }, date: new Date() }];
    const wrote = { lost: [], refused: [] };
    expect(await old.record([{ ...ended(first, 'done', { accuracy: 1 }), logs: log({ text: 'old' }) }])).toEqual(wrote);
    expect(
      await scene.repository.record([
        { ...ended(second, 'done', { accuracy: 2, loss: 3 }), logs: log({ text: 'new', step: 4 }) },
      ]),
    ).toEqual(wrote);
    expect((await scene.row(1)).results).toMatchObject({ accuracy: 1, loss: null });
    expect((await scene.row(2)).results).toMatchObject({ accuracy: 2, loss: 3 });
    expect((await old.find(2))?.results).toMatchObject({ accuracy: 2 });
    expect((await scene.logs('notes')).map(({ text, step }) => [text, step])).toEqual([
      ['old', null],
      ['new', 4],
    ]);
    // What the older one begins again has nothing left of what it does not know.
    expect(await old.reset({ ids: [[2, 2]] })).toEqual({ reset: 1, leased: 0 });
    expect((await scene.row(2)).results).toMatchObject({ accuracy: null, loss: null });
  });

  it('drops everything, any number of times, and begins anew', async () => {
    const scene = await Scene.of(3, open);
    const runner = await scene.runner();
    const [one] = await scene.claim(runner, 2);
    if (one) await scene.write({ ...ended(one), logs: [note('gone')] });
    await scene.repository.drop();
    await scene.repository.drop();
    expect(await scene.repository.exists()).toBe(false);
    await scene.repository.prepare();
    expect(await scene.list()).toEqual([]);
    expect(await scene.logs('notes')).toEqual([]);
    expect(await scene.repository.leases()).toEqual([]);
    expect(await scene.repository.runners()).toEqual([]);
    expect(await scene.repository.attempts(1)).toEqual([]);
    expect(await scene.repository.heartbeat(runner, 60)).toBe(false);
  });

  it('takes names that need quoting, everywhere', async () => {
    const names = ['order', 'group by', 'a"b', "c'd", 'e`f', '%s', 'größe', ':x'];
    const columns = Object.fromEntries(names.map((name) => [name, 'INT']));
    const study = studyOf({
      keyfields: columns,
      resultfields: Object.fromEntries(names.map((name) => [`r ${name}`, 'INT'])),
      logtables: { select: columns, 'l"o`g': columns },
    });
    const scene = await Scene.open(open, { ...study, table: `${study.table} "select" \`x\`` });
    await scene.repository.prepare();
    const keyfields = Object.fromEntries(names.map((name, index) => [name, index]));
    const results = Object.fromEntries(names.map((name, index) => [`r ${name}`, index + 10]));
    expect(await scene.repository.fill([keyfields])).toEqual({ added: 1, existing: 0 });
    const claimed = await scene.claimOne(await scene.runner());
    expect(claimed.keyfields).toEqual(keyfields);
    const logs = ['select', 'l"o`g'].map((logtable) => ({ logtable, row: keyfields, date: new Date() }));
    await scene.write({ ...ended(claimed, 'done', results), logs });
    expect((await scene.row(1)).results).toEqual(results);
    expect(await scene.list({ where: { kind: 'compare', field: 'r order', comparison: '=', value: 10 } })).toHaveLength(
      1,
    );
    expect(await scene.logs('l"o`g')).toMatchObject([keyfields]);
    expect(await scene.repository.reset({})).toEqual({ reset: 1, leased: 0 });
    await scene.repository.drop();
    expect(await scene.repository.exists()).toBe(false);
  });
};
