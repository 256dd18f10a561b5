/* A study's results as data frames: `node examples/data-frames/main.ts [FOLDER]`. docs/data-frames.md explains it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { desc, op } from 'arquero';
import { Experimenter } from 'ts-experimenter';

const folder = process.argv[2] ?? '.';
const experimenter = await Experimenter.open({
  config: {
    database: { provider: 'sqlite', file: join(folder, 'frames.sqlite') },
    table: {
      name: 'frames',
      keyfields: {
        dataset: { type: 'VARCHAR(255)', values: ['iris', 'wine'] },
        learner: { type: 'VARCHAR(255)', values: ['linear', 'tree'] },
        seed: { type: 'INT', values: { start: 0, stop: 5, step: 1 } },
      },
      resultfields: { accuracy: 'DOUBLE', parameters: 'BIGINT', confusion: 'JSON' },
      logtables: { epochs: { epoch: 'INT', loss: 'DOUBLE' } },
    },
    log: { level: 'warn' },
  },
  experiment: ({ keyfields: { dataset, learner, seed } }, { log }) => {
    const base = (dataset === 'iris' ? 0.9 : 0.8) + (learner === 'tree' ? 0.05 : 0);
    for (let epoch = 1; epoch <= 3; epoch += 1) log('epochs', { epoch, loss: (1 - base) / epoch });
    return {
      accuracy: base + Number(seed) / 100,
      parameters: 10n ** 16n,
      confusion: [
        [10, 0],
        [1, 9],
      ],
    };
  },
});
await experimenter.run();

// 1. Group by, aggregate, sort.
const frame = await experimenter.table({ statuses: ['done'] });
const scores = frame
  .groupby('dataset', 'learner')
  .rollup({ n: op.count(), mean: op.mean('accuracy'), std: op.stdev('accuracy') })
  .orderby(desc('mean'));
scores.print();

// 2. Filter and derive: what a function needs from outside is a parameter.
interface Score {
  readonly accuracy: number;
}
const near = frame
  .params({ least: 0.9 })
  .filter((row: Score, $: { least: number }) => row.accuracy >= $.least)
  .derive({ error: (row: Score) => op.round((1 - row.accuracy) * 1000) / 1000 })
  .select('ID', 'dataset', 'learner', 'seed', 'error');
console.log(near.numRows(), near.object(0));

// 3. Join with a logtable, and pivot.
const epochs = await experimenter.logtable('epochs');
const curves = epochs
  .join(frame.select('ID', 'dataset', 'learner'), ['experiment_id', 'ID'])
  .groupby('dataset', 'epoch')
  .pivot('learner', { loss: op.mean('loss') });
curves.print();

// 4. To Arrow, for pandas: pandas.read_feather('frames.arrow').
const columns = frame.select('ID', 'dataset', 'learner', 'seed', 'accuracy', 'parameters');
await writeFile(join(folder, 'frames.arrow'), columns.toArrowIPC({ format: 'file' }));

await experimenter.close();
