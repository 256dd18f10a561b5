import type { Execution } from './execution.ts';

const EVERY_MILLISECONDS = 5_000;

/**
 * Says so on standard error when an execution waits for something that cannot come: the function has not settled, and
 * nothing is left in the thread's event loop that could wake it. It is not failed, because native code may know more than
 * Node does; `runner.timeoutSeconds` ends it. Returns how to stop watching.
 */
export const watchForStalls = (running: () => Execution | undefined): (() => void) => {
  const before = process.getActiveResourcesInfo().length;
  let last: Execution | undefined;
  let told: Execution | undefined;
  const timer = setInterval(() => {
    const now = running();
    const idle = now !== undefined && now === last && !now.ended && process.getActiveResourcesInfo().length <= before;
    last = now;
    if (!idle || told === now) return;
    told = now;
    process.stderr.write(
      `ts-experimenter: experiment ${now.claimed.experimentId} waits for a promise that nothing can settle any more; ` +
        'without runner.timeoutSeconds it will wait for ever\n',
    );
  }, EVERY_MILLISECONDS);
  timer.unref();
  return () => clearInterval(timer);
};
