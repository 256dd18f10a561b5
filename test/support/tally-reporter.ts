import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** Writes `N passed, N failed, N skipped` into the file that TS_EXPERIMENTER_TEST_TALLY names. */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const tally = { passed: 0, failed: unhandled.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) tally[test.result().state] += 1;
      // a file that does not load, a suite whose hook throws
      tally.failed += module.errors().length;
      for (const suite of module.children.allSuites()) tally.failed += suite.errors().length;
    }
    const { passed, failed, skipped, pending } = tally;
    const file = process.env['TS_EXPERIMENTER_TEST_TALLY'];
    if (file !== undefined) writeFileSync(file, `${passed} passed, ${failed + pending} failed, ${skipped} skipped\n`);
  }
}
