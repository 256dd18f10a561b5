import { expect, test } from 'vitest';
import { ChunkState } from '../../../../../src/infrastructure/workers/execution/chunk-state.ts';

test('a chunk that was taken back starts nothing more, and says what was started', () => {
  const worker = new ChunkState();
  const other = new ChunkState(worker.buffer);
  expect(other.current()).toBeUndefined();
  expect([worker.start(1), worker.start(0), worker.start(1)]).toEqual([false, true, true]);
  expect(other.current()?.index).toBe(1);
  expect([other.takeBackUnstarted(), other.takeBackUnstarted(), worker.start(2), other.started]).toEqual([
    2,
    2,
    false,
    2,
  ]);
  worker.idle();
  expect(other.current()).toBeUndefined();
});

test('a start is undone where its function was never called, also after the rest was taken back', () => {
  const state = new ChunkState();
  state.start(0);
  state.start(1);
  state.takeBackUnstarted();
  state.undoStart();
  expect([state.started, state.current(), state.start(1), state.takeBackUnstarted()]).toEqual([1, undefined, false, 1]);
});
