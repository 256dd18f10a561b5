import { ceiling, ceilingName } from './ceiling.ts';
import { alternate, type Database, type Options, report } from './measure.ts';
import { withStudy } from './study.ts';

/*
 * No-op experiments that write two resultfields, from `created` to durably `done`, through the real command line as
 * processes; beside the same rows by the bare driver.
 */

export interface EndToEnd {
  /** Experiments per second, from the first process's start to the last one's end. */
  readonly withStart: number;
  /** By the runners' own clock, which begins when they do: the longest of them. */
  readonly perSecond: number;
  /** The largest of the runners. */
  readonly peakMegabytes: number;
}

export const endToEnd = async (database: Database, n: number, workers = 2, runners = 1): Promise<EndToEnd> =>
  withStudy(database, { n, workers }, async (study) => {
    await study.experimenter.fillFromConfig();
    const begun = performance.now();
    const finished = await Promise.all(Array.from({ length: runners }, () => study.cli('run')));
    const seconds = (performance.now() - begun) / 1_000;
    await study.requireDone(n);
    return {
      withStart: n / seconds,
      perSecond: n / Math.max(...finished.map(({ last }) => Number(last['seconds']))),
      peakMegabytes: Math.max(...finished.map(({ peakMegabytes }) => peakMegabytes)),
    };
  });

export const bench = async (options: Options): Promise<void> => {
  for (const database of options.databases) {
    for (const n of options.n ?? [50_000]) await compare(database, n, options);
  }
};

const compare = async (database: Database, n: number, { runs, workers, runners }: Options): Promise<void> => {
  const ways = runners.flatMap((runners) => workers.map((workers) => ({ workers, runners })));
  const [limits = [], ...rounds] = await alternate<EndToEnd | number>(runs, [
    () => ceiling(database, n),
    ...ways.map((way) => () => endToEnd(database, n, way.workers, way.runners)),
  ]);
  const figures = rounds as EndToEnd[][];
  const to = { what: ceilingName(database), runs: limits as number[] };
  for (const [index, way] of ways.entries()) {
    const results = figures[index] ?? [];
    const common = { bench: 'end-to-end', database, n, ...way, unit: 'experiments/s' } as const;
    const own = results.map(({ perSecond }) => perSecond);
    report({ ...common, what: 'without process start', runs: own, to });
    report({ ...common, what: 'with process start', runs: results.map(({ withStart }) => withStart), to });
    const alone = figures[ways.findIndex(({ workers, runners }) => workers === way.workers && runners === 1)];
    if (way.runners === 1 || !alone) continue;
    const one = { what: 'one runner', runs: alone.map(({ perSecond }) => perSecond) };
    report({ ...common, what: 'without process start', runs: own, to: one });
  }
};
