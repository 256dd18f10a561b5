import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fixture, kindsStudy, mainCommand } from '../support/command-line.ts';

/* A user id that nobody else has, without a name, and the limits that containers and login nodes set. */

const folder = mkdtempSync(join(tmpdir(), 'limits-'));
chmodSync(folder, 0o777);
afterAll(() => rmSync(folder, { recursive: true }));

/** Another one for each call: whatever an earlier call has left counts against its limit. */
let user = 50_000 + (process.pid % 10_000);
const tools = ['prlimit', 'setpriv'].every((tool) => spawnSync(tool, ['--version']).status === 0);

/** The command line as that user, allowed so many processes and threads. */
const call = (processes: number, name: string, configuration: object, ...args: readonly string[]) => {
  user += 1;
  const config = join(folder, name);
  writeFileSync(config, JSON.stringify(configuration));
  const as = [`--reuid=${user}`, `--regid=${user}`, '--clear-groups', ...mainCommand, ...args, '--config', config];
  const { USER: _, LOGNAME: __, ...inherited } = process.env;
  const env = { ...inherited, NODE_OPTIONS: '' };
  return spawnSync('prlimit', [`--nproc=${processes}:${processes}`, 'setpriv', ...as], { encoding: 'utf8', env });
};

const ran = (processes: number, experiment: object) => {
  const name = `${processes}-${Object.keys(experiment)[0]}`;
  const more = { experiment, runner: { workers: 64 }, database: { provider: 'sqlite', file: `./${name}.sqlite` } };
  return call(processes, `${name}.json`, kindsStudy(['quick'], [1, 2, 3], more), 'run');
};

describe.skipIf(process.getuid?.() !== 0 || !tools)('as a user with limits', () => {
  it.each([
    ['threads', { module: fixture('cli/kinds.ts') }],
    ['programs', { command: ['true'] }],
  ])('fewer workers where no more %s are allowed', (_, experiment) => {
    const { status, stderr } = ran(24, experiment);
    expect(stderr).toMatch(/only \d+ of 64 workers are started: no more threads are allowed.*ulimit -u/);
    expect(status).toBe(0);
  });

  it('an error that names the limit where not even one can be started', () => {
    const { status, stderr } = ran(12, { module: fixture('cli/kinds.ts') });
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/^ts-experimenter: no more threads are allowed.*ulimit -u/m),
    ]);
    expect(stderr).not.toContain('unexpected');
  });

  it('a user id without a name is told to set database.user', () => {
    const database = { provider: 'mysql', name: 'study', host: '127.0.0.1', port: 1 };
    const { status, stderr } = call(500, 'user.json', kindsStudy(['quick'], [1], { database }), 'status');
    expect(stderr).toContain(`user id ${user} has no name on this machine: set database.user`);
    expect(status).toBe(2);
  });
});
