import { endToEnd } from './end-to-end.ts';
import { alternate, type Options, report } from './measure.ts';

/* Peak memory of a runner, its threads included, against the number of no-op experiments it executes. */

export const bench = async (options: Options): Promise<void> => {
  const {
    n: sizes = [10_000, 100_000],
    runs,
    workers: [workers = 2],
    databases,
  } = options;
  for (const database of databases) {
    const peaks = await alternate(
      runs,
      sizes.map((n) => async () => (await endToEnd(database, n, workers)).peakMegabytes),
    );
    const to = { what: `n = ${sizes[0]}`, runs: peaks[0] ?? [] };
    for (const [index, n] of sizes.entries()) {
      const common = {
        bench: 'memory',
        what: 'peak memory of run',
        database,
        n,
        workers,
        runners: 1,
        unit: 'MB',
      } as const;
      report({ ...common, runs: peaks[index] ?? [], to });
    }
  }
};
