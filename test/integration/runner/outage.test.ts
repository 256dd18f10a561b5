import assert from 'node:assert/strict';
import { createConnection } from 'mysql2/promise';
import { afterEach, beforeAll, expect, it } from 'vitest';
import type { Experimenter } from '../../../src/application/experimenter.ts';
import type { Log } from '../../../src/application/ports/ports.ts';
import type { RunEvent } from '../../../src/application/runner/run-events.ts';
import type { ExperimentFunction } from '../../../src/domain/experiment/experiment-function.ts';
import type { ExperimentRepository } from '../../../src/domain/repository/experiment-repository.ts';
import { loadConfiguration } from '../../../src/infrastructure/config/load.ts';
import { open } from '../../../src/infrastructure/container.ts';
import { openMysqlRepository } from '../../../src/infrastructure/database/open-mysql.ts';
import type { MysqlOptions } from '../../../src/infrastructure/database/mysql/mysql-driver.ts';
import { PATIENCE_SECONDS, until } from '../../support/command-line.ts';
import { describeOnPrivateServer, privateServer, uniqueName } from '../../support/databases.ts';
import type { PrivateServer } from '../../support/private-server.ts';
import { startProxy } from '../../support/proxy.ts';

/* The database goes away for longer than a lease, hangs, or comes and goes; runs end by themselves, every result is there once. */

const LEASE_SECONDS = 1;

interface Watched {
  readonly experimenter: Experimenter;
  readonly events: RunEvent[];
  readonly lines: string[];
  ended(): number;
}

const closing: Experimenter[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((experimenter) => experimenter.close()));
});

const configurationOf = (table: string, seeds: number, runner: object) => ({
  database: { provider: 'mysql', name: 'lab' },
  table: {
    name: table,
    keyfields: { seed: { type: 'INT', values: { start: 1, stop: seeds + 1 } } },
    resultfields: { square: 'BIGINT' },
    logtables: { notes: { text: 'TEXT' } },
  },
  runner: { workers: 4, heartbeatSeconds: 0.3, leaseSeconds: LEASE_SECONDS, ...runner },
});

/** One runner of a study, in this process. */
const runnerOf = async (
  facts: MysqlOptions,
  table: string,
  seeds: number,
  experiment: ExperimentFunction,
  runner: object = {},
  through = (repository: ExperimentRepository) => repository,
): Promise<Watched> => {
  const config = configurationOf(table, seeds, runner);
  const lines: string[] = [];
  const line = (level: string) => (message: string) => void lines.push(`${level}: ${message}`);
  const log: Log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
  const repository = await openMysqlRepository(loadConfiguration(config, { env: {} }).study, facts);
  const experimenter = await open({ config, experiment, repository: through(repository), log });
  closing.push(experimenter);
  const events: RunEvent[] = [];
  return { experimenter, events, lines, ended: () => events.filter(({ event }) => event !== 'claimed').length };
};

const away = (lines: readonly string[]) => lines.filter((line) => line.includes('the database is away'));
const back = (lines: readonly string[]) => lines.filter((line) => line.includes('the database is back'));

/** Every experiment is done, by one attempt, with one log row, which is that attempt's. */
const everyOneOnce = async (experimenter: Experimenter, seeds: number): Promise<void> => {
  expect((await experimenter.status()).counts).toEqual({ created: 0, running: 0, done: seeds, error: 0, paused: 0 });
  const notes = new Map<number, string[]>();
  for await (const { experiment_id: id, text } of experimenter.logs('notes')) {
    notes.set(Number(id), [...(notes.get(Number(id)) ?? []), String(text)]);
  }
  for (let id = 1; id <= seeds; id += 1) {
    const { experiment, attempts, lease } = await experimenter.show(id);
    expect(experiment.results['square']).toBe(Number(experiment.keyfields['seed']) ** 2);
    const done = attempts.filter(({ outcome }) => outcome === 'done');
    expect(done).toHaveLength(1);
    expect(lease).toBeUndefined();
    expect(notes.get(id)).toEqual([`attempt ${done[0]?.number}`]);
  }
};

const squares =
  (wait: () => Promise<void>, executed: number[] = []): ExperimentFunction =>
  async ({ keyfields }, { log, attempt, experimentId }) => {
    executed.push(experimentId);
    await wait();
    log('notes', { text: `attempt ${attempt}` });
    return { square: Number(keyfields['seed']) ** 2 };
  };

const soon = (milliseconds: number) => async () => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

describeOnPrivateServer('an outage', () => {
  let server: PrivateServer;
  let facts: MysqlOptions;
  beforeAll(async () => {
    server = await privateServer();
    const { hostname: host, port, username: user, password } = new URL(server.url);
    facts = { host, port: Number(port), user, password: decodeURIComponent(password), database: 'lab' };
  });

  const connections = async (): Promise<number> => {
    const connection = await createConnection(facts);
    const [rows] = await connection.query(
      'SELECT COUNT(*) AS n FROM information_schema.processlist WHERE user = USER() OR user = SUBSTRING_INDEX(USER(), "@", 1)',
    );
    await connection.end();
    return Number((rows as { n: number }[])[0]?.n) - 1;
  };

  const nothingOpen = async (): Promise<void> => {
    await Promise.all(closing.splice(0).map((experimenter) => experimenter.close()));
    const deadline = performance.now() + PATIENCE_SECONDS * 1_000;
    for (let open = await connections(); open > 0; open = await connections()) {
      assert.ok(performance.now() < deadline, `${open} connections are left`);
      await soon(50)();
    }
  };

  it('of the server, longer than the lease: experiments go on, nothing is lost or done twice, one line when it goes, one when it returns', async () => {
    const [table, seeds] = [uniqueName(), 60];
    const executed: number[] = [];
    const runners = await Promise.all(
      [1, 2].map(async () => runnerOf(facts, table, seeds, squares(soon(60), executed))),
    );
    await runners[0]?.experimenter.fillFromConfig();
    const runs = runners.map(async ({ experimenter, events }) =>
      experimenter.execute({ onEvent: (event) => events.push(event) }),
    );
    await until('both work', () => runners.every(({ ended }) => ended() >= 4));
    await server.kill();
    const killed = performance.now();
    await until('both say so', () => runners.every(({ lines }) => away(lines).length > 0));
    const held = new Set(runners.flatMap(({ events }) => events.map(({ id }) => id))).size;
    await until('what was claimed is executed, and no more', () => executed.length === held);
    await until('it lasts', () => performance.now() - killed > 3_000 * LEASE_SECONDS);
    expect(executed.length).toBe(held);
    await server.restart();
    const summaries = await Promise.all(runs);
    expect(summaries.reduce((sum, { done }) => sum + done, 0)).toBe(seeds);
    expect(executed.toSorted((a, b) => a - b)).toEqual(Array.from({ length: seeds }, (_, index) => index + 1));
    for (const { lines } of runners) {
      expect(lines.map((line) => line.slice(0, 60))).toHaveLength(2);
      expect([away(lines).length, back(lines).length]).toEqual([1, 1]);
    }
    const [first] = runners;
    assert.ok(first);
    await everyOneOnce(first.experimenter, seeds);
    await nothingOpen();
  });

  it('of the link, silently: statements are given up, their connections destroyed, and the run goes on when it returns', async () => {
    const [table, seeds] = [uniqueName(), 60];
    const proxy = await startProxy({ host: facts.host ?? '', port: facts.port ?? 0 });
    const executed: number[] = [];
    const runner = await runnerOf(
      { ...facts, port: proxy.port, queryTimeoutSeconds: 0.5 },
      table,
      seeds,
      squares(soon(30), executed),
    );
    const { experimenter, lines, events, ended } = runner;
    await experimenter.fillFromConfig();
    const run = experimenter.execute({ onEvent: (event) => events.push(event) });
    await until('it works', () => ended() >= 8);
    await proxy.command('pause');
    const paused = performance.now();
    await until('it says so', () => away(lines).length > 0);
    await until('it lasts', () => performance.now() - paused > 2_000 * LEASE_SECONDS);
    // what hung is destroyed, not waited for: cut it off for good, as a firewall does that has forgotten it
    await proxy.command('cut');
    await proxy.command('resume');
    expect((await run).done).toBe(seeds);
    expect([away(lines).length, back(lines).length]).toEqual([1, 1]);
    expect(executed).toHaveLength(seeds);
    await everyOneOnce(experimenter, seeds);
    await nothingOpen();
    expect((await proxy.command('stats')).open).toBe(0);
  });

  it('of the link, fifty times in a row: nothing is lost or done twice, no connection is left over', async () => {
    const [table, seeds] = [uniqueName(), 2_000];
    const proxy = await startProxy({ host: facts.host ?? '', port: facts.port ?? 0 });
    const { experimenter, events, ended } = await runnerOf(
      { ...facts, port: proxy.port },
      table,
      seeds,
      squares(soon(2)),
      { leaseSeconds: 3, heartbeatSeconds: 0.2 },
    );
    await experimenter.fillFromConfig();
    let finished = false;
    const run = experimenter.execute({ onEvent: (event) => events.push(event) }).finally(() => (finished = true));
    await until('it works', () => ended() > 0);
    for (let flap = 0; flap < 50; flap += 1) {
      const before = ended();
      await proxy.command(flap % 3 === 0 ? 'cut-on after COMMIT' : 'stats');
      await until('some progress', () => finished || ended() > before);
      await proxy.command('refuse');
      await proxy.command('cut');
      await proxy.command('accept');
    }
    const summary = await run;
    expect(summary.done).toBe(seeds);
    await everyOneOnce(experimenter, seeds);
    expect(await connections()).toBeLessThanOrEqual(8);
    await nothingOpen();
  });

  it('that breaks every idle connection at once costs one statement a second try, not each of them', async () => {
    const proxy = await startProxy({ host: facts.host ?? '', port: facts.port ?? 0 });
    const own = { ...facts, port: proxy.port, queryTimeoutSeconds: 1 };
    const { experimenter } = await runnerOf(own, uniqueName(), 3, squares(soon(1)));
    await experimenter.fillFromConfig();
    await Promise.all(Array.from({ length: 8 }, async () => experimenter.status()));
    expect((await proxy.command('stats')).open).toBe(8);
    // held, and forgotten on the way: nobody tells the client, only new connections pass
    await proxy.command('forget');
    // after three time-outs a statement fails: only the first of the eight connections was tried
    expect((await experimenter.status()).counts.created).toBe(3);
    await proxy.command('cut');
    await nothingOpen();
  });

  it('that begins when the last result is recorded keeps no run from ending', async () => {
    const table = uniqueName();
    const proxy = await startProxy({ host: facts.host ?? '', port: facts.port ?? 0 });
    const { experimenter, events } = await runnerOf({ ...facts, port: proxy.port }, table, 3, squares(soon(1)));
    await experimenter.fillFromConfig();
    const gone = { done: 0, cut: Promise.resolve<unknown>(undefined) };
    const run = experimenter.execute({
      maxExperiments: 3,
      onEvent: (event) => {
        events.push(event);
        if (event.event !== 'done') return;
        gone.done += 1;
        if (gone.done === 3) gone.cut = proxy.command('refuse').then(async () => proxy.command('cut'));
      },
    });
    expect(await run).toMatchObject({ done: 3 });
    await gone.cut;
    await proxy.command('accept');
    await everyOneOnce(experimenter, 3);
  });

  it('that loses the answer to a claim: the run waits until its leases have come back, and does them', async () => {
    const [table, seeds] = [uniqueName(), 8];
    const proxy = await startProxy({ host: facts.host ?? '', port: facts.port ?? 0 });
    const begun = performance.now();
    let lost = false;
    const losing = (repository: ExperimentRepository): ExperimentRepository => {
      const claim: ExperimentRepository['claim'] = async (request) => {
        // later than the first heartbeat, so that the next is a while away
        if (!lost && performance.now() - begun > 1_500) {
          lost = true;
          await proxy.command('cut-on after COMMIT');
        }
        return repository.claim({ ...request, count: Math.min(2, request.count) });
      };
      return new Proxy(repository, {
        get: (target, name) => {
          const found: unknown = name === 'claim' ? claim : Reflect.get(target, name, target);
          return typeof found === 'function' ? found.bind(target) : found;
        },
      });
    };
    const slow = { workers: 1, heartbeatSeconds: 5, leaseSeconds: 15 };
    const { experimenter } = await runnerOf(
      { ...facts, port: proxy.port },
      table,
      seeds,
      squares(soon(400)),
      slow,
      losing,
    );
    await experimenter.fillFromConfig();
    expect(await experimenter.execute()).toMatchObject({ done: seeds });
    expect(lost).toBe(true);
    await everyOneOnce(experimenter, seeds);
    expect((await experimenter.status()).runners).toEqual([]);
  });
});
