import { randomBytes } from 'node:crypto';
import { newId } from '../../../src/application/new-id.ts';
import { hasCode } from '../../../src/domain/errors.ts';
import type {
  AttemptEnd,
  AttemptWrite,
  Claimed,
  ExperimentRepository,
} from '../../../src/domain/experiment-repository.ts';
import { timestamp } from '../../../src/domain/timestamp.ts';

/** Seeds 0 to one less. The last is added by `addAndClaim`, those before it by `fill`. */
export const SEEDS = 11;
const FILLED_BEFORE = 6;
/** So short that nobody has to wait for it. */
const LEASE_SECONDS = 0.03;

/** Takes a line of the history; it is written when this returns. */
export type Journal = (line: object) => void;

const seeds = (count: number) => Array.from({ length: count }, (_, seed) => ({ seed }));

/** What a client of the repository does, and writes down: it asks again until it is answered, as runners do. */
class Client {
  readonly #repository: ExperimentRepository;
  readonly #journal: Journal;
  readonly id = newId();
  readonly #known = new Set<string>();

  constructor(repository: ExperimentRepository, journal: Journal) {
    this.#repository = repository;
    this.#journal = journal;
  }

  async again<Result>(work: (repository: ExperimentRepository) => Promise<Result>): Promise<Result> {
    for (let tries = 0; ; tries += 1) {
      try {
        return await work(this.#repository);
      } catch (error) {
        if (!hasCode(error, 'DATABASE_UNREACHABLE') || tries === 20) throw error;
      }
    }
  }

  async register(): Promise<void> {
    const runner = { id: this.id, name: 'n', host: 'h', pid: process.pid, workers: 1, version: '0' };
    await this.again(async (repository) => repository.register(runner, LEASE_SECONDS));
  }

  /** What was claimed without our knowing, its answer lost, is given back. */
  async returnStrangers(): Promise<void> {
    const leases = await this.again(async (repository) => repository.leases(this.id));
    const strangers = leases.filter(({ attemptId }) => !this.#known.has(attemptId));
    await this.again(async (repository) => repository.release(strangers, 'its answer was lost'));
  }

  async claim(
    work: (repository: ExperimentRepository) => Promise<readonly Claimed[] | undefined>,
  ): Promise<readonly Claimed[]> {
    const claimed = await this.again(async (repository) => {
      try {
        return await work(repository);
      } catch (error) {
        if (hasCode(error, 'DATABASE_UNREACHABLE')) await this.returnStrangers();
        throw error;
      }
    });
    if (claimed === undefined) throw new Error('the runner is not active any more');
    for (const { attemptId } of claimed) this.#known.add(attemptId);
    return claimed;
  }

  /** Begins to execute it. */
  begin({ experimentId: id, attemptId, number }: Claimed): Execution {
    const execution = new Execution(id, attemptId, number);
    this.#journal({ what: 'begin', ...execution.line() });
    return execution;
  }

  async write(
    writes: readonly AttemptWrite[],
    ends: readonly (readonly [Execution, AttemptEnd])[] = [],
  ): Promise<void> {
    for (const [execution, { outcome }] of ends) this.#journal({ what: 'end', ...execution.line(), returns: outcome });
    const { lost, refused } = await this.again(async (repository) => repository.write(writes));
    if (lost.length + refused.length > 0)
      throw new Error(`nobody took its lease, and yet: ${JSON.stringify({ lost, refused })}`);
    for (const [execution, { outcome }] of ends)
      this.#journal({ what: 'acknowledged', ...execution.line(), event: outcome });
  }

  async end(execution: Execution, outcome: 'done' | 'error' | 'paused', retryAs?: string): Promise<void> {
    const end = endOf(outcome, retryAs);
    await this.write([execution.write({ logs: [0, 1, 2], end })], [[execution, end]]);
  }

  /** After the failure that a retry follows, in the same commit: known before it is there. */
  know(attemptId: string): void {
    this.#known.add(attemptId);
  }

  async leave(): Promise<void> {
    await this.returnStrangers();
    await this.again(async (repository) => repository.leave(this.id, 'gone'));
  }
}

/** One attempt under way. */
class Execution {
  readonly id: number;
  readonly attemptId: string;
  readonly number: number;
  readonly token = randomBytes(8).toString('hex');

  constructor(id: number, attemptId: string, number: number) {
    this.id = id;
    this.attemptId = attemptId;
    this.number = number;
  }

  line(): object {
    const at = Number(process.hrtime.bigint() / 1_000n) / 1_000;
    return { id: this.id, attempt: this.number, token: this.token, pid: process.pid, at, date: Date.now() };
  }

  write({ logs, end }: { readonly logs: readonly number[]; readonly end?: AttemptEnd }): AttemptWrite {
    const { id: experimentId, attemptId, number: attempt, token } = this;
    return {
      experimentId,
      attemptId,
      results: { half: token, ...(end?.status === 'done' && { attempt, token }) },
      logs: logs.map((step) => ({ logtable: 'steps', row: { step, token }, date: new Date() })),
      ...(end && { end }),
    };
  }
}

const endOf = (outcome: 'done' | 'error' | 'paused', retryAs?: string): AttemptEnd => {
  const now = timestamp(new Date());
  const error = outcome === 'error' ? 'Error: as it should' : null;
  return { outcome, status: outcome, error, startedAt: now, endedAt: now, ...(retryAs !== undefined && { retryAs }) };
};

const only = (all: readonly Claimed[]): Claimed => {
  if (all[0] === undefined || all.length > 1) throw new Error(`${all.length} were claimed`);
  return all[0];
};

/** Before the scenario, in empty tables: a study half filled, and a runner that has died over two of its experiments. */
export const setScene = async (repository: ExperimentRepository, journal: Journal): Promise<void> => {
  await repository.fill(seeds(FILLED_BEFORE));
  const ghost = new Client(repository, journal);
  await ghost.register();
  const claimed = await ghost.claim(async () => repository.claim({ runnerId: ghost.id, count: 2 }));
  for (const one of claimed) ghost.begin(one);
};

const expired = async (client: Client, id: string): Promise<number> => {
  for (;;) {
    const runner = (await client.again(async (repository) => repository.runners())).find((one) => one.id === id);
    if (!runner || runner.state === 'dead') return -1;
    if (runner.expired) return runner.heartbeats;
    await new Promise((resolve) => void setTimeout(resolve, 5));
  }
};

/** Everything a runner and a user do: fill, claim, heartbeat, report, record, retry, reap, release, add, resume, reset. */
export const playScenario = async (repository: ExperimentRepository, journal: Journal): Promise<void> => {
  const me = new Client(repository, journal);
  const ghosts = (await me.again(async () => repository.runners())).map(({ id }) => id);
  await me.again(async () => repository.fill(seeds(SEEDS - 1)));
  await me.register();
  const runnerId = me.id;

  const [a, b, c] = (await me.claim(async () => repository.claim({ runnerId, count: 3 }))).map((one) => me.begin(one));
  if (!a || !b || !c) throw new Error('too few were open');
  if (!(await me.again(async () => repository.heartbeat(runnerId, LEASE_SECONDS))))
    throw new Error('declared dead by nobody');
  await me.write([{ ...a.write({ logs: [0, 1] }), progress: '0.5' }]);
  const [done, failed, next] = [endOf('done'), endOf('error'), newId()];
  const retried = endOf('error', next);
  me.know(next);
  await me.write(
    [
      a.write({ logs: [2], end: done }),
      b.write({ logs: [0, 1, 2], end: failed }),
      c.write({ logs: [0, 1, 2], end: retried }),
    ],
    [[a, done], [b, failed], [c, retried]], // prettier-ignore
  );
  await me.end(me.begin({ experimentId: c.id, attemptId: next, number: c.number + 1, keyfields: {} }), 'done');

  for (const ghost of ghosts) {
    const heartbeats = await expired(me, ghost);
    await me.again(async () => repository.declareDead(ghost, heartbeats));
  }
  await me.again(async () => repository.recover(100));

  const [d, e, f] = await me.claim(async () => repository.claim({ runnerId, count: 3 }));
  if (!d || !e || !f) throw new Error('too few were recovered');
  me.begin(d);
  const startedAt = timestamp(new Date());
  await me.again(async () => repository.release([{ ...d, startedAt }, e], 'as it should'));
  await me.end(me.begin(f), 'paused');
  const resumed = only(
    await me.claim(async () =>
      repository.claim({ runnerId, count: 1, only: { ids: [f.experimentId], status: 'paused' } }),
    ),
  );
  await me.again(async () => repository.release([resumed], 'not now'));

  journal({ what: 'reset', id: b.id });
  await me.again(async () => repository.reset({ ids: [[b.id, b.id]] }));

  const added = await me.claim(async () => {
    const one = await repository.addAndClaim(runnerId, { seed: SEEDS - 1 });
    return one ? [one] : []; // undefined the second time: it is there, and its lease was given back
  });
  for (const one of added) await me.end(me.begin(one), 'done');

  await me.again(async () => repository.leave(runnerId, 'draining'));
  await me.leave();
};

/** Afterwards: another runner finds what is left, and ends it. */
export const recoverAll = async (repository: ExperimentRepository, journal: Journal): Promise<void> => {
  const me = new Client(repository, journal);
  await repository.fill(seeds(SEEDS));
  for (const { id } of await repository.runners()) {
    const heartbeats = await expired(me, id);
    await repository.declareDead(id, heartbeats);
  }
  await repository.recover(100);
  await me.register();
  for (;;) {
    const claimed = await me.claim(async () => repository.claim({ runnerId: me.id, count: 100 }));
    if (claimed.length === 0) break;
    for (const one of claimed) await me.end(me.begin(one), 'done');
  }
  await me.leave();
};
