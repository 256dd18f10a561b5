import { alternate, type Database, type Options, report } from './measure.ts';
import { withStudy } from './study.ts';

/*
 * Peak memory of a runner, its threads included, against the number of no-op experiments it executes: the product of two
 * keyfields, as a list of a million values would be measured, too.
 */

const EACH = 1_000;

const peakOf = async (database: Database, n: number, workers: number): Promise<number> =>
  withStudy(database, { n, each: EACH, workers }, async (study) => {
    await study.experimenter.fillFromConfig();
    const { peakMegabytes } = await study.cli('run');
    await study.requireDone(n);
    return peakMegabytes;
  });

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
      sizes.map((n) => async () => peakOf(database, n, workers)),
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
