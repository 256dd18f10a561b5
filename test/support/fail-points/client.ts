import { randomBytes } from 'node:crypto';
import { newId } from '../../../src/application/ports/new-id.ts';
import type { Row } from '../../../src/domain/values/column.ts';
import { hasCode } from '../../../src/domain/errors.ts';
import type { ExperimentRepository } from '../../../src/domain/repository/experiment-repository.ts';
import type { AttemptEnd, AttemptWrite, Claimed } from '../../../src/domain/repository/runner-protocol.ts';
import { timestamp } from '../../../src/domain/values/date-column.ts';
import { InjectedFault } from '../model/faults.ts';

/** So short that nobody has to wait for it. */
export const LEASE_SECONDS = 0.03;

/** Takes a line of the history; it is written when this returns. */
export type Journal = (line: object) => void;

/** Everything that a runner or a user does. */
export const operations = ['fill', 'register', 'claim', 'heartbeat', 'report', 'record', 'reap', 'release', 'resume', 'reset', 'add', 'deregister'] as const; // prettier-ignore
export type Operation = (typeof operations)[number];

type Work<Result> = (repository: ExperimentRepository) => Promise<Result>;

/** What a client of the repository does, and writes down: it asks again until it is answered, as runners do. */
export class Client {
  readonly id = newId();
  readonly #repository: ExperimentRepository;
  readonly #journal: Journal;
  readonly #begins: (operation: Operation) => void;
  readonly #known = new Set<string>();

  constructor(repository: ExperimentRepository, journal: Journal, begins: (operation: Operation) => void = () => {}) {
    this.#repository = repository;
    this.#journal = journal;
    this.#begins = begins;
  }

  async again<Result>(operation: Operation, work: Work<Result>): Promise<Result> {
    this.#begins(operation);
    return this.#again(work);
  }

  async #again<Result>(work: Work<Result>): Promise<Result> {
    for (let tries = 0; ; tries += 1) {
      try {
        return await work(this.#repository);
      } catch (error) {
        if (tries === 20 || !(error instanceof InjectedFault || hasCode(error, 'DATABASE_UNREACHABLE'))) throw error;
      }
    }
  }

  async register(): Promise<void> {
    const runner = { id: this.id, name: 'n', host: 'h', pid: process.pid, workers: 1, version: '0' };
    await this.again('register', async (repository) => repository.register(runner, LEASE_SECONDS));
  }

  /** What was claimed without our knowing, its answer lost, is given back. */
  async #returnStrangers(): Promise<void> {
    const leases = await this.#again(async (repository) => repository.leases(this.id));
    const strangers = leases.filter(({ attemptId }) => !this.#known.has(attemptId));
    await this.#again(async (repository) => repository.release(strangers, 'its answer was lost'));
  }

  /** So many, at once or bit by bit: those that a transaction without a client still locks are passed over. */
  async claim(
    operation: Operation,
    count: number,
    work: (repository: ExperimentRepository, count: number) => Promise<readonly Claimed[] | undefined>,
  ): Promise<readonly Claimed[]> {
    // prettier-ignore
    const all: Claimed[] = [];
    for (const deadline = performance.now() + 20_000; all.length < count;) {
      if (performance.now() > deadline) throw new Error(`${operation}: of ${count} there are only ${all.length}`);
      const claimed = await this.again(operation, async (repository) => {
        try {
          return await work(repository, count - all.length);
        } catch (error) {
          await this.#returnStrangers();
          throw error;
        }
      });
      if (claimed === undefined) throw new Error('the runner is not active any more');
      for (const { attemptId } of claimed) this.know(attemptId);
      all.push(...claimed);
    }
    return all;
  }

  /** Undefined: it was there before. */
  async add(keyfields: Row): Promise<Claimed | undefined> {
    return this.again('add', async (repository) => {
      try {
        const added = await repository.addAndClaim(this.id, keyfields);
        if (added) this.know(added.attemptId);
        return added;
      } catch (error) {
        await this.#returnStrangers();
        throw error;
      }
    });
  }

  /** It is to be there before the repository says so: the next try of one that fails. */
  know(attemptId: string): void {
    this.#known.add(attemptId);
  }

  /** Begins to execute it. */
  begin({ experimentId: id, attemptId, number }: Omit<Claimed, 'keyfields'>): Execution {
    const execution = new Execution(id, attemptId, number);
    this.#journal({ what: 'begin', ...execution.line() });
    return execution;
  }

  /** Records the ends of these in one commit. */
  async record(...ends: readonly (readonly [Execution, AttemptEnd])[]): Promise<void> {
    for (const [execution, { outcome }] of ends) this.#journal({ what: 'end', ...execution.line(), returns: outcome });
    await this.write('record', ends.map(([execution, end]) => execution.write([0, 1, 2], end))); // prettier-ignore
    for (const [execution, { outcome }] of ends)
      this.#journal({ what: 'acknowledged', ...execution.line(), event: outcome });
  }

  async write(operation: Operation, writes: readonly AttemptWrite[]): Promise<void> {
    const { lost, refused } = await this.again(operation, async (repository) => repository.record(writes));
    if (lost.length + refused.length > 0)
      throw new Error(`nobody took its lease, and yet: ${JSON.stringify({ lost, refused })}`);
  }

  async deregister(): Promise<void> {
    this.#begins('deregister');
    await this.#returnStrangers();
    await this.again('deregister', async (repository) => repository.deregister(this.id));
  }
}

/** One attempt under way. */
export class Execution {
  readonly id: number;
  readonly attemptId: string;
  readonly number: number;
  readonly #token = randomBytes(8).toString('hex');
  readonly #logged = new Set<number>();

  constructor(id: number, attemptId: string, number: number) {
    this.id = id;
    this.attemptId = attemptId;
    this.number = number;
  }

  line(): object {
    const at = Number(process.hrtime.bigint() / 1_000n) / 1_000;
    return { id: this.id, attempt: this.number, token: this.#token, pid: process.pid, at, date: Date.now() };
  }

  /** Results, and those of these log rows that were not written before. */
  write(steps: readonly number[], end?: AttemptEnd): AttemptWrite {
    const token = this.#token;
    const fresh = steps.filter((step) => !this.#logged.has(step));
    for (const step of fresh) this.#logged.add(step);
    return {
      experimentId: this.id,
      attemptId: this.attemptId,
      results: { half: token, ...(end?.status === 'done' && { attempt: this.number, token }) },
      logs: fresh.map((step) => ({ logtable: 'steps', row: { step, token }, date: new Date() })),
      logsId: newId(),
      ...(end && { end }),
    };
  }
}

export const endOf = (outcome: 'done' | 'error' | 'paused', retryAs?: string): AttemptEnd => {
  const now = timestamp(new Date());
  const error = outcome === 'error' ? 'Error: as it should' : null;
  return { outcome, status: outcome, error, startedAt: now, endedAt: now, ...(retryAs !== undefined && { retryAs }) };
};
