import { beforeEach, describe, expect, it } from 'vitest';
import { Reaper } from '../../../../src/application/runner/reaper.ts';
import { defineStudy } from '../../../../src/domain/study/define-study.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { MemoryRepository } from '../../../support/memory-repository.ts';

const study = defineStudy({ table: 'study', keyfields: { n: 'INT' } });
const HOUR = 3_600_000;
const LEASE = 60;
const STILL = 20_000;
const runner = (id: string) => ({ id, name: 'test', host: 'node', pid: 1, workers: 1, version: '0' });

/* The database's clock jumps; those of the runners go on. Heartbeats come every ten seconds, as looks at the others do. */
describe('a fleet whose database has a clock that jumps', () => {
  let clock: ManualClock;
  let repository: MemoryRepository;
  let fleet: Reaper;
  let jump: number;
  const states = async () => (await repository.runners()).map(({ id, state }) => `${id} ${state}`);
  const reap = async () => fleet.reap('me', STILL, 3);
  /** Ten seconds in which these runners beat. */
  const pass = async (...alive: readonly string[]): Promise<number> => {
    await clock.advance(10_000);
    for (const id of alive) expect(await repository.heartbeat(id, LEASE)).toBe(true);
    return reap();
  };

  beforeEach(async () => {
    clock = new ManualClock();
    jump = 0;
    repository = new MemoryRepository(study, { date: () => new Date(clock.date().getTime() + jump) });
    await repository.prepare();
    await repository.fill([{ n: 1 }, { n: 2 }]);
    fleet = new Reaper(repository, clock, 10_000);
    await repository.register(runner('me'), LEASE);
    await repository.register(runner('other'), LEASE);
    await repository.claim({ runnerId: 'other', count: 1 });
    await reap();
  });

  it.each([HOUR, -HOUR])('by %d ms: a runner that beats is never taken for dead, back and forth', async (by) => {
    for (let day = 0; day < 10; day += 1) {
      jump = day % 2 === 0 ? by : 0;
      expect(await reap()).toBe(0);
      expect(await pass('me', 'other')).toBe(0);
      expect(await pass('me')).toBe(0); // one heartbeat may come late
      expect(await pass('me', 'other')).toBe(0);
    }
    expect(await states()).toEqual(['me active', 'other active']);
  });

  it('an hour forward: who has died is found after the time that it was watched', async () => {
    jump = HOUR;
    expect(await pass('me')).toBe(0);
    expect(await pass('me')).toBe(1);
    expect(await repository.leases()).toEqual([]);
  });

  it('an hour back: who has died is found after a lease and the time that it was watched, not an hour later', async () => {
    jump = -HOUR;
    for (let seconds = 10; seconds < LEASE + STILL / 1_000; seconds += 10) expect(await pass('me')).toBe(0);
    expect(await states()).toEqual(['me active', 'other active']);
    expect(await pass('me')).toBe(1);
    expect(await repository.leases()).toEqual([]);
    expect(await states()).toEqual(['me active']);
  });

  it('an hour back: who has beaten since is watched again', async () => {
    jump = -HOUR;
    for (let times = 0; times < 7; times += 1) await pass('me');
    await pass('me', 'other');
    for (let times = 0; times < 5; times += 1) expect(await pass('me')).toBe(0);
    expect(await states()).toEqual(['me active', 'other active']);
  });

  it('an hour back: a longer lease than ours is waited for', async () => {
    await repository.heartbeat('other', 10 * LEASE);
    await reap();
    jump = -HOUR;
    for (let seconds = 10; seconds < 10 * LEASE + STILL / 1_000; seconds += 10) expect(await pass('me')).toBe(0);
    expect(await pass('me')).toBe(1);
  });
});
