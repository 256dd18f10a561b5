import type { RunnerFacts } from '../../domain/experiment/runner.ts';
import type { ExperimentRepository } from '../../domain/repository/experiment-repository.ts';
import type { ConfigurationRecord } from '../../domain/repository/study-store.ts';
import type { GridDefinition } from '../../domain/grid/combinations.ts';
import type { StudyDefinition } from '../../domain/study/define-study.ts';
import type { Clock, ExperimentSource, Log, OpenMeter, OpenProtocol, OpenStandby, WorkerPools } from './ports.ts';
import type { RunnerOptions } from './runner-options.ts';

/** Everything a study is made of; put together by the composition root, or by a test. */
export interface ExperimenterParts {
  readonly study: StudyDefinition;
  readonly grid: GridDefinition;
  /** Null: the study is only looked at, or each call brings its own. */
  readonly experiment: ExperimentSource | null;
  readonly runner: RunnerOptions;
  readonly repository: ExperimentRepository;
  /** What a run with workers of its own speaks the protocol with; otherwise the repository. */
  readonly openProtocol?: OpenProtocol | undefined;
  /** Keeps a blocked runner alive; a repository that was injected has none. */
  readonly openStandby?: OpenStandby | undefined;
  readonly workerPools: WorkerPools;
  /** Only for a study that records emissions. */
  readonly openMeter?: OpenMeter | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** Remembered by every experiment that is added. */
  readonly configuration: ConfigurationRecord;
  /** What is remembered of a runner that executes this. Never rejects. */
  readonly facts: (source: ExperimentSource) => Promise<RunnerFacts>;
  /** Gives back what else was made for this study, after its repository was closed. */
  readonly dispose?: () => Promise<void>;
}
