import type { Row } from '../values/column.ts';

/** One row of a logtable. */
export class LogRow {
  readonly id: number;
  /** Null: the row was written by another program, and names no experiment. */
  readonly experimentId: number | null;
  /** `YYYY-MM-DD HH:MM:SS`. */
  readonly timestamp: string | null;
  /** The columns that the study declares. */
  readonly values: Row;

  constructor(id: number, experimentId: number | null, timestamp: string | null, values: Row) {
    this.id = id;
    this.experimentId = experimentId;
    this.timestamp = timestamp;
    this.values = values;
  }
}
