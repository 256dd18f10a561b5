import { expect, it } from 'vitest';
import { newId } from '../../../src/application/ports/new-id.ts';
import { ended, endOf, INSTANT, LEASE_SECONDS, type OpenRepository, ref, Scene, STARTED } from './scene.ts';

export const runnersContract = (open: OpenRepository): void => {
  it('registers runners, and shows them until they are gone', async () => {
    const scene = await Scene.of(3, open);
    const { repository } = scene;
    const given = { id: newId(), name: 'näme \u{1f600}', host: 'node-1', pid: 4711, workers: 8, version: '1.2.3' };
    await repository.register(given, LEASE_SECONDS);
    await repository.register(given, LEASE_SECONDS); // the answer to the first was lost
    const [runner, ...others] = await repository.runners();
    expect(others).toEqual([]);
    expect(runner).toEqual({
      ...given,
      state: 'active',
      startedAt: expect.stringMatching(INSTANT),
      heartbeatAgeSeconds: expect.any(Number),
      heartbeats: expect.any(Number),
      leaseSeconds: expect.closeTo(LEASE_SECONDS, 2),
      expired: false,
      running: 0,
    });
    await scene.claim(given.id, 2);
    await repository.heartbeat(given.id, LEASE_SECONDS);
    await repository.register(given, LEASE_SECONDS);
    const heartbeats = (runner?.heartbeats ?? 0) + 1;
    expect(await repository.runners()).toMatchObject([{ id: given.id, state: 'active', running: 2, heartbeats }]);
    await repository.release(await repository.leases(given.id), 'enough');
    await repository.drain(given.id);
    expect(await repository.runners()).toMatchObject([{ state: 'draining', running: 0 }]);
    await repository.deregister(given.id);
    expect(await repository.runners()).toEqual([]);
    expect(await repository.watchedRunners()).toEqual([]);
    expect(await repository.heartbeat(given.id, LEASE_SECONDS)).toBe(false);
    await repository.deregister(given.id);
  });

  it('beats: counts, renews, and answers false to whoever is not alive', async () => {
    const scene = await Scene.of(0, open);
    const { repository } = scene;
    const [runner, other] = [await scene.runner(), await scene.runner()];
    const record = async (id = runner) => (await repository.runners()).find((candidate) => candidate.id === id);
    const before = await record();
    expect(await repository.heartbeat(runner, LEASE_SECONDS)).toBe(true);
    expect((await record())?.heartbeats).toBe((before?.heartbeats ?? 0) + 1);
    await scene.opened.expire(runner);
    expect([(await record())?.expired, (await record(other))?.expired]).toEqual([true, false]);
    const watched = (await repository.runners()).map(({ id, state, heartbeats, leaseSeconds, expired }) => ({
      id,
      state,
      heartbeats,
      leaseSeconds: expect.closeTo(leaseSeconds, 2) as number,
      expired,
    }));
    expect(await repository.watchedRunners()).toEqual(watched);
    expect(await repository.heartbeat(runner, LEASE_SECONDS)).toBe(true); // expired is not dead
    expect((await record())?.expired).toBe(false);
    await repository.drain(runner);
    expect(await repository.heartbeat(runner, LEASE_SECONDS)).toBe(true);
    await scene.die(runner);
    expect(await repository.heartbeat(runner, LEASE_SECONDS)).toBe(false);
    await scene.runner({ id: runner }); // the dead do not rise
    expect(await repository.heartbeat(runner, LEASE_SECONDS)).toBe(false);
    expect(await repository.heartbeat(newId(), LEASE_SECONDS)).toBe(false);
    await repository.drain(runner);
    expect(await record()).toMatchObject({ state: 'dead' });
  });

  it('lets nobody go who still holds leases', async () => {
    const scene = await Scene.of(1, open);
    const runner = await scene.runner();
    const claimed = await scene.claimOne(runner);
    await expect(scene.repository.deregister(runner)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    expect(await scene.repository.runners()).toMatchObject([{ id: runner, state: 'active', running: 1 }]);
    await scene.repository.drain(runner);
    await scene.write(ended(claimed)); // who drains may still write
    await scene.repository.deregister(runner);
  });

  it('declares dead who has expired and has not beaten since, and nobody else', async () => {
    const scene = await Scene.of(0, open);
    const { repository } = scene;
    const runner = await scene.runner();
    const heartbeats = async () => (await repository.runners()).find(({ id }) => id === runner)?.heartbeats ?? -1;
    const seen = await heartbeats();
    expect(await repository.declareDead(runner, seen)).toBe(false);
    await repository.heartbeat(runner, LEASE_SECONDS);
    await scene.opened.expire(runner);
    expect(await repository.declareDead(runner, seen)).toBe(false);
    expect(await repository.declareDead(runner, seen, true)).toBe(false);
    expect(await repository.declareDead(newId(), 0, true)).toBe(false);
    expect(await repository.runners()).toMatchObject([{ state: 'active' }]);
    const other = await scene.opened.another();
    const now = await heartbeats();
    const answers = await Promise.all([repository.declareDead(runner, now), other.declareDead(runner, now)]);
    expect(answers.toSorted()).toEqual([false, true]);
    expect(await repository.declareDead(runner, now, true)).toBe(false);
    const quick = await scene.runner();
    const counter = (await repository.runners()).find(({ id }) => id === quick)?.heartbeats ?? -1;
    expect(await repository.declareDead(quick, counter, true)).toBe(true);
  });

  it('gives back what a runner holds', async () => {
    const scene = await Scene.of(3, open);
    const { repository } = scene;
    const [runner, other] = [await scene.runner({ host: 'node-7' }), await scene.runner()];
    const [unstarted, started, kept] = await scene.claim(runner, 3);
    if (!unstarted || !started || !kept) expect.unreachable('three are open');
    await scene.write({ ...ref(started), results: { accuracy: 0.5 } });
    await repository.release(
      [
        ref(unstarted),
        { ...ref(started), startedAt: STARTED },
        { ...ref(started), startedAt: STARTED }, // said twice
        { experimentId: 3, attemptId: newId() },
      ],
      'the reason',
    );
    expect(await repository.leases()).toMatchObject([ref(kept)]);
    expect(await scene.row(1)).toMatchObject({
      status: 'created',
      startDate: null,
      name: null,
      machine: null,
      endDate: null,
    });
    expect(await scene.row(2)).toMatchObject({ status: 'created', results: { accuracy: 0.5 } });
    expect(await repository.attempts(1)).toEqual([]);
    const released = {
      ...ref(started),
      number: 1,
      runnerId: runner,
      host: 'node-7',
      outcome: 'released',
      detail: 'the reason',
      superseded: false,
    };
    expect(await repository.attempts(2)).toEqual([
      { ...released, startedAt: STARTED, endedAt: expect.stringMatching(INSTANT) },
    ]);
    await repository.release([ref(unstarted), { ...ref(started), startedAt: STARTED }], 'again'); // the answer was lost
    expect((await repository.record([ended(unstarted)])).lost).toEqual([unstarted.attemptId]);
    const again = await scene.claim(other, 2);
    expect(again).toMatchObject([
      { experimentId: 1, number: 1 },
      { experimentId: 2, number: 2 },
    ]);
    await repository.release([{ ...ref(unstarted), startedAt: STARTED }, ref(started)], 'once more'); // they are another's now
    expect(await repository.leases(other)).toHaveLength(2);
    expect(await repository.attempts(1)).toEqual([]);
    await repository.release([], 'nothing');
  });

  it('gives a resumed experiment back as paused, also between two tries', async () => {
    const scene = await Scene.of(1, open);
    const { repository } = scene;
    const runner = await scene.runner();
    await scene.write(ended(await scene.claimOne(runner), 'paused', { accuracy: 0.5 }));
    const { startDate } = await scene.row(1);
    const resumed = await scene.claimOnly(runner, 1, 'paused');
    await repository.release([ref(resumed)], 'not started');
    expect(await scene.row(1)).toMatchObject({ status: 'paused', startDate, results: { accuracy: 0.5 } });
    const next = { experimentId: 1, attemptId: newId() };
    const end = { ...endOf('error', 'once'), retryAs: next.attemptId };
    await scene.write({ ...ref(await scene.claimOnly(runner, 1, 'paused')), end });
    await repository.release([{ ...next, startedAt: STARTED }], 'stopped');
    expect(await scene.row(1)).toMatchObject({ status: 'paused', startDate, results: { accuracy: 0.5 } });
    expect((await repository.attempts(1)).map(({ number, outcome }) => [number, outcome])).toEqual([
      [1, 'paused'],
      [2, 'error'],
      [3, 'released'],
    ]);
    expect(await scene.claim(runner)).toEqual([]);
  });
};
