import { existsSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';

/** Threads that outlived their kill, in a blocking native call. */
const stuck = new Set<Worker>();
const SHELL = '/bin/sh';

/**
 * Lets this process end although this thread does not: Node would wait for it, with blocking calls like the opening of a
 * pipe for ever. When everything else has ended, a process with such threads is replaced by one that only exits, with the
 * same code.
 */
export const endInSpiteOf = (thread: Worker): void => {
  if (thread.threadId === -1) return; // it has ended after all
  if (stuck.size === 0) process.on('exit', leave);
  stuck.add(thread);
  thread.unref();
  thread.once('exit', () => {
    stuck.delete(thread);
    if (stuck.size === 0) process.off('exit', leave);
  });
};

const leave = (code: number): void => {
  if (process.execve && existsSync(SHELL)) process.execve(SHELL, [SHELL, '-c', `exit ${code}`], {});
  process.kill(process.pid, 'SIGKILL');
};
