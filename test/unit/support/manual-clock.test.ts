import { expect, it } from 'vitest';
import { ManualClock } from '../../support/manual-clock.ts';

it('stands still until it is turned', async () => {
  const clock = new ManualClock('2026-01-01T00:00:00.000Z');
  const before = clock.monotonic();
  await clock.advance(1_500);
  expect(clock.monotonic() - before).toBe(1_500);
  expect(clock.date().toISOString()).toBe('2026-01-01T00:00:01.500Z');
});

it('fires timers at their own moments, in order, and none that was called off', async () => {
  const clock = new ManualClock();
  const fired: (readonly [string, number])[] = [];
  const fire = (name: string) => () => void fired.push([name, clock.monotonic()]);
  clock.after(20, fire('late'));
  clock.after(10, fire('early'));
  clock.after(10, fire('early too'));
  clock.after(30, fire('beyond'));
  clock.after(5, fire('never'))();
  await clock.advance(25);
  expect(fired).toEqual([
    ['early', 10],
    ['early too', 10],
    ['late', 20],
  ]);
  expect(clock.pending).toBe(1);
});

it('lets what a timer set in motion come to rest before the next, timers included', async () => {
  const clock = new ManualClock();
  const beats: number[] = [];
  const loop = async () => {
    for (;;) {
      await new Promise<void>((resolve) => clock.after(10, resolve));
      await Promise.resolve();
      beats.push(clock.monotonic());
    }
  };
  void loop();
  await clock.advance(35);
  expect(beats).toEqual([10, 20, 30]);
});
