/** How a runner works. The configuration schema has the defaults. */
export interface RunnerOptions {
  /** Written into each experiment's `name` column. */
  readonly name: string;
  /** Experiments that run at the same time, each in a thread or process of its own. */
  readonly workers: number;
  /** A worker thread in the runner's process, or a child process for each worker: that can always be killed. */
  readonly isolation: 'thread' | 'process';
  /** Claims at most so many experiments; null: until nothing is open. */
  readonly maxExperiments: number | null;
  readonly randomOrder: boolean;
  /** An execution that takes longer is killed and recorded as `timeout`; null: no limit. */
  readonly timeoutSeconds: number | null;
  /** Lost attempts (their runner died) after which an experiment becomes `error`. */
  readonly maxAttempts: number;
  /** How often an experiment that failed or timed out is tried again. */
  readonly retries: number;
  readonly heartbeatSeconds: number;
  /** A runner whose last heartbeat is older is dead. */
  readonly leaseSeconds: number;
  /** Heap of each worker thread or process; null: Node's default. */
  readonly memoryMegabytes: number | null;
}
