import { describe, expect, it } from 'vitest';
import { reapedAlive } from '../../torture/check-leases.ts';
import { checkHistory } from '../../torture/history-checker.ts';
import type {
  Acknowledged,
  Execution,
  FinalAttempt,
  FinalExperiment,
  History,
  RunnerProcess,
} from '../../torture/history.ts';
import { storyOf } from '../../torture/story.ts';

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
    late: false,
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
    late: null,
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
  fileGoneAt: null,
  hung: false,
  stderr: '',
  ...more,
});
const killed = ended({ pid: 11, endedAt: 1_020, code: null, signal: 'SIGKILL', told: ['SIGKILL'] });
/** After its execution has ended. */
const lateDeath = { ...killed, endedAt: 2_600 };
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
  renames: false,
  leaseSeconds: 10,
  executions: [execution({ end: null, returns: null }), execution({ attempt: 2 })],
  acknowledged: [done({ attempt: 2 })],
  unfounded: [],
  processes: [killed, ended()],
  deeds: [{ date: 501_020, text: 'SIGKILL', pid: 11 }],
  tables: {
    experiments: [row({ attempt: 2 })],
    attempts: [attempt({ outcome: 'lost' }), attempt({ number: 2 })],
    leases: [],
    runners: [runner(1), runner(2, 'active')],
    steps: steps(1, 2),
    lateSteps: [],
    gone: [],
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
        processes: [lateDeath, ended()],
        tables: { attempts: [attempt({ outcome: 'released' }), attempt({ number: 2 })] },
      },
    ],
    [
      'an overlap before the loss',
      'overlap: attempt 2 began while attempt 1, lost, was under way',
      {
        executions: [execution({ end: 2_500 }), execution({ attempt: 2 })],
        processes: [lateDeath, ended()],
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
    [
      'an error that is not its own',
      'falseError: attempt 2 is recorded as error, and its own code did not come to an end: Error: SIGTERM',
      {
        executions: [execution({ end: null }), execution({ attempt: 2, end: null, returns: null })],
        acknowledged: [],
        tables: {
          experiments: [
            { ...row({ status: 'error', half: null }), attempt: null, token: null, error: 'Error: SIGTERM\nat' },
          ],
          attempts: [attempt({ outcome: 'lost' }), attempt({ number: 2, outcome: 'error' })],
        },
      },
    ],
    [
      'a timeout of one that returned',
      'falseError: attempt 1 is recorded as timeout, and its own code returned done',
      {
        executions: [execution(), execution({ attempt: 2 })],
        tables: { attempts: [attempt({ outcome: 'timeout' }), attempt({ number: 2 })] },
      },
    ],
    [
      'a table that is gone',
      'tableGone: table study_attempts was dropped, or dropped and made again',
      { tables: { gone: ['study_attempts'] } },
    ],
    [
      'an acknowledgement after its file was gone',
      'lost: a acknowledged attempt 2 as done long after its file was gone',
      { unfounded: [done({ attempt: 2 })] },
    ],
    [
      'a result of another attempt under a field that came later',
      "mixed: late is t1.1, its last attempt's is t1.2",
      { tables: { experiments: [row({ attempt: 2, late: 't1.1' })] } },
    ],
    [
      'a result missing under a field that came later',
      'mixed: the result of the field that came later is missing',
      { executions: [execution({ end: null }), execution({ attempt: 2, late: true })] },
    ],
    [
      'log rows of another attempt in a table that came later',
      "mixed: 2 log rows are not its last attempt's",
      { tables: { lateSteps: steps(1, 1).slice(1) } },
    ],
    [
      'log rows missing in a table that came later',
      'mixed: of 3 log rows there are only 0',
      {
        executions: [execution({ end: null }), execution({ attempt: 2, late: true })],
        tables: { experiments: [row({ attempt: 2, late: 't1.2' })], lateSteps: steps(1, 2).slice(0, 1) },
      },
    ],
    [
      'an execution that outlives its runner',
      'overlap: attempt 2 began while attempt 1 was still executed, its runner dead',
      { executions: [execution({ end: 2_020 }), execution({ attempt: 2 })] },
    ],
    [
      'a lease taken from a runner to which something harmless was done',
      'overlap: attempt 1 was taken from runner r1, which nobody had harmed',
      {
        processes: [ended({ pid: 11 }), ended()],
        deeds: [{ date: 501_020, text: 'its claims are refused', pid: 11, harmless: true }],
      },
    ],
    [
      'a runner that finishes without its file',
      'crash: runner 0.1 ended with exit code 0, its file gone',
      { processes: [killed, ended({ fileGoneAt: 5_000, told: ['fault'] })] },
    ],
    [
      'a runner that says nothing of its file',
      'crash: runner 0.1 does not say that its file is gone\nTypeError',
      { processes: [killed, ended({ code: 1, stderr: 'TypeError', fileGoneAt: 5_000, told: ['fault'] })] },
    ],
    [
      'a runner that is refused something and does not say what',
      'crash: runner 0.1 ended by itself: exit code 5, signal null',
      { processes: [killed, ended({ code: 5, told: ['fault'] })] },
    ],
    ['a runner that hangs', 'crash: runner 0.1 did not end', { processes: [killed, ended({ hung: true })] }],
  ])('with %s is not', (_, violation, change) => {
    expect(damages(change)).toContain(violation);
  });

  it('allows what is allowed: overlaps after a loss, resets, stops, outages', () => {
    const overlapping = [execution({ end: 2_500 }), execution({ attempt: 2 })];
    expect(damages({ executions: overlapping, processes: [lateDeath, ended()] })).toEqual([]);
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
    expect(damages({ processes: [killed, ended({ code: 130, told: ['SIGINT'] })] })).toEqual([]);
    expect(damages({ processes: [killed, ended({ code: 5 })], outages: true })).toEqual([]);
    expect(damages({ processes: [killed, ended({ code: 5, told: ['fault'], stderr: 'denied' })] })).toEqual([]);
    expect(damages({ processes: [killed, ended({ code: 6, stderr: 'no table' })], renames: true })).toEqual([]);
    const gone = { fileGoneAt: 5_000, told: ['fault' as const] };
    expect(damages({ processes: [killed, ended({ ...gone, code: 5, stderr: 's.sqlite was removed' })] })).toEqual([]);
    expect(damages({ processes: [killed, ended({ ...gone, fileGoneAt: 8_500 })] })).toEqual([]);
    expect(
      damages({
        reset: new Set([1]),
        executions: [execution(), execution({ attempt: 2 })],
        acknowledged: [done(), done({ attempt: 2 })],
        tables: { attempts: [attempt({ superseded: true }), attempt({ number: 2 })] },
      }),
    ).toEqual([]);
  });

  it('of a study that gained a field and a logtable is good', () => {
    const late = { executions: [execution({ end: null, late: true }), execution({ attempt: 2, late: true })] };
    expect(
      damages({ ...late, tables: { experiments: [row({ attempt: 2, late: 't1.2' })], lateSteps: steps(1, 2) } }),
    ).toEqual([]);
    // the next runner's configuration may be the older one
    expect(damages({ executions: [execution({ end: null, late: true }), execution({ attempt: 2 })] })).toEqual([]);
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
