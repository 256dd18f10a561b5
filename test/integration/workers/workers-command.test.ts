import { existsSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { PiscinaPool } from '../../../src/infrastructure/workers/threads/piscina-pool.ts';
import { behaviourStudy, chunkOf, executed, experimentFile, follow } from '../../support/experiments.ts';

const command = [
  process.execPath,
  experimentFile('command.mjs'),
  '{behaviour}',
  '--id={id}',
  '{{{attempt}}}',
  '{custom.dataset}',
];
const warnings: string[] = [];
const pool = new PiscinaPool({
  log: { warn: (text) => warnings.push(text) },
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

  test.each([
    ['terminates', 'stopSignal'],
    ['exits-143', 'stopSignal'],
    ['fail', 'exitCode'],
    ['signal', 'exitCode'],
  ] as const)('%s tells how the program ended: %s', async (behaviour, programEnd) => {
    const { finished } = await executed(pool, behaviour);
    expect(finished(1)).toMatchObject({ status: 'error', error: { programEnd } });
  });

  test('a result behind a progress bar is a result', async () => {
    const { messages } = await executed(pool, 'progress-bar');
    expect(messages[0]).toMatchObject({ type: 'reported', results: { accuracy: 0.5 } });
  });

  test('messages may end with carriage returns', async () => {
    const { messages } = await executed(pool, 'carriage-returns');
    expect(messages.map((message) => message.type === 'logged' && message.row['fold'])).toEqual([1, 2, false]);
  });

  test('a line like a message is told in the log, once, with its experiment', async () => {
    const { finished } = await executed(pool, 'misspelt');
    expect(finished(1)?.status).toBe('done');
    expect(warnings).toEqual([
      expect.stringMatching(
        /^experiment 1: a line looks like a message and is none.*"results","values":\{"accuracy":1\}/,
      ),
    ]);
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

  /** Those that have left their group are nobody's: the test ends them. Returns how many there were. */
  const endDaemons = ({ messages }: Pick<ReturnType<typeof follow>, 'messages'>): number => {
    const daemons = messages.flatMap((message) =>
      message.type === 'reported' ? [Number(message.results['note'])] : [],
    );
    for (const pid of daemons) process.kill(-pid, 'SIGKILL');
    return daemons.length;
  };

  test('a daemon that holds its output is not waited for, and what was printed before counts', async () => {
    const followed = await executed(pool, 'leaves-daemon', 'leaves-daemon');
    expect([followed.finished(1)?.status, followed.finished(2)?.status]).toEqual(['done', 'done']);
    expect(endDaemons(followed)).toBe(2);
  });

  test('everything that was printed before the exit is read, however much', async () => {
    const followed = await executed(pool, 'prints-much-and-leaves-daemon');
    expect(followed.finished(1)?.status).toBe('done');
    expect(followed.messages.filter(({ type }) => type === 'logged')).toHaveLength(20_000);
    expect(endDaemons(followed)).toBe(1);
  });

  test('what its group forwards right after its exit counts, too', async () => {
    const { messages } = await executed(pool, 'forwards-late');
    expect(messages[0]).toMatchObject({ type: 'reported', results: { accuracy: 1 } });
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
    expect(await followed.run.workerFreed).toBeNull();
    expect(followed.finished(1)?.error?.message).toMatch(/was killed by SIGKILL/);
    for (const pid of pids(followed)) await expect.poll(() => alive(pid)).toBe(false);
  });

  test.each([
    ['its thread is killed at once', async (run: ReturnType<typeof follow>['run']) => run.abort(0)],
    ['its pool is closed', () => pool.close()],
  ])('a group dies when %s', async (_, stop) => {
    const followed = await hanging();
    await stop(followed.run);
    await followed.run.workerFreed;
    for (const pid of pids(followed)) await expect.poll(() => alive(pid)).toBe(false);
  });
});
