import type { RunnerFacts } from '../../domain/experiment/runner.ts';
import type { ExperimentRepository } from '../../domain/repository/experiment-repository.ts';
import type { ConfigurationRecord } from '../../domain/repository/study-store.ts';
import type { GridDefinition } from '../../domain/grid/grid.ts';
import type { StudyDefinition } from '../../domain/study/study-definition.ts';
import type { Clock, ExperimentSource, Log, OpenMeter, OpenProtocol, OpenStandby, WorkerPools } from './ports.ts';
import type { RunnerOptions } from './runner-options.ts';

/** Everything that a study needs; put together by the composition root, or by a test. */
export interface ExperimenterParts {
  readonly study: StudyDefinition;
  readonly grid: GridDefinition;
  /** Null: the study is only read, or each call names its own. */
  readonly experiment: ExperimentSource | null;
  readonly runner: RunnerOptions;
  readonly repository: ExperimentRepository;
  /** Opens the connection of a run with workers of its own. Without it the run uses the repository. */
  readonly openProtocol?: OpenProtocol | undefined;
  /** Keeps a blocked runner alive. An injected repository has none. */
  readonly openStandby?: OpenStandby | undefined;
  readonly workerPools: WorkerPools;
  /** Only for a study that records emissions. */
  readonly openMeter?: OpenMeter | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** Stored with every experiment that is added. */
  readonly configuration: ConfigurationRecord;
  /** What is stored about a runner that executes this. Never rejects. */
  readonly facts: (source: ExperimentSource) => Promise<RunnerFacts>;
  /** Releases what else was made for this study, after its repository was closed. */
  readonly dispose?: () => Promise<void>;
}
