import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Experimenter, type ExperimentStatus } from '../../../src/index.ts';
import { kindsStudy, studyFolder } from '../../support/command-line.ts';

const database = { provider: 'sqlite', file: ':memory:' };

describe('a study in memory', () => {
  it.each(['thread', 'process'])('is filled, executed and read in one process: %s', async (isolation) => {
    const warnings: string[] = [];
    const log = { info: () => {}, debug: () => {}, warn: (text: string) => void warnings.push(text), error: () => {} };
    const config = kindsStudy(['quick', 'throws'], [1, 2, 3], { database, runner: { workers: 2, isolation } });
    await using experimenter = await Experimenter.open({ config, log });
    expect(await experimenter.fillFromConfig()).toMatchObject({ added: 6 });
    expect(await experimenter.execute()).toMatchObject({ executed: 6, done: 3, error: 3 });
    const statuses: ExperimentStatus[] = [];
    for await (const { status } of experimenter.list()) statuses.push(status);
    expect(statuses.toSorted()).toEqual(['done', 'done', 'done', 'error', 'error', 'error']);
    expect((await experimenter.status()).errors).toMatchObject([{ count: 3 }]);
    expect(await experimenter.reset({ statuses: ['error'] })).toMatchObject({ reset: 3 });
    expect(await experimenter.execute()).toMatchObject({ executed: 3, error: 3 });
    expect(warnings).toEqual([expect.stringMatching(/database\.file: the study is in memory/)]);
    expect(existsSync(':memory:')).toBe(false);
  });

  it('is a study of its own in each instance', async () => {
    const config = kindsStudy(['quick'], [1], { database, log: { level: 'silent' } });
    await using one = await Experimenter.open({ config });
    await using other = await Experimenter.open({ config });
    await one.fillFromConfig();
    expect([await one.exists(), await other.exists()]).toEqual([true, false]);
  });

  it('leaves no file behind, and says so on the command line', async () => {
    const study = studyFolder(kindsStudy(['quick'], [1, 2], { database }));
    const ran = await study.call('run');
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/2 experiments executed/) });
    expect(ran.stderr).toMatch(/database\.file: the study is in memory, and gone when this process ends/);
    expect((await study.call('check')).stdout).toMatch(/table study of :memory: will be created/);
    expect((await study.call('status')).stdout).toMatch(/There is no table study of :memory: yet/);
    expect(study.files()).toEqual(['study.json']);
  });
});
