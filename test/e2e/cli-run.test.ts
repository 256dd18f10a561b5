import { describe, expect, it } from 'vitest';
import { jsonLines, kindsStudy, studyFolder } from '../support/command-line.ts';
import { openNativeSqlite } from '../support/native-sqlite.ts';

describe('run', () => {
  it('fills, executes everything, and has nothing to do the second time', async () => {
    const study = studyFolder(kindsStudy(['quick'], [1, 2, 3]));
    const first = await study.call('run', '--json');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    const events = jsonLines(first.stdout);
    expect(events.filter(({ event }) => event === 'claimed').map(({ id }) => id)).toEqual([1, 2, 3]);
    const done = events.find(({ event }) => event === 'done');
    expect(done).toEqual({ v: 1, event: 'done', id: 1, attempt: 1, ms: expect.any(Number) });
    const finished = {
      v: 1,
      event: 'finished',
      added: 3,
      executed: 3,
      done: 3,
      error: 0,
      paused: 0,
      withoutResults: 0,
    };
    expect(events.at(-1)).toEqual({ ...finished, seconds: expect.any(Number), perSecond: expect.any(Number) });

    const second = await study.call('--json'); // run is the default
    expect(second.code).toBe(0);
    expect(jsonLines(second.stdout)).toMatchObject([{ event: 'finished', added: 0, executed: 0 }]);

    await study.call('reset', '--all', '--yes');
    const third = await study.call('--json', '--quiet'); // not each of them
    expect(jsonLines(third.stdout)).toMatchObject([{ event: 'finished', added: 0, executed: 3 }]);
  });

  it('adds what somebody has deleted by hand, and as `fill` what a hand has changed', async () => {
    const study = studyFolder(kindsStudy(['quick'], [1, 2, 3]));
    expect((await study.call('fill', '--json')).stdout).toContain('"added":3');
    const byHand = (statement: string): void => {
      const native = openNativeSqlite(`${study.path}/study.sqlite`);
      native.exec(statement);
      native.close();
    };
    const added = async (verb: 'run' | 'fill') =>
      jsonLines((await study.call(verb, '--json')).stdout).at(-1)?.['added'];
    expect(await added('run')).toBe(0);
    byHand('DELETE FROM study WHERE ID = 2');
    expect([await added('run'), await added('run')]).toEqual([1, 0]);
    byHand('UPDATE study SET seed = 7 WHERE ID = 1');
    expect([await added('run'), await added('fill')]).toEqual([0, 1]);
  });

  it('exits with 3 when experiments failed, also of an earlier run, and says what to do', async () => {
    const study = studyFolder(kindsStudy(['quick', 'throws']));
    const { code, stdout, stderr } = await study.call();
    expect(code).toBe(3);
    expect(stdout).toMatch(/2 experiments executed in .*: 1 done, 1 failed\./);
    expect(stdout).toContain(`table study of ${study.path}/study.sqlite`);
    expect(stdout).toMatch(/`.* show 2 --config .*`.*`.* retry --config .*`/);
    expect(stderr).toContain('2 experiments added, 0 there already');
    expect(stderr).toContain('failed: #2 Error: singular matrix 1');
    expect(stderr).not.toContain('\u001b');
    expect(await study.call('--quiet')).toEqual({ code: 3, stdout: '', stderr: '' });
  });

  it('records a field the study does not have, and a value a column cannot hold, as that experiment’s error', async () => {
    const study = studyFolder(kindsStudy(['unknown-field', 'refused-value', 'quick']));
    const { code, stdout } = await study.call('--json');
    expect(code).toBe(3);
    expect(jsonLines(stdout).at(-1)).toMatchObject({ executed: 3, done: 1, error: 2 });
    const rows = jsonLines((await study.call('list', '--json', '--status', 'error')).stdout);
    expect(rows.map(({ error }) => String(error).split('\n', 1)[0])).toEqual([
      expect.stringMatching(/acuracy is not a resultfield.*accuracy, big, text, extra/),
      expect.stringMatching(/accuracy \(DOUBLE\) cannot hold "high" \(string\).*allowed/),
    ]);
  });

  it('stops after --max-experiments with 75 as long as something is open', async () => {
    const study = studyFolder(kindsStudy(['quick'], [1, 2, 3]));
    const part = await study.call('run', '--max-experiments', '2', '--workers', '2', '--json');
    expect(part.code).toBe(75);
    expect(jsonLines(part.stdout).at(-1)).toMatchObject({ executed: 2 });
    const rest = await study.call('run', '--set', 'runner.maxExperiments=1');
    expect(rest.code).toBe(0);
  });

  it('goes on when nobody reads its output any more', async () => {
    const study = studyFolder(kindsStudy(['quick'], [1, 2, 3, 4]));
    const running = study.start('run', '--json');
    running.closeOutput();
    expect((await running.ended).code).toBe(0);
    const status = JSON.parse((await study.call('status', '--json')).stdout) as object;
    expect(status).toEqual({
      v: 1,
      study: 'study',
      counts: { created: 0, running: 0, done: 4, error: 0, paused: 0 },
      runners: [],
      foreign: 0,
      withoutResults: { count: 0, exampleId: null },
      errors: [],
    });
  });
});
