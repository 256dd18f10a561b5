import { withBare } from './bare.ts';
import { DATE } from './bare-rows.ts';
import { alternate, type Database, type Options, report, secondsSince } from './measure.ts';
import { withStudy } from './study.ts';

/*
 * Filling a study from its grid, the first time and again with nothing to add; beside a bare multi-row insert of the same
 * rows into a table with the same indexes, which looks for no duplicates. The peak memory is the command line's.
 */

export interface Fill {
  /** Rows per second into the empty table. */
  readonly first: number;
  /** Rows per second when all are there already. */
  readonly second: number;
}

export const fill = async (database: Database, n: number): Promise<Fill> =>
  withStudy(database, { n }, async ({ experimenter }) => {
    await experimenter.fillWithRows([]); // makes the tables
    const perSecond = async (expected: number) => {
      const begun = performance.now();
      const { added } = await experimenter.fillFromConfig();
      const seconds = secondsSince(begun);
      if (added !== expected) throw new Error(`${added} of ${expected} rows were added`);
      return n / seconds;
    };
    return { first: await perSecond(n), second: await perSecond(0) };
  });

const bareInsert = async (database: Database, n: number): Promise<number> =>
  withStudy(database, { n }, async (study) => {
    await study.experimenter.fillWithRows([]);
    const seconds = await withBare(database, study, async (bare) => {
      const begun = performance.now();
      await bare.insert(study.table, ['a', 'creation_date', 'status'], n, (a) => [a, DATE, 'created']);
      return secondsSince(begun);
    });
    const { created } = await study.experimenter.counts();
    if (created !== n) throw new Error(`${created} of ${n} rows were inserted`);
    return n / seconds;
  });

const peak = async (database: Database, n: number): Promise<number> =>
  withStudy(database, { n }, async (study) => (await study.cli('fill')).peakMegabytes);

export const bench = async ({ n: sizes = [10_000, 100_000], runs, databases }: Options): Promise<void> => {
  for (const database of databases) {
    const peaks = await alternate(
      runs,
      sizes.map((n) => () => peak(database, n)),
    );
    for (const [index, n] of sizes.entries()) {
      const [bare = [], fills = []] = await alternate<number | Fill>(runs, [
        () => bareInsert(database, n),
        () => fill(database, n),
      ]);
      const first = (fills as Fill[]).map((both) => both.first);
      const second = (fills as Fill[]).map((both) => both.second);
      const to = { what: 'bare multi-row insert', runs: bare as number[] };
      const common = { bench: 'fill', database, n, unit: 'rows/s' } as const;
      report({ ...common, what: 'first time', runs: first, to });
      report({ ...common, what: 'second time', runs: second, to });
      report({ ...common, what: 'second time', runs: second, to: { what: 'first time', runs: first } });
      const least = { what: `n = ${sizes[0]}`, runs: peaks[0] ?? [] };
      report({ ...common, what: 'peak memory', unit: 'MB', runs: peaks[index] ?? [], to: least });
    }
  }
};
