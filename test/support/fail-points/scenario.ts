import { newId } from '../../../src/application/ports/new-id.ts';
import type { ExperimentRepository } from '../../../src/domain/repository/experiment-repository.ts';
import { timestamp } from '../../../src/domain/values/date-column.ts';
import { Client, endOf, type Journal, LEASE_SECONDS, type Operation } from './client.ts';

/** Seeds 0 to one less. The last is added by `addAndClaim`, those before it by `fill`. */
export const SEEDS = 11;
const FILLED_BEFORE = 6;
const GRID = 'all but the last';

const seeds = (count: number) => Array.from({ length: count }, (_, seed) => ({ seed }));

/**
 * Before the scenario, in empty tables: a study half filled, and a runner that has died over three of its experiments, one
 * of which it had paused and resumed.
 */
export const setScene = async (repository: ExperimentRepository, journal: Journal): Promise<void> => {
  await repository.fill(seeds(FILLED_BEFORE));
  const ghost = new Client(repository, journal);
  await ghost.register();
  const runnerId = ghost.id;
  const claimed = await ghost.claim('claim', 3, async (_, count) => repository.claim({ runnerId, count }));
  const [paused] = claimed.map((one) => ghost.begin(one));
  if (!paused) throw new Error('three were claimed');
  await ghost.record([paused, endOf('paused')]);
  const only = { ids: [paused.id], status: 'paused' } as const;
  const resumed = await ghost.claim('resume', 1, async () => repository.claim({ runnerId, count: 1, only }));
  for (const one of resumed) await ghost.write('report', [ghost.begin(one).write([0, 1])]);
  await allExpired(repository);
};

/** Until the lease of life of each has run out. Not within the scenario: it would not make the same calls every time. */
const allExpired = async (repository: ExperimentRepository): Promise<void> => {
  while ((await repository.runners()).some(({ state, expired }) => state !== 'dead' && !expired))
    await new Promise((resolve) => void setTimeout(resolve, 5));
};

const reap = async (client: Client): Promise<void> =>
  client.again('reap', async (repository) => {
    for (const { id, heartbeats } of await repository.runners())
      if (id !== client.id) await repository.declareDead(id, heartbeats);
    await repository.reap(100);
  });

/** Everything that a runner and a user do, each of the operations at least once. */
export const playScenario = async (
  repository: ExperimentRepository,
  journal: Journal,
  begins: (operation: Operation) => void,
): Promise<void> => {
  const me = new Client(repository, journal, begins);
  const runnerId = me.id;
  const claim = async (count: number) =>
    me.claim('claim', count, async (_, wanted) => repository.claim({ runnerId, count: wanted }));

  await me.again('fill', async () => repository.fill(seeds(SEEDS - 1), undefined, GRID));
  await me.register();

  const [a, b, c] = (await claim(3)).map((one) => me.begin(one));
  if (!a || !b || !c) throw new Error('three were claimed');
  const beats = await me.again('heartbeat', async () => repository.heartbeat(runnerId, LEASE_SECONDS));
  if (!beats) throw new Error('declared dead by nobody');
  await me.write('report', [{ ...a.write([0, 1]), progress: '0.5' }]);
  const next = newId();
  me.know(next);
  await me.record([a, endOf('done')], [b, endOf('error')], [c, endOf('error', next)]);
  await me.record([me.begin({ experimentId: c.id, attemptId: next, number: c.number + 1 }), endOf('done')]);

  await reap(me);

  const [d, e, f] = await claim(3);
  if (!d || !e || !f) throw new Error('three were claimed');
  me.begin(d);
  const startedAt = timestamp(new Date());
  await me.again('release', async () => repository.release([{ ...d, startedAt }, e], 'as it should'));
  await me.record([me.begin(f), endOf('paused')]);
  const only = { ids: [f.experimentId], status: 'paused' } as const;
  const resumed = await me.claim('resume', 1, async () => repository.claim({ runnerId, count: 1, only }));
  for (const one of resumed) await me.write('report', [me.begin(one).write([0, 1])]);
  const begun = resumed.map((one) => ({ ...one, startedAt: timestamp(new Date()) }));
  await me.again('release', async () => repository.release(begun, 'not now'));

  journal({ what: 'reset', id: b.id });
  await me.again('reset', async () => repository.reset({ statuses: ['error'], ids: [[b.id, b.id]] }));

  const added = await me.add({ seed: SEEDS - 1 });
  if (added) await me.record([me.begin(added), endOf('done')]);

  await me.again('deregister', async () => repository.drain(runnerId));
  await me.deregister();
};

/** Afterwards: another runner finds what is left, and ends it. */
export const recoverAll = async (repository: ExperimentRepository, journal: Journal): Promise<void> => {
  const me = new Client(repository, journal);
  if (await repository.isFilled(GRID)) {
    const { added } = await repository.fill(seeds(SEEDS - 1));
    if (added > 0) throw new Error(`the grid was noted as filled, and ${added} of it were missing`);
  }
  await repository.fill(seeds(SEEDS));
  await allExpired(repository);
  await reap(me);
  await me.register();
  // not all at once, perhaps: the database may not have noticed yet that the client of a transaction is dead
  const deadline = performance.now() + 20_000;
  for (let open = SEEDS; open > 0; open = (await repository.counts()).created) {
    if (performance.now() > deadline) throw new Error(`${open} experiments stay open, and nobody can claim them`);
    const claimed = await repository.claim({ runnerId: me.id, count: SEEDS });
    for (const one of claimed ?? []) {
      me.know(one.attemptId);
      await me.record([me.begin(one), endOf('done')]);
    }
  }
  await me.deregister();
};
