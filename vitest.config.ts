import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// Threads and processes of the tests load TypeScript by themselves: once compiled, they start in half the time.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/compiled');

const tally = process.env['TS_EXPERIMENTER_TEST_TALLY'];

export default defineConfig({
  test: {
    // tests start threads and processes of their own: more files at once would only make them wait for each other
    maxWorkers: 2,
    pool: 'forks',
    // deadlines end hangs and measure nothing: no test has one of its own
    expect: { poll: { timeout: 600_000 } },
    // a passed test has a line of its own only if it is far slower than its neighbours: a busy machine would print them all
    slowTestThreshold: 120_000,
    reporters: tally === undefined ? ['default'] : ['default', './test/support/tally-reporter.ts'],
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 600_000, retry: 0 } },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['test/{contract,integration,e2e}/**/*.test.ts'],
          // runs only when a file of this project runs
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 1_200_000,
          hookTimeout: 1_200_000,
          retry: 0,
        },
      },
    ],
  },
});
