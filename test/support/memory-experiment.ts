import {
  type Experiment,
  type ExperimentStatus,
  type FinalStatus,
  transitions,
} from '../../src/domain/experiment/experiment.ts';
import type { Row } from '../../src/domain/values/column.ts';

/* What the memory repository does to an experiment, by the table of transitions. */

/** `created` or `paused` → `running`. A resumed experiment keeps its first start date and its results. */
export const start = (
  experiment: Experiment,
  by: { readonly name: string; readonly machine: string; readonly date: string },
): void => {
  const resumed = experiment.status === 'paused';
  become(experiment, 'claim', 'running');
  if (!resumed || experiment.startDate === null) experiment.startDate = by.date;
  if (!resumed) clearResults(experiment);
  experiment.name = by.name;
  experiment.machine = by.machine;
  experiment.endDate = null;
  experiment.error = null;
};

/** Partial or final results; the last write wins. */
export const report = (experiment: Experiment, results: Row): void => {
  experiment.results = { ...experiment.results, ...results };
};

/** The end of its last attempt. */
export const end = (
  experiment: Experiment,
  verb: 'record' | 'reap',
  status: FinalStatus,
  date: string,
  error: string | null,
): void => {
  become(experiment, verb, status);
  experiment.endDate = date;
  experiment.error = error;
};

/** The next attempt of the same runner begins without results. */
export const retry = (experiment: Experiment): void => {
  become(experiment, 'retry', 'running');
  clearResults(experiment);
};

/** `running` → `created`. Partial results stay until the experiment is claimed again. */
export const reopen = (experiment: Experiment, verb: 'release' | 'reap'): void => {
  become(experiment, verb, 'created');
  experiment.startDate = null;
  experiment.name = null;
  experiment.machine = null;
};

/** `created`, without results and error. The id and the history of attempts stay. */
export const reset = (experiment: Experiment): void => {
  experiment.status = 'created';
  experiment.startDate = experiment.name = experiment.machine = experiment.endDate = experiment.error = null;
  clearResults(experiment);
};

const clearResults = (experiment: Experiment): void => {
  experiment.results = Object.fromEntries(Object.keys(experiment.results).map((field) => [field, null]));
};

const become = (experiment: Experiment, verb: keyof typeof transitions, status: ExperimentStatus): void => {
  const { from, to }: { from: readonly string[]; to: readonly string[] } = transitions[verb];
  if (!from.includes(experiment.status) || !to.includes(status))
    throw new Error(`${verb}: experiment ${experiment.id} went from ${experiment.status} to ${status}`);
  experiment.status = status;
};
