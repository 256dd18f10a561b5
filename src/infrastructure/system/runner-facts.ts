import { arch, availableParallelism, cpus, release, totalmem, type } from 'node:os';
import type { ExperimentSource, Log } from '../../application/ports/ports.ts';
import type { RunnerFacts } from '../../domain/experiment/runner.ts';
import { gitState, refusalText } from './git.ts';

/** The refusals that were logged already: each is logged once. */
const warned = new Set<string>();

/** What is remembered of a runner in this process. Never rejects. */
export const runnerFacts = async (
  source: ExperimentSource,
  directory: string,
  log: Pick<Log, 'warn'>,
): Promise<RunnerFacts> => {
  // A command's files are unknown, but it runs in this directory.
  const { commit, dirty, refused } =
    source.kind === 'module' ? await gitState(source.file) : await gitState(directory, false);
  if (refused !== undefined && !warned.has(refused)) log.warn(refusalText(refused));
  if (refused !== undefined) warned.add(refused);
  return {
    node: process.versions.node,
    os: `${type()} ${release()} ${arch()}`,
    cpu: cpus()[0]?.model.trim() || null,
    cores: availableParallelism(),
    memoryMegabytes: Math.round(totalmem() / 1_048_576),
    commit,
    dirty,
    ...(refused !== undefined && { git: 'refused' as const }),
  };
};
