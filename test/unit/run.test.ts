import { describe, expect, it } from 'vitest';
import type { RunEvent, RunSummary } from '../../src/application/run-events.ts';
import { Run } from '../../src/application/run.ts';
import type { RunnerOptions } from '../../src/application/runner-options.ts';
import { defineStudy } from '../../src/domain/study.ts';
import { ConstantMeter } from '../support/constant-meter.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { type MemoryDatabase, MemoryRepository } from '../support/memory-repository.ts';
import { ScriptedPool } from '../support/scripted-pool.ts';

const plainStudy = defineStudy({ table: 'study', keyfields: { n: 'INT' }, resultfields: { square: 'INT' } });

const options: RunnerOptions = {
  name: 'test',
  workers: 1,
  maxExperiments: null,
  randomOrder: false,
  timeoutSeconds: null,
  maxAttempts: 3,
  retries: 0,
  heartbeatSeconds: 10,
  leaseSeconds: 60,
  isolation: 'thread',
  memoryMegabytes: null,
};

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
      { ...options, ...own },
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
  it('executes everything that is open, says goodbye and ends', async () => {
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
    await repository.recover(3);
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

  it('fails with what no later try can mend', async () => {
    const { clock, start, repository } = await setup(1);
    const broken = new Proxy(repository, {
      get: (target, name) =>
        name === 'claim' ? () => Promise.reject(new Error('no such table')) : Reflect.get(target, name).bind(target),
    });
    const { state } = start({}, () => broken);
    await clock.advance(20);
    expect(state.error).toMatchObject({ message: 'no such table' });
  });
});
