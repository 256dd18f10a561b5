import { ExperimenterError } from '../../domain/errors.ts';
import type { ExperimentFunction } from '../../domain/experiment/experiment-function.ts';
import type { Selection } from '../../domain/repository/selection.ts';
import type { RunnerProtocol } from '../../domain/repository/runner-protocol.ts';
import type { ExperimenterParts } from '../ports/experimenter-parts.ts';
import type { EmissionsMeter, ExperimentSource } from '../ports/ports.ts';
import type { RunEvent, RunSummary } from './run-events.ts';
import { type ClaimSource, Run } from './run.ts';
import type { RunnerOptions } from '../ports/runner-options.ts';

/** What one call may set; everything else comes from the `runner` section of the configuration. */
export interface ExecuteOptions extends Partial<RunnerOptions> {
  /** Another experiment than the configured one: the path of a module, or a function, which runs in this thread. */
  readonly experiment?: string | ExperimentFunction;
  /** Only the open experiments among these, in the order of their ids. */
  readonly selection?: Selection;
  /** Aborting it drains the run: nothing more is claimed, and what runs may finish. */
  readonly signal?: AbortSignal;
  /** Aborting it also stops what runs, and releases it. */
  readonly abortSignal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
}

/** What one call executes. Throws `MODULE_INVALID` if neither the call nor the configuration names it. */
export const sourceOf = (parts: ExperimenterParts, { experiment }: ExecuteOptions): ExperimentSource => {
  if (typeof experiment === 'function') return { kind: 'function', experiment };
  const source = experiment === undefined ? parts.experiment : ({ kind: 'module', file: experiment } as const);
  if (source) return source;
  throw new ExperimenterError(
    'MODULE_INVALID',
    'no experiment function: name a module in experiment.module, a command in experiment.command, or give a function',
  );
};

/**
 * One run, from the start of its workers to their end. `only`: where it claims from, instead of all open experiments.
 */
export const execute = async (
  parts: ExperimenterParts,
  options: ExecuteOptions,
  only?: ClaimSource,
): Promise<RunSummary> => {
  const { signal, abortSignal, onEvent, experiment: _, selection: __, ...overrides } = options;
  const runner = { ...parts.runner, ...overrides };
  const source = sourceOf(parts, options);
  const [facts, pool] = await Promise.all([parts.facts(source), parts.workerPools.open(source, runner)]);
  let protocol: RunnerProtocol | undefined;
  let meter: EmissionsMeter | undefined;
  try {
    if (source.kind !== 'function') protocol = await parts.openProtocol?.();
    if (parts.study.emissions) meter = await parts.openMeter?.();
    const repository = protocol ?? parts.repository;
    const blocking = source.kind === 'function';
    const run = new Run({ ...parts, repository, pool, facts, meter, blocking }, runner, onEvent, only);
    const drain = () => run.drain();
    const abort = () => run.abort();
    const finished = run.execute();
    if (signal?.aborted) drain();
    if (abortSignal?.aborted) abort();
    signal?.addEventListener('abort', drain);
    abortSignal?.addEventListener('abort', abort);
    try {
      return await finished;
    } finally {
      signal?.removeEventListener('abort', drain);
      abortSignal?.removeEventListener('abort', abort);
    }
  } finally {
    await pool.close();
    await meter?.close();
    await protocol?.close();
  }
};
