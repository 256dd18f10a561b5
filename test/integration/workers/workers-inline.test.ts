import { expect, test } from 'vitest';
import behaviour from '../../fixtures/experiments/behaviour.ts';
import { InlinePool } from '../../../src/infrastructure/workers/inline-pool.ts';
import { behaviourStudy as study, chunkOf, executed, follow } from '../../support/experiments.ts';

const pool = new InlinePool({ size: 2, study, custom: { dataset: 'iris' }, experiment: behaviour });

test('the envelope is that of the worker threads', async () => {
  const { messages, finished, cause } = await executed(pool, 'ok', 'says', 'throw', 'unknown-field', 'paused');
  expect(cause).toBeNull();
  expect(messages.map(({ type }) => type)).toEqual([
    'finished',
    'logged',
    'reported',
    'progressed',
    'finished',
    'finished',
    'finished',
    'finished',
  ]);
  expect([1, 2, 3, 4, 5].map((id) => finished(id)?.status)).toEqual(['done', 'done', 'error', 'error', 'paused']);
});

test('the chunks of one pool take turns', async () => {
  const [one, two] = [follow(pool, chunkOf('never-settles')), follow(pool, chunkOf('ok'))];
  expect(await two.run.workerFreed).toBeNull();
  expect(one.run.current()?.index).toBe(0);
  one.run.abort(0);
  expect((await one.run.workerFreed)?.message).toContain('abandoned');
});

test('an abort is a signal; who does not heed it is abandoned', async () => {
  const heeding = follow(pool, chunkOf('heeds-signal', 'ok'));
  await heeding.said(({ type }) => type === 'reported');
  heeding.run.abort(10_000);
  expect(await heeding.run.workerFreed).toBeNull();
  expect(heeding.run.takeBackUnstarted()).toBe(1);
  const deaf = follow(pool, chunkOf('never-settles'));
  await expect.poll(() => deaf.run.current()?.index).toBe(0);
  await pool.close();
  expect((await deaf.run.workerFreed)?.message).toContain('abandoned');
  expect(deaf.messages).toEqual([]);
});
