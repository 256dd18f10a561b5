import type { OpenOptions } from './infrastructure/container.ts';
import type { ReportingExperimenter } from './infrastructure/reporting/reporting-experimenter.ts';

/** A study: see `Experimenter.open`. */
export type Experimenter = ReportingExperimenter;

export const Experimenter = {
  /**
   * Opens a study from a configuration file or object: validates everything and connects; no table is made or changed,
   * and an SQLite file that is not there yet is not created. With `readOnly` nothing at all is changed. The database
   * packages are loaded here and not before: an
   * experiment module imports this package for `defineExperiment` alone. Throws `CONFIG_INVALID`, `STUDY_INVALID`,
   * `MODULE_INVALID`, `DATABASE_UNREACHABLE` and `DATABASE_UNSUPPORTED`.
   */
  open: async (options: OpenOptions): Promise<Experimenter> =>
    (await import('./infrastructure/container.ts')).open(options),
};

export type { Attached } from './application/study/attach.ts';
export type { ExecuteOptions } from './application/runner/execute.ts';
export type { ExperimenterParts } from './application/ports/experimenter-parts.ts';
export type { ErrorData, Usage, WorkerMessage } from './application/ports/worker-messages.ts';
export type {
  ChunkRun,
  Clock,
  EmissionsMeter,
  ExperimentSource,
  Log,
  MeteredAttempt,
  Metering,
  OpenMeter,
  OpenProtocol,
  OpenStandby,
  Standby,
  WorkerPool,
  WorkerPools,
} from './application/ports/ports.ts';
export type { RunEvent, RunSummary } from './application/runner/run-events.ts';
export type { RunnerOptions } from './application/ports/runner-options.ts';
export type { TimeRange } from './application/analysis/durations.ts';
export type { Explanation } from './application/analysis/error-explanation.ts';
export type { ErrorGroup, ErrorReport } from './application/analysis/error-groups.ts';
export type { StudyPlan } from './application/study/plan.ts';
export type { ExperimentStory, RunningExperiment, StudyStatus } from './application/study/reports.ts';
export type { WithoutResults } from './application/study/without-results.ts';
export type * from './domain/experiment/attempt.ts';
export type * from './domain/experiment/runner.ts';
export { defineStudy } from './domain/study/define-study.ts';
export type { Column, Row, StoredValue, Value } from './domain/values/column.ts';
export type { Logtable, StudyDefinition } from './domain/study/study-definition.ts';
export { type Filter, filterText } from './domain/filter/filter.ts';
export type { Emissions } from './domain/experiment/emissions.ts';
export { type ErrorCode, ExperimenterError, hasCode } from './domain/errors.ts';
export {
  type ExperimentContext,
  type ExperimentFunction,
  type ExperimentInput,
  type ExperimentReturn,
  defineExperiment,
} from './domain/experiment/experiment-function.ts';
export type * from './domain/repository/experiment-repository.ts';
export type * from './domain/repository/runner-protocol.ts';
export type * from './domain/repository/selection.ts';
export type * from './domain/repository/study-reader.ts';
export type * from './domain/repository/study-store.ts';
export { Experiment, ExperimentStatus } from './domain/experiment/experiment.ts';
export { parseFilter } from './domain/filter/parse-filter.ts';
export type { OpenOptions } from './infrastructure/container.ts';
export type { Plot } from './infrastructure/reporting/plots/kinds.ts';
export type { PlotForm, PlotOptions } from './infrastructure/reporting/plots/plot-options.ts';
export type { DataFrame } from './infrastructure/export/data-frame.ts';
export type { EvaluationTable } from './application/evaluation/table.ts';
export type { TableForm } from './infrastructure/reporting/tables/render-table.ts';
export type { TableCell } from './application/evaluation/cell.ts';
export type { TableOptions } from './application/evaluation/question.ts';
export { InlinePool } from './infrastructure/workers/inline-pool.ts';
export { tokens } from './infrastructure/tokens.ts';
