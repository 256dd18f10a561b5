import { beforeEach, describe, expect, it } from 'vitest';
import { StandbyBeats } from '../../../../src/infrastructure/database/thread/standby-beats.ts';
import { StandbyCell } from '../../../../src/infrastructure/database/thread/standby-cell.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

/* The runner beats every ten seconds, or not. */
describe('what stands by for a runner', () => {
  let clock: ManualClock;
  let sent: string[];
  let state: { beatenAt: number; ended: boolean; alive: boolean; away: boolean; open: number; counted: number };
  let failures: unknown[];
  let beats: StandbyBeats;
  let ended: Promise<void>;
  beforeEach(() => {
    clock = new ManualClock();
    sent = [];
    failures = [];
    state = { beatenAt: 0, ended: false, alive: true, away: false, open: 0, counted: 0 };
    beats = new StandbyBeats({
      cell: {
        get ended() {
          return state.ended;
        },
        get silentMilliseconds() {
          return clock.monotonic() - state.beatenAt;
        },
        sent: () => void (state.counted += 1),
      },
      clock,
      runnerId: 'first',
      heartbeatSeconds: 10,
      leaseSeconds: 60,
      open: () => {
        state.open += 1;
        return {
          heartbeat: async (runnerId) => {
            if (state.away) throw new Error('away');
            sent.push(`${runnerId} at ${clock.monotonic() / 1000}`);
            return state.alive;
          },
          close: async () => void (state.open -= 1),
        };
      },
      onFailure: (error) => failures.push(error),
    });
    ended = beats.run();
  });

  it('does nothing as long as it beats by itself', async () => {
    for (let seconds = 0; seconds < 600; seconds += 10) {
      await clock.advance(10_000);
      state.beatenAt = clock.monotonic();
    }
    expect(sent).toEqual([]);
    expect(state.open).toBe(0);
  });

  it('beats in its stead while it is silent, and gives its connection back afterwards', async () => {
    await clock.advance(41_000);
    expect(sent).toEqual(['first at 15', 'first at 25', 'first at 35']);
    expect(state).toMatchObject({ counted: 3, open: 1 });
    state.beatenAt = clock.monotonic();
    await clock.advance(14_000);
    expect(sent.length).toBe(3);
    expect(state.open).toBe(0);
  });

  it('sends nothing once the runner has decided to end', async () => {
    await clock.advance(20_000);
    state.ended = true;
    beats.wake();
    await ended;
    await clock.advance(60_000);
    expect(sent).toEqual(['first at 15']);
    expect(state.open).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('tells once that it cannot, and goes on trying', async () => {
    state.away = true;
    await clock.advance(20_000);
    expect(failures).toEqual([new Error('away')]);
    state.away = false;
    await clock.advance(1_000);
    expect(sent).toEqual(['first at 21']);
  });

  it('keeps nobody alive who was declared dead, until it goes on under another id', async () => {
    state.alive = false;
    await clock.advance(100_000);
    expect(sent).toEqual(['first at 15']);
    expect(state.counted).toBe(0);
    state.alive = true;
    beats.setRunner('second');
    state.beatenAt = clock.monotonic();
    await clock.advance(20_000);
    expect(sent.slice(1)).toEqual(['second at 115']);
  });
});

it('a runner that beats by itself is not silent', () => {
  const cell = new StandbyCell();
  const other = new StandbyCell(cell.buffer);
  const before = other.silentMilliseconds;
  while (other.silentMilliseconds <= before);
  const silent = other.silentMilliseconds;
  other.sent();
  expect(cell.beaten()).toBe(1);
  expect(cell.beaten()).toBe(0);
  expect(other.silentMilliseconds).toBeLessThan(silent);
  expect(other.ended).toBe(false);
  cell.end();
  expect(other.ended).toBe(true);
});
