import { expect, test } from 'vitest';
import { ChunkState } from '../../../../../src/infrastructure/workers/execution/chunk-state.ts';

test('a curtailed cell starts nothing more, and says what was started', () => {
  const worker = new ChunkState();
  const other = new ChunkState(worker.buffer);
  expect(other.current()).toBeUndefined();
  expect([worker.start(1), worker.start(0), worker.start(1)]).toEqual([false, true, true]);
  expect(other.current()?.index).toBe(1);
  expect([other.curtail(), other.curtail(), worker.start(2), other.started]).toEqual([2, 2, false, 2]);
  worker.rest();
  expect(other.current()).toBeUndefined();
});
