/*
 * PyExperimenter's notebook "logtables": what happens inside an experiment, row by row. The study is logtables.db in the
 * working directory.
 *
 *   node examples/pyexperimenter/logtables.ts
 */
import { fileURLToPath } from 'node:url';
import { defineExperiment, Experimenter } from 'ts-experimenter';
import { crossValidate, type Keyfields } from './cross-validate.ts';

const kernels = ['linear', 'poly', 'rbf', 'sigmoid'] as const;

interface Logs {
  train_scores: { f1: number; accuracy: number; kernel: string };
  test_f1: { test_f1: number };
  test_accuracy: { test_accuracy: number };
}

const experiment = defineExperiment<
  Omit<Keyfields, 'kernel'>,
  { best_kernel_f1: string; best_kernel_accuracy: string },
  Logs
>(({ keyfields }, { log }) => {
  const tried = kernels.map((kernel) => {
    const scores = crossValidate({ ...keyfields, kernel });
    log('train_scores', { f1: scores.train_f1, accuracy: scores.train_accuracy, kernel });
    log('test_f1', { test_f1: scores.test_f1 });
    log('test_accuracy', { test_accuracy: scores.test_accuracy });
    return { kernel, ...scores };
  });
  const best = (score: 'test_f1' | 'test_accuracy') =>
    tried.reduce((one, other) => (other[score] > one[score] ? other : one)).kernel;
  return { best_kernel_f1: best('test_f1'), best_kernel_accuracy: best('test_accuracy') };
});

const config = fileURLToPath(new URL('logtables.yml', import.meta.url));
const experimenter = await Experimenter.open({ config, experiment, set: ['emissions.enabled=false'] });
await experimenter.run();

const scores = await experimenter.logtable('train_scores');
scores.print(4);
await experimenter.close();
