import { describe, expect, it } from 'vitest';
import type { Recorded } from '../../../../src/application/runner/messages.ts';
import { DatabaseOutage } from '../../../../src/application/runner/database-outage.ts';
import { Persistence } from '../../../../src/application/runner/persistence.ts';
import { ExperimenterError } from '../../../../src/domain/errors.ts';
import { Reaper } from '../../../../src/application/runner/reaper.ts';
import type {
  AttemptEnd,
  AttemptWrite,
  RecordOutcome,
  RunnerProtocol,
} from '../../../../src/domain/repository/runner-protocol.ts';
import { emissionsOf } from '../../../support/emissions.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { runnerOptions } from '../../../support/runner-options.ts';

const end: AttemptEnd = {
  outcome: 'done',
  status: 'done',
  error: null,
  startedAt: '2026-01-01 00:00:00.000',
  endedAt: '2026-01-01 00:00:01.000',
};
const ended = (id: number): AttemptWrite => ({ experimentId: id, attemptId: `attempt-${id}`, end });

/** A persistence actor on a database whose answers the test gives. */
const setup = () => {
  const clock = new ManualClock();
  const commits: (readonly AttemptWrite[])[] = [];
  const releases: number[] = [];
  const settled: Recorded[] = [];
  const lines: string[] = [];
  const faults: unknown[] = [];
  const backlog: boolean[] = [];
  const trusted: boolean[] = [];
  /** When heartbeats were sent. */
  const beats: number[] = [];
  const state: { answer: () => Promise<RecordOutcome>; beat: () => Promise<boolean> } = {
    answer: async () => ({ lost: [], refused: [] }),
    beat: async () => true,
  };
  const repository = {
    record: async (writes: readonly AttemptWrite[]) => {
      commits.push(writes);
      return state.answer();
    },
    release: async (attempts: readonly { experimentId: number }[]) => {
      releases.push(...attempts.map(({ experimentId }) => experimentId));
    },
    register: async () => {},
    heartbeat: async () => {
      beats.push(clock.monotonic());
      return state.beat();
    },
    leases: async () => [],
    watchedRunners: async () => [],
    reap: async () => [],
  } as unknown as RunnerProtocol;
  const say = (line: string) => lines.push(line);
  const log = { debug: say, info: say, warn: say, error: say };
  const persistence = new Persistence(
    {
      repository,
      reaper: new Reaper(repository, clock, 10_000),
      clock,
      log,
      outage: new DatabaseOutage(log, clock),
      tellOrchestrator: (message) => {
        if (message.type === 'recorded') settled.push(message);
        else if (message.type === 'backpressureChanged') backlog.push(message.full);
        else if (message.type === 'trustChanged') trusted.push(message.trusted);
      },
      onFault: (error) => faults.push(error),
    },
    { id: 'me', name: 'test', host: 'h', pid: 1, workers: 1, version: '0' },
    runnerOptions,
  );
  const write = (one: AttemptWrite) => persistence.tell({ type: 'write', write: one });
  return { clock, commits, releases, settled, backlog, trusted, beats, lines, faults, state, persistence, write };
};

describe('group commit', () => {
  it('writes in one transaction what arrives together', async () => {
    const { clock, commits, write, settled } = setup();
    for (let id = 1; id <= 100; id += 1) write(ended(id));
    await clock.advance(10);
    expect(commits.map((batch) => batch.length)).toEqual([100]);
    expect(settled.map(({ recorded }) => recorded.length)).toEqual([100]);
  });

  it('merges what one attempt says: the last result wins, logs keep their order', async () => {
    const { clock, commits, write } = setup();
    const ref = { experimentId: 1, attemptId: 'attempt-1' };
    const log = (fold: number) => ({ logtable: 'folds', row: { fold }, date: new Date(0) });
    write({ ...ref, results: { a: 1, b: 1 } });
    write({ ...ref, logs: [log(1)] });
    write({ ...ref, logs: [log(2)] });
    write({ ...ref, results: { b: 2 }, end });
    await clock.advance(10);
    expect(commits).toEqual([
      [{ ...ref, results: { a: 1, b: 2 }, logs: [log(1), log(2)], logsId: expect.any(String), end }],
    ]);
  });

  it('does not wait for more once a commit is full', async () => {
    const { clock, commits, write } = setup();
    for (let id = 1; id <= 3_000; id += 1) write(ended(id));
    await clock.advance(0);
    expect(commits.map((batch) => batch.length)).toEqual([2_048]);
    await clock.advance(10);
    expect(commits.map((batch) => batch.length)).toEqual([2_048, 952]);
  });
});

describe('a flood', () => {
  it('says when too much waits for the database, and when there is room again', async () => {
    const { clock, write, backlog, state } = setup();
    const answer = Promise.withResolvers<RecordOutcome>();
    state.answer = () => answer.promise;
    const text = 'x'.repeat(1_000_000);
    const flood = (count: number) => {
      for (let line = 0; line < count; line += 1) {
        write({
          experimentId: 1,
          attemptId: 'attempt-1',
          logs: [{ logtable: 'lines', row: { text }, date: new Date(0) }],
        });
      }
    };
    flood(5);
    await clock.advance(10);
    expect(backlog).toEqual([]);
    flood(5); // while the first are being written
    await clock.advance(0);
    expect(backlog).toEqual([true]);
    answer.resolve({ lost: [], refused: [] });
    await clock.advance(20);
    expect(backlog).toEqual([true, false]);
  });
});

describe('answers', () => {
  it('tells what is lost apart from what is recorded', async () => {
    const { clock, write, settled, state } = setup();
    state.answer = async () => ({ lost: ['attempt-2'], refused: [] });
    write(ended(1));
    write(ended(2));
    await clock.advance(10);
    expect(settled[0]?.recorded.map(({ experimentId }) => experimentId)).toEqual([1]);
    expect(settled[0]?.lost.map(({ experimentId }) => experimentId)).toEqual([2]);
  });

  it('keeps what an attempt consumed when its results are refused, and leaves that out if it is refused itself', async () => {
    const { clock, commits, write, state, faults } = setup();
    const refused = [{ attemptId: 'attempt-1', reason: 'x: out of range' }];
    const answers: RecordOutcome[] = [
      { lost: [], refused },
      { lost: [], refused },
    ];
    state.answer = async () => answers.shift() ?? { lost: [], refused: [] };
    write({ ...ended(1), results: { x: 1 }, end: { ...end, emissions: emissionsOf('attempt-1') } });
    await clock.advance(100);
    expect(commits.map(([one]) => one?.end?.emissions?.run_id)).toEqual(['attempt-1', 'attempt-1', undefined]);
    expect(commits[2]?.[0]?.end).toMatchObject({ outcome: 'error', error: 'x: out of range' });
    expect(faults).toEqual([]);
  });

  it('records a refused result as an error that carries the words of the database', async () => {
    const { clock, write, commits, state, settled } = setup();
    const answers: RecordOutcome[] = [{ lost: [], refused: [{ attemptId: 'attempt-1', reason: 'x: out of range' }] }];
    state.answer = async () => answers.shift() ?? { lost: [], refused: [] };
    write({ ...ended(1), results: { x: 9 } });
    await clock.advance(20);
    expect(commits[1]).toEqual([
      {
        experimentId: 1,
        attemptId: 'attempt-1',
        end: { ...end, outcome: 'error', status: 'error', error: 'x: out of range' },
      },
    ]);
    expect(settled.map(({ recorded }) => recorded.length)).toEqual([1]);
  });

  it('remembers a refusal in mid-run until the attempt ends', async () => {
    const { clock, write, commits, state } = setup();
    const answers: RecordOutcome[] = [{ lost: [], refused: [{ attemptId: 'attempt-1', reason: 'too long' }] }];
    state.answer = async () => answers.shift() ?? { lost: [], refused: [] };
    write({ experimentId: 1, attemptId: 'attempt-1', results: { x: 9 } });
    await clock.advance(10);
    write(ended(1));
    await clock.advance(10);
    expect(commits[1]?.[0]?.end).toMatchObject({ status: 'error', error: 'too long' });
  });
});

describe('a database that is away', () => {
  const away = () => Promise.reject(new ExperimenterError('DATABASE_UNREACHABLE', 'connection refused'));

  it('keeps everything, tries again, and says so once on going and once on returning', async () => {
    const { clock, write, commits, state, settled, lines } = setup();
    state.answer = away;
    write(ended(1));
    await clock.advance(60_000);
    write(ended(2));
    expect(commits.length).toBeGreaterThan(10);
    expect(settled).toEqual([]);
    state.answer = async () => ({ lost: [], refused: [] });
    await clock.advance(10_000);
    expect(settled.flatMap(({ recorded }) => recorded.map(({ experimentId }) => experimentId))).toEqual([1, 2]);
    expect(lines.length).toBe(2);
  });

  it('repeats the very same writes, so that the database can recognise them', async () => {
    const { clock, write, commits, state } = setup();
    state.answer = away;
    write(ended(1));
    await clock.advance(200);
    expect(commits[1]?.[0]).toBe(commits[0]?.[0]);
  });

  it('reports any other error as a fault and tries no further', async () => {
    const { clock, write, commits, state, faults } = setup();
    state.answer = () => Promise.reject(new Error('no such column'));
    write(ended(1));
    await clock.advance(60_000);
    expect([commits.length, faults.length]).toEqual([1, 1]);
  });
});

describe('heartbeats', () => {
  it('go out while a commit waits for its answer', async () => {
    const { clock, write, commits, beats, trusted, state, persistence } = setup();
    await persistence.start(false);
    state.answer = () => new Promise(() => {});
    write(ended(1));
    await clock.advance(60_000);
    expect(commits.length).toBe(1);
    expect(beats.length).toBeGreaterThanOrEqual(6);
    expect(trusted).toEqual([]);
  });

  it('do not hold up a commit while one of them waits for its answer', async () => {
    const { clock, write, settled, beats, state, persistence } = setup();
    await persistence.start(false);
    state.beat = () => new Promise(() => {});
    await clock.advance(300);
    write(ended(1));
    await clock.advance(20);
    expect(beats.length).toBe(1);
    expect(settled.length).toBe(1);
  });

  it('are sent one at a time', async () => {
    const { clock, beats, state, persistence } = setup();
    await persistence.start(false);
    state.beat = () => new Promise(() => {});
    await clock.advance(300);
    persistence.tell({ type: 'drain' });
    await clock.advance(120_000);
    expect(beats.length).toBe(1);
  });

  it('leave the lease in doubt when one hangs, before it is answered', async () => {
    const { clock, trusted, beats, state, persistence } = setup();
    await persistence.start(false);
    await clock.advance(300);
    state.beat = () => new Promise(() => {});
    await clock.advance(49_000);
    expect(beats.length).toBe(2);
    expect(trusted).toEqual([]);
    await clock.advance(2_000); // the last successful one was sent 50 s ago
    expect(trusted).toEqual([false]);
  });

  it('restore the trust, counted from when the successful one was sent', async () => {
    const { clock, trusted, state, persistence } = setup();
    await persistence.start(false);
    await clock.advance(300);
    const answer = Promise.withResolvers<boolean>();
    state.beat = () => answer.promise;
    await clock.advance(58_000); // sent about ten seconds after the start
    state.beat = async () => true;
    answer.resolve(true);
    await clock.advance(100);
    expect(trusted).toEqual([false, true]);
    state.beat = () => new Promise(() => {});
    await clock.advance(51_000);
    expect(trusted).toEqual([false, true, false]);
  });

  it('that fail for good are a fault', async () => {
    const { clock, faults, beats, state, persistence } = setup();
    await persistence.start(false);
    state.beat = () => Promise.reject(new Error('no right to beat'));
    await clock.advance(60_000);
    expect([beats.length, faults.length]).toEqual([1, 1]);
  });

  it('of an experiment are shown as its progress', async () => {
    const { clock, commits, persistence } = setup();
    const ref = { experimentId: 1, attemptId: 'attempt-1' };
    persistence.tell({ type: 'heartbeatReceived', ...ref, at: new Date('2025-01-02T03:04:05Z') });
    await clock.advance(10);
    expect(commits).toEqual([[{ ...ref, progress: '{"heartbeat":"2025-01-02T03:04:05.000Z"}' }]]);
  });
});

describe('stopping', () => {
  it('writes and releases what is left first', async () => {
    const { clock, write, persistence, commits, releases } = setup();
    write(ended(1));
    persistence.tell({ type: 'release', attempts: [{ experimentId: 2, attemptId: 'attempt-2' }], reason: 'stopping' });
    const stopped = persistence.stop('ended');
    await clock.advance(0);
    await stopped;
    expect([commits.length, releases]).toEqual([1, [2]]);
  });

  it('sends heartbeats until everything is written, and none afterwards', async () => {
    const { clock, write, persistence, beats, state } = setup();
    await persistence.start(false);
    const answer = Promise.withResolvers<RecordOutcome>();
    state.answer = () => answer.promise;
    write(ended(1));
    const stopped = persistence.stop('ended');
    await clock.advance(30_000);
    expect(beats.length).toBeGreaterThanOrEqual(3);
    answer.resolve({ lost: [], refused: [] });
    await clock.advance(0);
    await stopped;
    const before = beats.length;
    await clock.advance(60_000);
    expect(beats.length).toBe(before);
    await persistence.stop('ended');
  });

  it('waits for the answer of a heartbeat that is under way', async () => {
    const { clock, persistence, state } = setup();
    await persistence.start(false);
    const answer = Promise.withResolvers<boolean>();
    state.beat = () => answer.promise;
    await clock.advance(300);
    let over = false;
    const stopped = persistence.stop('ended').then(() => (over = true));
    await clock.advance(1_000);
    expect(over).toBe(false);
    answer.resolve(true);
    await clock.advance(0);
    await stopped;
    expect(clock.pending).toBe(0);
  });

  it('after a failure tries once what has waited for the next try, and sends no more heartbeats', async () => {
    const { clock, write, persistence, commits, beats, state } = setup();
    await persistence.start(false);
    state.answer = () => Promise.reject(new ExperimenterError('DATABASE_UNREACHABLE', 'connection refused'));
    write(ended(1));
    await clock.advance(20);
    const before = [commits.length, beats.length];
    const stopped = persistence.stop('failed');
    await clock.advance(0);
    await stopped;
    expect(before).toEqual([1, 0]);
    await clock.advance(60_000);
    expect([commits.length, beats.length]).toEqual([2, 0]);
  });
});
