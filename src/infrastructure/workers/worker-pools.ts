import { resolve } from 'node:path';
import type { Log, WorkerPools } from '../../application/ports/ports.ts';
import { ExperimenterError } from '../../domain/errors.ts';
import type { StudyDefinition } from '../../domain/study/study-definition.ts';
import { checkModule, checkProgram } from './experiment/check-module.ts';
import { CommandTemplate } from './command/command-template.ts';
import { withinThreadLimit } from '../system/thread-limit.ts';
import type { WorkerData } from './threads/worker-messages.ts';

const NO_CLOSURE =
  'runner.isolation is "process", but the experiment is a function of this process: name its module instead, or leave the isolation at "thread"';

/**
 * The workers of a study: threads or processes for modules and commands, this thread for a function. Each kind is
 * loaded when it is first used.
 */
export const workerPools = (
  study: StudyDefinition,
  custom: Readonly<Record<string, unknown>>,
  log?: Pick<Log, 'warn'>,
): WorkerPools => {
  /** What was checked since workers were last opened: one check is enough for a run, but the next run needs its own. */
  let checked: string | undefined;
  return {
    check: async (source) => {
      if (source.kind === 'function') return;
      const what = JSON.stringify(source);
      if (what === checked) return;
      if (source.kind === 'module') await checkModule(resolve(source.file), (text) => log?.warn(text));
      else {
        new CommandTemplate(source.command, { keyfields: study.keyfields.map(({ name }) => name), custom });
        await checkProgram(source.command[0] ?? '');
      }
      checked = what;
    },
    open: async (source, { workers: size, isolation, memoryMegabytes }) => {
      checked = undefined;
      if (source.kind === 'function') {
        if (isolation === 'process') throw new ExperimenterError('CONFIG_INVALID', NO_CLOSURE);
        const { InlinePool } = await import('./inline-pool.ts');
        return new InlinePool({ size, study, custom, experiment: source.experiment });
      }
      const data: WorkerData = {
        study,
        custom,
        source: source.kind === 'module' ? { ...source, file: resolve(source.file) } : source,
      };
      if (isolation === 'process') {
        const { ProcessPool } = await import('./processes/process-pool.ts');
        return new ProcessPool({ size, data, memoryMegabytes, ...(log && { log }) });
      }
      const { PiscinaPool } = await import('./threads/piscina-pool.ts');
      const make = (threads: number) =>
        new PiscinaPool({ size: threads, ...data, memoryMegabytes, ...(log && { log }) });
      const each = source.kind === 'command' ? 3 : 1; // a thread, its program, and the shell that watches
      return withinThreadLimit(size, each, make, (text) => log?.warn(text));
    },
  };
};
