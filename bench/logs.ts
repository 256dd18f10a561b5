import { withBare } from './bare.ts';
import { DATE } from './bare-rows.ts';
import { alternate, type Database, type Options, report, secondsSince } from './measure.ts';
import { withStudy } from './study.ts';

/* Rows that experiments log, a thousand each, until they are durable; beside a bare multi-row insert of the same rows. */

const EACH = 1_000;
const EXPERIMENT = `
export default (_, { log }) => {
  for (let step = 0; step < ${EACH}; step += 1) log('steps', { step, loss: 1 / (step + 3) });
};
`;
const logtables = { steps: { step: 'INT', loss: 'DOUBLE' } };

/** Rows per second, by the runner's own clock. */
const logs = async (database: Database, experiments: number, workers: number): Promise<number> =>
  withStudy(database, { n: experiments, workers, experiment: EXPERIMENT, logtables }, async (study) => {
    await study.experimenter.fillFromConfig();
    const { last } = await study.cli('run');
    await study.requireDone(experiments);
    return (experiments * EACH) / Number(last['seconds']);
  });

const bareInsert = async (database: Database, experiments: number): Promise<number> =>
  withStudy(database, { n: experiments, logtables }, async (study) => {
    await study.experimenter.fillFromConfig();
    const n = experiments * EACH;
    const columns = ['experiment_id', 'timestamp', 'step', 'loss'];
    return withBare(database, study, async (bare) => {
      const begun = performance.now();
      await bare.insert(`${study.table}__steps`, columns, n, (index) => {
        const step = index % EACH;
        return [1 + (index - step) / EACH, DATE, step, 1 / (step + 3)];
      });
      return n / secondsSince(begun);
    });
  });

export const bench = async ({
  n: sizes = [200_000],
  runs,
  workers: [workers = 2],
  databases,
}: Options): Promise<void> => {
  for (const database of databases) {
    for (const n of sizes) {
      const experiments = Math.ceil(n / EACH);
      const [bare = [], product = []] = await alternate(runs, [
        () => bareInsert(database, experiments),
        () => logs(database, experiments, workers),
      ]);
      report({
        bench: 'logs',
        what: `${EACH} rows an experiment`,
        database,
        n: experiments * EACH,
        workers,
        runners: 1,
        unit: 'rows/s',
        runs: product,
        to: { what: 'bare multi-row insert', runs: bare },
      });
    }
  }
};
