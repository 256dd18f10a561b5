import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { Experimenter } from '../../src/index.ts';
import { fixture, startMain, until } from '../support/command-line.ts';
import { temporaryDirectory } from '../support/databases.ts';

/* Another program locks the file of a study for longer than a lease, as a VACUUM does, again and again. */

const RUNNERS = 3;
const LOCKS = 4;
const LEASE_SECONDS = 1.5;

/** Holds the file for so long, in a process of its own. */
const lock = async (file: string, seconds: number): Promise<void> => {
  const code = `
    const Database = require('better-sqlite3');
    const database = new Database(${JSON.stringify(file)}, { timeout: 10000 });
    database.exec('BEGIN IMMEDIATE');
    setTimeout(() => { database.exec('ROLLBACK'); database.close(); }, ${seconds * 1_000});
  `;
  const child = spawn(fixture('../../node_modules/.bin/node'), ['-e', code], {
    cwd: fixture('../..'),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [status] = (await once(child, 'exit')) as [number];
  expect(status).toBe(0);
};

it('a lock on the file that outlasts the lease takes nothing from any runner', async () => {
  const folder = temporaryDirectory();
  const file = join(folder, 'study.sqlite');
  const config = join(folder, 'study.json');
  const seeds = 2 * RUNNERS;
  writeFileSync(
    config,
    JSON.stringify({
      database: { provider: 'sqlite', file },
      experiment: { module: fixture('experiments/gated.mjs') },
      table: {
        name: 'study',
        keyfields: { seed: { type: 'INT', values: { start: 1, stop: seeds + 1 } } },
        resultfields: { square: 'BIGINT' },
      },
      custom: { folder },
      runner: { workers: 2, heartbeatSeconds: LEASE_SECONDS / 3, leaseSeconds: LEASE_SECONDS },
    }),
  );
  const experimenter = await Experimenter.open({ config });
  await experimenter.fillFromConfig();
  const runners = Array.from({ length: RUNNERS }, () => startMain(['run', '--json', '--config', config], folder));
  onTestFinished(() => runners.forEach((runner) => runner.kill('SIGKILL')));
  const begun = () => (existsSync(join(folder, 'begun')) ? readFileSync(join(folder, 'begun'), 'utf8') : '');
  await until('all are at work', () => begun().trim().split('\n').length === seeds);
  for (let round = 0; round < LOCKS; round += 1) {
    await lock(file, 2 * LEASE_SECONDS);
    const before = new Map((await experimenter.status()).runners.map(({ id, heartbeats }) => [id, heartbeats]));
    let alive = 0;
    const count = async () => {
      const { runners: now } = await experimenter.status();
      alive = now.filter(({ id, heartbeats }) => heartbeats > (before.get(id) ?? Infinity) + 2).length;
    };
    const following = setInterval(() => void count(), 50);
    await until('everybody has beaten again', () => alive === RUNNERS);
    clearInterval(following);
  }
  for (let seed = 1; seed <= seeds; seed += 1) writeFileSync(join(folder, `go-${seed}`), '');
  for (const runner of runners) {
    const { code, stderr } = await runner.ended;
    expect(stderr).not.toContain('declared dead');
    expect(code).toBe(0);
  }
  const attempts = await Array.fromAsync(experimenter.attempts(), ({ number, outcome }) => `${number} ${outcome}`);
  expect(attempts).toEqual(new Array(seeds).fill('1 done'));
  await experimenter.close();
});
