import type { RunnerOptions } from '../../src/application/ports/runner-options.ts';

/** The defaults of the configuration, with one worker. */
export const runnerOptions: RunnerOptions = {
  name: 'test',
  workers: 1,
  maxExperiments: null,
  randomOrder: false,
  timeoutSeconds: null,
  maxAttempts: 3,
  retries: 0,
  heartbeatSeconds: 10,
  leaseSeconds: 60,
  isolation: 'thread',
  memoryMegabytes: null,
};
