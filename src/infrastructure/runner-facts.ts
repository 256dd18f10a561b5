import { arch, availableParallelism, cpus, release, totalmem, type } from 'node:os';
import type { ExperimentSource } from '../application/ports.ts';
import type { RunnerFacts } from '../domain/attempt.ts';
import { gitState } from './git.ts';

/** What is remembered of a runner in this process. Never rejects. */
export const runnerFacts = async (source: ExperimentSource, directory: string): Promise<RunnerFacts> => ({
  node: process.versions.node,
  os: `${type()} ${release()} ${arch()}`,
  cpu: cpus()[0]?.model.trim() || null,
  cores: availableParallelism(),
  memoryMegabytes: Math.round(totalmem() / 1_048_576),
  // A command's files are unknown, but it runs in this directory.
  ...(source.kind === 'module' ? await gitState(source.file) : await gitState(directory, false)),
});
