import type { Attempt, Lease } from '../../domain/experiment/attempt.ts';
import type { RunnerRecord } from '../../domain/experiment/runner.ts';
import type { Row } from '../../domain/values/column.ts';
import type { Provenance, StatusCounts } from '../../domain/repository/study-reader.ts';
import type { Experiment } from '../../domain/experiment/experiment.ts';
import type { ErrorKind } from '../analysis/error-kinds.ts';

/** The state of a study. */
export interface StudyStatus {
  readonly study: string;
  readonly counts: StatusCounts;
  readonly runners: readonly RunnerRecord[];
  /** Experiments `running` without a lease: under a PyExperimenter process, or left behind by one. */
  readonly foreign: number;
  /** The ten most frequent kinds of errors, as `errors` groups them, among the 10,000 most frequent errors. */
  readonly errors: readonly ErrorKind[];
}

/** An experiment that runs, with what it last said of itself. */
export interface RunningExperiment {
  readonly lease: Lease;
  readonly keyfields: Row;
}

/** Everything about one experiment. */
export interface ExperimentStory {
  readonly experiment: Experiment;
  readonly attempts: readonly Attempt[];
  readonly lease: Lease | undefined;
  /** Rows by logtable, oldest first. */
  readonly logs: Readonly<Record<string, readonly Row[]>>;
  readonly provenance: Provenance;
}
