import type { Value } from '../../domain/values/column.ts';

/** Writes rows in one format, page by page, in constant memory. */
export interface RowWriter {
  /** Rows with a value for each of the writer's columns, in their order. */
  rows(page: readonly (readonly Value[])[]): Promise<void>;
  /** Writes the rest and the end of the file. */
  end(): Promise<void>;
}

/** Takes the bytes of a binary format, in order. When it resolves, the bytes may be overwritten. */
export type ByteSink = (bytes: Uint8Array) => Promise<void>;

/** Takes the text of a text format, in order. */
export interface TextSink {
  /** Adds a text to the buffer. Returns whether the buffer is full, so that `flush` must be called. */
  add(text: string): boolean;
  flush(): Promise<void>;
}
