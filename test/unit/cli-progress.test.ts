import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunEvent } from '../../src/application/run-events.ts';
import { liveProgress, plainProgress } from '../../src/infrastructure/cli/progress.ts';
import { progressLine, regionLines } from '../../src/infrastructure/cli/progress-text.ts';
import { summaryLines } from '../../src/infrastructure/cli/summary.ts';
import { Tally } from '../../src/infrastructure/cli/tally.ts';

const open = (created: number) => ({ created, running: 0, done: 0, error: 0, paused: 0 });
const event = (what: RunEvent['event'], id: number, message?: string): RunEvent => ({
  event: what,
  id,
  attempt: 1,
  ...(message !== undefined && { message }),
});

/** 100 open experiments, 40 done in 10 s, one of them failed, two running. */
const halfway = (): Tally => {
  const tally = new Tally(open(100), 2, 0);
  for (let id = 1; id <= 40; id += 1) {
    tally.count(event('claimed', id));
    tally.count(id === 7 ? event('error', id, 'Error: singular\u001b[2J matrix\n at x') : event('done', id));
  }
  for (const id of [41, 42, 43]) tally.count(event('claimed', id));
  return tally;
};

describe('tally', () => {
  it('counts, and judges the pace by the last half minute', () => {
    const tally = halfway();
    expect(tally).toMatchObject({ total: 100, finished: 40, failed: 1, running: 2 });
    expect([tally.rate(10_000), tally.remaining(10_000)]).toEqual([4, 15]);
    tally.sample(10_000);
    tally.sample(45_000);
    expect(tally.rate(45_000)).toBeUndefined(); // nothing has ended since
  });

  it('an experiment that is tried again counts once, as what it became', () => {
    const tally = new Tally(open(2), 1, 0);
    tally.count(event('claimed', 1));
    tally.count({ ...event('error', 1), again: true });
    expect(tally).toMatchObject({ finished: 0, failed: 0, running: 1 });
    tally.count(event('done', 1));
    expect(tally).toMatchObject({ finished: 1, failed: 0, running: 0 });
    tally.count(event('claimed', 2));
    tally.count({ ...event('timeout', 2), again: true });
    tally.count(event('error', 2));
    expect(tally).toMatchObject({ finished: 2, failed: 1, running: 0 });
  });

  it.each(['lost', 'released'] as const)('what was %s has not ended', (what) => {
    const tally = new Tally(open(1), 1, 0);
    tally.count(event('claimed', 1));
    tally.count(event(what, 1));
    expect(tally).toMatchObject({ finished: 0, running: 0 });
  });

  it('takes over what others have done', () => {
    const tally = new Tally(open(10), 1, 0);
    tally.rebase({ created: 3, running: 2, done: 4, error: 1, paused: 1 });
    expect(tally).toMatchObject({ total: 11, finished: 6, failed: 0 });
  });
});

describe('progress', () => {
  const plainStyle = (_format: string, text: string) => text;

  it('has a bar, a pace and the last failure, cut to the terminal', () => {
    expect(regionLines(halfway(), 10_000, 100, plainStyle)).toEqual([
      '█████████░░░░░░░░░░░░░░░ 40/100  40 %  4/s  ETA 15 s  2 running',
      '1 failed, last: #7 Error: singular matrix',
    ]);
    for (const columns of [80, 40, 20, 5]) {
      const lines = regionLines(halfway(), 10_000, columns, plainStyle);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(columns);
    }
  });

  it('is a line elsewhere', () => {
    expect(progressLine(halfway(), 10_000)).toBe('40 of 100 experiments (40 %), 4/s, ETA 15 s, 2 running, 1 failed');
    expect(progressLine(new Tally(open(0), 1, 0), 0)).toBe('0 of 0 experiments (100 %), 0 running');
  });

  describe('as it is written', () => {
    beforeEach(() => void vi.useFakeTimers());
    afterEach(() => void vi.useRealTimers());
    const stream = () => {
      const writes: string[] = [];
      return { writes, columns: 60, write: (text: string) => writes.push(text) };
    };

    it('the region is redrawn at most ten times a second, and other lines appear above it', () => {
      const out = stream();
      const tally = new Tally(open(1_000), 1, 0);
      const progress = liveProgress(out, plainStyle, () => 1_000);
      progress.begin(tally);
      for (let id = 1; id <= 500; id += 1) {
        tally.count(event('done', id));
        progress.event(event('done', id));
        vi.advanceTimersByTime(2);
      }
      expect(out.writes.length).toBeLessThanOrEqual(11);
      tally.count(event('error', 501, 'x'));
      vi.advanceTimersByTime(100);
      out.writes.length = 0;
      progress.line('warn: the database is away');
      expect(out.writes[0]).toMatch(/^\r\u001b\[2K\u001b\[1A\u001b\[2Kwarn: the database is away\n█/);
      progress.end();
      expect(out.writes[1]).toBe('\r\u001b[2K\u001b[1A\u001b[2K');
      progress.line('after');
      expect(out.writes[2]).toBe('after\n');
    });

    it('lines come every ten seconds and at the end, failures once, twenty of them', () => {
      const out = stream();
      const tally = new Tally(open(100), 1, 0);
      const progress = plainProgress(out, () => 0);
      progress.begin(tally);
      for (let id = 1; id <= 25; id += 1) {
        for (const told of [
          { ...event('error', id, `no ${id}`), again: true as const },
          event('timeout', id, `no ${id}`),
        ]) {
          tally.count(told);
          progress.event(told);
        }
      }
      expect(out.writes).toHaveLength(20);
      expect(out.writes[19]).toBe('failed: #20 no 20\n');
      vi.advanceTimersByTime(25_000);
      expect(out.writes).toHaveLength(22);
      progress.end();
      expect(out.writes.slice(22)).toEqual(['… and 5 more failures\n', '25 of 100 experiments (25 %), 25 failed\n']);
    });
  });
});

describe('summary', () => {
  const story = {
    summary: { executed: 24, done: 23, error: 1, paused: 0, seconds: 1.9, perSecond: 12.6 },
    counts: { created: 0, running: 0, done: 23, error: 1, paused: 0 },
    failedId: 7,
    signal: undefined,
    place: 'table svm of /x/svm.sqlite',
    command: (verb: string) => `tse ${verb}`,
  };

  it('says what was done, where it is, and what to do about failures', () => {
    expect(summaryLines(story)).toEqual([
      '24 experiments executed in 1.9 s (12.6/s): 23 done, 1 failed.',
      'The study now has 24 experiments (23 done, 1 failed) in table svm of /x/svm.sqlite.',
      'Failures: look at one with `tse show 7`, open all of them again with `tse retry`.',
    ]);
  });

  it('says how to go on', () => {
    const counts = { created: 5, running: 0, done: 1, error: 0, paused: 2 };
    const lines = summaryLines({
      ...story,
      counts,
      signal: 'SIGINT',
      summary: { ...story.summary, executed: 1, done: 1, error: 0 },
    });
    expect(lines.slice(2)).toEqual([
      'Paused: continue one with `tse resume ID`.',
      'Stopped by SIGINT: go on with `tse run`.',
    ]);
    const idle = { ...story, summary: { ...story.summary, executed: 0 }, counts: { ...counts, created: 0, paused: 0 } };
    expect(summaryLines(idle)[0]).toBe('Nothing executed: nothing was open.');
  });
});
