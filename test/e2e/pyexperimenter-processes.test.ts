import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileExists, jsonLines, startMain, until } from '../support/command-line.ts';
import { temporaryDirectory } from '../support/databases.ts';
import { pyExperimenterYaml } from '../support/pyexperimenter.ts';

/* PyExperimenter 1.4.2's known defects that take several processes, by their number, and what happens here instead. */

/** A directory with a PyExperimenter file over so many seeds, and an experiment. */
const project = (experiments: number, experiment: string) => {
  const path = temporaryDirectory();
  const keyfields = { seed: { type: 'INT', values: { start: 0, stop: experiments } } };
  writeFileSync(join(path, 'study.yml'), pyExperimenterYaml({ table: { keyfields, resultfields: { r: 'DOUBLE' } } }));
  writeFileSync(join(path, 'experiment.mjs'), experiment);
  const start = (verb: string, ...args: readonly string[]) =>
    startMain([verb, '--config', 'study.yml', '--set', 'emissions.enabled=false', ...args], path);
  const run = (...args: readonly string[]) => start('run', '--experiment', 'experiment.mjs', ...args);
  const counts = async (): Promise<unknown> =>
    (JSON.parse((await start('status', '--json').ended).stdout) as { counts: unknown }).counts;
  return { path, start, run, counts };
};

/** Notes that it executes, then waits until there is a file `go`. */
const waits = `
import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
export default async ({ signal }, { experimentId }) => {
  appendFileSync('executed', experimentId + '\\n');
  while (!existsSync('go')) await setTimeout(10, undefined, { signal });
  return { r: 1 };
};`;

const quickly = ['--set', 'runner.heartbeatSeconds=0.3', '--set', 'runner.leaseSeconds=1'];
const open = (created: number, done = 0) => ({ created, running: 0, done, error: 0, paused: 0 });

describe('PyExperimenter’s defects among processes', () => {
  it('D2: runners on one SQLite file execute nothing twice', async () => {
    const { path, start, run, counts } = project(300, waits);
    writeFileSync(join(path, 'go'), '');
    await start('fill').ended;
    const runs = await Promise.all([1, 2, 3].map(() => run('--workers', '2', '--json').ended));
    expect(runs.map(({ code, stderr }) => [code, stderr])).toEqual([1, 2, 3].map(() => [0, '']));
    const executed = readFileSync(join(path, 'executed'), 'utf8').trimEnd().split('\n').map(Number);
    expect(executed).toHaveLength(300);
    expect(new Set(executed).size).toBe(300);
    const done = runs.map(({ stdout }) => Number(jsonLines(stdout).at(-1)?.['done']));
    expect(done.reduce((sum, count) => sum + count, 0)).toBe(300);
    expect(await counts()).toEqual(open(0, 300));
  });

  it('D11: kill -9 leaves nothing running once somebody else looks', async () => {
    const { path, run, counts } = project(4, waits);
    const killed = run('--workers', '2', ...quickly);
    await fileExists(join(path, 'executed'));
    killed.kill('SIGKILL');
    await killed.ended;
    expect(await counts()).not.toEqual(open(4)); // as it is: nobody could say goodbye
    writeFileSync(join(path, 'go'), '');
    expect(await run(...quickly).ended).toMatchObject({ code: 0 });
    expect(await counts()).toEqual(open(0, 4));
  });

  it('D11: Ctrl-C lets what runs finish, twice gives it back; nothing is left running', async () => {
    const { path, run, counts } = project(4, waits);
    const aborted = run('--workers', '2');
    await fileExists(join(path, 'executed'));
    const again = setInterval(() => aborted.kill('SIGINT'), 100);
    await until('the abort', () => aborted.stderr().includes('releasing'));
    clearInterval(again);
    expect((await aborted.ended).code).toBe(130);
    expect(await counts()).toEqual(open(4));

    const drained = run('--workers', '1');
    await until('another execution', () => readFileSync(join(path, 'executed'), 'utf8').split('\n').length > 3);
    drained.kill('SIGINT');
    await until('the message', () => drained.stderr().includes('finish'));
    writeFileSync(join(path, 'go'), '');
    expect((await drained.ended).code).toBe(130);
    expect(await counts()).toEqual(open(3, 1));
  });

  it('D20: the log file has every error with its stack, whichever worker it was', async () => {
    const { path, run, counts } = project(
      6,
      `const deep = (seed) => { throw new Error('no such seed: ' + seed); };
       export default ({ keyfields }) => deep(keyfields.seed);`,
    );
    mkdirSync(join(path, 'logs'));
    const { code } = await run('--workers', '3', '--set', 'log.file=logs/run.log', '--quiet').ended;
    expect(code).toBe(3);
    expect(await counts()).toMatchObject({ error: 6 });
    const lines = readFileSync(join(path, 'logs/run.log'), 'utf8').trimEnd().split('\n');
    for (let seed = 0; seed < 6; seed += 1) {
      const line = new RegExp(
        `error: experiment ${seed + 1}, attempt 1: Error: no such seed: ${seed}\\b.* at deep \\(`,
      );
      expect(lines.filter((each) => line.test(each))).toHaveLength(1);
    }
    expect(existsSync(join(path, 'logs/py-experimenter.log'))).toBe(false);
  });
});
