import type { Row } from '../../domain/values/column-type.ts';

/** Rows on their way into a file of some format, one after the other, in constant memory. */
export interface RowWriter {
  row(row: Row): Promise<void>;
  /** Writes what is left, and what ends the file. */
  end(): Promise<void>;
}

/** Where a format puts its bytes, in their order; resolves when they are taken and may be overwritten. */
export type ByteSink = (bytes: Uint8Array) => Promise<void>;
