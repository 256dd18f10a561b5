import { type ResourceLimits, Worker } from 'node:worker_threads';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ExperimenterError } from '../../domain/errors.ts';

/** The path of an entry file beside the module with this URL, in source (.ts) as after the build (.js). */
export const entryFile = (module: string, name: string): string =>
  fileURLToPath(new URL(`./${name}${extname(new URL(module).pathname)}`, module));

const OWN_VARIABLES = /^(TS_EXPERIMENTER_.*|MIKRO_ORM_.*|(MYSQL|MARIADB)_(PWD|(.*_)?PASSWORD))$/i;

/** A copy of the environment for user code: everything but our own variables and the passwords of database clients. */
export const workerEnvironment = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !OWN_VARIABLES.test(name)));

/** Node's flags for a worker process: this one's own, without those that only make sense for its main program. */
export const workerFlags = (flags: readonly string[]): string[] => {
  const kept: string[] = [];
  for (let at = 0; at < flags.length; at += 1) {
    const flag = flags[at] ?? '';
    if (/^(-e|-p|-pe|--eval|--print)$/.test(flag)) at += 1;
    else if (!/^--(input-type|inspect|eval|print|test|watch)/.test(flag)) kept.push(flag);
  }
  return kept;
};

/** The same for a thread. A thread refuses flags of the whole process; they apply to it anyway. */
export const threadFlags = (flags: readonly string[]): string[] => {
  const kept = workerFlags(flags);
  const refused = refusedByThreads(kept);
  return kept.filter((flag) => !refused.has(flag));
};

/** Only Node knows which. It names them in an error when one of the flags is certainly wrong, and starts no thread. */
const refusedByThreads = (flags: readonly string[]): ReadonlySet<string> => {
  if (flags.length === 0) return new Set();
  try {
    void new Worker('', { eval: true, execArgv: [...flags, '--max-old-space-size=0'] }).terminate();
    return new Set();
  } catch (error) {
    return new Set((error as Error).message.replace(/^.*execArgv flags: /s, '').split(', '));
  }
};

/** With less a thread cannot start, and Node aborts the whole process. */
export const LEAST_MEGABYTES = 16;

/**
 * The heap of a thread. When it is exhausted, Node ends the thread if 16 MB more are enough for its current operation.
 * Otherwise Node aborts the process. A small young generation keeps a garbage collection within 16 MB. The growth of one
 * huge table needs more, and then the runner dies with its thread. Throws `CONFIG_INVALID`.
 */
export const heapLimits = (memoryMegabytes: number | null): ResourceLimits => {
  if (memoryMegabytes === null) return {};
  if (memoryMegabytes < LEAST_MEGABYTES) {
    throw new ExperimenterError(
      'CONFIG_INVALID',
      `runner.memoryMegabytes is ${memoryMegabytes}: a worker thread needs at least ${LEAST_MEGABYTES}`,
    );
  }
  return { maxOldGenerationSizeMb: memoryMegabytes, maxYoungGenerationSizeMb: 16 };
};

/** Kills a process and all its descendants in its group; 0 stands for none. A process that has ended already is no error. */
export const killGroup = (pid: number, signal: NodeJS.Signals = 'SIGKILL'): void => {
  if (pid === 0) return;
  try {
    // Windows has no process groups: only the process itself is killed
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    // ESRCH: it has ended already
  }
};
