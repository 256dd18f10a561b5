import type { Value } from '../../domain/values/column-type.ts';

/** Rows on their way into a file of some format, page by page, in constant memory. */
export interface RowWriter {
  /** Rows with a value for each of the writer's columns, in their order. */
  rows(page: readonly (readonly Value[])[]): Promise<void>;
  /** Writes what is left, and what ends the file. */
  end(): Promise<void>;
}

/** Where a format puts its bytes, in their order; resolves when they are taken and may be overwritten. */
export type ByteSink = (bytes: Uint8Array) => Promise<void>;
