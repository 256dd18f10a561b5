import { describe, expect, it } from 'vitest';
import { jsonLines, kindsStudy, studyFolder, until } from '../support/command-line.ts';

describe('one', () => {
  it('executes exactly this experiment, and what has ended only if told to', async () => {
    const study = studyFolder(kindsStudy(['quick', 'throws'], [1, 2]));
    await study.call('fill');
    const done = await study.call('one', '2');
    expect(done).toMatchObject({ code: 0, stderr: 'Experiment 2: kind=quick seed=2\n' });
    expect(done.stdout).toMatch(/^accuracy {2}0\.5\n[^]*\nExperiment 2 is done, after .*: `.* show 2 --config .*`\n$/);
    const failed = await study.call('one', '3');
    expect(failed.code).toBe(3);
    expect(failed.stdout).toMatch(/^Error: singular matrix [^]*\n\nExperiment 3 failed, after /);
    const rows = jsonLines((await study.call('list', '--json')).stdout);
    expect(rows.map((row) => row['status'])).toEqual(['created', 'done', 'error', 'created']);

    expect(await study.call('one', '2')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--again resets it'),
    });
    expect(await study.call('one', '2', '--again')).toMatchObject({ code: 8 });
    expect(await study.call('one', '2', '--again', '--yes')).toMatchObject({ code: 0 });
    expect(await study.call('one', '3', '--again')).toMatchObject({ code: 3 });
    expect(await study.call('one', '99')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no experiment 99'),
    });
    const again = jsonLines((await study.call('one', '3', '--again', '--json')).stdout);
    expect(again.map((line) => line['event'])).toEqual(['claimed', 'error', 'finished']);
    const { stdout } = await study.call('show', '3');
    expect(stdout).toMatch(/\nExecute exactly this one here: .* one 3 --again --config .*\n$/);
  });

  it('waits for a debugger, and stops where the experiment begins', async () => {
    const study = studyFolder(kindsStudy(['quick']));
    await study.call('fill');
    const process = study.start('one', '1', '--inspect-brk', '39229');
    await until('the inspector', () => process.stderr().includes('ws://'));
    const [, url = ''] = /(ws:\/\/\S+)/.exec(process.stderr()) ?? [];
    const socket = new WebSocket(url);
    await new Promise((resolve) => socket.addEventListener('open', resolve));
    const methods: string[] = [];
    socket.addEventListener('message', ({ data }) => {
      const { method, params } = JSON.parse(String(data)) as { method?: string; params?: { reason?: string } };
      if (method === 'Debugger.paused') methods.push(params?.reason ?? '');
    });
    const send = (id: number, method: string): void => socket.send(JSON.stringify({ id, method }));
    send(1, 'Debugger.enable');
    send(2, 'Runtime.runIfWaitingForDebugger');
    await until('the experiment is stopped', () => methods.length > 0);
    expect(jsonLines((await study.call('status', '--json')).stdout)[0]).toMatchObject({ counts: { running: 1 } });
    send(3, 'Debugger.resume');
    socket.close();
    expect((await process.ended).stdout).toMatch(/Experiment 1 is done/);
    expect((await process.ended).code).toBe(0);
  });
});

describe('errors and plan', () => {
  it('tell what failed and why, and what a fill would do, also for programs', async () => {
    const study = studyFolder(kindsStudy(['quick', 'throws'], [1, 2]));
    expect((await study.call('errors')).stdout).toMatch(/^There is no table study .*: nothing has failed\.\n$/);
    expect(jsonLines((await study.call('plan', '--json')).stdout)).toMatchObject([
      { v: 1, add: 4, keep: 0, expected: null },
    ]);
    expect(study.files()).toEqual(['study.json']);
    await study.call('run', '--quiet');
    const { stdout } = await study.call('errors');
    expect(stdout).toMatch(
      /^2 of 4 ended experiments failed, with 1 kind of errors\.\n\n2 {2}Error: singular matrix [^\n]*\n {3}all 2 with kind=throws; none of the 2 others\n {3}.* show 3 --config .*\n$/,
    );
    expect(jsonLines((await study.call('errors', '--where', 'kind = throws', '--json')).stdout)).toMatchObject([
      { v: 1, ended: 2, failed: 2, groups: [{ count: 2, exampleId: 3, explanation: null }] },
    ]);
    study.write('study.json', kindsStudy(['quick', 'pauses'], [1, 2]));
    const plan = await study.call('plan', '--explain');
    expect(plan.stdout).toMatch(/^fill would add 2 experiments, keep 2 and leave 2 orphaned: /);
    expect(plan.stdout).toMatch(
      /\nOrphaned: .* list --id 3,4 --config .*\n\nExpected duration with 1 worker: .*\n {2}from 2 done attempts/,
    );
    expect(jsonLines((await study.call('fill', '--json')).stdout)).toEqual([{ v: 1, added: 2, existing: 2 }]);
  });
});
