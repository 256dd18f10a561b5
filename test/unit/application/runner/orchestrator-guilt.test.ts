import { expect, it } from 'vitest';
import type { OrchestratorMessage, PersistenceMessage } from '../../../../src/application/runner/messages.ts';
import { Orchestrator } from '../../../../src/application/runner/orchestrator.ts';
import type { Claimed } from '../../../../src/domain/repository/runner-protocol.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { ScriptedPool } from '../../../support/scripted-pool.ts';

/* Workers that cannot be killed, and experiments that may kill their runner. */

const claimed = (id: number): Claimed => ({
  experimentId: id,
  attemptId: `attempt-${id}`,
  number: 1,
  keyfields: { id },
});

const setup = (open: readonly number[], suspects: readonly number[], size: number) => {
  const clock = new ManualClock();
  const held: boolean[] = [];
  const pool = Object.assign(new ScriptedPool(size), { setPaused: (full: boolean) => held.push(full) });
  const [waiting, last] = [open.map(claimed), suspects.map(claimed)];
  const toPersistence: PersistenceMessage[] = [];
  const lines: string[] = [];
  const state = { ended: 0, alone: [] as boolean[] };
  const say = (line: string) => lines.push(line);
  const orchestrator = new Orchestrator(
    {
      pool,
      clock,
      log: { debug: say, info: say, warn: say, error: say },
      claim: async (count, alone) => {
        state.alone.push(alone);
        return (alone ? last : waiting).splice(0, count);
      },
      leasesOfUnseenRunners: async () => 0,
      transient: () => false,
      tellPersistence: (message) => toPersistence.push(message),
      onEvent: () => {},
      onEnd: () => (state.ended += 1),
      onFault: (error) => expect.unreachable(String(error)),
    },
    { maxExperiments: null, timeoutMilliseconds: 1_000, retries: 0 },
  );
  const tell = async (message: OrchestratorMessage) => {
    orchestrator.tell(message);
    await clock.advance(0);
  };
  const ends = () =>
    toPersistence.flatMap((message) => (message.type === 'write' && message.write.end ? [message.write] : []));
  let answered = 0;
  const commit = async () => {
    const recorded = ends().slice(answered);
    answered += recorded.length;
    await tell({ type: 'recorded', recorded, lost: [] });
  };
  const started = () => pool.runs.map(({ chunk }) => chunk.map(({ experimentId }) => experimentId));
  return { clock, pool, waiting, toPersistence, lines, held, state, tell, ends, commit, started };
};

it('claims suspects last, with nothing beside them, one by one', async () => {
  const { tell, commit, pool, started, waiting, state, clock } = setup([1, 2], [7, 8], 4);
  await tell({ type: 'claim' });
  expect(started()).toEqual([[1], [2]]);
  pool.runs[0]?.finish();
  await commit();
  await commit();
  expect(state.alone).not.toContain(true); // one of them still runs
  pool.runs[1]?.finish();
  await clock.advance(0);
  await commit();
  expect(started()).toEqual([[1], [2], [7]]);
  waiting.push(claimed(3)); // of another runner, recovered meanwhile
  await clock.advance(900);
  expect(started().length).toBe(3);
  pool.runs[2]?.finish();
  await clock.advance(0);
  await commit();
  expect(started()).toEqual([[1], [2], [7], [3]]);
  pool.runs[3]?.finish();
  await clock.advance(0);
  await commit();
  expect(started().at(-1)).toEqual([8]);
  pool.runs[4]?.finish();
  await clock.advance(0);
  await commit();
  await clock.advance(0);
  expect(state.ended).toBe(1);
});

it('records in time what cannot be killed, and keeps its place until it is free', async () => {
  const { tell, commit, pool, started, ends, clock } = setup([1, 2], [], 1);
  await tell({ type: 'claim' });
  const [run] = pool.runs;
  if (run) run.milliseconds = 1_000;
  await clock.advance(1_000);
  expect(run?.aborted).toBeDefined();
  await clock.advance(800);
  expect(ends()).toMatchObject([{ experimentId: 1, end: { outcome: 'timeout' } }]);
  await commit();
  await clock.advance(2_000);
  expect(started()).toEqual([[1]]);
  run?.finish('done', { late: 1 }); // too late to count
  await clock.advance(1_000);
  expect(ends().length).toBe(1);
  expect(started()).toEqual([[1], [2]]);
});

it('ends the run when no worker can be killed any more, and gives back what it holds', async () => {
  const { tell, commit, pool, state, lines, clock } = setup([1, 2], [], 1);
  await tell({ type: 'claim' });
  const [run] = pool.runs;
  if (run) run.milliseconds = 1_000;
  await clock.advance(1_800);
  await commit();
  expect(state.ended).toBe(0);
  await clock.advance(10_000);
  expect(state.ended).toBe(1);
  expect(lines.at(-1)).toMatch(/no worker can be killed.*runner\.isolation = "process"/);
});

it('passes on to the workers that they must wait', async () => {
  const { tell, held } = setup([], [], 1);
  await tell({ type: 'backpressureChanged', full: true });
  await tell({ type: 'backpressureChanged', full: false });
  expect(held).toEqual([true, false]);
});
