import type { ExperimentStatus } from '../experiment/experiment.ts';
import type { Filter } from '../filter/parse-filter.ts';

/** Which experiments a verb is about. Everything given must hold; nothing given means all. */
export interface Selection {
  readonly statuses?: readonly ExperimentStatus[];
  /** Inclusive ranges of ids. */
  readonly ids?: readonly (readonly [first: number, last: number])[];
  readonly where?: Filter;
  /** At most so many, lowest ids first. */
  readonly limit?: number;
}

/** By a column of the main table; equal ones by their ids. NULL is less than anything, text is compared by its bytes. */
export interface RowOrder {
  readonly column: string;
  readonly descending: boolean;
}
