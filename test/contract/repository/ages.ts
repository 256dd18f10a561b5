import { expect, it } from 'vitest';
import type { Row } from '../../../src/domain/values/column.ts';
import type { AttemptOutcome } from '../../../src/domain/experiment/attempt.ts';
import type { ExperimentRepository } from '../../../src/domain/repository/experiment-repository.ts';
import { ended, note, type OpenRepository, ref, Scene, studyOf } from './scene.ts';

/**
 * A runner at work keeps the configuration that it began with. Another may have added fields and logtables since; what
 * its attempts said there must not stay beside what an attempt of the older one says.
 */
export const agesContract = (open: OpenRepository): void => {
  const twoAges = async () => {
    const scene = await Scene.of(2, open, studyOf({ resultTimestamps: true }));
    const older = scene.repository;
    const newer = await scene.opened.another(
      studyOf({
        table: scene.study.table,
        keyfields: { seed: 'INT', kind: 'VARCHAR(20)' },
        resultfields: { accuracy: 'DOUBLE', fresh: 'INT', comment: 'LONGTEXT', size: 'BIGINT', matrix: 'JSON' },
        resultTimestamps: true,
        logtables: { notes: { text: 'LONGTEXT' }, trace: { step: 'INT' } },
      }),
    );
    await newer.prepare({ kind: 'plain' });
    const traces = async () => Array.fromAsync(newer.logs('trace'));
    const results = async (id: number): Promise<Row | undefined> => (await newer.find(id))?.results;
    /** An attempt of the newer configuration says everything, and ends so; without an end its runner dies. */
    const report = async (id: number, outcome?: Exclude<AttemptOutcome, 'lost' | 'released'>) => {
      const runner = await scene.runner();
      const [claimed] =
        (await newer.claim({ runnerId: runner, count: 1, only: { ids: [id], status: 'created' } })) ?? [];
      if (!claimed) return expect.unreachable(`experiment ${id} is not open`);
      const said = {
        results: { accuracy: 1, fresh: 7 },
        logs: [note('newer'), { logtable: 'trace', row: { step: 1 }, date: new Date() }],
      };
      expect(await newer.record([{ ...(outcome ? ended(claimed, outcome) : ref(claimed)), ...said }])).toMatchObject({ lost: [] }); // prettier-ignore
      expect(await results(id)).toMatchObject({ fresh: 7, fresh_timestamp: expect.any(String) });
      if (outcome) return;
      await scene.die(runner);
      await older.reap(3);
    };
    return { scene, older, newer, traces, results, report };
  };
  const claimOld = async (scene: Scene, older: ExperimentRepository, id: number) => {
    const [claimed] = (await older.claim({ runnerId: await scene.runner(), count: 1, only: { ids: [id], status: 'created' } })) ?? []; // prettier-ignore
    return claimed ?? expect.unreachable(`experiment ${id} is not open`);
  };
  const nothing = { fresh: null, fresh_timestamp: null };

  it('a claim leaves nothing of an earlier attempt in fields and logtables that its runner does not know', async () => {
    const { scene, older, newer, traces, results, report } = await twoAges();
    await report(1);
    await report(2);
    const claimed = await claimOld(scene, older, 1);
    expect(await results(1)).toMatchObject({ accuracy: null, ...nothing });
    expect(await traces()).toMatchObject([{ experiment_id: 2 }]);
    await scene.write({ ...ended(claimed, 'done', { accuracy: 0.5 }), logs: [note('older')] });
    expect(await newer.find(1)).toMatchObject({
      status: 'done',
      keyfields: { seed: 1, kind: 'plain' },
      results: { accuracy: 0.5, ...nothing },
    });
    expect((await scene.logs('notes', 1)).map(({ text }) => text)).toEqual(['older']);
    expect(await results(2)).toMatchObject({ fresh: 7 });
  });

  it('a reset and the claim after it do not either', async () => {
    const { scene, older, newer, traces, results, report } = await twoAges();
    await report(1, 'done');
    expect(await older.reset({ ids: [[1, 1]] })).toEqual({ reset: 1, leased: 0 });
    expect(await results(1)).toMatchObject({ accuracy: null, ...nothing });
    expect(await newer.find(1)).toMatchObject({ keyfields: { seed: 1, kind: 'plain' } });
    await claimOld(scene, older, 1);
    expect(await traces()).toEqual([]);
  });

  it('what a paused experiment had there survives a resuming runner that does not know it', async () => {
    const { scene, older, traces, results, report } = await twoAges();
    await report(1, 'paused');
    const before = await results(1);
    const runnerId = await scene.runner();
    const only = { ids: [1], status: 'paused' } as const;
    const [resumed] = (await older.claim({ runnerId, count: 1, only })) ?? [];
    if (!resumed) return expect.unreachable('experiment 1 is not paused');
    await scene.write({ ...ref(resumed), results: { accuracy: 0.1 }, logs: [note('older')] });
    await scene.die(runnerId);
    expect(await older.reap(3)).toMatchObject([{ status: 'paused' }]);
    expect(await results(1)).toEqual(before);
    expect(await traces()).toHaveLength(1);
    expect((await scene.logs('notes')).map(({ text }) => text)).toEqual(['newer']);
  });

  it('deleted experiments leave no log rows there', async () => {
    const { older, traces, report } = await twoAges();
    await report(1, 'done');
    expect(await older.deleteExperiments({ ids: [[1, 1]] })).toEqual({ deleted: 1, leased: 0 });
    expect(await traces()).toEqual([]);
  });
};
