import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProgramError } from '../execution/program-end.ts';

export type Program = ChildProcessByStdio<Writable, Readable, Readable>;

/** Limits of the machine that prevent the start of a program. They are no errors of the experiment. */
export const limits = {
  EAGAIN: 'no more processes are allowed (ulimit -u, or the pids limit of the container or job)',
  EMFILE: 'this process may open no more files (ulimit -n)',
  ENFILE: 'the machine can open no more files (fs.file-max)',
  ENOMEM: 'there is not enough memory',
};

/** The limit that an error of a start is about; undefined: another error. */
export const limitOf = (error: unknown): string | undefined =>
  (limits as Readonly<Record<string, string>>)[(error as NodeJS.ErrnoException | undefined)?.code ?? ''];

/** Milliseconds before each further try, a minute in all. Then the experiment is released to other runners. */
const WAITS = [250, 500, 1_000, 2_000, 4_000, ...Array.from({ length: 10 }, () => 5_000)];

export interface ProgramStart {
  readonly program: string;
  readonly args: readonly string[];
  /** Aborted when the experiment must stop: the tries end. */
  readonly signal: AbortSignal;
  /** Called with the process group as soon as it exists. */
  readonly onGroup: (pid: number) => void;
  readonly warn: (text: string) => void;
}

/**
 * Starts a program without a shell, as the leader of a process group of its own. While the machine allows no more, it
 * waits and tries again. Rejects with what is wrong with the program; after all tries with a `ProgramError` that is no
 * failure of the experiment.
 */
export const startProgram = async (
  { program, args, signal, onGroup, warn }: ProgramStart,
  waits: readonly number[] = WAITS,
): Promise<Program> => {
  for (let tries = 0; ; tries += 1) {
    try {
      return await spawned(program, args, onGroup);
    } catch (error) {
      const limit = limitOf(error);
      if (limit === undefined) throw told(error, program);
      const why = `${(error as NodeJS.ErrnoException).code}: ${limit}`;
      if (tries === 0) warn(`the program ${program} cannot be started now: ${why}; it is tried again`);
      if (tries === waits.length)
        throw new ProgramError(`the program ${program} cannot be started: ${why}`, 'notStarted', { cause: error });
    }
    await sleep(waits[tries], undefined, { signal });
  }
};

const spawned = (program: string, args: readonly string[], onGroup: (pid: number) => void): Promise<Program> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'pipe', detached: true, shell: false, windowsHide: true });
    if (child.pid !== undefined) onGroup(child.pid);
    child.once('error', reject);
    child.once('spawn', () => {
      child.off('error', reject);
      resolve(child);
    });
  });

const told = (error: unknown, program: string): unknown =>
  (error as NodeJS.ErrnoException).code === 'ENOENT'
    ? new Error(`the program ${program} was not found`, { cause: error })
    : error;
