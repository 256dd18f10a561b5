import { shuffler } from './random.ts';

/** Which samples, by index, train the model and which test it. */
export interface Fold {
  readonly train: readonly number[];
  readonly test: readonly number[];
}

/**
 * Stratified k-fold cross-validation: every sample is tested once, and each fold has its share of every class (give or
 * take one sample). The seed decides who is in which fold.
 */
export const stratifiedFolds = (labels: readonly number[], count: number, seed: number): Fold[] => {
  if (!Number.isInteger(count) || count < 2) throw new Error(`found ${count} folds; allowed is an integer from 2`);
  const shuffled = shuffler(seed);
  const tests = Array.from({ length: count }, (): number[] => []);
  let next = 0; // goes on from class to class, so that the folds differ by one sample at most
  for (const [label, members] of membersByLabel(labels)) {
    if (members.length < count)
      throw new Error(`class ${label} has ${members.length} samples, too few for ${count} folds`);
    for (const index of shuffled(members)) {
      tests[next % count]?.push(index);
      next += 1;
    }
  }
  return tests.map((test) => {
    const tested = new Set(test);
    return { test, train: [...labels.keys()].filter((index) => !tested.has(index)) };
  });
};

/** In the order of the labels. */
const membersByLabel = (labels: readonly number[]): [number, number[]][] => {
  const members = Map.groupBy(labels.keys(), (index) => labels[index] ?? NaN);
  return [...members].sort(([one], [other]) => one - other);
};
