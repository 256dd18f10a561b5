import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  fileExists,
  kindsStudy,
  mainCommand,
  type Process,
  type StudyFolder,
  studyFolder,
  until,
} from '../support/command-line.ts';

/* What becomes of the programs of a runner when it, or all processes of its job, are told to stop or are killed. */

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')); // a zombie is dead
  } catch {
    return false;
  }
};

/**
 * A study of one experiment: a shell script that tells its process id and that of its child, and waits. It reads its input
 * first, which its runner writes once it has told the watcher of the process group.
 */
const scriptStudy = (script: string, isolation: string): StudyFolder =>
  studyFolder(
    kindsStudy(['any'], [1], {
      experiment: {
        command: [
          'sh',
          '-c',
          `${script}\nread -r input; sleep 600 & echo "$$ $!" > pids.new; mv pids.new pids; wait $!`,
        ],
      },
      runner: { workers: 1, isolation },
    }),
  );

const pidsOf = async (study: StudyFolder): Promise<readonly number[]> => {
  await fileExists(join(study.path, 'pids'));
  return readFileSync(join(study.path, 'pids'), 'utf8').trim().split(' ').map(Number);
};

const outcomes = async (study: StudyFolder): Promise<unknown> => {
  const { experiment, attempts } = JSON.parse((await study.call('show', '1', '--json')).stdout) as {
    experiment: { status: string };
    attempts: readonly { outcome: string }[];
  };
  return [experiment.status, attempts.map(({ outcome }) => outcome)];
};

/** The processes of a runner with `isolation: "process"`. */
const workersOf = (run: Process): readonly number[] =>
  readFileSync(`/proc/${run.pid}/task/${run.pid}/children`, 'utf8').trim().split(' ').map(Number);

describe.skipIf(process.platform !== 'linux')('a stop signal to all processes of a job', () => {
  it.each([
    ['thread', 'SIGTERM', ''],
    ['thread', 'SIGINT', ''],
    ['thread', 'SIGTERM', 'trap "exit 3" TERM'],
    ['thread', 'SIGUSR2', ''],
    ['process', 'SIGTERM', ''],
  ] as const)('isolation %s, %s, %s: the command is released', async (isolation, signal, script) => {
    const study = scriptStudy(script, isolation);
    const run = study.start('run');
    const pids = await pidsOf(study);
    for (const pid of [...pids.toReversed(), ...(isolation === 'process' ? workersOf(run) : []), run.pid])
      process.kill(pid, signal); // the runner is the last to hear of it
    const { code } = await run.ended;
    expect(code).toBe({ SIGTERM: 143, SIGINT: 130, SIGUSR2: 75 }[signal]);
    expect(await outcomes(study)).toEqual(['created', ['released']]);
  });

  it('a module in a process of its own is released', async () => {
    const configuration = kindsStudy(['waits'], [1], { runner: { workers: 1, isolation: 'process' } });
    const study = studyFolder(configuration);
    const started = join(study.path, 'started');
    study.write('study.json', { ...configuration, custom: { started, release: join(study.path, 'release') } });
    const run = study.start('run');
    await fileExists(started);
    for (const pid of [...workersOf(run), run.pid]) process.kill(pid, 'SIGTERM');
    expect((await run.ended).code).toBe(143);
    expect(await outcomes(study)).toEqual(['created', ['released']]);
  });

  it('a signal to the program alone is its failure', async () => {
    const study = scriptStudy('', 'thread');
    const run = study.start('run');
    const [program = 0] = await pidsOf(study);
    process.kill(program, 'SIGTERM');
    expect((await run.ended).code).toBe(3);
    expect(await outcomes(study)).toEqual(['error', ['error']]);
  });
});

describe.skipIf(process.platform !== 'linux')('kill -9 of the runner', () => {
  it.each(['thread', 'process'])('with isolation %s: its command dies with its children', async (isolation) => {
    const study = scriptStudy('trap "" TERM HUP INT', isolation);
    const run = study.start('run');
    const pids = await pidsOf(study);
    expect(pids.map(alive)).toEqual([true, true]);
    run.kill('SIGKILL');
    await run.ended;
    await until('the end of its processes', () => !pids.some(alive));
  });
});

describe.skipIf(process.platform !== 'linux')('SIGHUP that was ignored at the start stays ignored', () => {
  it.each([
    ['nohup', 'bash', 'nohup "$@" > output 2>&1; echo $? > code'],
    ["trap '' HUP", 'sh', 'trap "" HUP; "$@" > output 2>&1; echo $? > code'],
  ])('%s', async (_, shell, script) => {
    const configuration = kindsStudy(['waits'], [1, 2]);
    const study = studyFolder(configuration);
    const started = join(study.path, 'started');
    const config = study.write('study.json', {
      ...configuration,
      custom: { started, release: join(study.path, 'release') },
    });
    const child = spawn(shell, ['-c', script, shell, ...mainCommand, 'run', '--config', config], {
      cwd: study.path,
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.on('close', resolve));
    await fileExists(started);
    const { runners } = JSON.parse((await study.call('status', '--json')).stdout) as {
      runners: readonly { pid: number }[];
    };
    const [{ pid } = { pid: 0 }] = runners;
    process.kill(pid, 'SIGHUP');
    study.write('release', '');
    await ended;
    expect(existsSync(join(study.path, 'code')) && readFileSync(join(study.path, 'code'), 'utf8')).toBe('0\n');
    expect(readFileSync(join(study.path, 'output'), 'utf8')).not.toContain('SIGHUP');
  });
});
