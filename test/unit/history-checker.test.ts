import { describe, expect, it } from 'vitest';
import { checkHistory, reapedAlive } from '../torture/history-checker.ts';
import type {
  Acknowledged,
  Execution,
  FinalAttempt,
  FinalExperiment,
  History,
  RunnerProcess,
} from '../torture/history.ts';
import { storyOf } from '../torture/story.ts';

/* A good history, and the smallest changes that break the promise: each is to be seen. */

const execution = (more: Partial<Execution> = {}): Execution => {
  const { id = 1, attempt = 1 } = more;
  const begin = 1_000 * attempt;
  return {
    id,
    attempt,
    token: `t${id}.${attempt}`,
    pid: 10 + attempt,
    begin,
    end: begin + 50,
    beganAt: begin + 500_000,
    returns: 'done',
    ...more,
  };
};
const attempt = (more: Partial<FinalAttempt> = {}): FinalAttempt => {
  const { id = 1, number = 1 } = more;
  return {
    id,
    number,
    runnerId: `r${number}`,
    outcome: 'done',
    endedAt: 500_900 + 1_000 * number,
    superseded: false,
    ...more,
  };
};
const row = (more: Partial<FinalExperiment> = {}): FinalExperiment => {
  const { id = 1, attempt: of = 1 } = more;
  return {
    id,
    seed: id - 1,
    status: 'done',
    attempt: of,
    token: `t${id}.${of}`,
    half: `t${id}.${of}`,
    error: null,
    ...more,
  };
};
const done = (more: Partial<Acknowledged> = {}): Acknowledged => ({
  runner: 'a',
  event: 'done',
  id: 1,
  attempt: 1,
  ...more,
});
const ended = (more: Partial<RunnerProcess> = {}): RunnerProcess => ({
  name: '0.1',
  pid: 12,
  endedAt: 9_000,
  code: 0,
  signal: null,
  told: [],
  hung: false,
  stderr: '',
  ...more,
});
const killed = ended({ pid: 11, endedAt: 1_020, code: null, signal: 'SIGKILL', told: ['SIGKILL'] });
const runner = (number: number, state = 'gone') => ({
  id: `r${number}`,
  pid: 10 + number,
  state,
  expiresAt: 500_800 + 1_000 * number,
});
const steps = (id: number, of: number) => [0, 1, 2].map((step) => ({ id, step, token: `t${id}.${of}` }));

type Change = Partial<Omit<History, 'tables'>> & { readonly tables?: Partial<History['tables']> };

/** Of one experiment whose first attempt was killed and whose second is done. */
const history = ({ tables = {}, ...more }: Change = {}): History => ({
  experiments: 1,
  maxAttempts: 3,
  steps: 3,
  reset: new Set(),
  outages: false,
  clockJumps: false,
  leaseSeconds: 10,
  executions: [execution({ end: null, returns: null }), execution({ attempt: 2 })],
  acknowledged: [done({ attempt: 2 })],
  processes: [killed, ended()],
  deeds: [{ date: 501_020, text: 'SIGKILL', pid: 11 }],
  tables: {
    experiments: [row({ attempt: 2 })],
    attempts: [attempt({ outcome: 'lost' }), attempt({ number: 2 })],
    leases: [],
    runners: [runner(1), runner(2, 'active')],
    steps: steps(1, 2),
    ...tables,
  },
  ...more,
});

const damages = (change: Change): string[] =>
  checkHistory(history(change)).map(({ damage, text }) => `${damage}: ${text}`);

describe('a history', () => {
  it('with a lost attempt and one that is done is good', () => {
    expect(damages({})).toEqual([]);
  });

  it('of failures, pauses and experiments that cost too many runners is good', () => {
    const unfinished = { attempt: null, token: null };
    const deaths = [1, 2, 3].map((number) => ({ ...killed, pid: 10 + number, endedAt: 1_000 * number + 20 }));
    expect(
      damages({
        experiments: 3,
        executions: [
          execution({ returns: 'error' }),
          execution({ id: 2, returns: 'paused' }),
          ...[1, 2, 3].map((number) => execution({ id: 3, attempt: number, end: null, returns: null })),
        ],
        acknowledged: [done({ event: 'error' }), done({ event: 'paused', id: 2 })],
        processes: deaths,
        deeds: deaths.map(({ pid, endedAt }) => ({ date: 500_000 + endedAt, text: 'SIGKILL', pid })),
        tables: {
          experiments: [
            { ...row({ status: 'error', half: 't1.1' }), ...unfinished },
            { ...row({ id: 2, status: 'paused', half: 't2.1' }), ...unfinished },
            { ...row({ id: 3, status: 'error', half: 't3.3' }), ...unfinished },
          ],
          attempts: [
            attempt({ outcome: 'error' }),
            attempt({ id: 2, outcome: 'paused' }),
            ...[1, 2, 3].map((number) => attempt({ id: 3, number, outcome: 'lost' })),
          ],
          runners: [runner(1), runner(2), runner(3)],
          steps: [...steps(1, 1), ...steps(2, 1), { id: 3, step: 0, token: 't3.3' }],
        },
      }),
    ).toEqual([]);
  });

  it('of a resumed experiment whose runner was killed shows what was paused, and nothing else', () => {
    const resumed = (shows: number): Change => ({
      executions: [execution({ returns: 'paused' }), execution({ attempt: 2, end: null, returns: null })],
      acknowledged: [done({ event: 'paused' })],
      processes: [ended({ pid: 11 }), { ...killed, pid: 12, endedAt: 2_020 }],
      deeds: [{ date: 502_020, text: 'SIGKILL', pid: 12 }],
      tables: {
        experiments: [{ ...row({ status: 'paused', half: `t1.${shows}` }), attempt: null, token: null }],
        attempts: [attempt({ outcome: 'paused' }), attempt({ number: 2, outcome: 'lost' })],
        runners: [runner(1), runner(2)],
        steps: steps(1, shows),
      },
    });
    expect(damages(resumed(1))).toEqual([]);
    expect(damages(resumed(2))).toEqual([
      "mixed: half is t1.2, its last attempt's is t1.1",
      "mixed: 3 log rows are not its last attempt's",
    ]);
  });

  it.each<[string, string, Change]>([
    [
      'an acknowledged result that is gone',
      'lost: a acknowledged attempt 1 as done, which is recorded as lost',
      { acknowledged: [done(), done({ attempt: 2 })] },
    ],
    [
      'an acknowledged attempt without history',
      'lost: a acknowledged attempt 7 as error, which is not in the history',
      { acknowledged: [done({ attempt: 7, event: 'error' })] },
    ],
    [
      'an acknowledged result that was overwritten',
      'lost: attempt 2 was acknowledged as done, but it is done with the results of attempt 1',
      { tables: { experiments: [row({ attempt: 1 })] } },
    ],
    [
      'an acknowledged result of what was opened again',
      'lost: attempt 2 was acknowledged as done, but it is created with the results of attempt 2',
      { tables: { experiments: [row({ attempt: 2, status: 'created' })] } },
    ],
    [
      'attempts superseded by nobody',
      'lost: attempts are superseded, and nobody reset it',
      { tables: { attempts: [attempt({ outcome: 'lost', superseded: true }), attempt({ number: 2 })] } },
    ],
    ['a row that is missing', 'lost: the experiment of seed 1 is missing', { experiments: 2 }],
    ['a row that is gone', 'lost: its row is gone', { tables: { experiments: [] } }],
    [
      'two records',
      'double: 2 attempts are recorded as done',
      { tables: { attempts: [attempt(), attempt({ number: 2 })] } },
    ],
    [
      'two acknowledgements of one attempt',
      'double: attempt 2 was acknowledged 2 times',
      { acknowledged: [done({ attempt: 2 }), done({ attempt: 2, runner: 'b' })] },
    ],
    [
      'two results acknowledged',
      'double: attempts 1, 2 were acknowledged as done',
      { acknowledged: [done(), done({ attempt: 2 })] },
    ],
    [
      'a row filled twice',
      'double: seed 0 was filled twice',
      { tables: { experiments: [row({ attempt: 2 }), row({ id: 2, seed: 0 })] } },
    ],
    [
      'a row left running',
      'stuck: it is left running',
      { tables: { experiments: [row({ attempt: 2, status: 'running' })] } },
    ],
    [
      'a row left open',
      'stuck: it is left created',
      { tables: { experiments: [row({ attempt: 2, status: 'created' })] } },
    ],
    [
      'a lease that is left',
      'stuck: the lease of attempt 3 is left',
      { tables: { leases: [{ id: 1, number: 3, runnerId: 'r3' }] } },
    ],
    [
      'a gap',
      'numbers: its attempts are numbered 1, 3',
      { tables: { attempts: [attempt({ outcome: 'lost' }), attempt({ number: 3 })] } },
    ],
    [
      'a number twice',
      'numbers: its attempts are numbered 1, 1',
      { tables: { attempts: [attempt({ outcome: 'lost' }), attempt()] } },
    ],
    [
      'an execution without a trace',
      'numbers: attempt 3 was executed and is not in the history',
      { executions: [execution({ end: null }), execution({ attempt: 2 }), execution({ attempt: 3 })] },
    ],
    [
      'an attempt executed twice',
      'numbers: attempt 2 was executed 2 times',
      {
        executions: [
          execution({ end: null }),
          execution({ attempt: 2, token: 'x', begin: 1_900, end: 1_950 }),
          execution({ attempt: 2 }),
        ],
      },
    ],
    [
      'a result of another attempt',
      "mixed: token is t1.1, its last attempt's is t1.2",
      { tables: { experiments: [row({ attempt: 2, token: 't1.1' })] } },
    ],
    [
      'a partial result of another attempt',
      "mixed: half is t1.1, its last attempt's is t1.2",
      { tables: { experiments: [row({ attempt: 2, half: 't1.1' })] } },
    ],
    [
      'results that are missing',
      'mixed: results are missing',
      { tables: { experiments: [row({ attempt: 2, half: null })] } },
    ],
    [
      'a status nobody recorded',
      'mixed: it is error, and its last attempt done',
      { acknowledged: [], tables: { experiments: [row({ attempt: 2, status: 'error' })] } },
    ],
    [
      'an end without an attempt',
      'mixed: it is done, and its last attempt does not exist',
      { executions: [], acknowledged: [], tables: { attempts: [] } },
    ],
    [
      'an error after too few losses',
      'mixed: it is error, and its last attempt lost',
      {
        executions: [execution({ end: null })],
        acknowledged: [],
        tables: { experiments: [row({ status: 'error' })], attempts: [attempt({ outcome: 'lost' })] },
      },
    ],
    [
      'a result that was never returned',
      'mixed: its attempt 2 never returned',
      { executions: [execution({ end: null }), execution({ attempt: 2, end: null, returns: null })] },
    ],
    [
      'log rows of another attempt',
      "mixed: 3 log rows are not its last attempt's",
      { tables: { steps: [...steps(1, 1), ...steps(1, 2)] } },
    ],
    [
      'log rows twice',
      'mixed: log rows are there twice: 0, 0, 1, 1, 2, 2',
      { tables: { steps: [...steps(1, 2), ...steps(1, 2)] } },
    ],
    [
      'log rows that are missing',
      'mixed: of 3 log rows there are only 0, 1',
      { tables: { steps: steps(1, 2).slice(0, 2) } },
    ],
    [
      'an overlap with a living attempt',
      'overlap: attempt 2 began while attempt 1, released, was under way',
      {
        executions: [execution({ end: 2_500 }), execution({ attempt: 2 })],
        tables: { attempts: [attempt({ outcome: 'released' }), attempt({ number: 2 })] },
      },
    ],
    [
      'an overlap before the loss',
      'overlap: attempt 2 began while attempt 1, lost, was under way',
      {
        executions: [execution({ end: 2_500 }), execution({ attempt: 2 })],
        tables: { attempts: [attempt({ outcome: 'lost', endedAt: 502_100 }), attempt({ number: 2 })] },
      },
    ],
    [
      'a lease taken before it expired',
      'overlap: attempt 1 was taken 600 ms before its lease expired, of a runner that is gone',
      { tables: { runners: [{ ...runner(1), expiresAt: 502_500 }, runner(2)] } },
    ],
    [
      'a lease taken from the living',
      'overlap: attempt 1 was taken -100 ms before its lease expired, of a runner that is active',
      { tables: { runners: [runner(1, 'active'), runner(2)] } },
    ],
    [
      'a lease taken from a runner that nobody harmed',
      'overlap: attempt 1 was taken from runner r1, which nobody had harmed',
      { processes: [ended({ pid: 11 }), ended()], deeds: [{ date: 501_020, text: 'SIGSTOP', pid: 12 }] },
    ],
    [
      'a lease taken from a runner that nobody harmed, because a clock jumped',
      'overlap: attempt 1 was taken from runner r1, which nobody had harmed',
      { clockJumps: true, processes: [ended({ pid: 11 }), ended()], deeds: [] },
    ],
    [
      'a runner that crashed',
      'crash: runner 0.1 ended by itself: exit code 1, signal null\nTypeError',
      { processes: [killed, ended({ code: 1, stderr: 'TypeError' })] },
    ],
    [
      'a runner that nobody killed',
      'crash: runner 0.1 ended by itself: exit code null, signal SIGSEGV',
      { processes: [killed, ended({ code: null, signal: 'SIGSEGV' })] },
    ],
    [
      'a runner that found no database while it was there',
      'crash: runner 0.1 ended by itself: exit code 5, signal null',
      { processes: [killed, ended({ code: 5 })] },
    ],
    ['a runner that hangs', 'crash: runner 0.1 did not end', { processes: [killed, ended({ hung: true })] }],
  ])('with %s is not', (_, violation, change) => {
    expect(damages(change)).toContain(violation);
  });

  it('allows what is allowed: overlaps after a loss, resets, stops, outages', () => {
    const overlapping = [execution({ end: 2_500 }), execution({ attempt: 2 })];
    expect(damages({ executions: overlapping })).toEqual([]);
    const went = (since: number) => [
      { date: 500_000, text: 'SIGSTOP', pid: 11 },
      { date: 501_900 - since, text: 'SIGCONT', pid: 11 },
    ];
    expect(damages({ processes: [ended({ pid: 11 }), ended()], deeds: went(900) })).toEqual([]);
    expect(damages({ leaseSeconds: 3, processes: [ended({ pid: 11 }), ended()], deeds: went(3_100) })).toHaveLength(1);
    const well = history({ leaseSeconds: 1, processes: [ended({ pid: 11 }), ended()], deeds: [] });
    expect(checkHistory(well)).toEqual([]); // so short a lease may run out on a busy machine; counted it is
    expect(reapedAlive(well)).toMatchObject([{ number: 1, runnerId: 'r1' }]);
    expect(reapedAlive({ ...well, outages: true })).toEqual([]);
    expect(damages({ processes: [killed, ended({ code: 143, told: ['SIGTERM'] })] })).toEqual([]);
    expect(damages({ processes: [killed, ended({ code: 5 })], outages: true })).toEqual([]);
    expect(
      damages({
        reset: new Set([1]),
        executions: [execution(), execution({ attempt: 2 })],
        acknowledged: [done(), done({ attempt: 2 })],
        tables: { attempts: [attempt({ superseded: true }), attempt({ number: 2 })] },
      }),
    ).toEqual([]);
  });

  it('is told in the order of time', () => {
    expect(
      storyOf(1, history())
        .split('\n')
        .map((line) => line.slice(15)),
    ).toEqual([
      '',
      'pid 11 begins attempt 1, token t1.1',
      'nemesis: SIGKILL pid 11',
      'attempt 1 is recorded: lost (runner r1, pid 11, gone, expires 00:08:21.800)',
      'pid 12 begins attempt 2, token t1.2',
      'pid 12 ends attempt 2: done',
      'runner a acknowledges attempt 2: done (some time after)',
      'attempt 2 is recorded: done (runner r2, pid 12, active, expires 00:08:22.800)',
      expect.stringContaining('"status":"done"') as unknown,
    ]);
  });
});
