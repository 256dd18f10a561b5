import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PiscinaPool } from '../../../src/infrastructure/workers/threads/piscina-pool.ts';
import { behaviourStudy, chunkOf, executed, experimentFile, follow } from '../../support/experiments.ts';

const source = { kind: 'module', file: experimentFile('behaviour.ts') } as const;
const poolOf = (size: number, memoryMegabytes: number | null = null, log = { warn: () => {} }) =>
  new PiscinaPool({ size, study: behaviourStudy, custom: { dataset: 'iris' }, source, memoryMegabytes, log });

let pool: PiscinaPool;
beforeAll(() => {
  process.env['TS_EXPERIMENTER_DATABASE_PASSWORD'] = 'canary';
  process.env['MYSQL_PWD'] = 'canary';
  process.env['DATASETS'] = '/data';
  pool = poolOf(1);
});
afterAll(() => pool.close());

describe('what an experiment does is told by its own Finished', () => {
  test('results, reports, logs and progress arrive in order, checked and stored', async () => {
    const { messages, cause } = await executed(pool, 'says');
    expect(cause).toBeNull();
    const ref = { experimentId: 1, attemptId: 'attempt-1' };
    expect(messages).toEqual([
      { type: 'logged', ...ref, logtable: 'folds', row: { fold: 1, accuracy: 0.5 }, date: expect.any(Date) },
      { type: 'reported', ...ref, results: { accuracy: 0.25, note: 'attempt 1 of iris' } },
      { type: 'progressed', ...ref, progress: '0.5' },
      {
        type: 'finished',
        ...ref,
        status: 'done',
        results: { accuracy: 0.5 },
        error: null,
        startedAt: expect.any(Date),
        milliseconds: expect.any(Number),
      },
    ]);
  });

  test.each([
    ['nothing', 'done', null],
    ['paused', 'paused', null],
    ['error-status', 'error', null],
    [
      'throw',
      'error',
      /^RangeError: the rate is negative\n    at .*behaviour\.ts:\d+:\d+\)?\ncaused by: Error: read from a file\n    at .*behaviour\.ts/,
    ],
    ['throw-null', 'error', /something that is no Error was thrown: null/],
    ['throw-getters', 'error', /^Error: with a bad stack$/],
    ['throw-100-megabytes', 'error', /a text of 100000000 characters/],
    ['unknown-field', 'error', /FIELD_UNKNOWN.*acuracy.*accuracy, confusion, note/],
    ['unknown-log', 'error', /FIELD_UNKNOWN.*fold is not a logtable.*folds\n    at .*behaviour\.ts:\d+/],
    ['wrong-value', 'error', /VALUE_REFUSED.*accuracy.*high/],
    [
      'wrong-return',
      'error',
      /VALUE_REFUSED.*returns an object of resultfields \(accuracy, confusion, note\).*this was 42/,
    ],
    ['unserialisable', 'error', /VALUE_REFUSED.*confusion.*function/],
    ['big-result', 'error', /VALUE_REFUSED.*note: 9 MiB.*8 MiB/],
    ['stack-overflow', 'error', /RangeError: Maximum call stack/],
    ['rejects-aside', 'error', /nobody awaited this/],
    ['throws-aside', 'error', /thrown in a timer/],
  ])('%s → %s, and the next one in the thread is fine', async (behaviour, status, error) => {
    const { finished, cause } = await executed(pool, 'ok', behaviour, 'ok');
    expect(cause).toBeNull();
    expect(finished(2)).toMatchObject({ status });
    if (error) expect(finished(2)?.error?.stack).toMatch(error);
    else expect(finished(2)?.error).toBeNull();
    expect(finished(2)?.error?.stack.length ?? 0).toBeLessThanOrEqual(65_536);
    expect([finished(1), finished(3)]).toMatchObject([
      { status: 'done', results: { accuracy: 1 } },
      { status: 'done', results: { accuracy: 3 } },
    ]);
  });

  test('a held worker waits once it is far enough ahead, and goes on afterwards', async () => {
    pool.setPaused(true);
    const { run, messages, said } = follow(pool, chunkOf('logs'));
    await said(() => messages.length > 4_000);
    expect(run.current()?.index).toBe(0);
    pool.setPaused(false);
    await run.workerFreed;
    expect(messages.length).toBe(20_001);
  });

  test('a flood of logs arrives whole and in order', async () => {
    const { messages } = await executed(pool, 'logs');
    const folds = messages.flatMap((message) => (message.type === 'logged' ? [message.row['fold']] : []));
    expect(folds).toEqual(Array.from({ length: 20_000 }, (_, fold) => fold));
  });

  test('no secret of ours is in the environment of an experiment', async () => {
    const { finished } = await executed(pool, 'environment');
    const note = String(finished(1)?.results['note']);
    expect(note).toContain('/data');
    expect(note).not.toMatch(/canary|TS_EXPERIMENTER_/);
  });

  test('what an ended experiment left behind harms no later one', async () => {
    const { messages, cause, finished } = await executed(
      pool,
      'leaves-trouble',
      'takes-its-time',
      'calls-left',
      'takes-its-time',
    );
    expect(cause).toBeNull();
    expect(messages.map(({ type }) => type)).toEqual(['finished', 'finished', 'finished', 'finished']);
    expect([finished(2)?.status, finished(4)?.status]).toEqual(['done', 'done']);
    expect(finished(3)?.error?.stack).toMatch(/experiment 1 has ended: report\(\) came after/);
  });
});

describe('aborting', () => {
  test('what has ended is told while the next one hangs', async () => {
    const { run, said, finished } = follow(pool, chunkOf('ok', 'ok', 'ok', 'busy-loop'));
    await said(({ type, experimentId }) => type === 'finished' && experimentId === 3);
    expect(finished(1)).toMatchObject({ status: 'done', results: { accuracy: 1 } });
    run.abort(20);
    await run.workerFreed;
  });

  test('a busy loop dies alone: what ended before is told, what came after was never started', async () => {
    const { run, messages, finished, said } = follow(pool, chunkOf('ok', 'ok', 'busy-loop', 'ok'));
    await said((message) => message.type === 'logged');
    expect(run.current()).toMatchObject({ index: 2, milliseconds: expect.any(Number) });
    run.abort(20);
    const cause = await run.workerFreed;
    expect(cause?.message).toBe('the worker thread was killed');
    expect(run.takeBackUnstarted()).toBe(3);
    expect(messages.map(({ type, experimentId }) => [type, experimentId])).toEqual([
      ['finished', 1],
      ['finished', 2],
      ['logged', 3],
    ]);
    expect(finished(2)?.results).toEqual({ accuracy: 2 });
    expect(run.current()?.milliseconds).toBeGreaterThan(19);
    expect((await executed(pool, 'ok')).finished(1)?.status).toBe('done');
  });

  test('a function that heeds its signal ends by itself, and its thread lives', async () => {
    const { run, finished, said } = follow(pool, chunkOf('heeds-signal', 'ok'));
    await said((message) => message.type === 'reported');
    run.abort(10_000);
    expect(await run.workerFreed).toBeNull();
    expect(finished(1)).toMatchObject({ status: 'error', error: { name: 'AbortError' } });
    expect(finished(2)).toBeUndefined();
    expect(run.current()).toBeUndefined();
  });

  test('a promise that never settles is killed', async () => {
    const { run } = follow(pool, chunkOf('never-settles'));
    await expect.poll(() => run.current()?.index).toBe(0);
    run.abort(0);
    expect(await run.workerFreed).toMatchObject({ message: 'the worker thread was killed' });
  });

  test('taken back before anything started, nothing ever is', async () => {
    const before = follow(pool, chunkOf('heeds-signal'));
    const { run, messages } = follow(pool, chunkOf('ok', 'ok')); // waits for the pool's only thread
    expect(run.takeBackUnstarted()).toBe(0);
    await before.said(({ type }) => type === 'reported');
    before.run.abort(10_000);
    expect(await run.workerFreed).toBeNull();
    expect(messages).toEqual([]);
  });

  test('taken back at any moment, started and told are the same', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { run, messages, said } = follow(pool, chunkOf(...Array.from({ length: 200 }, () => 'ok')));
      await said(({ experimentId }) => experimentId > round);
      const started = run.takeBackUnstarted();
      await run.workerFreed;
      expect(messages.length).toBe(started);
    }
  });

  test('a blocking native call keeps its place until it returns; the pool does not wait for it at its end', async () => {
    const stuck = poolOf(1);
    const first = follow(stuck, chunkOf('blocking-call'));
    await first.said((message) => message.type === 'logged');
    first.run.abort(1_000); // by then it is in the call
    expect((await first.run.workerFreed)?.message).toBe('the worker thread was killed');
    expect((await executed(stuck, 'ok')).finished(1)?.status).toBe('done');
    const second = follow(stuck, chunkOf('blocking-call'));
    await second.said((message) => message.type === 'logged');
    second.run.abort(1_000);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await stuck.close();
    expect((await second.run.workerFreed)?.message).toContain('cannot be killed');
  });
});

describe('the death of a thread', () => {
  test('process.exit is told with its code and its place, after everything said before', async () => {
    const { run, cause, messages } = await executed(pool, 'ok', 'ok', 'process-exit', 'ok');
    expect(cause?.message).toMatch(/the experiment called process\.exit\(3\)/);
    expect(cause?.stack).toContain('behaviour.ts');
    expect(messages.map(({ type, experimentId }) => [type, experimentId])).toEqual([
      ['finished', 1],
      ['finished', 2],
      ['reported', 3],
    ]);
    expect([run.current()?.index, run.takeBackUnstarted()]).toEqual([2, 3]);
    expect((await executed(pool, 'ok')).finished(1)?.status).toBe('done');
  });

  test('an exhausted heap is told with its limit', async () => {
    const small = poolOf(1, 64);
    const { run, cause, messages } = await executed(small, 'ok', 'ok', 'heap-exhaustion', 'ok');
    expect(cause).toMatchObject({
      code: 'ERR_WORKER_OUT_OF_MEMORY',
      message: expect.stringContaining('heap limit 64 MB'),
    });
    expect(messages.map(({ experimentId }) => experimentId)).toEqual([1, 2]);
    expect([run.current()?.index, run.takeBackUnstarted()]).toEqual([2, 3]);
    expect((await executed(small, 'ok')).finished(1)?.status).toBe('done');
    await small.close();
  });

  test('threads that cannot start fail their experiments, one by one, and block nothing', async () => {
    const flags = process.execArgv.length;
    process.execArgv.push('--import', 'data:text/javascript,throw new Error("no such hook")');
    const none = poolOf(1);
    process.execArgv.length = flags;
    const runs = [];
    for (let round = 0; round < 4; round += 1) runs.push(await executed(none, 'ok', 'ok'));
    for (const { cause, messages } of runs) {
      expect(cause?.message).toContain('no such hook');
      expect(messages).toEqual([]);
    }
    expect(runs.map(({ run }) => run.takeBackUnstarted())).toEqual([0, 0, 1, 1]);
    await none.close();
  });

  test('close kills what runs, and settles it', async () => {
    const two = poolOf(2);
    const runs = [follow(two, chunkOf('ok', 'busy-loop', 'ok')), follow(two, chunkOf('never-settles'))];
    await runs[0]?.said((message) => message.type === 'logged');
    await two.close();
    for (const { run } of runs)
      expect(await run.workerFreed).toMatchObject({ message: 'the worker thread was killed' });
    expect(runs[0]?.finished(1)?.status).toBe('done');
  });
});
