import { readFileSync } from 'node:fs';
import type { Usage } from '../../application/ports/worker-messages.ts';

/** The kernel counts the time of other processes in hundredths of a second: USER_HZ, the same on every Linux. */
const MILLISECONDS_PER_TICK = 10;

/**
 * The processor time of all children that this process has waited for, and theirs, in milliseconds: `cutime` and
 * `cstime` of proc_pid_stat(5). Undefined on systems that do not report it (all but Linux).
 */
export const childrenTime = (): number | undefined => {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    // the second field is a name in parentheses, and may hold anything
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[13]) + Number(fields[14])) * MILLISECONDS_PER_TICK;
  } catch {
    return undefined;
  }
};

/**
 * The processor time of this thread, in milliseconds. Node before 23.9 does not report it; there the result
 * is the time in which the thread's event loop did not wait.
 */
const threadTime = (): number => {
  const { threadCpuUsage } = process as Partial<Pick<typeof process, 'threadCpuUsage'>>;
  if (!threadCpuUsage) return performance.eventLoopUtilization().active;
  const { user, system } = threadCpuUsage.call(process);
  return (user + system) / 1000;
};

/** Begins to count for one execution; calling the result ends it. */
export type ProcessorTime = () => () => Usage | undefined;

/** Of a module in a thread: what that thread computes. Helper threads of native code are not seen. */
export const moduleTime: ProcessorTime = () => {
  const begun = threadTime();
  return () => ({ cpuMilliseconds: threadTime() - begun });
};

/** Of a program that a thread started: the process has waited for it when it ends, as for those of other threads. */
export const commandTime: ProcessorTime = () => () => {
  const ended = childrenTime();
  return ended === undefined ? undefined : { cpuMilliseconds: 0, childrenMilliseconds: ended };
};

/** Of anything in a process of its own: all its threads, and the children that have ended. */
export const processTime: ProcessorTime = () => {
  const own = process.cpuUsage();
  const children = childrenTime() ?? 0;
  return () => {
    const { user, system } = process.cpuUsage(own);
    return { cpuMilliseconds: (user + system) / 1000 + (childrenTime() ?? 0) - children };
  };
};
