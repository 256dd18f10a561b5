import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileExists, jsonLines, kindsStudy, type StudyFolder, studyFolder, until } from '../support/command-line.ts';

/** A study whose experiments wait for a file. */
const waiting = (): StudyFolder & { readonly started: string } => {
  const configuration = kindsStudy(['waits'], [1, 2]);
  const study = studyFolder(configuration);
  const started = join(study.path, 'started');
  study.write('study.json', { ...configuration, custom: { started, release: join(study.path, 'release') } });
  return { ...study, started };
};

const counts = async (study: StudyFolder): Promise<unknown> =>
  (JSON.parse((await study.call('status', '--json')).stdout) as { counts: unknown }).counts;

describe('signals', () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGUSR2', 75],
  ] as const) {
    it(`${signal} lets the running experiment finish and exits with ${code}`, async () => {
      const study = waiting();
      const run = study.start('run');
      await fileExists(study.started);
      run.kill(signal);
      await until('the message', () =>
        run.stderr().includes(`${signal}: letting the running experiment finish; again to abort`),
      );
      run.kill(signal); // a duplicate
      study.write('release', '');
      const ended = await run.ended;
      expect(ended.code).toBe(code);
      expect(ended.stdout).toContain(`Stopped by ${signal}`);
      expect(await counts(study)).toEqual({ created: 1, running: 0, done: 1, error: 0, paused: 0 });
    });
  }

  it('a second one aborts and releases what runs', async () => {
    const study = waiting();
    const run = study.start('run');
    await fileExists(study.started);
    const again = setInterval(() => run.kill('SIGINT'), 100);
    await until('the abort', () => run.stderr().includes('releasing'));
    clearInterval(again);
    expect((await run.ended).code).toBe(130);
    expect(await counts(study)).toEqual({ created: 2, running: 0, done: 0, error: 0, paused: 0 });
    const story = JSON.parse((await study.call('show', '1', '--json')).stdout) as object;
    expect(story).toMatchObject({ attempts: [{ outcome: 'released' }], lease: null });
  });

  it('while it runs, status shows its runner, and delete refuses', async () => {
    const study = waiting();
    const run = study.start('run', '--json');
    await fileExists(study.started);
    const status = JSON.parse((await study.call('status', '--json')).stdout) as { runners: object[] };
    expect(status).toMatchObject({ counts: { running: 1 }, runners: [{ state: 'active', workers: 1, running: 1 }] });
    expect(Object.keys(status.runners[0] ?? {})).toEqual([
      'id',
      'name',
      'host',
      'pid',
      'workers',
      'state',
      'heartbeatAgeSeconds',
      'expired',
      'running',
    ]);
    const deleting = await study.call('delete', '--yes');
    expect(deleting.code).toBe(2);
    expect(deleting.stderr).toMatch(/is being executed: process \d+ on .* runs 1.*--force/);
    expect((await study.call('reset', '--all', '--yes', '--json')).stdout).toBe('{"v":1,"reset":1,"leased":1}\n');
    study.write('release', '');
    const ended = await run.ended;
    expect(ended.code).toBe(0);
    expect(jsonLines(ended.stdout).at(-1)).toMatchObject({ done: 2 });
  });
});
