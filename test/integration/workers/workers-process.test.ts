import { afterAll, describe, expect, test } from 'vitest';
import { ProcessPool } from '../../../src/infrastructure/workers/processes/process-pool.ts';
import { workerPools } from '../../../src/infrastructure/workers/worker-pools.ts';
import { behaviourStudy, chunkOf, executed, experimentFile, follow } from '../../support/experiments.ts';

/* What processes do as threads do, and what only they do; the kinds of misbehaviour are in misbehaving.test.ts. */

const source = { kind: 'module', file: experimentFile('behaviour.ts') } as const;
const poolOf = (size: number, memoryMegabytes: number | null = null) =>
  new ProcessPool({ size, data: { study: behaviourStudy, custom: { dataset: 'iris' }, source }, memoryMegabytes });

const pool = poolOf(1);
afterAll(() => pool.close());

test('results, reports, logs and progress arrive in order, checked and stored', async () => {
  const { messages, cause } = await executed(pool, 'says', 'ok');
  expect(cause).toBeNull();
  expect(messages.map(({ type, experimentId }) => [type, experimentId])).toEqual([
    ['logged', 1],
    ['reported', 1],
    ['progressed', 1],
    ['finished', 1],
    ['finished', 2],
  ]);
  expect(messages[1]).toMatchObject({ results: { accuracy: 0.25, note: 'attempt 1 of iris' } });
});

test('no secret of ours is in the environment of an experiment, and no channel to the runner', async () => {
  process.env['TS_EXPERIMENTER_DATABASE_PASSWORD'] = 'canary';
  const own = poolOf(1);
  const { finished } = await executed(own, 'environment');
  await own.close();
  delete process.env['TS_EXPERIMENTER_DATABASE_PASSWORD'];
  expect(String(finished(1)?.results['note'])).not.toMatch(/canary|TS_EXPERIMENTER_|NODE_CHANNEL_FD/);
});

describe('what was started and what can be taken back', () => {
  test('taken back at any moment, started and told are the same', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { run, messages, said } = follow(pool, chunkOf(...Array.from({ length: 200 }, () => 'ok')));
      await said(({ experimentId }) => experimentId > round);
      const started = run.takeBackUnstarted();
      await run.workerFreed;
      expect(messages.length).toBe(started);
    }
  });

  test('taken back before its process is up, nothing ever is started', async () => {
    const fresh = poolOf(1);
    const { run, messages } = follow(fresh, chunkOf('ok', 'ok'));
    expect([run.current(), run.takeBackUnstarted()]).toEqual([undefined, 0]);
    expect(await run.workerFreed).toBeNull();
    expect(messages).toEqual([]);
    await fresh.close();
  });

  test('a busy loop dies alone, and what it had said is heard', async () => {
    const { run, messages, said } = follow(pool, chunkOf('ok', 'busy-loop', 'ok'));
    await said((message) => message.type === 'logged');
    expect(run.current()).toMatchObject({ index: 1 });
    run.abort(0);
    expect(await run.workerFreed).toMatchObject({ message: 'its process was killed' });
    expect([run.takeBackUnstarted(), run.current()?.index, messages.length]).toEqual([2, 1, 2]);
    expect((await executed(pool, 'ok')).finished(1)?.status).toBe('done');
  });

  test('a function that heeds its signal ends by itself, and its process lives', async () => {
    const { run, finished, said } = follow(pool, chunkOf('heeds-signal', 'ok'));
    await said((message) => message.type === 'reported');
    run.abort(10_000);
    expect(await run.workerFreed).toBeNull();
    expect(finished(1)).toMatchObject({ status: 'error', error: { name: 'AbortError' } });
    expect(finished(2)).toBeUndefined();
  });
});

test('a held process waits once it is far enough ahead, and goes on afterwards', async () => {
  pool.setPaused(true);
  const { run, messages, said } = follow(pool, chunkOf('ok', 'logs', 'ok'));
  await said(() => messages.length > 2_000);
  expect(run.current()?.index).toBe(1);
  expect(await Promise.race([run.workerFreed, new Promise((resolve) => setTimeout(resolve, 500, 'waits'))])).toBe(
    'waits',
  );
  pool.setPaused(false);
  expect(await run.workerFreed).toBeNull();
  expect(messages.flatMap((message) => (message.type === 'logged' ? [message.row['fold']] : []))).toEqual(
    Array.from({ length: 20_000 }, (_, fold) => fold),
  );
});

test('processes that cannot start fail their experiments, one by one, and block nothing', async () => {
  const flags = process.execArgv.length;
  process.execArgv.push('--import', 'data:text/javascript,throw new Error("no such hook")');
  const none = poolOf(1);
  const runs = [];
  for (let round = 0; round < 4; round += 1) runs.push(await executed(none, 'ok', 'ok'));
  process.execArgv.length = flags;
  for (const { cause, messages } of runs) {
    expect(cause?.message).toMatch(/exited with code 1[^]*no such hook/);
    expect(messages).toEqual([]);
  }
  expect(runs.map(({ run }) => run.takeBackUnstarted())).toEqual([0, 0, 1, 1]);
  await none.close();
});

test('a command is killed with its process', async () => {
  const commands = new ProcessPool({
    size: 1,
    data: { study: behaviourStudy, custom: {}, source: { kind: 'command', command: ['sleep', '600'] } },
    memoryMegabytes: null,
  });
  const { run } = follow(commands, chunkOf('ok'));
  await expect.poll(() => run.current()?.index).toBe(0);
  await commands.close();
  expect(await run.workerFreed).toMatchObject({ message: 'its process was killed' });
});

test('a function of this process is refused: it cannot be sent to another', async () => {
  const options = { workers: 1, isolation: 'process', memoryMegabytes: null } as never;
  const opened = workerPools(behaviourStudy, {}).open({ kind: 'function', experiment: async () => undefined }, options);
  await expect(opened).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});
