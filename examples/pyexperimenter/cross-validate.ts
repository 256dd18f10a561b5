import { trainClassifier } from '../svm/classifier.ts';
import { dataSet } from '../svm/data-sets.ts';
import { stratifiedFolds } from '../svm/folds.ts';
import { accuracy, confusionMatrix, macroF1 } from '../svm/scores.ts';
import { standardScaler } from '../svm/standard-scaler.ts';

/** The keyfields of these examples; parameters of kernels that do not use them are absent or null. */
export type Keyfields = {
  dataset: string;
  cross_validation_splits: number;
  seed: number;
  kernel: 'linear' | 'poly' | 'rbf' | 'sigmoid';
  gamma?: number | null;
  degree?: number | null;
  coef0?: number | null;
};

export type Scores = {
  train_f1: number;
  train_accuracy: number;
  test_f1: number;
  test_accuracy: number;
};

/** Cross-validates a support-vector machine behind a standard scaler; the scores are means over the folds. */
export const crossValidate = (keyfields: Keyfields): Scores => {
  if (keyfields.dataset !== 'iris') throw new Error('Example error');
  const { samples, labels, classes } = dataSet(keyfields.dataset);
  const settings = { kernel: keyfields.kernel, C: 1, gamma: keyfields.gamma ?? null, degree: keyfields.degree ?? null };
  const folds = stratifiedFolds(labels, keyfields.cross_validation_splits, keyfields.seed).map(({ train, test }) => {
    const pick = <Item>(from: readonly Item[], indices: readonly number[]) =>
      indices.flatMap((at) => from.slice(at, at + 1));
    const scaled = samples.map(standardScaler(pick(samples, train)));
    const model = trainClassifier(pick(scaled, train), pick(labels, train), {
      ...settings,
      coef0: keyfields.coef0 ?? 0,
    });
    const judge = (indices: readonly number[]) =>
      confusionMatrix(pick(labels, indices), model.predict(pick(scaled, indices)), classes.length);
    const scores = { train: judge(train), test: judge(test) };
    model.free();
    return scores;
  });
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    train_f1: mean(folds.map(({ train }) => macroF1(train))),
    train_accuracy: mean(folds.map(({ train }) => accuracy(train))),
    test_f1: mean(folds.map(({ test }) => macroF1(test))),
    test_accuracy: mean(folds.map(({ test }) => accuracy(test))),
  };
};
