import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import experiment from '../../../examples/svm/svm.experiment.ts';
import { combinations, gridSize } from '../../../src/domain/grid/combinations.ts';
import { loadConfiguration } from '../../../src/infrastructure/config/load.ts';

type Input = Parameters<typeof experiment>[0];
type Context = Parameters<typeof experiment>[1];
type Keyfields = Input['keyfields'];
type Results = Parameters<Context['report']>[0];

/** Calls the experiment function as a worker would, and tells everything it said. */
const execute = async (keyfields: Partial<Keyfields>, { custom = { folds: 5, coef0: 1 }, abortAt = NaN } = {}) => {
  const abort = new AbortController();
  type LogRow = Exclude<Parameters<Context['log']>[1], readonly unknown[]>;
  const logs: LogRow[] = [];
  const reports: Results[] = [];
  const progress: unknown[] = [];
  const context: Context = {
    experimentId: 1,
    attempt: 1,
    report: (results) => void reports.push(results),
    log: (_logtable, row) => void logs.push(row as LogRow),
    progress: (value) => {
      progress.push(value);
      if (value === abortAt) abort.abort(new Error('stopped'));
    },
    heartbeat: () => {},
  };
  const whole = {
    dataset: 'iris',
    kernel: 'linear',
    C: 1,
    gamma: null,
    degree: null,
    seed: 0,
    ...keyfields,
  } as Keyfields;
  let returned: Results | undefined;
  let failure: unknown;
  try {
    returned = (await experiment({ keyfields: whole, custom, signal: abort.signal }, context)) as Results;
  } catch (error) {
    failure = error;
  }
  return { results: { ...reports.at(-1), ...returned }, logs, progress, failure };
};

const total = (matrix: readonly (readonly number[])[] = []) => matrix.flat().reduce((sum, count) => sum + count, 0);

it.each<[Partial<Keyfields>, samples: number]>([
  [{ dataset: 'iris', kernel: 'linear' }, 150],
  [{ dataset: 'iris', kernel: 'rbf', gamma: 0.1 }, 150],
  [{ dataset: 'iris', kernel: 'poly', gamma: 0.1, degree: 3 }, 150],
  [{ dataset: 'wine', kernel: 'linear', C: 0.1 }, 178],
  [{ dataset: 'wine', kernel: 'rbf', gamma: 0.1 }, 178],
  [{ dataset: 'breast-cancer', kernel: 'linear', C: 0.1 }, 569],
  [{ dataset: 'breast-cancer', kernel: 'rbf', C: 10, gamma: 0.01 }, 569],
])('recognises more than nine of ten unseen samples: %o', async (keyfields, samples) => {
  const { results, failure } = await execute(keyfields);
  expect(failure).toBeUndefined();
  expect(results.test_accuracy).toBeGreaterThan(0.9);
  expect(results.test_f1).toBeGreaterThan(0.9);
  for (const score of [results.train_accuracy, results.train_f1, results.test_accuracy, results.test_f1]) {
    expect(score).toBeGreaterThanOrEqual(0);
    expect(score).toBeLessThanOrEqual(1);
  }
  expect(total(results.confusion)).toBe(samples);
});

it('logs every fold, tells how far it is, and returns the mean of the folds', async () => {
  const { results, logs, progress } = await execute({ dataset: 'wine' }, { custom: { folds: 4, coef0: 1 } });
  expect(logs.map(({ fold }) => fold)).toEqual([0, 1, 2, 3]);
  expect(progress).toEqual([0.25, 0.5, 0.75, 1]);
  const mean = logs.reduce((sum, { test_accuracy = NaN }) => sum + test_accuracy, 0) / logs.length;
  expect(results.test_accuracy).toBeCloseTo(mean, 12);
});

it('gives the same for the same seed, and other folds for another', async () => {
  const keyfields = { dataset: 'breast-cancer', kernel: 'rbf', gamma: 0.1 } as const;
  const [first, again, other] = [
    await execute(keyfields),
    await execute(keyfields),
    await execute({ ...keyfields, seed: 1 }),
  ];
  expect(again).toEqual(first);
  expect(other.logs).not.toEqual(first.logs);
});

it('stops between folds when it is aborted; what it knew by then stays', async () => {
  const { results, logs, failure } = await execute({}, { abortAt: 0.4 });
  expect(failure).toMatchObject({ message: 'stopped' });
  expect(logs).toHaveLength(2);
  expect(total(results.confusion)).toBe(60);
  expect(results).not.toHaveProperty('test_accuracy');
});

it('says what is wrong with a data set, a kernel or a number of folds that there is not', async () => {
  expect((await execute({ dataset: 'tulips' })).failure).toMatchObject({ code: 'ENOENT' });
  expect((await execute({ kernel: 'cubic' as 'poly' })).failure).toMatchObject({
    message: 'unknown kernel cubic; there are linear, poly, rbf, sigmoid',
  });
  expect((await execute({}, { custom: { folds: 1, coef0: 1 } })).failure).toMatchObject({
    message: 'found 1 folds; allowed is an integer from 2',
  });
});

it('is the study of config/exp.json: 360 experiments, their keyfields as the function wants them', () => {
  const pathOf = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
  const { study, grid, experiment: source } = loadConfiguration(pathOf('config/exp.json'), { env: {} });
  expect(source).toEqual({ kind: 'module', file: pathOf('examples/svm/svm.experiment.ts') });
  expect(gridSize(study, grid)).toBe(360);
  const rows = [...combinations(study, grid)];
  expect(rows.filter(({ kernel, gamma }) => (kernel === 'linear') !== (gamma === null))).toEqual([]);
  expect(rows.filter(({ kernel, degree }) => (kernel === 'poly') !== (degree !== null))).toEqual([]);
  expect([...new Set(rows.map(({ gamma }) => gamma))]).toEqual([null, 0.001, 0.01, 0.1]);
  expect([...new Set(rows.map(({ C }) => C))]).toEqual([0.1, 1, 10]);
});
