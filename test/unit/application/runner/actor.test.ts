import { expect, it } from 'vitest';
import { Actor } from '../../../../src/application/runner/actor.ts';

class Recorder extends Actor<number> {
  readonly received: number[] = [];
  rests = 0;

  protected override receive(message: number): void {
    if (message === 2) throw new Error('two');
    this.received.push(message);
  }

  protected override onIdle(): void {
    this.rests += 1;
  }
}

it('an actor that throws loses no other message, and rests as always', async () => {
  const faults: unknown[] = [];
  const actor = new Recorder((error) => faults.push(error));
  for (const message of [1, 2, 3, 2, 4]) actor.tell(message);
  await Promise.resolve();
  expect(actor.received).toEqual([1, 3, 4]);
  expect(faults).toEqual([new Error('two'), new Error('two')]);
  expect(actor.rests).toBe(1);
  actor.tell(5);
  await Promise.resolve();
  expect(actor.received).toEqual([1, 3, 4, 5]);
});
