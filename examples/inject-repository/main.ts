/*
 * A study without a database and without threads: the repository and the workers are ours. Useful in tests of your own
 * experiment functions, and wherever a study lives in something other than SQLite or MySQL.
 *
 *   node examples/inject-repository/main.ts
 */
import { defineExperiment, defineStudy, Experimenter, InlinePool, type WorkerPools } from 'ts-experimenter';
import { MemoryRepository } from '../../test/support/memory-repository.ts';

const study = defineStudy({
  table: 'squares',
  keyfields: { n: 'INT' },
  resultfields: { square: 'INT' },
});

const squares = defineExperiment<{ n: number }, { square: number }>(({ keyfields }) => ({ square: keyfields.n ** 2 }));

/** Anything that executes chunks of claimed experiments will do: a cluster, a remote service, or this very thread. */
const workerPools: WorkerPools = {
  check: async () => {},
  open: async (_source, { workers }) => new InlinePool({ size: workers, study, custom: {}, experiment: squares }),
};

const experimenter = await Experimenter.open({
  config: {
    database: { provider: 'sqlite', file: 'never-opened.sqlite' },
    table: { name: 'squares', keyfields: { n: { type: 'INT' } }, resultfields: { square: 'INT' } },
  },
  experiment: squares,
  repository: new MemoryRepository(study, { date: () => new Date() }),
  workerPools,
});

await experimenter.fillWithRows(Array.from({ length: 10 }, (_, n) => ({ n })));
const summary = await experimenter.execute({ workers: 2 });
console.log(`${summary.done} experiments done`);
console.table((await experimenter.rows()).map(({ n, square, status }) => ({ n, square, status })));
await experimenter.close();
