import { expect, it } from 'vitest';
import { newId } from '../../../src/application/ports/new-id.ts';
import { ended, endOf, INSTANT, note, type OpenRepository, ref, Scene, STARTED } from './scene.ts';

export const reapContract = (open: OpenRepository): void => {
  it('opens again what dead runners held, and nothing of the living', async () => {
    const scene = await Scene.of(3, open);
    const { repository } = scene;
    const [dead, expired, draining] = [
      await scene.runner({ host: 'node-7' }),
      await scene.runner(),
      await scene.runner(),
    ];
    const lost = await scene.claimOne(dead);
    await scene.claim(expired);
    await scene.claim(draining);
    await repository.drain(draining);
    await scene.opened.expire(expired);
    await scene.write({ ...ref(lost), results: { accuracy: 0.5 } });
    expect(await repository.reap(3)).toEqual([]);
    const [lease] = await repository.leases(dead);
    await scene.die(dead);
    expect((await repository.runners()).find(({ id }) => id === dead)).toMatchObject({ state: 'dead', running: 1 });
    expect(await repository.reap(3)).toEqual([{ ...ref(lost), number: 1, runnerId: dead, status: 'created' }]);
    expect(await scene.row(1)).toMatchObject({
      status: 'created',
      startDate: null,
      name: null,
      machine: null,
      error: null,
      results: { accuracy: 0.5 },
    });
    expect(await repository.attempts(1)).toEqual([
      {
        ...ref(lost),
        number: 1,
        runnerId: dead,
        host: 'node-7',
        startedAt: lease?.claimedAt,
        endedAt: expect.stringMatching(INSTANT),
        outcome: 'lost',
        detail: expect.stringMatching(/\w{3}/),
        superseded: false,
      },
    ]);
    expect(await repository.reap(3)).toEqual([]);
    expect(await repository.counts()).toMatchObject({ created: 1, running: 2 });
    expect((await repository.runners()).map(({ id }) => id).sort()).toEqual([expired, draining].sort()); // nothing is left of the dead one
  });

  it('fences the dead: nothing they still say is written', async () => {
    const scene = await Scene.of(1, open);
    const dead = await scene.runner();
    const lost = await scene.claimOne(dead);
    await scene.die(dead);
    await scene.repository.reap(3);
    const again = await scene.claimOne(await scene.runner());
    expect(again.number).toBe(2);
    const late = {
      ...ended(lost, 'done', { accuracy: 1 }),
      logs: [note('late')],
    };
    expect(await scene.repository.record([late])).toEqual({ lost: [lost.attemptId], refused: [] });
    await scene.repository.release([{ ...ref(lost), startedAt: STARTED }], 'late');
    expect(await scene.repository.leases()).toMatchObject([ref(again)]);
    await scene.write(ended(again, 'done', { accuracy: 2 }));
    expect((await scene.repository.record([late])).lost).toEqual([lost.attemptId]);
    expect(await scene.row(1)).toMatchObject({ status: 'done', results: { accuracy: 2 } });
    expect(await scene.logs('notes')).toEqual([]);
    expect((await scene.repository.attempts(1)).map(({ number, outcome }) => [number, outcome])).toEqual([
      [1, 'lost'],
      [2, 'done'],
    ]);
  });

  it('still takes what a dead runner says before its leases are recovered', async () => {
    const scene = await Scene.of(1, open);
    const dead = await scene.runner();
    const claimed = await scene.claimOne(dead);
    await scene.die(dead);
    await scene.write(ended(claimed, 'done', { accuracy: 1 }));
    expect(await scene.repository.reap(3)).toEqual([]);
    expect(await scene.row(1)).toMatchObject({ status: 'done', results: { accuracy: 1 } });
  });

  it('gives an experiment up once maxAttempts attempts of it were lost, and says so', async () => {
    const scene = await Scene.of(2, open);
    const { repository } = scene;
    // none of these counts
    const runner = await scene.runner();
    await repository.release([{ ...ref(await scene.claimOnly(runner, 1)), startedAt: STARTED }], 'one');
    const next = { experimentId: 1, attemptId: newId() };
    await scene.write({
      ...ref(await scene.claimOnly(runner, 1)),
      end: { ...endOf('error', 'two'), retryAs: next.attemptId },
    });
    await repository.release([{ ...next, startedAt: STARTED }], 'three');
    await scene.lose(1, 2);
    expect(await scene.row(1)).toMatchObject({ status: 'created' });
    await repository.reset({ ids: [[1, 1]] }); // superseded: nor does this one
    await scene.lose(1, 2);
    expect(await scene.row(1)).toMatchObject({ status: 'created', error: null });
    await scene.lose(1, 2);
    expect(await scene.row(1)).toMatchObject({
      status: 'error',
      error: expect.stringMatching(/\b2\b/),
      endDate: expect.any(String),
    });
    expect(
      (await repository.attempts(1)).map(({ number, outcome, superseded }) => [number, outcome, superseded]),
    ).toEqual([
      [1, 'released', true],
      [2, 'error', true],
      [3, 'released', true],
      [4, 'lost', true],
      [5, 'lost', false],
      [6, 'lost', false],
    ]);
    await scene.lose(2, 1);
    expect(await scene.row(2)).toMatchObject({ status: 'error' });
    expect(await repository.reset({ statuses: ['error'] })).toEqual({ reset: 2, leased: 0 });
    await scene.lose(1, 2);
    expect(await scene.row(1)).toMatchObject({ status: 'created', error: null });
  });

  it('recovers every lease once, in whatever number, when many recover at once', async () => {
    const scene = await Scene.of(250, open);
    const { repository } = scene;
    const [dead, living] = [await scene.runner(), await scene.runner()];
    await scene.claim(dead, 245);
    const kept = await scene.claim(living, 5);
    await scene.die(dead);
    const others = [await scene.opened.another(), await scene.opened.another()];
    const recovered = (await Promise.all([repository, ...others].map((one) => one.reap(3)))).flat();
    expect(recovered.map(({ experimentId }) => experimentId).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 245 }, (_, index) => index + 1),
    );
    expect(await repository.counts()).toMatchObject({ created: 245, running: 5 });
    expect((await repository.leases()).map(({ attemptId }) => attemptId).sort()).toEqual(
      kept.map(({ attemptId }) => attemptId).sort(),
    );
    expect(await repository.attempts(100)).toMatchObject([{ number: 1, outcome: 'lost' }]);
  });

  it('recovers what is under a runner that nobody knows any more', async () => {
    const scene = await Scene.of(1, open);
    const missing = await scene.runner();
    const lost = await scene.claimOne(missing);
    await scene.opened.forget(missing);
    expect(await scene.repository.heartbeat(missing, 60)).toBe(false);
    expect(await scene.repository.claim({ runnerId: missing, count: 1 })).toBeUndefined();
    expect(await scene.repository.reap(3)).toMatchObject([{ ...ref(lost), runnerId: missing, status: 'created' }]);
    expect(await scene.repository.attempts(1)).toMatchObject([{ outcome: 'lost', runnerId: missing }]);
  });

  it('opens one that waits for its next try like any other', async () => {
    const scene = await Scene.of(1, open);
    const { repository } = scene;
    const runner = await scene.runner();
    const next = newId();
    await scene.write({ ...ref(await scene.claimOnly(runner, 1)), end: { ...endOf('error', 'once'), retryAs: next } });
    await scene.die(runner);
    expect(await repository.reap(3)).toMatchObject([
      { experimentId: 1, number: 2, attemptId: next, status: 'created' },
    ]);
    expect((await repository.attempts(1)).map(({ number, outcome }) => [number, outcome])).toEqual([
      [1, 'error'],
      [2, 'lost'],
    ]);
  });
};
