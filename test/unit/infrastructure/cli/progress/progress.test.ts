import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunEvent } from '../../../../../src/application/runner/run-events.ts';
import { liveProgress, plainProgress } from '../../../../../src/infrastructure/cli/progress/progress.ts';
import { progressLine, regionLines } from '../../../../../src/infrastructure/cli/progress/progress-text.ts';
import { summaryLines } from '../../../../../src/infrastructure/cli/progress/summary.ts';
import { ValueCounts } from '../../../../../src/application/analysis/value-counts.ts';
import { RunStats } from '../../../../../src/infrastructure/cli/progress/run-stats.ts';

const open = (created: number) => ({ created, running: 0, done: 0, error: 0, paused: 0 });
const event = (what: RunEvent['event'], id: number, message?: string): RunEvent => ({
  event: what,
  id,
  attempt: 1,
  ...(message !== undefined && { message }),
  ...(what === 'claimed' ? { keyfields: { kind: 'b', seed: id, gamma: null } } : { ms: 500 }),
});

/** 100 open experiments, 40 done in 10 s, one of them failed, two running. */
const halfway = (): RunStats => {
  const stats = new RunStats(open(100), { workers: 2 }, 0);
  for (let id = 1; id <= 40; id += 1) {
    stats.count(event('claimed', id), 0);
    stats.count(id === 7 ? event('error', id, 'Error: singular\u001b[2J matrix\n at x') : event('done', id), 0);
  }
  for (const id of [41, 42, 43]) stats.count(event('claimed', id), 0);
  return stats;
};

describe('stats', () => {
  it('counts, and judges the pace by the last half minute', () => {
    const stats = halfway();
    expect(stats).toMatchObject({ total: 100, finished: 40, failed: 1, running: 2 });
    expect(stats.rate(10_000)).toBe(4);
    stats.sample(10_000);
    stats.sample(45_000);
    expect(stats.rate(45_000)).toBeUndefined(); // nothing has ended since
  });

  it('an experiment that is tried again counts once, as what it became', () => {
    const stats = new RunStats(open(2), { workers: 1 }, 0);
    stats.count(event('claimed', 1), 0);
    stats.count({ ...event('error', 1), again: true }, 0);
    expect(stats).toMatchObject({ finished: 0, failed: 0, running: 1 });
    stats.count(event('done', 1), 0);
    expect(stats).toMatchObject({ finished: 1, failed: 0, running: 0 });
    stats.count(event('claimed', 2), 0);
    stats.count({ ...event('timeout', 2), again: true }, 0);
    stats.count(event('error', 2), 0);
    expect(stats).toMatchObject({ finished: 2, failed: 1, running: 0 });
  });

  it.each(['lost', 'released'] as const)('what was %s has not ended', (what) => {
    const stats = new RunStats(open(1), { workers: 1 }, 0);
    stats.count(event('claimed', 1), 0);
    stats.count(event(what, 1), 0);
    expect(stats).toMatchObject({ finished: 0, running: 0 });
  });

  it('expects from comparable experiments, less what runs has behind it', () => {
    const counted = new ValueCounts(['kind']);
    counted.add({ kind: 'quick' }, 20);
    counted.add({ kind: 'slow' }, 20);
    const stats = new RunStats(open(40), { workers: 1, keyfields: ['kind'], open: counted }, 0);
    expect(stats.remaining(0)).toBeUndefined();
    let now = 0;
    for (let id = 1; id <= 20; id += 1) {
      const kind = id % 2 ? 'quick' : 'slow';
      const ms = id % 2 ? 1_000 : 9_000;
      stats.count({ ...event('claimed', id), keyfields: { kind } }, now);
      now += ms;
      stats.count({ ...event('done', id), ms }, now);
      stats.sample(now);
    }
    const { by, low = 0, high = 0 } = stats.remaining(now) ?? {};
    expect(by).toBe('kind');
    expect([low, high]).toEqual([expect.closeTo(100, 0), expect.closeTo(100, 0)]);
    stats.count({ ...event('claimed', 21), keyfields: { kind: 'slow' } }, now);
    expect(stats.remaining(now + 3_000)?.high).toBeLessThan(high - 2);
  });

  it('takes over what others have done', () => {
    const stats = new RunStats(open(10), { workers: 1 }, 0);
    stats.rebase({ created: 3, running: 2, done: 4, error: 1, paused: 1 });
    expect(stats).toMatchObject({ total: 11, finished: 6, failed: 0 });
  });
});

describe('progress', () => {
  const plainStyle = (_format: string, text: string) => text;

  it('has a bar, a pace and the last failure, cut to the terminal', () => {
    expect(regionLines(halfway(), 10_000, { columns: 100, rows: 24 }, plainStyle)).toEqual([
      '█████████░░░░░░░░░░░░░░░ 40/100  40 %  4/s  ETA 15 s  2 running',
      '  #41  10 s  kind=b seed=41',
      '  #42  10 s  kind=b seed=42',
      '1 failed, last:',
      '  #7 Error: singular matrix',
    ]);
    for (const columns of [80, 40, 20, 5]) {
      const lines = regionLines(halfway(), 10_000, { columns, rows: 24 }, plainStyle);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(columns);
    }
  });

  it('shows what runs with what it says of itself, within any terminal', () => {
    const stats = new RunStats(open(30), { workers: 12 }, 0);
    for (let id = 1; id <= 12; id += 1) stats.count(event('claimed', id), 0);
    const said = { event: 'progress', id: 1, attempt: 1, progress: '{"epoch":"3/40","loss":0.25}' } as const;
    stats.count(said, 0);
    stats.count({ ...said, id: 2, progress: '0.417' }, 0);
    stats.count({ ...event('error', 3, `Error: ${'long '.repeat(60)}`), again: true }, 61_000);
    stats.count(event('error', 4, 'Error: \u0007 no'), 61_000);
    const lines = regionLines(stats, 63_000, { columns: 80, rows: 24 }, plainStyle);
    expect(lines.slice(0, 5)).toEqual([
      expect.stringMatching(/^░{24} 1\/30 {2}3 % {2}.* {2}11 running$/),
      '  #1  1m 03s  epoch=3/40 loss=0.25  kind=b seed=1',
      '  #2  1m 03s  41 %  kind=b seed=2',
      '  #3     2 s  kind=b seed=3',
      '  #5  1m 03s  kind=b seed=5',
    ]);
    expect(lines).toContain('  … and 4 more');
    expect(lines.slice(-3)).toEqual([
      '1 failed, last:',
      '  #4 Error: \\u0007 no',
      expect.stringMatching(/^ {2}#3 Error: long .*…$/),
    ]);
    for (const columns of [140, 80, 60, 40, 20, 5]) {
      for (const rows of [24, 10, 4, 1]) {
        const fitted = regionLines(stats, 63_000, { columns, rows }, plainStyle);
        expect(Math.max(...fitted.map((line) => line.length))).toBeLessThan(columns);
        expect(fitted.length).toBeLessThan(Math.max(2, rows));
      }
    }
  });

  it('is a line elsewhere', () => {
    expect(progressLine(halfway(), 10_000)).toBe('40 of 100 experiments (40 %), 4/s, ETA 15 s, 2 running, 1 failed');
    expect(progressLine(new RunStats(open(0), { workers: 1 }, 0), 0)).toBe('0 of 0 experiments (100 %), 0 running');
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
      const stats = new RunStats(open(1_000), { workers: 1 }, 0);
      const progress = liveProgress(out, plainStyle, () => 1_000);
      progress.begin(stats);
      for (let id = 1; id <= 500; id += 1) {
        stats.count(event('done', id), 0);
        progress.event(event('done', id));
        vi.advanceTimersByTime(2);
      }
      expect(out.writes.length).toBeLessThanOrEqual(11);
      stats.count(event('error', 501, 'x'), 0);
      vi.advanceTimersByTime(100);
      out.writes.length = 0;
      progress.line('warn: the database is away');
      expect(out.writes[0]).toMatch(/^\r\u001b\[2Awarn: the database is away\u001b\[K\n█/);
      progress.end();
      expect(out.writes[1]).toBe('\r\u001b[2A\u001b[J');
      progress.line('after');
      expect(out.writes[2]).toBe('after\n');
    });

    it('lines come every ten seconds and at the end, failures once, twenty of them', () => {
      const out = stream();
      const stats = new RunStats(open(100), { workers: 1 }, 0);
      const progress = plainProgress(out, () => 0);
      progress.begin(stats);
      for (let id = 1; id <= 25; id += 1) {
        for (const told of [
          { ...event('error', id, `no ${id}`), again: true as const },
          event('timeout', id, `no ${id}`),
        ]) {
          stats.count(told, 0);
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
    summary: { executed: 24, done: 23, error: 1, paused: 0, withoutResults: 0, seconds: 1.9, perSecond: 12.6 },
    counts: { created: 0, running: 0, done: 23, error: 1, paused: 0 },
    failedId: 7,
    withoutResultsId: undefined,
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

  it('says what is done without results, and where to look', () => {
    const summary = { ...story.summary, withoutResults: 3 };
    expect(summaryLines({ ...story, summary, withoutResultsId: 4 })[2]).toBe(
      '3 experiments done without any of the declared results: does the experiment return or report them? Look at one with `tse show 4`.',
    );
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
