/*
 * PyExperimenter's notebook "conditional grid": parameters that only some kernels have. The study is conditional_grid.db
 * in the working directory. In a file of our own format the same grid is `"when": { "kernel": ["rbf", "poly"] }`.
 *
 *   node examples/pyexperimenter/conditional-grid.ts
 */
import { fileURLToPath } from 'node:url';
import { defineExperiment, Experimenter, type Row } from 'ts-experimenter';
import { crossValidate, type Keyfields, type Scores } from './cross-validate.ts';

const experiment = defineExperiment<Keyfields, Scores>(({ keyfields }) => crossValidate(keyfields));
const config = fileURLToPath(new URL('conditional-grid.yml', import.meta.url));
const experimenter = await Experimenter.open({ config, experiment, set: ['emissions.enabled=false'] });

const none = { gamma: null, degree: null, coef0: null };
const gammas = [0.1, 0.3];
const fixed: Row[] = [
  ...gammas.map((gamma) => ({ ...none, kernel: 'rbf', gamma })),
  ...gammas.flatMap((gamma) =>
    [3, 4].flatMap((degree) => [0, 0.1].map((coef0) => ({ kernel: 'poly', gamma, degree, coef0 }))),
  ),
  { ...none, kernel: 'linear' },
];
const parameters = { seed: ['1', '2', '3', '4', '5'], dataset: ['iris'], cross_validation_splits: ['5'] };

const filled = await experimenter.fillFromCombinations({ parameters, fixed });
const again = await experimenter.fillFromCombinations({ parameters, fixed });
console.log(`${filled.added} added; the second time ${again.added}`);

await experimenter.execute();
const table = await experimenter.evaluationTable({
  rows: ['kernel'],
  columns: [],
  values: ['test_accuracy'],
});
console.log(await experimenter.renderTable(table, 'text'));
await experimenter.close();
