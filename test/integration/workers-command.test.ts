import { existsSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { PiscinaPool } from '../../src/infrastructure/workers/piscina-pool.ts';
import { behaviourStudy, chunkOf, executed, experimentFile, follow } from '../support/experiments.ts';

const command = [
  process.execPath,
  experimentFile('command.mjs'),
  '{behaviour}',
  '--id={id}',
  '{{{attempt}}}',
  '{custom.dataset}',
];
const pool = new PiscinaPool({
  size: 1,
  study: behaviourStudy,
  custom: { dataset: 'iris' },
  source: { kind: 'command', command },
  memoryMegabytes: null,
});
afterAll(() => pool.close());

/** A zombie is dead: in a container perhaps nobody takes orphans in. */
const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !existsSync('/proc/self/stat') || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

describe('a command', () => {
  test('gets the experiment as arguments and on standard input, and speaks through standard output', async () => {
    const { messages, finished } = await executed(pool, 'echo');
    expect(finished(1)).toMatchObject({ status: 'done', error: null });
    expect(messages.map(({ type }) => type)).toEqual(['logged', 'progressed', 'reported', 'finished']);
    const reported = messages.find(({ type }) => type === 'reported');
    const [args, input] = JSON.parse(String(reported?.type === 'reported' && reported.results['note'])) as [
      string[],
      string,
    ];
    expect(args).toEqual(['--id=1', '{1}', 'iris']);
    expect(JSON.parse(input)).toEqual({
      v: 1,
      id: 1,
      attempt: 1,
      keyfields: { behaviour: 'echo' },
      custom: { dataset: 'iris' },
    });
  });

  test.each([
    ['paused', 'paused', null],
    ['fail', 'error', /exited with code 3; the last it printed:\nabout to fail/],
    ['signal', 'error', /was killed by SIGSEGV; it printed nothing/],
    ['nan', 'error', /VALUE_REFUSED.*not valid JSON \(NaN/],
    ['unknown-field', 'error', /FIELD_UNKNOWN.*acuracy/],
    ['--help', 'error', /VALUE_REFUSED.*"--help", which a program reads as an option/],
  ])('%s → %s', async (behaviour, status, error) => {
    const { finished, cause } = await executed(pool, behaviour);
    expect(cause).toBeNull();
    expect(finished(1)?.status).toBe(status);
    if (error) expect(finished(1)?.error?.stack).toMatch(error);
  });

  test('a last line without its end counts', async () => {
    const { messages } = await executed(pool, 'last-line');
    expect(messages[0]).toMatchObject({ type: 'reported', results: { accuracy: 1 } });
  });

  test("a program that is not there is that experiment's error", async () => {
    const none = new PiscinaPool({
      size: 1,
      study: behaviourStudy,
      custom: {},
      source: { kind: 'command', command: ['no-such-program'] },
      memoryMegabytes: null,
    });
    const { finished } = await executed(none, 'ok');
    expect(finished(1)?.error?.message).toBe('the program no-such-program was not found');
    await none.close();
  });
});

describe('the processes of a command', () => {
  const pids = (followed: ReturnType<typeof follow>): number[] => {
    const reported = followed.messages.find(({ type }) => type === 'reported');
    return JSON.parse(String(reported?.type === 'reported' && reported.results['note'])) as number[];
  };
  const reported = ({ type }: { readonly type: string }) => type === 'reported';

  test('what it leaves behind dies with it', async () => {
    const followed = await executed(pool, 'leaves-child');
    expect(followed.finished(1)?.status).toBe('done');
    for (const pid of pids(followed)) await expect.poll(() => alive(pid)).toBe(false);
  });

  const hanging = async () => {
    const followed = follow(pool, chunkOf('hangs-with-child'));
    await followed.said(reported);
    expect(pids(followed).map(alive)).toEqual([true, true]);
    return followed;
  };

  test('a group that ignores SIGTERM is killed within the grace; the thread lives', async () => {
    const followed = await hanging();
    followed.run.abort(500);
    expect(await followed.run.settled).toBeNull();
    expect(followed.finished(1)?.error?.message).toMatch(/was killed by SIGKILL/);
    for (const pid of pids(followed)) await expect.poll(() => alive(pid)).toBe(false);
  });

  test.each([
    ['its thread is killed at once', async (run: ReturnType<typeof follow>['run']) => run.abort(0)],
    ['its pool is closed', () => pool.close()],
  ])('a group dies when %s', async (_, stop) => {
    const followed = await hanging();
    await stop(followed.run);
    await followed.run.settled;
    for (const pid of pids(followed)) await expect.poll(() => alive(pid)).toBe(false);
  });
});
