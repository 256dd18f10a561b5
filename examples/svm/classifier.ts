import { createRequire } from 'node:module';

/** What a support-vector classifier can be told. `gamma` and `coef0` are unused by the linear kernel, `degree` by all but poly. */
export interface Settings {
  readonly kernel: 'linear' | 'rbf' | 'poly' | 'sigmoid';
  readonly C: number;
  readonly gamma: number | null;
  readonly degree: number | null;
  readonly coef0: number;
}

/** The part of libsvm-js that we use; it has no types of its own. */
interface Svm {
  train(samples: readonly (readonly number[])[], labels: readonly number[]): void;
  predictOne(sample: readonly number[]): number;
  free(): void;
}
type SvmClass = new (options: Readonly<Record<string, unknown>>) => Svm;

/**
 * LIBSVM, compiled to asm.js. (The package's WebAssembly build takes Node for a browser because it has `fetch`.)
 * It makes the process exit on any unhandled rejection, which is not a library's business: undone.
 */
const load = (): SvmClass => {
  const require = createRequire(import.meta.url);
  const before = new Set(process.listeners('unhandledRejection'));
  const loaded = require('libsvm-js/asm.js') as SvmClass;
  for (const listener of process.listeners('unhandledRejection')) {
    if (!before.has(listener)) process.off('unhandledRejection', listener);
  }
  return loaded;
};

const SvmClass = load();
const kernels = { linear: '0', poly: '1', rbf: '2', sigmoid: '3' } as const;

export interface Classifier {
  predict(samples: readonly (readonly number[])[]): number[];
  /** Its memory is LIBSVM's own, which is not garbage-collected: call this at the end. */
  free(): void;
}

export const trainClassifier = (
  samples: readonly (readonly number[])[],
  labels: readonly number[],
  { kernel, C, gamma, degree, coef0 }: Settings,
): Classifier => {
  if (!(kernel in kernels)) throw new Error(`unknown kernel ${kernel}; there are ${Object.keys(kernels).join(', ')}`);
  const svm = new SvmClass({
    type: '0', // C-SVC
    kernel: kernels[kernel],
    cost: C,
    quiet: true,
    coef0,
    ...(gamma === null ? {} : { gamma }),
    ...(degree === null ? {} : { degree }),
  });
  svm.train(samples, labels);
  return {
    predict: (unseen) => unseen.map((sample) => svm.predictOne(sample)),
    free: () => svm.free(),
  };
};
