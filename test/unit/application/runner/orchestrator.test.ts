import { describe, expect, it } from 'vitest';
import type { OrchestratorMessage, PersistenceMessage } from '../../../../src/application/runner/messages.ts';
import type { ErrorData } from '../../../../src/application/ports/worker-messages.ts';
import { Orchestrator, type OrchestratorLimits } from '../../../../src/application/runner/orchestrator.ts';
import type { RunEvent } from '../../../../src/application/runner/run-events.ts';
import type { AttemptWrite, Claimed } from '../../../../src/domain/repository/runner-protocol.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { ScriptedPool } from '../../../support/scripted-pool.ts';

/** An orchestrator among test doubles: open experiments in a list, commits answered by the test. */
const setup = (open: number, limits: Partial<OrchestratorLimits> = {}, size = 1) => {
  const clock = new ManualClock();
  const pool = new ScriptedPool(size);
  const waiting = Array.from({ length: open }, (_, index) => claimed(index + 1));
  const events: RunEvent[] = [];
  const toPersistence: PersistenceMessage[] = [];
  const faults: unknown[] = [];
  const state = { ended: 0, pending: 0, alive: true, claims: [] as number[], fail: undefined as unknown };
  const orchestrator = new Orchestrator(
    {
      pool,
      clock,
      log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
      claim: async (count) => {
        state.claims.push(count);
        if (state.fail) throw state.fail;
        return state.alive ? waiting.splice(0, count) : undefined;
      },
      leasesOfUnseenRunners: async () => state.pending,
      transient: (error) => error === 'away',
      tellPersistence: (message) => toPersistence.push(message),
      onEvent: (event) => events.push(event),
      onEnd: () => (state.ended += 1),
      onFault: (error) => faults.push(error),
    },
    { maxExperiments: null, timeoutMilliseconds: null, retries: 0, ...limits },
  );
  const tell = async (message: OrchestratorMessage) => {
    orchestrator.tell(message);
    await clock.advance(0);
  };
  const ends = (): AttemptWrite[] =>
    toPersistence.flatMap((message) => (message.type === 'write' && message.write.end ? [message.write] : []));
  const released = (): number[] =>
    toPersistence.flatMap((message) =>
      message.type === 'release' ? message.attempts.map((one) => one.experimentId) : [],
    );
  let answered = 0;
  /** Everything written so far is committed. */
  const commit = async () => {
    const recorded = ends().slice(answered);
    answered += recorded.length;
    await tell({ type: 'recorded', recorded, lost: [] });
  };
  const run = (index: number) => {
    const found = pool.runs[index];
    if (!found) throw new Error(`chunk ${index} was never started`);
    return found;
  };
  return { clock, pool, waiting, events, toPersistence, faults, state, tell, ends, released, commit, run };
};

const claimed = (id: number): Claimed => ({
  experimentId: id,
  attemptId: `attempt-${id}`,
  number: 1,
  keyfields: { id },
});

describe('claiming and dispatching', () => {
  it('claims the free slots and no more while durations are unknown', async () => {
    const { state, tell, pool } = setup(10, {}, 2);
    await tell({ type: 'claim' });
    expect(state.claims[0]).toBe(2);
    expect(pool.runs.map(({ chunk }) => chunk.length)).toEqual([1, 1]);
  });

  it('prefetches and hands over chunks once experiments are measured to be short', async () => {
    const { tell, pool, run, state } = setup(2_000);
    await tell({ type: 'claim' });
    run(0).finish('done', {}, null, 0.1);
    await tell({ type: 'claim' });
    await tell({ type: 'claim' });
    expect(Math.max(...state.claims)).toBeGreaterThan(1_000);
    expect(pool.runs.at(-1)?.chunk.length).toBeGreaterThan(50);
  });

  it('holds back nothing for long experiments', async () => {
    const { tell, run, state, clock } = setup(10);
    await tell({ type: 'claim' });
    run(0).finish('done', {}, null, 5_000);
    await clock.advance(0);
    expect(state.claims).toEqual([1, 1]);
  });

  it('claims no more than maxExperiments, then ends', async () => {
    const { tell, run, state, commit, clock } = setup(10, { maxExperiments: 2 });
    await tell({ type: 'claim' });
    run(0).finish();
    await clock.advance(0);
    run(1).finish();
    await clock.advance(0);
    expect(state.ended).toBe(0);
    await commit();
    expect(state.ended).toBe(1);
    expect(state.claims.reduce((sum, count) => sum + count)).toBe(2);
  });

  it('ends only when every end is committed and no other runner holds a lease that may come back', async () => {
    const { tell, run, state, commit, clock } = setup(1);
    state.pending = 1;
    await tell({ type: 'claim' });
    run(0).finish();
    await clock.advance(0);
    await commit();
    expect(state.ended).toBe(0);
    state.pending = 0;
    await clock.advance(1_000);
    expect(state.ended).toBe(1);
  });

  it('finds an experiment that comes back while it waits', async () => {
    const { tell, run, state, commit, clock, waiting, pool } = setup(1);
    state.pending = 1;
    await tell({ type: 'claim' });
    run(0).finish();
    await clock.advance(0);
    await commit();
    waiting.push(claimed(7));
    await clock.advance(1_000);
    expect(pool.runs[1]?.chunk[0]?.experimentId).toBe(7);
  });

  it('looks for what comes back soon at first, then once a second', async () => {
    const { tell, state, clock } = setup(0);
    state.pending = 1;
    await tell({ type: 'claim' });
    const looks: number[] = [];
    for (let milliseconds = 0; milliseconds < 4_000; milliseconds += 10) {
      const before = state.claims.length;
      await clock.advance(10);
      if (state.claims.length > before) looks.push(milliseconds + 10);
    }
    expect(looks).toEqual([50, 150, 350, 750, 1_550, 2_550, 3_550]);
  });

  it('asks again after a claim that failed because the database is away, without a hot loop', async () => {
    const { tell, state, clock, pool } = setup(1);
    state.fail = 'away';
    await tell({ type: 'claim' });
    await clock.advance(500);
    expect(state.claims.length).toBe(1);
    state.fail = undefined;
    await clock.advance(600);
    expect(pool.runs.length).toBe(1);
  });

  it('fails on an error that no later try can mend', async () => {
    const { tell, state, faults } = setup(1);
    state.fail = new Error('no such table');
    await tell({ type: 'claim' });
    expect(faults).toEqual([state.fail]);
  });

  it('starts nothing while it is not sure to be alive', async () => {
    const { tell, pool } = setup(3);
    await tell({ type: 'trustChanged', trusted: false });
    await tell({ type: 'claim' });
    expect(pool.runs.length).toBe(0);
    await tell({ type: 'trustChanged', trusted: true });
    expect(pool.runs.length).toBe(1);
  });
});

describe('ends', () => {
  it('tells an event only when the end is committed', async () => {
    const { tell, run, events, commit, clock } = setup(1);
    await tell({ type: 'claim' });
    run(0).finish('done', { accuracy: 1 });
    await clock.advance(0);
    expect(events.map(({ event }) => event)).toEqual(['claimed']);
    await commit();
    expect(events.map(({ event }) => event)).toEqual(['claimed', 'done']);
  });

  it('passes the heartbeat of an experiment on as a message of its own, and tells it as progress', async () => {
    const { tell, run, events, toPersistence, clock } = setup(1);
    await tell({ type: 'claim' });
    const heartbeat = {
      type: 'heartbeatReceived',
      experimentId: 1,
      attemptId: 'attempt-1',
      at: new Date('2025-01-02T03:04:05Z'),
    } as const;
    run(0).say(heartbeat);
    await clock.advance(0);
    expect(toPersistence).toEqual([heartbeat]);
    expect(events.at(-1)).toEqual({
      event: 'progress',
      id: 1,
      attempt: 1,
      progress: '{"heartbeat":"2025-01-02T03:04:05.000Z"}',
    });
    run(0).finish();
    run(0).say(heartbeat);
    await clock.advance(0);
    expect(toPersistence.filter(({ type }) => type === 'heartbeatReceived')).toHaveLength(1);
  });

  it("makes a worker's death the running experiment's error, and gives the rest of its chunk to others", async () => {
    const { tell, run, ends, pool, clock } = setup(400);
    await tell({ type: 'claim' });
    run(0).finish('done', {}, null, 1);
    await clock.advance(0);
    const index = pool.runs.findIndex(({ chunk }) => chunk.length > 2);
    const chunk = run(index);
    chunk.finish();
    chunk.die({ name: 'Error', message: 'the experiment called process.exit(3)', stack: '' });
    await clock.advance(0);
    const dead = ends().find(({ experimentId }) => experimentId === chunk.chunk[1]?.experimentId);
    expect(dead?.end).toMatchObject({ outcome: 'error', status: 'error' });
    expect(dead?.end?.error).toContain('process.exit(3)');
    expect(run(index + 1).chunk[0]).toEqual(chunk.chunk[2]);
  });

  it('kills what runs too long, at once, and records a timeout', async () => {
    const { tell, run, ends, clock } = setup(1, { timeoutMilliseconds: 1_000 });
    await tell({ type: 'claim' });
    run(0).milliseconds = 1_000;
    await clock.advance(1_000);
    expect(run(0).aborted).toBeDefined();
    run(0).die({ name: 'Error', message: 'killed', stack: '' });
    await clock.advance(0);
    expect(ends()[0]?.end).toMatchObject({ outcome: 'timeout', status: 'error' });
    expect(ends()[0]?.end?.error).toContain('timeoutSeconds = 1');
  });

  it('measures the time limit from the start of each execution, not of its chunk', async () => {
    const { tell, run, clock } = setup(1, { timeoutMilliseconds: 1_000 });
    await tell({ type: 'claim' });
    run(0).milliseconds = 300;
    await clock.advance(1_000);
    expect(run(0).aborted).toBeUndefined();
    run(0).milliseconds = 1_000;
    await clock.advance(700);
    expect(run(0).aborted).toBeDefined();
  });

  it('takes the unstarted rest away from a chunk that is held up', async () => {
    const { tell, run, pool, clock } = setup(400, {}, 2);
    await tell({ type: 'claim' });
    run(0).finish('done', {}, null, 1);
    await clock.advance(0);
    const slow = pool.runs.findIndex(({ chunk }) => chunk.length > 2);
    const rest = run(slow)
      .chunk.slice(1)
      .map(({ experimentId }) => experimentId);
    await clock.advance(250);
    run(1).finish('done', {}, null, 1);
    await clock.advance(0);
    const later = pool.runs.slice(slow + 1).flatMap(({ chunk }) => chunk.map(({ experimentId }) => experimentId));
    expect(later.slice(0, 3)).toEqual(rest.slice(0, 3));
  });

  it('tries a failed experiment again under a new attempt, after a wait, keeping its lease', async () => {
    const { tell, run, ends, commit, clock, events, pool } = setup(1, { retries: 1 });
    await tell({ type: 'claim' });
    const fail = { name: 'Error', message: 'no', stack: 'Error: no' };
    run(0).finish('error', {}, fail);
    await clock.advance(0);
    const retryAs = ends()[0]?.end?.retryAs;
    expect(retryAs).toBeDefined();
    await commit();
    expect(pool.runs.length).toBe(1);
    await clock.advance(1_300);
    expect(run(1).chunk[0]).toMatchObject({ experimentId: 1, attemptId: retryAs, number: 2 });
    run(1).finish('error', {}, fail);
    await clock.advance(0);
    expect(ends()[1]?.end?.retryAs).toBeUndefined();
    await commit();
    expect(events.filter(({ event }) => event === 'error').map(({ attempt }) => attempt)).toEqual([1, 2]);
  });
});

describe('losing', () => {
  it('stops what another runner has taken over, and records nothing of it', async () => {
    const { tell, run, ends, events, clock } = setup(1);
    await tell({ type: 'claim' });
    await tell({ type: 'recorded', recorded: [], lost: [{ experimentId: 1, attemptId: 'attempt-1' }] });
    expect(run(0).aborted).toBeDefined();
    run(0).finish('error', {}, { name: 'AbortError', message: 'aborted', stack: '' });
    await clock.advance(0);
    expect(ends()).toEqual([]);
    expect(events.at(-1)?.event).toBe('lost');
  });

  it('drops everything when the runner was declared dead, and goes on with new claims', async () => {
    const { tell, run, pool, clock, waiting, ends } = setup(3);
    await tell({ type: 'claim' });
    await tell({ type: 'runnerReplaced', runnerId: 'new' });
    waiting.push(claimed(9));
    run(0).die({ name: 'Error', message: 'killed', stack: '' });
    await clock.advance(0);
    expect(ends()).toEqual([]);
    expect(pool.runs.length).toBe(2);
  });

  it('gives back leases it does not know', async () => {
    const { tell, released } = setup(1);
    await tell({ type: 'claim' });
    await tell({
      type: 'leasesRead',
      leases: [
        { experimentId: 1, attemptId: 'attempt-1' },
        { experimentId: 5, attemptId: 'unknown' },
      ],
    });
    expect(released()).toEqual([5]);
  });
});

describe('draining', () => {
  it('releases what has not started and lets the rest finish', async () => {
    const { tell, run, released, state, commit, clock } = setup(400);
    await tell({ type: 'claim' });
    run(0).finish('done', {}, null, 1);
    await clock.advance(0);
    await commit();
    await tell({ type: 'drain' });
    const running = run(1).chunk[0]?.experimentId;
    expect(released().length).toBeGreaterThan(10);
    expect(released()).not.toContain(running);
    expect(state.ended).toBe(0);
    run(1).finish();
    await clock.advance(0);
    await commit();
    expect(state.ended).toBe(1);
  });

  it('releases running experiments when aborted', async () => {
    const { tell, run, released, ends, state, clock } = setup(1);
    await tell({ type: 'claim' });
    await tell({ type: 'abort' });
    run(0).die({ name: 'Error', message: 'killed', stack: '' });
    await clock.advance(0);
    expect(released()).toEqual([1]);
    expect(ends()).toEqual([]);
    expect(state.ended).toBe(1);
  });

  it('records what finishes between the signal and the kill', async () => {
    const { tell, run, ends, commit, state, clock } = setup(1);
    await tell({ type: 'claim' });
    await tell({ type: 'abort' });
    run(0).finish('done');
    await clock.advance(0);
    expect(ends()[0]?.end?.outcome).toBe('done');
    await commit();
    expect(state.ended).toBe(1);
  });
});

describe('programs that end together with their runner', () => {
  const program = (programEnd: ErrorData['programEnd']): ErrorData => ({
    name: 'Error',
    message: 'the command train ended',
    stack: '',
    ...(programEnd && { programEnd }),
  });
  const failing = async (programEnd: ErrorData['programEnd'], before: readonly OrchestratorMessage[] = []) => {
    const all = setup(1, { retries: 2 });
    await all.tell({ type: 'claim' });
    for (const message of before) await all.tell(message);
    return { ...all, fail: () => all.run(0).finish('error', {}, program(programEnd)) };
  };

  it.each([
    ['stopSignal', 1_900],
    ['exitCode', 90],
  ] as const)('%s, then the signal of the runner: released, not tried again, not counted', async (how, after) => {
    const { fail, clock, ends, released, tell, state } = await failing(how);
    fail();
    await clock.advance(after);
    expect([ends(), state.ended]).toEqual([[], 0]);
    await tell({ type: 'drain' });
    expect([ends(), released(), state.ended]).toEqual([[], [1], 1]);
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['stopSignal', 2_000],
    ['exitCode', 100],
  ] as const)('%s without a signal of the runner in time: the failure that it is', async (how, after) => {
    const { fail, clock, ends, released } = await failing(how);
    fail();
    await clock.advance(after - 1);
    expect(ends()).toEqual([]);
    await clock.advance(1);
    expect(ends()).toMatchObject([{ end: { outcome: 'error' } }]);
    expect(released()).toEqual([]);
  });

  it.each([
    ['stopSignal', 3_600_000, 'released'],
    ['exitCode', 30_000, 'released'],
    ['exitCode', 30_001, 'error'],
    [undefined, 0, 'error'],
  ] as const)('%s so long after the signal of the runner (%i ms): %s', async (how, after, outcome) => {
    const { fail, clock, ends, released } = await failing(how, [{ type: 'drain' }]);
    await clock.advance(after);
    fail();
    await clock.advance(0);
    expect(released()).toEqual(outcome === 'released' ? [1] : []);
    expect(ends().map(({ end }) => end?.outcome)).toEqual(outcome === 'released' ? [] : [outcome]);
  });

  it('a worker process that a stop signal ends is judged in the same way', async () => {
    const { run, clock, tell, ends, released } = await failing('stopSignal');
    run(0).die(program('stopSignal'));
    await clock.advance(0);
    expect([ends(), released()]).toEqual([[], []]);
    await tell({ type: 'drain' });
    expect([ends(), released()]).toEqual([[], [1]]);
  });

  it('one that could not be started is released at once', async () => {
    const { fail, clock, ends, released } = await failing('notStarted');
    fail();
    await clock.advance(0);
    expect([ends(), released()]).toEqual([[], [1]]);
  });

  it('an end that is held back is dropped with its lease', async () => {
    const { fail, clock, tell, ends, released } = await failing('stopSignal');
    fail();
    await clock.advance(0);
    await tell({ type: 'recorded', recorded: [], lost: [claimed(1)] });
    await clock.advance(5_000);
    expect([ends(), released()]).toEqual([[], []]);
  });
});
