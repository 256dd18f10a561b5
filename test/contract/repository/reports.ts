import { expect, it } from 'vitest';
import { DATE, ended, note, NOTED, type OpenRepository, ref, Scene, studyOf } from './scene.ts';

export const reportsContract = (open: OpenRepository): void => {
  it('appends log rows in their order, while it runs and with the end, and none of a lost attempt', async () => {
    const scene = await Scene.of(
      2,
      open,
      studyOf({ logtables: { notes: { text: 'LONGTEXT' }, folds: { fold: 'INT', accuracy: 'DOUBLE' } } }),
    );
    const [one, two] = await scene.claim(await scene.runner(), 2);
    if (!one || !two) expect.unreachable('two are open');
    await scene.write({
      ...ref(one),
      logs: [note('1'), { logtable: 'folds', row: { fold: 1, accuracy: 0.5 }, date: NOTED }, note('2')],
    });
    await scene.write({ ...ref(two), logs: [note('other')] });
    await scene.write({
      ...ended(one),
      logs: [note('3'), { logtable: 'folds', row: { fold: 2 }, date: NOTED }, note('4')],
    });
    await scene.repository.release([ref(two)], 'taken away');
    expect((await scene.repository.record([{ ...ended(two), logs: [note('late')] }])).lost).toEqual([two.attemptId]);
    expect((await scene.logs('notes', 1)).map(({ text }) => text)).toEqual(['1', '2', '3', '4']);
    const all = await scene.logs('notes');
    expect(all.map(({ text }) => text)).toEqual(['1', '2', 'other', '3', '4']);
    expect(all[0]).toEqual({ ID: expect.any(Number), experiment_id: 1, timestamp: '2026-03-04 05:06:07', text: '1' });
    expect(all.map(({ ID }) => Number(ID))).toEqual(all.map(({ ID }) => Number(ID)).sort((a, b) => a - b));
    expect(await scene.logs('folds')).toMatchObject([
      { fold: 1, accuracy: 0.5 },
      { fold: 2, accuracy: null },
    ]);
    await expect(scene.logs('nowhere')).rejects.toMatchObject({ code: 'FIELD_UNKNOWN' });
  });

  it('dates each result that is written, where the study wants it', async () => {
    const scene = await Scene.of(
      1,
      open,
      studyOf({ resultTimestamps: true, resultfields: { a: 'INT', b: 'INT' }, logtables: {} }),
    );
    expect((await scene.row(1)).results).toEqual({ a: null, a_timestamp: null, b: null, b_timestamp: null });
    const claimed = await scene.claimOne(await scene.runner());
    await scene.write({ ...ref(claimed), results: { b: 1 } });
    expect((await scene.row(1)).results).toEqual({
      a: null,
      a_timestamp: null,
      b: 1,
      b_timestamp: expect.stringMatching(DATE),
    });
    await scene.write(ended(claimed, 'done', { a: 2 }));
    const { results } = await scene.row(1);
    expect(Object.entries(results)).toEqual([
      ['a', 2],
      ['a_timestamp', expect.stringMatching(DATE)],
      ['b', 1],
      ['b_timestamp', expect.stringMatching(DATE)],
    ]);
    await scene.repository.reset({});
    expect((await scene.row(1)).results).toEqual({ a: null, a_timestamp: null, b: null, b_timestamp: null });
  });

  it('shows progress at the lease', async () => {
    const scene = await Scene.of(1, open);
    const claimed = await scene.claimOne(await scene.runner());
    await scene.write({ ...ref(claimed), progress: '0.25' });
    expect(await scene.repository.leases()).toMatchObject([{ progress: '0.25' }]);
    await scene.write({ ...ref(claimed), progress: '{"epoch":3,"of":"ten \u{1f600}"}' });
    await scene.write({ ...ref(claimed), results: { accuracy: 1 } });
    expect(await scene.repository.leases()).toMatchObject([{ progress: '{"epoch":3,"of":"ten \u{1f600}"}' }]);
    await scene.write({ ...ended(claimed), progress: '1' });
    expect(await scene.repository.leases()).toEqual([]);
  });
};
