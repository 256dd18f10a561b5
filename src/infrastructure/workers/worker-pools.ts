import { resolve } from 'node:path';
import type { Log, WorkerPools } from '../../application/ports.ts';
import type { StudyDefinition } from '../../domain/study.ts';
import { checkModule, checkProgram } from './check-module.ts';
import { CommandTemplate } from './command-template.ts';
import { InlinePool } from './inline-pool.ts';
import { PiscinaPool } from './piscina-pool.ts';

/** The workers of a study: threads for modules and commands, this very thread for a function. */
export const workerPools = (
  study: StudyDefinition,
  custom: Readonly<Record<string, unknown>>,
  log?: Pick<Log, 'warn'>,
): WorkerPools => ({
  check: async (source) => {
    if (source.kind === 'module') await checkModule(resolve(source.file));
    if (source.kind !== 'command') return;
    new CommandTemplate(source.command, { keyfields: study.keyfields.map(({ name }) => name), custom });
    await checkProgram(source.command[0] ?? '');
  },
  open: async (source, { workers: size, memoryMegabytes }) => {
    if (source.kind === 'function') return new InlinePool({ size, study, custom, experiment: source.experiment });
    const thread = source.kind === 'module' ? { ...source, file: resolve(source.file) } : source;
    return new PiscinaPool({ size, study, custom, memoryMegabytes, source: thread, ...(log && { log }) });
  },
});
