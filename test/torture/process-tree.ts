import { readdirSync, readFileSync } from 'node:fs';

/** A process and all that it has started and that still runs: what a job consists of. Linux only. */
export const processTree = (pid: number): readonly number[] => [pid, ...childrenOf(pid).flatMap(processTree)];

const childrenOf = (pid: number): readonly number[] =>
  // what a thread has started is that thread's
  ifThere(() => readdirSync(`/proc/${pid}/task`), []).flatMap((thread) =>
    ifThere(() => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8'), '')
      .split(' ')
      .filter((text) => text !== '')
      .map(Number),
  );

/** Processes end while one looks. */
const ifThere = <Result>(look: () => Result, otherwise: Result): Result => {
  try {
    return look();
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return otherwise;
    throw error;
  }
};
