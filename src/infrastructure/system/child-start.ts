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

/** The same for a thread, which refuses what holds for the whole process, and by that for the thread, already. */
export const threadFlags = (flags: readonly string[]): string[] => {
  const kept = workerFlags(flags);
  const refused = refusedByThreads(kept);
  return kept.filter((flag) => !refused.has(flag));
};

/** Nobody but Node knows which: it names them instead of starting a thread, if one of them is surely wrong. */
const refusedByThreads = (flags: readonly string[]): ReadonlySet<string> => {
  if (flags.length === 0) return new Set();
  try {
    void new Worker('', { eval: true, execArgv: [...flags, '--max-old-space-size=0'] }).terminate();
    return new Set();
  } catch (error) {
    return new Set((error as Error).message.replace(/^.*execArgv flags: /s, '').split(', '));
  }
};

/** Less is not enough to start a thread, and Node aborts the whole process over it. */
export const LEAST_MEGABYTES = 16;

/**
 * The heap of a thread. When it is exhausted Node ends the thread, but only if 16 MB more are enough for what it is doing
 * just then; otherwise it aborts the process. A small young generation keeps a collection within that; the growth of one
 * huge table does not stay within it, and then the runner dies with its thread. Throws `CONFIG_INVALID`.
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

/** Kills a process and all its descendants in its group; 0 stands for none. Whoever is gone already is no error. */
export const killGroup = (pid: number, signal: NodeJS.Signals = 'SIGKILL'): void => {
  if (pid === 0) return;
  try {
    // Windows has no groups: there only the process itself is killed
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    // ESRCH: gone already
  }
};
