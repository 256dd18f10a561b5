import type { ExperimentStatus } from '../experiment/experiment.ts';
import type { Filter } from '../filter/filter.ts';

/** The experiments that a verb applies to. Every given condition must hold; without conditions it is all of them. */
export interface Selection {
  readonly statuses?: readonly ExperimentStatus[];
  /** Inclusive ranges of ids. */
  readonly ids?: readonly (readonly [first: number, last: number])[];
  readonly where?: Filter;
  /** The largest number of experiments, lowest ids first. */
  readonly limit?: number;
}

/** By a column of the main table; equal values by id. NULL is the smallest value, text is compared by its bytes. */
export interface RowOrder {
  readonly column: string;
  readonly descending: boolean;
}
