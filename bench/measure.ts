import { availableParallelism } from 'node:os';

/** What the benchmarks are told; the defaults are in main.ts. */
export interface Options {
  /** Undefined: each benchmark's own. */
  readonly n: readonly number[] | undefined;
  readonly runs: number;
  readonly workers: readonly number[];
  readonly runners: readonly number[];
  readonly databases: readonly Database[];
  /** For peers. */
  readonly postgres: URL;
  /** How long the sleeping experiments of `overhead` sleep. */
  readonly seconds: number;
  /** Ten million rows, too. */
  readonly largest: boolean;
}

/** Where a study of the benchmarks lives. */
export type Database =
  | { readonly name: 'sqlite'; readonly durability: string }
  | { readonly name: 'mysql'; readonly url: URL; readonly durability: string };

/** One measurement, as it is printed. */
export interface Figure {
  readonly bench: string;
  readonly what: string;
  readonly database?: Database | string;
  readonly n: number | readonly number[];
  readonly workers?: number;
  readonly runners?: number;
  readonly unit: string;
  readonly runs: readonly number[];
  /** What was measured beside it, in the same rounds. */
  readonly to?: { readonly what: string; readonly runs: readonly number[] };
}

/** Measures the sides in turns, A B C A B C, so that whatever slows the machine slows all of them; a list for each side. */
export const alternate = async <Result>(
  runs: number,
  sides: readonly (() => Promise<Result>)[],
): Promise<readonly Result[][]> => {
  const results: Result[][] = sides.map(() => []);
  for (let run = 0; run < runs; run += 1) {
    for (const [index, side] of sides.entries()) results[index]?.push(await side());
  }
  return results;
};

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
};

/**
 * One JSON line. The ratio is the median of the rounds' ratios: two sides of a round share the machine's mood.
 */
export const report = ({ bench, what, database, n, workers, runners, unit, runs, to }: Figure): void => {
  const line = {
    bench,
    what,
    ...(typeof database === 'object'
      ? { database: database.name, durability: database.durability }
      : database && { database }),
    n,
    ...(workers !== undefined && { workers }),
    ...(runners !== undefined && { runners }),
    unit,
    median: rounded(median(runs)),
    runs: runs.map(rounded),
    ...(to && {
      ratio: rounded(median(runs.map((value, run) => value / (to.runs[run] ?? NaN)))),
      to: to.what,
      toMedian: rounded(median(to.runs)),
      toRuns: to.runs.map(rounded),
    }),
    node: process.version,
    cores: availableParallelism(),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

/** What could not be measured, and why: on both streams, so that nobody misses it. */
export const skip = (bench: string, what: string, reason: string): void => {
  process.stderr.write(`SKIPPED ${bench}, ${what}: ${reason}\n`);
  process.stdout.write(`${JSON.stringify({ bench, what, skipped: reason })}\n`);
};

/** Four digits. */
const rounded = (value: number): number => Number(value.toPrecision(4));

export const secondsSince = (begun: number): number => (performance.now() - begun) / 1_000;
