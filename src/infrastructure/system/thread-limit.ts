import type { Worker } from 'node:worker_threads';
import { setImmediate as turn } from 'node:timers/promises';
import { ExperimenterError } from '../../domain/errors.ts';

const REFUSED =
  'no more threads are allowed: Node itself needs about eleven, and each worker one more. Raise the limit on processes and threads ' +
  '(ulimit -u, --pids-limit of a container, pids.max of its cgroup, TasksMax of systemd), or end what else this user runs';

const isRefusal = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_INIT_FAILED';

/** Starts a thread. Throws `LIMIT_REACHED` naming the limit if the machine allows none. */
export const startThread = <Thread>(start: () => Thread): Thread => {
  try {
    return start();
  } catch (error) {
    throw isRefusal(error) ? new ExperimenterError('LIMIT_REACHED', REFUSED, { cause: error }) : error;
  }
};

/** What the run needs beside its workers: two threads for the database and the heartbeat, one replaced, one to spare. */
const RESERVED = 4;

/**
 * Makes a pool of `size` threads, or of as many as the machine allows. A pool that could not start all of its threads
 * keeps no reference to those it started. Node emits an event for every new thread, so that they are ended before the next
 * try. `each`: processes and threads that a worker needs, itself included. Throws `LIMIT_REACHED`.
 */
export const withinThreadLimit = async <Pool>(
  size: number,
  each: number,
  make: (size: number) => Pool,
  warn: (text: string) => void,
): Promise<Pool> => {
  const made: Worker[] = [];
  const note = (thread: Worker): void => void made.push(thread);
  process.on('worker', note);
  try {
    return make(size);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await turn(); // the events come in the next turn of the event loop
    // without the pool's listeners, which would start other threads in their place
    await Promise.all(made.map(async (thread) => thread.removeAllListeners().terminate()));
  } finally {
    process.off('worker', note);
  }
  const fewer = Math.max(1, Math.floor((made.length - RESERVED) / each));
  if (made.length === 0 || fewer >= size) throw new ExperimenterError('LIMIT_REACHED', REFUSED);
  warn(`only ${fewer} of ${size} workers are started: ${REFUSED}`);
  return startThread(() => make(fewer));
};
