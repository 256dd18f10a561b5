import { describe, expect, it } from 'vitest';
import type { RunEvent, RunSummary } from '../../../../src/application/runner/run-events.ts';
import { Run } from '../../../../src/application/runner/run.ts';
import type { RunnerOptions } from '../../../../src/application/ports/runner-options.ts';
import { defineStudy } from '../../../../src/domain/study/define-study.ts';
import { ConstantMeter } from '../../../support/constant-meter.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { type MemoryDatabase, MemoryRepository } from '../../../support/memory-repository.ts';
import { ScriptedPool } from '../../../support/scripted-pool.ts';
import { runnerOptions } from '../../../support/runner-options.ts';

const plainStudy = defineStudy({ table: 'study', keyfields: { n: 'INT' }, resultfields: { square: 'INT' } });

/** Runs on one in-memory study; each has a worker that does what the test says. */
const setup = async (rows: number, study = plainStudy) => {
  const clock = new ManualClock();
  const meter = new ConstantMeter();
  const database: MemoryDatabase = {};
  const repository = new MemoryRepository(study, clock, database);
  await repository.prepare();
  await repository.fill(Array.from({ length: rows }, (_, n) => ({ n })));
  const lines: string[] = [];
  const say = (line: string) => lines.push(line);
  const start = (own: Partial<RunnerOptions> = {}, reach: () => MemoryRepository = () => repository) => {
    const pool = new ScriptedPool(1);
    const events: RunEvent[] = [];
    const through = new Proxy(repository, { get: (_, name) => Reflect.get(reach(), name, reach()).bind?.(reach()) });
    const run = new Run(
      {
        repository: through,
        pool,
        meter: study.emissions ? meter : undefined,
        clock,
        log: { debug: say, info: say, warn: say, error: say },
        version: '0',
      },
      { ...runnerOptions, ...own },
      (event) => events.push(event),
    );
    const state: { summary?: RunSummary; error?: unknown } = {};
    run.execute().then(
      (summary) => (state.summary = summary),
      (error: unknown) => (state.error = error),
    );
    return { run, pool, events, state };
  };
  return { clock, repository, start, lines, meter };
};

describe('a run', () => {
  it('executes everything that is open, deregisters and ends', async () => {
    const { clock, start, repository } = await setup(2);
    const { pool, state, events } = start();
    await clock.advance(0);
    pool.runs[0]?.finish('done', { square: 0 });
    await clock.advance(20);
    pool.runs[1]?.finish('error', {}, { name: 'Error', message: 'no', stack: 'Error: no\n at f' });
    await clock.advance(20);
    expect(state.summary).toMatchObject({ executed: 2, done: 1, error: 1, paused: 0 });
    expect(await repository.counts()).toMatchObject({ done: 1, error: 1, running: 0 });
    expect(await repository.runners()).toEqual([]);
    expect(events.map(({ event }) => event)).toEqual(['claimed', 'claimed', 'done', 'error']);
  });

  it('tells what was recorded, not what the worker said: a result that the database refuses is an error', async () => {
    const { clock, start, repository } = await setup(1);
    const refuses = () =>
      new Proxy(repository, {
        get: (target, name) =>
          name === 'record'
            ? async (writes: Parameters<typeof repository.record>[0]) =>
                writes.some(({ results }) => results?.['square'] !== undefined)
                  ? {
                      lost: [],
                      refused: writes.map(({ attemptId }) => ({ attemptId, reason: 'square: out of range' })),
                    }
                  : target.record(writes)
            : (Reflect.get(target, name, target) as { bind(to: object): unknown }).bind(target),
      });
    const { pool, state, events } = start({}, refuses);
    await clock.advance(0);
    pool.runs[0]?.finish('done', { square: 9 });
    await clock.advance(60);
    expect(state.summary).toMatchObject({ executed: 1, done: 0, error: 1 });
    expect(await repository.counts()).toMatchObject({ done: 0, error: 1 });
    expect(events.at(-1)).toMatchObject({ event: 'error', id: 1, message: 'square: out of range' });
  });

  it('records what each attempt consumed, also of those whose worker died, and counts its busy workers', async () => {
    const { clock, start, repository, meter } = await setup(3, { ...plainStudy, emissions: true });
    const { pool, state } = start({ retries: 1 });
    await clock.advance(0);
    expect(meter.busy).toBe(1);
    pool.runs[0]?.finish('done', { square: 0 }, null, 1_000);
    await clock.advance(20);
    pool.runs[1]?.finish('error', {}, { name: 'Error', message: 'no', stack: '' }, 2_000);
    await clock.advance(20);
    const dying = pool.runs[2];
    if (dying) dying.milliseconds = 3_000;
    dying?.die({ name: 'Error', message: 'its process was killed', stack: '' });
    await clock.advance(2_000);
    for (const run of pool.runs.slice(3)) run.finish('paused', {}, null, 4_000);
    await clock.advance(2_000);
    for (const run of pool.runs.slice(4)) run.finish('paused', {}, null, 4_000);
    await clock.advance(2_000);
    expect(state.summary).toMatchObject({ done: 1, paused: 2 });
    const rows = await Array.fromAsync(repository.emissions());
    // which of the two is tried again first is left to chance
    const told = rows.map((row) => [Number(row['experiment_id']), Number(row['duration_seconds'])] as const);
    expect(told.toSorted(([a, x], [b, y]) => x - y || a - b)).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      [2, 4],
      [3, 4],
    ]);
    expect(meter.busy).toBe(0);
  });

  it('recovers the experiments of a runner that died, and leaves those of a living one alone', async () => {
    const { clock, start, repository } = await setup(2);
    await repository.register({ id: 'dead', name: '', host: 'h', pid: 1, workers: 1, version: '' }, 60);
    await repository.claim({ runnerId: 'dead', count: 1 });
    const { pool, state } = start();
    await clock.advance(0);
    pool.runs[0]?.finish();
    await clock.advance(30_000);
    expect(state.summary).toBeUndefined(); // it may yet come back
    expect(pool.runs.length).toBe(1);
    await clock.advance(60_000);
    expect(pool.runs[1]?.chunk[0]).toMatchObject({ experimentId: 1, number: 2 });
    pool.runs[1]?.finish();
    await clock.advance(20);
    expect(state.summary).toMatchObject({ done: 2 });
    expect((await repository.attempts(1)).map(({ outcome }) => outcome)).toEqual(['lost', 'done']);
  });

  it('does not wait for what a living runner holds', async () => {
    const { clock, start, repository } = await setup(1);
    await repository.register({ id: 'alive', name: '', host: 'h', pid: 1, workers: 1, version: '' }, 60);
    await repository.claim({ runnerId: 'alive', count: 1 });
    const { state } = start();
    await clock.advance(2_000);
    expect(state.summary).toBeUndefined();
    await repository.heartbeat('alive', 60);
    await clock.advance(2_000);
    expect(state.summary).toMatchObject({ executed: 0 });
  });

  it('goes on under a new id when it was declared dead, and records nothing of what it lost', async () => {
    const { clock, start, repository } = await setup(1);
    const { pool, state, events } = start();
    await clock.advance(0);
    const [me] = await repository.runners();
    await repository.declareDead(me?.id ?? '', me?.heartbeats ?? 0, true);
    await repository.reap(3);
    await clock.advance(300);
    expect(pool.runs[0]?.aborted).toBeDefined();
    pool.runs[0]?.finish('done', { square: 666 });
    await clock.advance(2_000);
    pool.runs[1]?.finish('done', { square: 0 });
    await clock.advance(20);
    expect(state.summary).toMatchObject({ executed: 1 });
    expect((await repository.find(1))?.results).toEqual({ square: 0 });
    expect(events.map(({ event }) => event)).toContain('lost');
  });

  it('keeps results while the database is away, starts nothing once its lease is in doubt, and goes on afterwards', async () => {
    const { clock, start, repository, lines } = await setup(3);
    const away = new Proxy(repository, {
      get: () => () => Promise.reject(Object.assign(new Error('connection refused'), { code: 'DATABASE_UNREACHABLE' })),
    });
    let reached = repository;
    const { pool, state } = start({}, () => reached);
    await clock.advance(0);
    reached = away;
    pool.runs[0]?.finish('done', { square: 0 });
    await clock.advance(120_000);
    const started = pool.runs.length;
    expect(started).toBeLessThanOrEqual(2);
    expect(await repository.counts()).toMatchObject({ done: 0 });
    reached = repository;
    await clock.advance(10_000);
    expect(await repository.counts()).toMatchObject({ done: 1 });
    for (let index = started; index < 4; index += 1) {
      pool.runs[index]?.finish();
      await clock.advance(2_000);
    }
    expect(state.summary).toMatchObject({ done: 3 });
    expect(lines.filter((line) => line.includes('away')).length).toBe(1);
    expect(lines.filter((line) => line.includes('back')).length).toBe(1);
  });

  it('leaves no row running when it is drained', async () => {
    const { clock, start, repository } = await setup(100);
    const { pool, state, run } = start();
    await clock.advance(0);
    pool.runs[0]?.finish();
    await clock.advance(20);
    run.drain();
    await clock.advance(20);
    expect(await repository.counts()).toMatchObject({ running: 1 });
    pool.runs.at(-1)?.finish();
    await clock.advance(20);
    expect(state.summary).toBeDefined();
    expect(await repository.counts()).toMatchObject({ running: 0 });
  });

  it('starts nothing while a heartbeat hangs for so long that its lease may be over', async () => {
    const { clock, start, repository } = await setup(3);
    const hanging = new Proxy(repository, {
      get: (target, name) =>
        name === 'heartbeat' ? () => new Promise(() => {}) : Reflect.get(target, name).bind(target),
    });
    let reached = repository;
    const { pool } = start({}, () => reached);
    await clock.advance(300);
    reached = hanging;
    await clock.advance(49_000);
    pool.runs[0]?.finish();
    await clock.advance(100);
    expect(pool.runs.length).toBe(2);
    await clock.advance(2_000); // its last heartbeat was sent 50 s ago
    pool.runs[1]?.finish();
    await clock.advance(100);
    expect(pool.runs.length).toBe(2);
  });

  it.each(['heartbeat', 'watchedRunners'])(
    'takes nothing from a healthy runner after a lock that held up every %s for longer than a lease',
    async (verb) => {
      const { clock, start, repository } = await setup(2);
      await repository.register({ id: 'healthy', name: '', host: 'h', pid: 1, workers: 1, version: '' }, 60);
      await repository.claim({ runnerId: 'healthy', count: 1 });
      let lock: PromiseWithResolvers<void> | undefined;
      const locked = new Proxy(repository, {
        get: (target, name) => {
          const found = Reflect.get(target, name).bind(target);
          if (name !== verb) return found;
          return async (...given: unknown[]) => {
            await lock?.promise;
            return found(...given);
          };
        },
      });
      start({}, () => locked);
      const beat = async () => repository.heartbeat('healthy', 60);
      for (let seconds = 0; seconds < 30; seconds += 10) {
        await clock.advance(10_000);
        expect(await beat()).toBe(true);
      }
      await clock.advance(9_900); // it is seen
      lock = Promise.withResolvers<void>();
      await clock.advance(120_000);
      lock.resolve();
      lock = undefined;
      await clock.advance(9_000); // both wait for the lock, this one comes later
      expect(await beat()).toBe(true);
      await clock.advance(30_000);
      expect(await repository.leases('healthy')).toHaveLength(1);
      await clock.advance(120_000); // and now it is dead
      expect(await repository.leases('healthy')).toEqual([]);
    },
  );

  it('tells that it drains with the next heartbeat that succeeds, and again under a new id', async () => {
    const { clock, start, repository } = await setup(1);
    let away = false;
    const calls: unknown[][] = [];
    const failing = new Proxy(repository, {
      get: (target, name) => {
        if (name !== 'drain' && name !== 'deregister') return Reflect.get(target, name).bind(target);
        return async (runnerId: string) => {
          if (away) throw Object.assign(new Error('refused'), { code: 'DATABASE_UNREACHABLE' });
          calls.push([runnerId, name]);
          return repository[name](runnerId);
        };
      },
    });
    const { run } = start({}, () => failing);
    await clock.advance(300);
    away = true;
    run.drain();
    await clock.advance(300);
    const [me] = await repository.runners();
    expect(me?.state).toBe('active');
    away = false;
    await clock.advance(10_000);
    const [now] = await repository.runners();
    expect(now?.state).toBe('draining');
    await repository.declareDead(now?.id ?? '', now?.heartbeats ?? 0, true);
    // a heartbeat comes after nine to ten seconds
    await clock.advance(20_000);
    expect(calls).toEqual([
      [me?.id, 'drain'],
      [expect.not.stringMatching(me?.id ?? ''), 'drain'],
      [calls[1]?.[0], 'deregister'],
    ]);
  });
});

describe('a run that fails', () => {
  /** Some verbs fail from now on, as no later try can mend. */
  const breaking = (repository: MemoryRepository) => {
    const broken = new Map<string, Error>();
    const through = new Proxy(repository, {
      get: (target, name) => {
        const error = broken.get(String(name));
        return error ? () => Promise.reject(error) : Reflect.get(target, name).bind(target);
      },
    });
    return { broken, through };
  };

  it('ends with the first error', async () => {
    const { clock, start, repository } = await setup(1);
    const { broken, through } = breaking(repository);
    broken.set('claim', new Error('no right to claim'));
    const { state } = start({}, () => through);
    await clock.advance(20);
    expect(state.error).toMatchObject({ message: 'no right to claim' });
    expect(await repository.runners()).toEqual([]);
  });

  it('starts nothing more, records what has finished, fails no experiment and gives the rest back', async () => {
    const { clock, start, repository } = await setup(6);
    const { broken, through } = breaking(repository);
    const { pool, state, events } = start({}, () => through);
    await clock.advance(0);
    pool.runs[0]?.finish('done', { square: 0 }, null, 50);
    await clock.advance(100);
    expect(await repository.counts()).toMatchObject({ done: 1 });
    expect((await repository.leases()).length).toBeGreaterThan(1); // one runs, others wait for a worker
    const started = pool.runs.length;
    broken.set('heartbeat', new Error('no right to beat'));
    await clock.advance(500);
    expect(state.error).toBeUndefined(); // what runs has a grace
    expect(pool.runs.at(-1)?.aborted).toBeDefined();
    await clock.advance(1_200);
    expect(state.error).toMatchObject({ message: 'no right to beat' });
    pool.runs.at(-1)?.die({ name: 'Error', message: 'the worker thread was killed', stack: '' }); // its pool is closed
    await clock.advance(60_000);
    expect(pool.runs.length).toBe(started);
    expect(await repository.counts()).toEqual({ created: 5, running: 0, done: 1, error: 0, paused: 0 });
    expect(await repository.leases()).toEqual([]);
    expect(await repository.runners()).toEqual([]);
    const told = events.map(({ event, id }) => `${event} ${id}`);
    expect(told).toContain('done 1');
    expect(told.filter((one) => one.startsWith('error'))).toEqual([]);
  });

  it('while results are recorded tries them once more, and starts nothing meanwhile', async () => {
    const { clock, start, repository, lines } = await setup(20_000);
    const { broken, through } = breaking(repository);
    const { pool, state } = start({}, () => through);
    await clock.advance(0);
    broken.set('record', new Error('no right to write'));
    for (let index = 0; index < 3; index += 1) pool.runs[index]?.finish();
    await clock.advance(15);
    const started = pool.runs.length;
    await clock.advance(60_000);
    expect(pool.runs.length).toBe(started);
    expect(state.error).toMatchObject({ message: 'no right to write' });
    expect(lines.filter((line) => line.includes('could not be recorded')).length).toBe(1);
    expect(await repository.counts()).toMatchObject({ running: 0, done: 0, error: 0 });
    // what was executed keeps its number; what was only claimed leaves no trace
    const traces = await Promise.all([1, 2, 20].map(async (id) => repository.attempts(id)));
    expect(traces.map((attempts) => attempts.map(({ number, outcome }) => `${number} ${outcome}`))).toEqual([
      ['1 released'],
      ['1 released'],
      [],
    ]);
  });

  it('records what had to wait if the last try succeeds', async () => {
    const { clock, start, repository } = await setup(2);
    const { broken, through } = breaking(repository);
    const { pool, state } = start({}, () => through);
    await clock.advance(0);
    broken.set('record', new Error('refused'));
    pool.runs[0]?.finish('done', { square: 1 });
    await clock.advance(15);
    broken.clear();
    await clock.advance(2_000);
    expect(state.error).toMatchObject({ message: 'refused' });
    expect(await repository.counts()).toEqual({ created: 1, running: 0, done: 1, error: 0, paused: 0 });
    expect((await repository.find(1))?.results).toEqual({ square: 1 });
  });

  it('does not wait forever for a database that does not answer', async () => {
    const { clock, start, repository } = await setup(2);
    const { broken, through } = breaking(repository);
    const silent = new Proxy(repository, {
      get: (_, name) => (name === 'claim' ? Reflect.get(through, name) : () => new Promise(() => {})),
    });
    let reached: MemoryRepository = through;
    const { pool, state } = start({}, () => reached);
    await clock.advance(0);
    broken.set('claim', new Error('no right to claim'));
    reached = silent;
    pool.runs[0]?.finish();
    await clock.advance(30_000);
    expect(state.error).toMatchObject({ message: 'no right to claim' });
  });

  it('is one whose table is gone for good, not one whose table is renamed there and back', async () => {
    const { clock, start, repository, lines } = await setup(2);
    const { broken, through } = breaking(repository);
    const { pool, state } = start({}, () => through);
    await clock.advance(0);
    const absent = Object.assign(new Error("Table 'lab.study' doesn't exist"), { code: 'SCHEMA_MISMATCH' });
    broken.set('claim', absent).set('record', absent);
    pool.runs[0]?.finish();
    await clock.advance(20_000);
    expect(state.error).toBeUndefined();
    broken.clear();
    await clock.advance(10_000);
    expect(lines.filter((line) => line.includes('the database is back')).length).toBe(1);
    expect(await repository.counts()).toMatchObject({ done: 1 });
    broken.set('claim', absent).set('record', absent);
    pool.runs[1]?.finish();
    await clock.advance(25_000);
    expect(state.error).toBeUndefined(); // the time before does not count
    await clock.advance(40_000);
    expect(state.error).toBe(absent);
  });
});
