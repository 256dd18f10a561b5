import { expect, it } from 'vitest';
import type { OpenStandby } from '../../../../src/application/ports/ports.ts';
import { RunStandby } from '../../../../src/application/runner/run-standby.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const setup = (close = async () => {}) => {
  const clock = new ManualClock();
  const lines: string[] = [];
  const opened: unknown[] = [];
  let stoodIn = 0;
  const openStandby: OpenStandby = (runner) => {
    opened.push(runner);
    return { beaten: () => stoodIn, close };
  };
  const say = (line: string) => lines.push(line);
  const log = { debug: say, info: say, warn: say, error: say };
  const standby = new RunStandby({ clock, log, openStandby }, { heartbeatSeconds: 10, leaseSeconds: 60 });
  return { clock, lines, opened, standby, standIn: (count: number) => (stoodIn = count) };
};

it('is opened after a second, so that a short run has none', async () => {
  const { clock, opened, standby } = setup();
  standby.start('me', 0, false);
  await clock.advance(900);
  expect(opened).toEqual([]);
  await clock.advance(100);
  expect(opened).toEqual([{ runnerId: 'me', heartbeatSeconds: 10, leaseSeconds: 60 }]);
});

it('is opened at once where experiments may block the main thread, and never after its end', async () => {
  const blocking = setup();
  blocking.standby.start('me', 0, true);
  expect(blocking.opened).toHaveLength(1);
  const short = setup();
  short.standby.start('me', 0, false);
  await short.standby.close();
  await short.clock.advance(2_000);
  expect(short.opened).toEqual([]);
});

it('says how long it has stood in', () => {
  const { lines, standby, standIn } = setup();
  standby.start('me', 0, true);
  standby.beaten('me', 10_000);
  expect(lines).toEqual([]);
  standIn(2);
  standby.beaten('me', 52_500);
  expect(lines).toEqual([expect.stringMatching(/no heartbeat by itself for 42.5 s, .* sent 2 in its stead/)]);
});

it('that does not end keeps no run from ending', async () => {
  const { lines, standby } = setup(async () => Promise.reject(new Error('stuck')));
  standby.start('me', 0, true);
  await Promise.all([standby.close(), standby.close()]);
  expect(lines).toEqual(['the thread that stands by did not end: stuck']);
});
