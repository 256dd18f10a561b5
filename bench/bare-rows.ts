import { newId } from '../src/application/ports/new-id.ts';

/** A bare driver on the tables of a study: what the product's figures are divided by. */
export interface Bare {
  /** Claims and records every open experiment, in batches of `CLAIM` and `COMMIT`: the product's rows, and nothing else. */
  drain(): Promise<void>;
  /** Multi-row inserts, `SLICE` rows a transaction. */
  insert(table: string, columns: readonly string[], n: number, row: (index: number) => readonly Cell[]): Promise<void>;
  /** Any statement. */
  run(sql: string): Promise<void>;
  close(): Promise<void>;
}
export type Cell = string | number | null;

/** The product's largest claim and its largest commit, and its fill's transaction. */
export const CLAIM = 4_096;
export const COMMIT = 2_048;
export const SLICE = 8_192;

/** What stands in the columns that nobody looks at here. */
export const DATE = '2026-01-01 12:00:00';
export const INSTANT = '2026-01-01 12:00:00.123';
export const NAME = 'ts-experimenter';
export const HOST = 'bench.example.org';
export const RUNNER = newId();
