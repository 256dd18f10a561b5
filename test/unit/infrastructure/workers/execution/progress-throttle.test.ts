import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Execution } from '../../../../../src/infrastructure/workers/execution/execution.ts';
import { ProgressThrottle, type Said } from '../../../../../src/infrastructure/workers/execution/progress-throttle.ts';
import { watchForStalls } from '../../../../../src/infrastructure/workers/execution/thread-guard.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const progressing = () => {
  const posted: Said[] = [];
  const texts = () => posted.map((said) => ('progress' in said ? said.progress : said.type));
  return { posted, texts, progress: new ProgressThrottle((said) => posted.push(said)) };
};

test('at most four a second, and the last one wins', () => {
  const { texts, progress } = progressing();
  for (let step = 0; step < 100; step += 1) {
    progress.progress(step);
    vi.advanceTimersByTime(10);
  }
  vi.advanceTimersByTime(1_000);
  expect(texts()).toEqual(['0', '24', '49', '74', '99']);
});

test('a heartbeat is a message with its time, until progress is told', () => {
  const { posted, progress } = progressing();
  progress.heartbeat();
  vi.advanceTimersByTime(1_000);
  progress.progress({ epoch: 1, of: 2n });
  vi.advanceTimersByTime(1_000);
  progress.heartbeat();
  expect(posted).toEqual([
    { type: 'heartbeatReceived', at: expect.any(Date) },
    { type: 'progressed', progress: '{"epoch":1,"of":"2"}' },
  ]);
});

test('after the end nothing comes, and large progress is refused', () => {
  const { texts, progress } = progressing();
  progress.progress(1);
  progress.progress(2);
  progress.stop();
  vi.advanceTimersByTime(1_000);
  expect(texts()).toEqual(['1']);
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
