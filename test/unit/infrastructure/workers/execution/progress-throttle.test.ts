import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Execution } from '../../../../../src/infrastructure/workers/execution/execution.ts';
import { ProgressThrottle } from '../../../../../src/infrastructure/workers/execution/progress-throttle.ts';
import { watchForStalls } from '../../../../../src/infrastructure/workers/execution/thread-guard.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const progressing = () => {
  const posted: string[] = [];
  return { posted, progress: new ProgressThrottle((text) => posted.push(text)) };
};

test('at most four a second, and the last one wins', () => {
  const { posted, progress } = progressing();
  for (let step = 0; step < 100; step += 1) {
    progress.progress(step);
    vi.advanceTimersByTime(10);
  }
  vi.advanceTimersByTime(1_000);
  expect(posted).toEqual(['0', '24', '49', '74', '99']);
});

test('a heartbeat shows its time until something is said', () => {
  vi.setSystemTime('2025-01-02T03:04:05Z');
  const { posted, progress } = progressing();
  progress.heartbeat();
  vi.advanceTimersByTime(1_000);
  progress.progress({ epoch: 1, of: 2n });
  vi.advanceTimersByTime(1_000);
  progress.heartbeat();
  expect(posted).toEqual(['{"heartbeat":"2025-01-02T03:04:05.000Z"}', '{"epoch":1,"of":"2"}']);
});

test('after the end nothing comes, and large progress is refused', () => {
  const { posted, progress } = progressing();
  progress.progress(1);
  progress.progress(2);
  progress.stop();
  vi.advanceTimersByTime(1_000);
  expect(posted).toEqual(['1']);
  expect(() => progress.progress('x'.repeat(5_000))).toThrow(expect.objectContaining({ code: 'VALUE_REFUSED' }));
});

test('a wait that nothing can end is told once', () => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const waiting = { ended: false, claimed: { experimentId: 7 } } as Execution;
  vi.spyOn(process, 'getActiveResourcesInfo').mockReturnValue(['MessagePort']);
  const stop = watchForStalls(() => waiting);
  vi.advanceTimersByTime(5_000);
  expect(write).not.toHaveBeenCalled();
  vi.advanceTimersByTime(60_000);
  expect(write.mock.calls).toEqual([
    [expect.stringContaining('experiment 7 waits for a promise that nothing can settle')],
  ]);
  stop();
});
