import { alternate, type Options, report } from './measure.ts';
import { endToEnd } from './end-to-end.ts';
import { fill } from './fill.ts';
import { claims } from './claim.ts';

/*
 * How cost grows with N: the exponent of a power law (least squares on logarithms), one
 * for each round. 1 is linear, 0 does not grow. A claim's cost and a runner's memory are of one claim and one runner, whatever N.
 */

const exponent = (sizes: readonly number[], costs: readonly number[]): number => {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [sizes.map(Math.log), costs.map(Math.log)];
  const [meanX, meanY] = [mean(x), mean(y)];
  const covariance = x.reduce((sum, value, at) => sum + (value - meanX) * ((y[at] ?? NaN) - meanY), 0);
  return covariance / x.reduce((sum, value) => sum + (value - meanX) ** 2, 0);
};

export const bench = async (options: Options): Promise<void> => {
  const {
    n: sizes = [10_000, 30_000, 100_000],
    runs,
    workers: [workers = 2],
    databases,
  } = options;
  for (const database of databases) {
    const fills = await alternate(
      runs,
      sizes.map((n) => () => fill(database, n)),
    );
    const executed = await alternate(
      runs,
      sizes.map((n) => () => endToEnd(database, n, workers)),
    );
    const claimed = await claims(database, sizes, 0.99, runs);
    /** `cost(round, index)`: of the size at this index. */
    const print = (what: string, cost: (round: number, index: number) => number) => {
      const exponents = Array.from({ length: runs }, (_, round) =>
        exponent(
          sizes,
          sizes.map((_size, index) => cost(round, index)),
        ),
      );
      report({ bench: 'growth', what, database, n: sizes, workers, unit: 'exponent', runs: exponents });
    };
    const seconds = (rate: number | undefined, index: number) => (sizes[index] ?? NaN) / (rate ?? NaN);
    print('fill, first time', (round, index) => seconds(fills[index]?.[round]?.first, index));
    print('fill, second time', (round, index) => seconds(fills[index]?.[round]?.second, index));
    print('claim of 8, 99 % finished', (round, index) => claimed[index]?.[round] ?? NaN);
    print('end-to-end, without process start', (round, index) => seconds(executed[index]?.[round]?.perSecond, index));
    print('peak memory of run', (round, index) => executed[index]?.[round]?.peakMegabytes ?? NaN);
  }
};
