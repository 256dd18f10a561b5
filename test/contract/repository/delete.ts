import { expect, it } from 'vitest';
import { parseFilter } from '../../../src/domain/filter/parse-filter.ts';
import { tableColumnNames } from '../../../src/domain/study/table-layout.ts';
import { ended, note, type OpenRepository, ref, Scene, seeds } from './scene.ts';

export const deleteContract = (open: OpenRepository): void => {
  it('deletes what is selected, with logs and history, and leaves alone what is under a lease', async () => {
    const scene = await Scene.of(6, open);
    const { repository } = scene;
    const [one, two, three] = await scene.claim(await scene.runner(), 3);
    if (!one || !two || !three) return expect.unreachable('six are open');
    await scene.write({ ...ref(one), logs: [note('one')] }, { ...ref(two), logs: [note('two')] });
    await scene.write(ended(one, 'done', { accuracy: 0.5 }), ended(two, 'error'));
    const where = parseFilter('accuracy < 1 or seed in (3, 5)', tableColumnNames(scene.study));
    expect(await repository.deleteExperiments({ where })).toEqual({ deleted: 2, leased: 1 });
    expect((await scene.list()).map(({ id }) => id)).toEqual([2, 3, 4, 6]);
    expect([await repository.find(1), await repository.attempts(1), await scene.logs('notes', 1)]).toEqual([
      undefined,
      [],
      [],
    ]);
    expect([(await repository.attempts(2)).length, (await scene.logs('notes')).length]).toEqual([1, 1]);
    expect(await repository.counts()).toEqual({ created: 2, running: 1, done: 0, error: 1, paused: 0 });
    expect(await repository.deleteExperiments({ where })).toEqual({ deleted: 0, leased: 1 });
    await scene.write(ended(three));
    expect(await repository.deleteExperiments({})).toEqual({ deleted: 4, leased: 0 });
    expect([await scene.list(), await scene.logs('notes')]).toEqual([[], []]);
  });

  it('lets a later fill bring them back, without a past', async () => {
    const scene = await Scene.of(3, open);
    const { repository } = scene;
    const runner = await scene.runner();
    await scene.write(ended(await scene.claimOnly(runner, 3)), ended(await scene.claimOnly(runner, 2)));
    expect(await repository.deleteExperiments({ statuses: ['done'] })).toEqual({ deleted: 2, leased: 0 });
    expect(await repository.fill(seeds(1, 3))).toEqual({ added: 2, existing: 1 });
    const back = await scene.list();
    expect(back.map(({ keyfields }) => Number(keyfields['seed'])).sort((a, b) => a - b)).toEqual([1, 2, 3]);
    expect(new Set(back.map(({ status }) => status))).toEqual(new Set(['created']));
    for (const { id } of back) expect(await repository.attempts(id)).toEqual([]);
    for (const claimed of await scene.claim(runner, 3)) {
      expect(claimed.number).toBe(1);
      await scene.write(ended(claimed));
    }
    expect((await repository.counts()).done).toBe(3);
  });

  it('deletes thousands', async () => {
    const scene = await Scene.of(2_500, open);
    const where = parseFilter('seed > 100', tableColumnNames(scene.study));
    expect(await scene.repository.deleteExperiments({ where, limit: 2_000 })).toEqual({ deleted: 2_000, leased: 0 });
    expect((await scene.list()).map(({ id }) => id).filter((id) => id > 100 && id <= 2_100)).toEqual([]);
    expect((await scene.repository.counts()).created).toBe(500);
  });
};
