import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Experimenter, type RunnerRecord } from '../../src/index.ts';
import { fileExists, fixture, until } from '../support/command-line.ts';
import {
  createDatabase,
  describeOnMysql,
  type MysqlServer,
  temporaryDirectory,
  uniqueName,
} from '../support/databases.ts';
import { Terminal, tmuxThere } from '../support/terminal.ts';

/* The main thread of a runner is blocked for several leases, with another runner beside it: nothing is taken from it. */

const node = fixture('../../node_modules/.bin/node');
const main = fixture('../../dist/main.js');
const runner = { workers: 1, heartbeatSeconds: 0.5, leaseSeconds: 1.5 };

const study = (database: object, seeds: number, module: string) => {
  const folder = temporaryDirectory();
  const config = join(folder, 'study.json');
  const content = {
    database: 'file' in database ? { ...database, file: join(folder, 'study.sqlite') } : database,
    experiment: { module: fixture(module) },
    table: {
      name: uniqueName(),
      keyfields: { seed: { type: 'INT', values: { start: 1, stop: seeds + 1 } } },
      resultfields: { square: 'BIGINT' },
      logtables: { notes: { text: 'TEXT' } },
    },
    runner,
    log: { level: 'info' },
  };
  writeFileSync(config, JSON.stringify(content));
  return { folder, config };
};

/** A process whose stdout waits until somebody wants to read it. */
const start = (...args: readonly string[]) => {
  const child = spawn(node, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'close');
  const stderr = text(child.stderr);
  return { pid: child.pid, ended, stderr, stdout: async () => text(child.stdout) };
};

/** The other runner looks around, and goes; then the heartbeats of the first go on for several leases. */
const watched = async (config: string, pid: number | undefined): Promise<void> => {
  const other = start(main, 'run', '--json', '--config', config, '--set', 'runner.workers=2');
  const said = other.stdout();
  const experimenter = await Experimenter.open({ config });
  const heartbeats = async () => {
    const record = (await experimenter.status()).runners.find((one) => one.pid === pid);
    return record?.state === 'active' ? record.heartbeats : Number.NaN;
  };
  const first = await heartbeats();
  let now = first;
  const following = setInterval(() => void heartbeats().then((beats) => (now = beats)), 100);
  await until('its heartbeats go on', () => !(now < first + 12));
  clearInterval(following);
  expect(now).toBeGreaterThanOrEqual(first + 12);
  await other.ended;
  await said;
  await experimenter.close();
};

const everyOneOnce = async (config: string, seeds: number): Promise<void> => {
  const experimenter = await Experimenter.open({ config });
  expect(await experimenter.counts()).toEqual({ created: 0, running: 0, done: seeds, error: 0, paused: 0 });
  const attempts = await Array.fromAsync(experimenter.attempts(), ({ number, outcome }) => `${number} ${outcome}`);
  expect([...new Set(attempts)]).toEqual(['1 done']);
  expect(attempts).toHaveLength(seeds);
  expect((await experimenter.status()).runners).toEqual([]);
  await experimenter.close();
};

const STOOD_IN = 'in its stead';

const byItsFunction = async (database: object): Promise<void> => {
  const { folder, config } = study(database, 1, 'cli/squares.mjs');
  const experimenter = await Experimenter.open({ config });
  await experimenter.fillFromConfig();
  await experimenter.close();
  const blocked = start(fixture('blocked-runner.ts'), config);
  const said = blocked.stdout();
  await fileExists(join(folder, 'begun'));
  await watched(config, blocked.pid);
  writeFileSync(join(folder, 'go'), '');
  await blocked.ended;
  expect(await said).toBe('1 done\n');
  expect(await blocked.stderr).toContain(STOOD_IN);
  await everyOneOnce(config, 1);
};

describe('a runner whose main thread is blocked', () => {
  it(
    'by a function that runs in it keeps its experiments, on SQLite',
    async () => byItsFunction({ provider: 'sqlite', file: '' }),
    120_000,
  );

  // Whether a stopped terminal blocks it at all is up to what draws the screen.
  it.skipIf(!tmuxThere)(
    'by a terminal that was stopped keeps its experiments',
    async () => {
      const seeds = 200;
      const { folder, config } = study({ provider: 'sqlite', file: '' }, seeds, 'cli/squares.mjs');
      const command = `node '${main}' run --config '${config}'`;
      const terminal = new Terminal(command, folder, 100, 24);
      onTestFinished(() => terminal.close());
      const experimenter = await Experimenter.open({ config });
      const first = async () => ((await experimenter.exists()) ? (await experimenter.status()).runners[0] : undefined);
      let record: RunnerRecord | undefined;
      const following = setInterval(() => void first().then((found) => (record = found)), 50);
      await until('it is at work for longer than a short run', () => (record?.heartbeats ?? 0) >= 4);
      clearInterval(following);
      await experimenter.close();
      terminal.key('C-s');
      await watched(config, record?.pid);
      terminal.key('C-q');
      await until('it has ended', () => terminal.screen().some((line) => line.startsWith('ended with 0')));
      await everyOneOnce(config, seeds);
    },
    180_000,
  );
});

describeOnMysql('a runner whose main thread is blocked', (server: MysqlServer) => {
  it('by a function that runs in it keeps its experiments', async () => {
    const { host, port, user, password, database: name } = await createDatabase(server);
    await byItsFunction({ provider: 'mysql', host, port, user, password, name });
  });
});
