import { expect, it } from 'vitest';
import { trainClassifier } from '../../../examples/svm/classifier.ts';
import { dataSet, parse } from '../../../examples/svm/data-sets.ts';
import { stratifiedFolds } from '../../../examples/svm/folds.ts';
import { accuracy, confusionMatrix, macroF1, summed } from '../../../examples/svm/scores.ts';
import { standardScaler } from '../../../examples/svm/standard-scaler.ts';

const countOf = (labels: readonly number[], classes: number) =>
  Array.from({ length: classes }, (_, label) => labels.filter((each) => each === label).length);

it.each([
  ['iris', 4, [50, 50, 50]],
  ['wine', 13, [59, 71, 48]],
  ['breast-cancer', 30, [212, 357]],
])('%s has %i features and the published number of samples in each class', (name, features, counts) => {
  const { samples, labels, classes } = dataSet(name);
  expect(new Set(samples.map((sample) => sample.length))).toEqual(new Set([features]));
  expect(countOf(labels, classes.length)).toEqual(counts);
});

it('refuses a data set that is not whole', () => {
  expect(() => parse('2,1,a,b\n1,0\n', 'cut')).toThrow('cut: the header announces 2 samples, there are 1');
  expect(() => parse('2,1,a,b\n1,0\n2,2\n', 'foreign')).toThrow(
    'foreign: line 3 is no sample of 1 numbers and a label: 2,2',
  );
  expect(() => parse('1,2,a,b\n1,?,0\n', 'gap')).toThrow('gap: line 2 is no sample of 2 numbers and a label');
});

it.each(['iris', 'wine', 'breast-cancer'])(
  'puts its share of each class of %s into every fold, and tests every sample once',
  (name) => {
    const { labels, classes } = dataSet(name);
    const folds = stratifiedFolds(labels, 5, 3);
    const shares = countOf(labels, classes.length).map((count) => count / 5);
    for (const { train, test } of folds) {
      expect([...train, ...test].sort((a, b) => a - b)).toEqual([...labels.keys()]);
      const counts = countOf(
        test.map((index) => labels[index] ?? NaN),
        classes.length,
      );
      for (const [label, count] of counts.entries()) expect(Math.abs(count - (shares[label] ?? NaN))).toBeLessThan(1);
    }
    expect(folds.flatMap(({ test }) => test).sort((a, b) => a - b)).toEqual([...labels.keys()]);
    const sizes = folds.map(({ test }) => test.length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    expect(stratifiedFolds(labels, 5, 3)).toEqual(folds);
    expect(stratifiedFolds(labels, 5, 4)).not.toEqual(folds);
  },
);

it('makes no folds that would lack a class', () => {
  expect(() => stratifiedFolds([0, 0, 0, 1, 1], 3, 0)).toThrow('class 1 has 2 samples, too few for 3 folds');
});

it('standardises by what it learned from the training samples alone', () => {
  const scale = standardScaler([
    [1, 5, 10],
    [3, 5, 20],
  ]);
  expect([scale([1, 5, 10]), scale([3, 5, 20]), scale([4, 7, 15])]).toEqual([
    [-1, 0, -1],
    [1, 0, 1],
    [2, 2, 0],
  ]);
});

it('scores as by hand', () => {
  // class 0: 2 of 3 found, 3 guessed: F1 2/3. Class 1: 2 of 2 found, 3 guessed: 4/5. Class 2: never found: 0.
  const matrix = confusionMatrix([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 1, 0], 3);
  expect(matrix).toEqual([
    [2, 1, 0],
    [0, 2, 0],
    [1, 0, 0],
  ]);
  expect(accuracy(matrix)).toBeCloseTo(4 / 6, 12);
  expect(macroF1(matrix)).toBeCloseTo((2 / 3 + 4 / 5 + 0) / 3, 12);
  expect([
    accuracy([
      [3, 0],
      [0, 4],
    ]),
    macroF1([
      [3, 0],
      [0, 4],
    ]),
    accuracy([
      [0, 3],
      [4, 0],
    ]),
    macroF1([
      [0, 3],
      [4, 0],
    ]),
  ]).toEqual([1, 1, 0, 0]);
  // precision 90/100, recall 90/95 of one; 5/10 and 5/15 of the other
  expect(
    macroF1([
      [90, 5],
      [10, 5],
    ]),
  ).toBeCloseTo((180 / 195 + 10 / 25) / 2, 12);
});

it('sums confusion matrices, and refuses labels outside of them', () => {
  expect(
    summed([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [10, 20],
        [30, 40],
      ],
    ]),
  ).toEqual([
    [11, 22],
    [33, 44],
  ]);
  expect(() => confusionMatrix([0, 1], [0, 2], 2)).toThrow('sample 1: class 1, predicted 2; there are classes 0 to 1');
});

it('leaves the process as it was: the library makes it exit on unhandled rejections', () => {
  const exits = process.listeners('unhandledRejection').filter((listener) => `${listener}`.includes('exit'));
  expect(exits).toEqual([]);
});

it('separates by a curve where no line can', () => {
  const corners = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ];
  const exclusiveOr = [0, 1, 1, 0];
  const guess = (kernel: 'linear' | 'rbf' | 'poly') => {
    const model = trainClassifier(corners, exclusiveOr, { kernel, C: 100, gamma: 1, degree: 2, coef0: 1 });
    try {
      return model.predict(corners);
    } finally {
      model.free();
    }
  };
  expect([guess('rbf'), guess('poly')]).toEqual([exclusiveOr, exclusiveOr]);
  expect(guess('linear')).not.toEqual(exclusiveOr);
});
