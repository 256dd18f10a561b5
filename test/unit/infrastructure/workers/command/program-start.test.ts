import type * as childProcess from 'node:child_process';
import { expect, test, vi } from 'vitest';
import { limitOf, startProgram } from '../../../../../src/infrastructure/workers/command/program-start.ts';

const spawn = vi.hoisted(() => vi.fn());
vi.mock('node:child_process', async (original) => {
  const real = await original<typeof childProcess>();
  return { ...real, spawn: spawn.mockImplementation(real.spawn) };
});

/** The next spawns fail as Node's do: by an event for most limits, at once for others. */
const refuse = async (...codes: readonly string[]): Promise<void> => {
  const { EventEmitter } = await import('node:events');
  for (const code of codes) {
    spawn.mockImplementationOnce(() => {
      const error = Object.assign(new Error(`spawn ${code}`), { code });
      if (code === 'ENOMEM') throw error;
      const child = new EventEmitter();
      process.nextTick(() => child.emit('error', error));
      return child;
    });
  }
};

const start = (program: string, more: { readonly signal?: AbortSignal } = {}) => {
  const warnings: string[] = [];
  const groups: number[] = [];
  const started = startProgram(
    {
      program,
      args: ['-c', 'exit 0'],
      signal: more.signal ?? new AbortController().signal,
      onGroup: (pid) => groups.push(pid),
      warn: (text) => warnings.push(text),
    },
    [1, 1],
  );
  return { started, warnings, groups };
};

test('while the machine allows no more it waits, says so once, and tries again', async () => {
  await refuse('EAGAIN', 'ENOMEM');
  const { started, warnings, groups } = start('sh');
  const child = await started;
  expect(groups).toEqual([child.pid]);
  expect(warnings).toEqual([expect.stringMatching(/^the program sh cannot be started now: EAGAIN: .*ulimit -u/)]);
  await new Promise((resolve) => child.once('close', resolve));
});

test('after all tries it is no failure of the experiment', async () => {
  await refuse('EMFILE', 'EMFILE', 'EMFILE');
  await expect(start('sh').started).rejects.toMatchObject({
    message: expect.stringMatching(/cannot be started: EMFILE: .*ulimit -n/),
    programEnd: 'notStarted',
  });
});

test('nothing is tried any more once it is to stop', async () => {
  await refuse('EAGAIN');
  await expect(start('sh', { signal: AbortSignal.abort() }).started).rejects.toMatchObject({ name: 'AbortError' });
});

test('what is wrong with the program itself fails at once', async () => {
  await expect(start('no-such-program').started).rejects.toThrow('the program no-such-program was not found');
  expect(limitOf(Object.assign(new Error(), { code: 'EACCES' }))).toBeUndefined();
});
