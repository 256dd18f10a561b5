/*
 * How well does a support-vector machine recognise the classes of a data set, and with which kernel and parameters?
 * Each experiment cross-validates one combination: standardise on the training folds, train, test on the fold left out.
 *
 *   npm start
 */
import { setImmediate } from 'node:timers/promises';
import { defineExperiment } from 'ts-experimenter';
import { type Settings, trainClassifier } from './classifier.ts';
import { type DataSet, dataSet } from './data-sets.ts';
import { type Fold, stratifiedFolds } from './folds.ts';
import { accuracy, type ConfusionMatrix, confusionMatrix, macroF1, summed } from './scores.ts';
import { standardScaler } from './standard-scaler.ts';

interface Keyfields extends Omit<Settings, 'coef0'> {
  dataset: string;
  seed: number;
}

interface Results {
  train_f1: number;
  train_accuracy: number;
  test_f1: number;
  test_accuracy: number;
  confusion: ConfusionMatrix;
}

interface Logs {
  folds: { fold: number; train_accuracy: number; test_accuracy: number; test_f1: number };
}

export default defineExperiment<Keyfields, Results, Logs>(
  async ({ keyfields, custom, signal }, { log, progress, report }) => {
    const { folds: foldCount = 5, coef0 = 0 } = custom as { folds?: number; coef0?: number };
    const data = dataSet(keyfields.dataset);
    const folds = stratifiedFolds(data.labels, foldCount, keyfields.seed);

    const trained: ConfusionMatrix[] = [];
    const tested: ConfusionMatrix[] = [];
    for (const [index, fold] of folds.entries()) {
      await setImmediate(); // so that an abort can arrive
      signal.throwIfAborted();
      const { train, test } = evaluate(data, fold, { ...keyfields, coef0 });
      trained.push(train);
      tested.push(test);
      log('folds', {
        fold: index,
        train_accuracy: accuracy(train),
        test_accuracy: accuracy(test),
        test_f1: macroF1(test),
      });
      report({ confusion: summed(tested) }); // what is known so far, should the next folds fail
      progress((index + 1) / folds.length);
    }

    return {
      train_f1: mean(trained.map(macroF1)),
      train_accuracy: mean(trained.map(accuracy)),
      test_f1: mean(tested.map(macroF1)),
      test_accuracy: mean(tested.map(accuracy)),
    };
  },
);

/** Trains on one part of the fold and says what the model makes of both. */
const evaluate = ({ samples, labels, classes }: DataSet, fold: Fold, settings: Settings) => {
  const pick = <Item>(from: readonly Item[], indices: readonly number[]) =>
    indices.flatMap((index) => from.slice(index, index + 1));
  const scale = standardScaler(pick(samples, fold.train));
  const scaled = samples.map(scale);
  const model = trainClassifier(pick(scaled, fold.train), pick(labels, fold.train), settings);
  const judge = (indices: readonly number[]) =>
    confusionMatrix(pick(labels, indices), model.predict(pick(scaled, indices)), classes.length);
  try {
    return { train: judge(fold.train), test: judge(fold.test) };
  } finally {
    model.free();
  }
};

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
