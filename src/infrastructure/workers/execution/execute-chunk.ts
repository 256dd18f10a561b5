import type { ExperimentFunction } from '../../../domain/experiment/experiment-function.ts';
import type { Claimed } from '../../../domain/repository/runner-protocol.ts';
import { Execution, type ExecutionDependencies } from './execution.ts';
import type { ChunkState } from './chunk-state.ts';

/** What the executions of a chunk need. */
export interface ChunkDependencies extends ExecutionDependencies {
  /** The experiment function; loaded within the first execution, so that its timeout also ends endless loading. */
  readonly load: () => Promise<ExperimentFunction>;
  /** Called with each execution before its function is. */
  readonly onStart: (execution: Execution) => void;
  /** Awaited before each execution. */
  readonly pause?: () => Promise<unknown>;
}

/** Executes a chunk one by one, until the rest is taken back. Never rejects. */
export const executeChunk = async (
  chunk: readonly Claimed[],
  state: ChunkState,
  deps: ChunkDependencies,
): Promise<void> => {
  let experiment: ExperimentFunction | undefined;
  for (const [index, claimed] of chunk.entries()) {
    await deps.pause?.();
    if (!state.start(index)) break;
    if (!experiment) {
      experiment = await deps.load().catch((error: unknown): ExperimentFunction => () => {
        throw error;
      });
      state.begin(index);
    }
    const execution = new Execution(claimed, deps);
    deps.onStart(execution);
    await execution.run(experiment);
  }
  state.idle();
};
