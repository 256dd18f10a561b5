import { execFile } from 'node:child_process';
import { workerEnvironment } from '../system/child-start.ts';

/** Longest wait for the driver: one that hangs must not stop the other measurements. */
const PATIENCE_MILLISECONDS = 10_000;
const QUERY = ['--query-gpu=name,power.draw', '--format=csv,noheader,nounits'];

/** The machine's graphics processors by `nvidia-smi`. */
export interface Gpus {
  readonly names: readonly string[];
  /** Of all together, now; undefined where the driver does not measure. */
  readonly watts: number | undefined;
}

/**
 * Undefined: there is no such program, or it finds no device. `hangs`: it has not ended in time. A program that waits for
 * a driver cannot be killed, so its end is not waited for, and this process does not wait for it either.
 */
export const readGpus = (program: string, patience = PATIENCE_MILLISECONDS): Promise<Gpus | undefined | 'hangs'> =>
  new Promise((resolve) => {
    const env = workerEnvironment(process.env); // without our credentials
    const child = execFile(program, QUERY, { env }, (error, stdout) => {
      clearTimeout(timer);
      resolve(error ? undefined : parsedGpus(stdout));
    });
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      for (const stream of child.stdio) stream?.destroy();
      child.unref();
      resolve('hangs');
    }, patience);
  });

/** `NVIDIA A100-SXM4-40GB, 61.37` on each line; `[N/A]` or `[Not Supported]` for watts that a device does not measure. */
export const parsedGpus = (text: string): Gpus | undefined => {
  const lines = text.split('\n').filter((line) => line.includes(','));
  if (lines.length === 0) return undefined;
  const powers = lines.map((line) => Number(line.slice(line.lastIndexOf(',') + 1))).filter(Number.isFinite);
  return {
    names: lines.map((line) => line.slice(0, line.lastIndexOf(',')).trim()),
    watts: powers.length === 0 ? undefined : powers.reduce((sum, watts) => sum + watts, 0),
  };
};

/** `2 x NVIDIA A100-SXM4-40GB, 1 x …`, as CodeCarbon writes it. */
export const gpuModels = (names: readonly string[]): string =>
  [...Map.groupBy(names, (name) => name)].map(([name, all]) => `${all.length} x ${name}`).join(', ');
