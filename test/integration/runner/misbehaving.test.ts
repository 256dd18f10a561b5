import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openNativeSqlite } from '../../support/native-sqlite.ts';
import { fileExists, until } from '../../support/command-line.ts';
import { createDatabase, describeOnMysql, temporaryDirectory } from '../../support/databases.ts';
import { experimentFile } from '../../support/experiments.ts';
import { instant, type Misbehaviour, misbehavingConfig, MisbehavingStudy } from '../../support/misbehaving.ts';
import { peculiar } from '../../fixtures/experiments/peculiar-values.ts';

/* Everything an experiment can do to its runner. */

type Kind = readonly [kind: string, status: 'done' | 'error' | 'paused', error?: RegExp | undefined, results?: object];

/** All but what takes a whole process down or ends by its timeout. */
const kinds: readonly Kind[] = [
  ['exit-0', 'error', /called process\.exit\(0\)/],
  ['exit-3', 'error', /called process\.exit\(3\)/],
  ['throws-null', 'error', /something that is no Error was thrown: null/],
  ['throws-undefined', 'error', /something that is no Error was thrown: undefined/],
  ['throws-text', 'error', /something that is no Error was thrown: just text/],
  ['throws-hostile', 'error', /something that is no Error was thrown/],
  ['throws-100-megabytes', 'error', /a text of 100000000 characters/],
  ['throws-getters', 'error', /with a bad stack/],
  ['throws-aggregate', 'error', /two of them[^]*first[^]*second/],
  ['throws-cycle', 'error', /caused by itself/],
  ['throws-late', 'done', undefined, { number: 1 }],
  ['takes-its-time', 'done', undefined, { number: 1 }],
  ['rejects-late', 'done', undefined, { number: 1 }],
  ['takes-its-time', 'done', undefined, { number: 1 }],
  ['overflows-stack', 'error', /RangeError: Maximum call stack/],
  ['unknown-field', 'error', /FIELD_UNKNOWN.*nummber/],
  ['returns-number', 'error', /VALUE_REFUSED.*this was 42/],
  ['returns-array', 'error', /VALUE_REFUSED/],
  ['logs-unknown-table', 'error', /FIELD_UNKNOWN.*line is not a logtable/],
  ['reports-often', 'done', undefined, { number: 10_000 }],
  ['reports-after-return', 'done', undefined, { number: 1 }],
  ['takes-its-time', 'done', undefined, { number: 1 }],
  ['reports-concurrently', 'done', undefined, { number: 99, text: 'all' }],
  ['floods-output', 'done', undefined, { number: 1 }],
  ['pauses', 'paused', undefined, { number: 1 }],
];

/** With processes: what takes its process down is that experiment's error, whatever it was. */
const deaths: readonly Kind[] = [
  ['kills-itself', 'error', /its process was killed by SIGKILL/],
  ['kills-itself-in-a-timer', 'error', /its process was killed by SIGKILL/],
  ['aborts', 'error', /its process was ended by SIGABRT/],
  ['terminates', 'error', /its process was ended by SIGSEGV/],
  ['writes-text-to-3', 'error', /it wrote to file descriptor 3/],
  ['writes-zeroes-to-3', 'error', /it wrote to file descriptor 3/],
  ['writes-large-length-to-3', 'error', /it wrote to file descriptor 3/],
  ['floods-4-and-5', 'done', undefined, { number: 1 }],
  ['closes-3', 'error', /its process was killed by SIGKILL/],
];

const inThreads: Misbehaviour = {};
const inProcesses: Misbehaviour = { runner: { isolation: 'process' } };

describe.each<[string, Misbehaviour, readonly Kind[]]>([
  ['threads', inThreads, [...kinds, ['aborts', 'error', /process\.abort\(\) is not supported in workers/]]],
  ['processes', inProcesses, [...kinds, ...deaths]],
])('with %s', (_, how, table) => {
  it('every kind ends as itself, and the next one is fine', async () => {
    const study = await MisbehavingStudy.of(
      table.flatMap(([kind]) => [kind, 'ok']),
      how,
    );
    await study.execute();
    for (const [index, [kind, status, error, results]] of table.entries()) {
      const { row, attempts } = await study.became(2 * index + 1);
      expect({ kind, status: row.status, error: row.error }).toMatchObject({
        kind,
        status,
        error: error ? expect.stringMatching(error) : null,
      });
      expect(row.error?.length ?? 0).toBeLessThanOrEqual(65_536);
      if (results) expect(row.results).toMatchObject(results);
      expect(attempts.map(({ outcome }) => outcome)).toEqual([status]);
      expect((await study.became(2 * index + 2)).row.status).toBe('done');
    }
  });

  it('exhausted memory is told', async () => {
    const study = await MisbehavingStudy.of(['exhausts-heap', 'ok'], {
      runner: { ...how.runner, memoryMegabytes: 64 },
    });
    await study.execute();
    const { row } = await study.became(1);
    expect(row.error).toMatch(/ran out of memory \(heap limit 64 MB|used \d+ MB of memory/);
    expect((await study.became(2)).row.status).toBe('done');
  });
});

describe('timeouts', () => {
  const limit = 1;
  const loops = ['busy-loop', 'catastrophic-regex', 'endless-microtasks', 'never-settles', 'never-settles-with-timer'];
  const timeouts = async (study: MisbehavingStudy, count: number) => {
    for (let id = 1; id <= count; id += 1) {
      const { row, attempts } = await study.became(id);
      expect({ kind: row.keyfields['kind'], outcome: attempts[0]?.outcome, error: row.error }).toMatchObject({
        outcome: 'timeout',
        error: expect.stringMatching(/^timeout: .*runner\.timeoutSeconds = 1/),
      });
    }
  };

  it('threads: whatever loops or waits in JavaScript', async () => {
    const all = [...loops, 'atomics-wait'];
    const study = await MisbehavingStudy.of([...all, 'ok'], { runner: { timeoutSeconds: limit } });
    expect(await study.execute()).toMatchObject({ done: 1, error: all.length });
    await timeouts(study, all.length);
  });

  it('threads: a blocking native call is recorded in time, and nothing takes its place until it returns', async () => {
    const study = await MisbehavingStudy.of(['exec-file-sync', 'ok'], {
      runner: { timeoutSeconds: limit },
      custom: { sleep: 4 },
    });
    expect(await study.execute()).toMatchObject({ done: 1, error: 1 });
    await timeouts(study, 1);
    const [blocked, next] = [await study.became(1), await study.became(2)];
    expect(instant(next.attempts[0]?.startedAt) - instant(blocked.attempts[0]?.startedAt)).toBeGreaterThan(3_900);
  });

  it('threads: a call that never returns costs one place, and the process ends all the same', async () => {
    const fifo = join(temporaryDirectory(), 'fifo');
    execFileSync('mkfifo', [fifo]);
    const config = misbehavingConfig({ runner: { timeoutSeconds: limit, workers: 2 }, custom: { fifo } });
    const { experimenter } = await MisbehavingStudy.with(config, [
      'open-fifo',
      ...Array.from({ length: 20 }, () => 'ok'),
    ]);
    const { code, stdout } = await runner(config);
    expect({ code, summary: JSON.parse(stdout) }).toMatchObject({ code: 0, summary: { done: 20, error: 1 } });
    expect((await experimenter.show(1)).attempts).toMatchObject([{ outcome: 'timeout' }]);
  });

  it('threads: with all places taken for good the run gives the rest back and ends', async () => {
    const fifo = join(temporaryDirectory(), 'fifo');
    execFileSync('mkfifo', [fifo]);
    const config = misbehavingConfig({ runner: { timeoutSeconds: limit, workers: 1 }, custom: { fifo } });
    const { experimenter } = await MisbehavingStudy.with(config, ['open-fifo', 'ok']);
    const { code, stdout } = await runner(config);
    expect({ code, summary: JSON.parse(stdout) }).toMatchObject({ code: 0, summary: { done: 0, error: 1 } });
    expect(await experimenter.counts()).toMatchObject({ created: 1, running: 0 });
  });

  it('processes: everything, blocking native calls included', async () => {
    const all = [...loops, 'unstoppable-loop', 'exec-file-sync', 'open-fifo', 'pbkdf2', 'atomics-wait'];
    const fifo = join(temporaryDirectory(), 'fifo');
    execFileSync('mkfifo', [fifo]);
    const study = await MisbehavingStudy.of([...all, 'ok'], {
      runner: { timeoutSeconds: limit, isolation: 'process' },
      custom: { fifo, sleep: 600, rounds: 1_000_000_000 },
    });
    expect(await study.execute()).toMatchObject({ done: 1, error: all.length });
    await timeouts(study, all.length);
  });
});

describe('processes', () => {
  it('buffers count towards runner.memoryMegabytes', async () => {
    const study = await MisbehavingStudy.of(['exhausts-buffers', 'ok'], {
      runner: { isolation: 'process', memoryMegabytes: 64 },
    });
    await study.execute();
    expect((await study.became(1)).row.error).toMatch(/used \d+ MB of memory, buffers and native memory included/);
    expect((await study.became(2)).row.status).toBe('done');
  });

  it('children left behind die with their experiment', async () => {
    const pidFile = join(temporaryDirectory(), 'pid');
    const study = await MisbehavingStudy.of(['leaves-child', 'ok'], {
      runner: { isolation: 'process', timeoutSeconds: 2 },
      custom: { pidFile },
    });
    await study.execute();
    await until('the end of the child', () => !isAlive(readFileSync(pidFile, 'utf8')));
  });

  it('die with their runner, busy or not, however it ends', async () => {
    const pidFile = join(temporaryDirectory(), 'pid');
    const config = misbehavingConfig({ runner: { isolation: 'process', workers: 2 }, custom: { pidFile } });
    await MisbehavingStudy.with(config, ['leaves-child', 'never-settles']);
    const { child } = start(config);
    await fileExists(pidFile);
    await until('the pid', () => readFileSync(pidFile, 'utf8') !== '');
    const processes = descendants(child.pid ?? 0);
    expect(processes.length).toBe(3); // two slots, one child left behind
    child.kill('SIGKILL');
    await until('the end of all', () => !processes.some(isAlive));
  });

  it('an experiment may read the database file itself: its process has locks of its own', async () => {
    const config = misbehavingConfig({ runner: { isolation: 'process', workers: 2 } });
    const file = String((config.database as { file?: string }).file);
    const reading = { ...config, custom: { database: file } };
    const study = await MisbehavingStudy.with(
      reading,
      Array.from({ length: 20 }, (_, at) => (at % 2 ? 'reads-database' : 'ok')),
    );
    expect(await study.execute()).toMatchObject({ done: 20 });
    const native = openNativeSqlite(file);
    expect(native.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
    native.close();
  });

  it('do not see what another experiment did to their globals, once it was killed', async () => {
    const study = await MisbehavingStudy.of(
      ['pollutes', 'looks-for-pollution', 'kills-itself', 'looks-for-pollution'],
      inProcesses,
    );
    await study.execute();
    // documented: experiments of one worker share its globals
    expect((await study.became(2)).row.results['text']).toBe('yes yes');
    expect((await study.became(4)).row.results['text']).toBe('no no');
  });
});

const valuesStudy = async (how: Misbehaviour): Promise<void> => {
  const names = Object.keys(peculiar);
  const study = await MisbehavingStudy.of(
    names.map((name) => `value:${name}`),
    how,
  );
  await study.execute();
  for (const [index, name] of names.entries()) {
    const { field, expected } = peculiar[name] ?? expect.unreachable(name);
    const { row } = await study.became(index + 1);
    if ('stored' in expected) {
      expect({ name, status: row.status, error: row.error, value: row.results[field] }).toEqual({
        name,
        status: 'done',
        error: null,
        value: expected.stored,
      });
    } else {
      expect({ name, status: row.status, error: row.error }).toEqual({
        name,
        status: 'error',
        error: expect.stringMatching(expected.refused),
      });
      expect(Object.values(row.results).every((value) => value === null)).toBe(true);
    }
  }
};

describe('peculiar values are stored unchanged, or refused by name', () => {
  it('on SQLite', async () => valuesStudy(inThreads));
  it('on SQLite, with processes', async () => valuesStudy(inProcesses));
});

describeOnMysql('peculiar values are stored unchanged, or refused by name', (server) => {
  it('as on SQLite', async () => valuesStudy({ server: await createDatabase(server) }));
});

describe('a flood of logs', () => {
  it.each([
    ['threads', inThreads],
    ['processes', inProcesses],
  ])('with %s arrives whole and in order, in bounded memory', async (_, { runner: how = {} }) => {
    const lines = 100_000;
    const config = misbehavingConfig({ runner: how, custom: { lines } });
    const { experimenter } = await MisbehavingStudy.with(config, ['floods-log']);
    const { code, stdout } = await runner(config);
    const { done, seconds, megabytes } = JSON.parse(stdout) as Record<string, number>;
    console.log(`${lines} log rows in ${seconds} s; at most ${megabytes} MB of memory`);
    expect({ code, done }).toEqual({ code: 0, done: 1 });
    let next = 0;
    for await (const row of experimenter.logs('lines', 1)) {
      if (row['line'] !== next) expect(row['line']).toBe(next);
      next += 1;
    }
    expect(next).toBe(lines);
    expect(megabytes).toBeLessThan(450); // about 120 of them before it begins
  });
});

describe('broken modules', () => {
  it.each([
    'no-such-file.mjs',
    'syntax-error.mjs',
    'no-default-export.mjs',
    'object-export.mjs',
    'throws-at-import.mjs',
    'missing-import.mjs',
    'exits-at-import.mjs',
    'awaits-for-ever.mjs',
  ])('%s is refused before anything is claimed', async (name) => {
    for (const isolation of ['thread', 'process']) {
      const study = await MisbehavingStudy.of(['ok'], { runner: { isolation } });
      const executed = study.experimenter.execute({ experiment: experimentFile(name) });
      await expect(executed).rejects.toMatchObject({ code: 'MODULE_INVALID', message: expect.stringContaining(name) });
      const { row, attempts } = await study.became(1);
      expect([row.status, row.startDate, attempts]).toEqual(['created', null, []]);
    }
  });
});

it('a paused experiment is resumed once, however many try', async () => {
  const study = await MisbehavingStudy.of(['pauses']);
  await study.execute();
  const resume = async () => study.experimenter.resume(1, { experiment: async () => ({ number: 2 }) });
  const answers = await Promise.allSettled([resume(), resume()]);
  expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect((await study.became(1)).row).toMatchObject({ status: 'done', results: { number: 2 } });
});

describe('an experiment that kills its runner every time', () => {
  it('is given up after maxAttempts crashes; none of its neighbours is', async () => {
    const kinds = Array.from({ length: 31 }, (_, index) => (index === 7 ? 'kills-itself-in-a-timer' : 'ok'));
    const config = misbehavingConfig({
      runner: { workers: 2, maxAttempts: 3, heartbeatSeconds: 0.3, leaseSeconds: 1 },
    });
    const { experimenter } = await MisbehavingStudy.with(config, kinds);
    let crashes = 0;
    for (;;) {
      const { code, signal } = await runner(config);
      if (signal === null) {
        expect(code).toBe(0);
        break;
      }
      expect(signal).toBe('SIGKILL');
      crashes += 1;
      expect(crashes).toBeLessThanOrEqual(3);
    }
    expect(crashes).toBe(3);
    expect(await experimenter.counts()).toMatchObject({ done: 30, error: 1, created: 0, running: 0 });
    const { experiment, attempts } = await experimenter.show(8);
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['lost', 'lost', 'lost']);
    expect(experiment).toMatchObject({
      status: 'error',
      error: expect.stringMatching(/^3 runners died while they executed this experiment/),
    });
  });
});

// --- processes

const start = (config: object) => {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '../../fixtures/misbehaving-runner.ts'), JSON.stringify(config)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  const ended = new Promise<{ code: number | null; signal: string | null; stdout: string }>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout }));
  });
  return { child, ended };
};

const runner = async (config: object) => start(config).ended;

/** Not a zombie either. */
const isAlive = (pid: string | number): boolean => {
  const file = `/proc/${pid}/stat`;
  return existsSync(file) && !/^\d+ \(.*\) Z/s.test(readFileSync(file, 'utf8'));
};

const descendants = (pid: number): number[] => {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const pairs = rows.map((row) => row.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    pairs.flatMap(([id = 0, above]) => (above === parent ? [id, ...below(id)] : []));
  return below(pid);
};
