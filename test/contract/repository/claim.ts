import { expect, it } from 'vitest';
import { newId } from '../../../src/application/ports/new-id.ts';
import type { ExperimentRepository } from '../../../src/domain/repository/experiment-repository.ts';
import type { Claimed } from '../../../src/domain/repository/runner-protocol.ts';
import { DATE, ended, INSTANT, type OpenRepository, ref, Scene } from './scene.ts';

const ids = (claimed: readonly Claimed[] | undefined) => claimed?.map(({ experimentId }) => experimentId);

export const claimContract = (open: OpenRepository): void => {
  it('claims the lowest ids, as many as asked or as there are', async () => {
    const scene = await Scene.of(5, open);
    const runner = await scene.runner({ name: 'tester', host: 'node-7' });
    const claimed = await scene.claim(runner, 2);
    expect(claimed).toEqual([
      { experimentId: 1, attemptId: expect.any(String), number: 1, keyfields: { seed: 1 } },
      { experimentId: 2, attemptId: expect.any(String), number: 1, keyfields: { seed: 2 } },
    ]);
    expect(new Set(claimed.map(({ attemptId }) => attemptId)).size).toBe(2);
    expect(await scene.row(1)).toMatchObject({
      status: 'running',
      name: 'tester',
      machine: 'node-7',
      startDate: expect.stringMatching(DATE),
      endDate: null,
    });
    expect((await scene.row(3)).status).toBe('created');
    expect(await scene.repository.leases(runner)).toEqual(
      claimed.map((one) => ({
        ...ref(one),
        number: 1,
        runnerId: runner,
        claimedAt: expect.stringMatching(INSTANT),
        progress: null,
      })),
    );
    expect(ids(await scene.claim(await scene.runner(), 1))).toEqual([3]);
    expect(ids(await scene.claim(runner, 10))).toEqual([4, 5]);
    expect(await scene.claim(runner, 10)).toEqual([]);
    expect(await scene.repository.attempts(1)).toEqual([]);
  });

  it('finds what was given back, wherever it is', async () => {
    const scene = await Scene.of(6, open);
    const runner = await scene.runner();
    const claimed = await scene.claim(runner, 5);
    await scene.repository.release(
      [claimed[1], claimed[3]].flatMap((one) => (one ? [ref(one)] : [])),
      'not now',
    );
    expect(ids(await scene.claim(runner, 6))?.sort()).toEqual([2, 4, 6]);
  });

  it('passes over what has cost too many attempts, if asked to, and finds what lies behind', async () => {
    const scene = await Scene.of(6, open);
    for (const id of [1, 1, 2, 4, 4, 4]) await scene.lose(id, 9);
    const runner = await scene.runner();
    const claim = async (count: number, maxLosses?: number) =>
      ids(await scene.repository.claim({ runnerId: runner, count, ...(maxLosses !== undefined && { maxLosses }) }));
    expect(await claim(1, 0)).toEqual([3]);
    expect(await claim(9, 1)).toEqual([2, 5, 6]);
    expect(await claim(9, 1)).toEqual([]);
    expect(await claim(1, 2)).toEqual([1]);
    await scene.repository.reset({ ids: [[4, 4]] }); // superseded losses count no more
    expect(await claim(9, 0)).toEqual([4]);
    expect(await claim(9)).toEqual([]);
  });

  it('claims in random order: not the lowest, each once, all of them', async () => {
    const scene = await Scene.of(60, open);
    const runner = await scene.runner();
    const found: number[] = [];
    for (;;) {
      const claimed =
        ids(await scene.repository.claim({ runnerId: runner, count: found.length < 12 ? 1 : 6, order: 'random' })) ??
        [];
      found.push(...claimed);
      if (claimed.length === 0) break;
    }
    expect(found.slice(0, 12)).not.toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(found.sort((one, other) => one - other)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  });

  it('never gives an experiment to two of many who claim at once', async () => {
    const scene = await Scene.of(200, open);
    const others = await Promise.all([scene.opened.another(), scene.opened.another(), scene.opened.another()]);
    const claimAll = async (repository: ExperimentRepository, turn: number): Promise<number[]> => {
      const runnerId = await scene.runner();
      const mine: number[] = [];
      for (let idle = 0; idle < 3;) {
        const count = 1 + ((turn + mine.length) % 7);
        const claimed = ids(await repository.claim({ runnerId, count, order: turn % 2 === 0 ? 'id' : 'random' })) ?? [];
        mine.push(...claimed);
        // rows that others have locked at this moment are passed over
        idle = claimed.length === 0 ? idle + 1 : 0;
      }
      const leases = await repository.leases(runnerId);
      expect(new Set(leases.map(({ experimentId }) => experimentId))).toEqual(new Set(mine));
      expect(leases).toHaveLength(mine.length);
      return mine;
    };
    const all = await Promise.all([scene.repository, ...others].map(claimAll));
    expect(all.flat().sort((one, other) => one - other)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
    expect(await scene.repository.counts()).toMatchObject({ created: 0, running: 200 });
  });

  it('answers undefined to a runner that is not active, and claims nothing', async () => {
    const scene = await Scene.of(3, open);
    const { repository } = scene;
    const [draining, gone, dead] = [await scene.runner(), await scene.runner(), await scene.runner()];
    await repository.drain(draining);
    await repository.deregister(gone);
    await scene.die(dead);
    for (const runnerId of [draining, gone, dead, newId()]) {
      expect(await repository.claim({ runnerId, count: 1 })).toBeUndefined();
      expect(await repository.claim({ runnerId, count: 1, only: { ids: [1], status: 'created' } })).toBeUndefined();
      await expect(repository.addAndClaim(runnerId, { seed: 9 })).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    }
    expect(await repository.counts()).toEqual({ created: 3, running: 0, done: 0, error: 0, paused: 0 });
  });

  it('claims only what it was told, if it is in that status', async () => {
    const scene = await Scene.of(5, open);
    const { repository } = scene;
    const runnerId = await scene.runner();
    const only = (status: 'created' | 'paused', ...wanted: number[]) => ({ ids: wanted, status });
    expect(ids(await repository.claim({ runnerId, count: 5, only: only('created', 4, 2, 99) }))).toEqual([2, 4]);
    expect(await repository.claim({ runnerId, count: 5, only: only('created', 2, 4) })).toEqual([]);
    expect(await repository.claim({ runnerId, count: 5, only: only('paused', 1, 3) })).toEqual([]);
    expect(await repository.claim({ runnerId, count: 5, only: only('created') })).toEqual([]);
    expect(ids(await repository.claim({ runnerId, count: 1, only: only('created', 3, 1) }))).toEqual([1]);
    expect(ids(await scene.claim(runnerId, 5))).toEqual([3, 5]);
  });

  it('resumes a paused experiment: with its start date and results, as a new attempt', async () => {
    const scene = await Scene.of(2, open);
    const [first, second] = [
      await scene.runner({ name: 'first', host: 'a' }),
      await scene.runner({ name: 'second', host: 'b' }),
    ];
    const claimed = await scene.claimOnly(first, 2);
    await scene.write(ended(claimed, 'paused', { accuracy: 0.5 }));
    const before = await scene.row(2);
    await scene.opened.elapse(1_100);
    expect(await scene.claim(second, 5)).toHaveLength(1);
    const resumed = await scene.claimOnly(second, 2, 'paused');
    expect(resumed).toMatchObject({ experimentId: 2, number: 2, keyfields: { seed: 2 } });
    expect(await scene.row(2)).toMatchObject({
      status: 'running',
      startDate: before.startDate,
      results: before.results,
      name: 'second',
      machine: 'b',
      endDate: null,
    });
    await scene.write(ended(resumed, 'done', { comment: 'on' }));
    expect(await scene.row(2)).toMatchObject({
      status: 'done',
      startDate: before.startDate,
      results: { accuracy: 0.5, comment: 'on' },
    });
  });

  it('adds and claims at once what does not exist, and nothing that does', async () => {
    const scene = await Scene.of(1, open);
    const { repository } = scene;
    const runner = await scene.runner({ name: 'tester' });
    const claimed = await repository.addAndClaim(runner, { seed: 2 });
    if (!claimed) expect.unreachable('there is no seed 2');
    expect(claimed).toEqual({
      experimentId: claimed.experimentId,
      attemptId: expect.any(String),
      number: 1,
      keyfields: { seed: 2 },
    });
    expect(await scene.row(claimed.experimentId)).toMatchObject({
      status: 'running',
      name: 'tester',
      keyfields: { seed: 2 },
    });
    expect(await repository.leases(runner)).toMatchObject([ref(claimed)]);
    await scene.write(ended(claimed));
    expect(await repository.addAndClaim(runner, { seed: 1 })).toBeUndefined();
    expect(await repository.addAndClaim(runner, { seed: '2' })).toBeUndefined();
    expect(await repository.counts()).toEqual({ created: 1, running: 0, done: 1, error: 0, paused: 0 });
    const other = await scene.opened.another();
    const both = await Promise.all([
      repository.addAndClaim(runner, { seed: 3 }),
      other.addAndClaim(runner, { seed: 3 }),
    ]);
    expect(both.filter((one) => one !== undefined)).toHaveLength(1);
  });
};
