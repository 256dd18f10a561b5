import { expect, it } from 'vitest';
import type { AttemptRef } from '../../../src/domain/experiment/attempt.ts';
import type { AttemptEnd } from '../../../src/domain/repository/runner-protocol.ts';
import { emissionsOf } from '../../support/emissions.ts';
import { endOf, type OpenRepository, ref, Scene, studyOf } from './scene.ts';

const consumed = (of: AttemptRef, outcome: AttemptEnd['outcome'] = 'done', more: Partial<AttemptEnd> = {}) => ({
  ...ref(of),
  end: { ...endOf(outcome, outcome === 'done' ? null : 'failed'), emissions: emissionsOf(of.attemptId), ...more },
});

const rowsOf = async ({ repository }: Pick<Scene, 'repository'>, id?: number) =>
  Array.fromAsync(repository.emissions(id));

export const emissionsContract = (open: OpenRepository): void => {
  it('keeps one row for each attempt, as it was given, under the end of the attempt', async () => {
    const scene = await Scene.of(2, open, studyOf({ emissions: true }));
    const runner = await scene.runner();
    const [one, two] = [await scene.claimOne(runner), await scene.claimOne(runner)];
    await scene.write(consumed(one), consumed(two, 'timeout'));
    const rows = await rowsOf(scene);
    expect(rows).toEqual(
      [one, two].map(({ experimentId, attemptId }, index) => ({
        ID: index + 1,
        experiment_id: experimentId,
        codecarbon_timestamp: '2026-01-02 03:04:06',
        ...emissionsOf(attemptId),
      })),
    );
    expect(Object.keys(rows[0] ?? {})).toHaveLength(34);
    expect(await rowsOf(scene, 2)).toEqual(rows.slice(1));
  });

  it('adds a row for each try and for each resumption', async () => {
    const scene = await Scene.of(1, open, studyOf({ emissions: true }));
    const runner = await scene.runner();
    const first = await scene.claimOne(runner);
    const second = { ...first, attemptId: first.attemptId.replace(/.$/, (last) => (last === '0' ? '1' : '0')) };
    await scene.write(consumed(first, 'error', { retryAs: second.attemptId }));
    await scene.write(consumed(second, 'paused'));
    const third = await scene.claimOnly(runner, 1, 'paused');
    await scene.write(consumed(third));
    const ids = (await rowsOf(scene, 1)).map((row) => row['run_id']);
    expect(ids).toEqual([first, second, third].map(({ attemptId }) => attemptId));
  });

  it('writes nothing of an attempt that has lost its lease, and nothing twice', async () => {
    const scene = await Scene.of(2, open, studyOf({ emissions: true }));
    const runner = await scene.runner();
    const [one, two] = [await scene.claimOne(runner), await scene.claimOne(runner)];
    await scene.repository.release([ref(one)], 'test');
    const write = consumed(two);
    await scene.write(write);
    expect(await scene.repository.record([consumed(one), write])).toEqual({ lost: [one.attemptId], refused: [] });
    expect(await rowsOf(scene)).toMatchObject([{ run_id: two.attemptId }]);
  });

  it('keeps what was consumed when its experiment is reset', async () => {
    const scene = await Scene.of(1, open, studyOf({ emissions: true }));
    const runner = await scene.runner();
    await scene.write(consumed(await scene.claimOne(runner)));
    await scene.repository.reset({});
    await scene.write(consumed(await scene.claimOne(runner)));
    expect(await rowsOf(scene)).toHaveLength(2);
  });

  it('begins to record when the study is told to, and can be read by one that is not', async () => {
    const silent = studyOf();
    const scene = await Scene.of(2, open, silent);
    const runner = await scene.runner();
    await scene.write(consumed(await scene.claimOne(runner)));
    expect(await rowsOf(scene)).toEqual([]);
    const told = await scene.opened.another({ ...silent, emissions: true });
    expect(await told.exists()).toBe(true);
    await told.prepare();
    const [claimed] = (await told.claim({ runnerId: runner, count: 1 })) ?? [];
    if (!claimed) expect.unreachable('experiment 2 is open');
    expect(await told.record([consumed(claimed)])).toEqual({ lost: [], refused: [] });
    await scene.repository.prepare();
    expect(await rowsOf(scene)).toEqual(await rowsOf({ repository: told }));
    expect(await rowsOf(scene)).toHaveLength(1);
    await scene.repository.drop();
    await told.prepare();
    expect(await rowsOf({ repository: told })).toEqual([]);
  });

  it('has nothing to tell where there are no tables', async () => {
    expect(await rowsOf(await Scene.open(open, studyOf({ emissions: true })))).toEqual([]);
  });
};
