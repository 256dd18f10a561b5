import { hostname } from 'node:os';
import type { RunnerFacts } from '../domain/attempt.ts';
import type { Claimed } from '../domain/experiment-repository.ts';
import type { Protocol } from '../domain/protocol.ts';
import { hasCode } from '../domain/errors.ts';
import type { StudyDefinition } from '../domain/study.ts';
import type { ClaimCall } from './claim-desk.ts';
import { Fleet } from './fleet.ts';
import { Lifeline } from './lifeline.ts';
import { newId } from './new-id.ts';
import { Orchestrator } from './orchestrator.ts';
import { Outage } from './outage.ts';
import { Persistence } from './persistence.ts';
import type { Clock, EmissionsMeter, Log, WorkerPool } from './ports.ts';
import type { RunEvent, RunSummary } from './run-events.ts';
import type { RunnerOptions } from './runner-options.ts';

/** Claims for the runner of this id; undefined when it is not active any more. */
export type ClaimSource = (
  repository: Protocol,
  runnerId: string,
  count: number,
) => Promise<readonly Claimed[] | undefined>;

export interface RunSurroundings {
  readonly study?: Pick<StudyDefinition, 'resultfields'>;
  readonly repository: Protocol;
  readonly pool: WorkerPool;
  readonly meter?: EmissionsMeter | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  readonly facts?: RunnerFacts;
}

/**
 * One runner at work: registers, claims and executes until nothing is open, and says goodbye. The pool is closed by
 * whoever made it.
 */
export class Run {
  readonly #around: RunSurroundings;
  readonly #orchestrator: Orchestrator;
  readonly #persistence: Persistence;
  readonly #lifeline: Lifeline;
  readonly #ended = Promise.withResolvers<void>();
  readonly #fault = Promise.withResolvers<never>();
  readonly #counts = { done: 0, error: 0, paused: 0, withoutResults: 0 };

  /**
   * @param only where experiments come from instead of the open ones of the study; the run then ends without waiting for
   * what other runners hold.
   */
  constructor(
    around: RunSurroundings,
    options: RunnerOptions,
    onEvent: (event: RunEvent) => void = () => {},
    only?: ClaimSource,
  ) {
    const { repository, clock, log, pool, meter } = around;
    this.#around = around;
    const onFault = (error: unknown) => this.#fault.reject(error);
    this.#fault.promise.catch(() => {}); // heard by execute(), if it was called
    const outage = new Outage(log);
    const fleet = new Fleet(repository, clock);
    // whoever cannot afford another loss runs alone: what kills its runner then is nobody else
    const maxLosses = Math.max(0, options.maxAttempts - 2);
    const order = options.randomOrder ? 'random' : 'id';
    const claim: ClaimCall = (count, alone) => {
      const { runnerId } = this.#lifeline;
      if (only) return only(repository, runnerId, count);
      return repository.claim({ runnerId, count, order, ...(!alone && { maxLosses }) });
    };
    this.#persistence = new Persistence(
      { repository, clock, outage },
      (message) => this.#orchestrator.tell(message),
      onFault,
    );
    this.#orchestrator = new Orchestrator(
      {
        pool,
        meter,
        clock,
        log,
        claim,
        pendingElsewhere: async () => (only ? 0 : fleet.pending(this.#lifeline.runnerId)),
        transient: (error) => outage.failed(error),
        tellPersistence: (message) => this.#persistence.tell(message),
        resultsExpected: (around.study?.resultfields.length ?? 0) > 0,
        onEvent: (event) => {
          this.#count(event);
          onEvent(event);
        },
        onEnd: () => this.#ended.resolve(),
        onFault,
      },
      {
        maxExperiments: options.maxExperiments,
        timeoutMilliseconds: options.timeoutSeconds === null ? null : options.timeoutSeconds * 1000,
        retries: options.retries,
      },
    );
    this.#lifeline = new Lifeline(
      { repository, fleet, clock, log, outage },
      {
        id: newId(),
        name: options.name,
        host: hostname(),
        pid: process.pid,
        workers: pool.size,
        version: around.version,
        ...(around.facts && { facts: around.facts }),
      },
      options,
      (message) => this.#orchestrator.tell(message),
    );
  }

  /** Executes until nothing is open or the run is stopped. Call once. Rejects with what no later try can mend. */
  async execute(): Promise<RunSummary> {
    const { clock } = this.#around;
    const begun = clock.monotonic();
    await this.#lifeline.start(this.#fault.reject);
    try {
      this.#orchestrator.tell({ type: 'claim' });
      await Promise.race([this.#ended.promise, this.#fault.promise]);
      this.#persistence.tell({ type: 'stop' });
      await Promise.race([this.#persistence.stopped, this.#fault.promise]);
    } finally {
      await this.#lifeline.stop();
    }
    await this.#leave();
    const seconds = (clock.monotonic() - begun) / 1000;
    const executed = this.#counts.done + this.#counts.error + this.#counts.paused;
    return { executed, ...this.#counts, seconds, perSecond: seconds > 0 ? executed / seconds : 0 };
  }

  /** Everything is recorded: what is still held was claimed without our knowing, its answer lost. */
  async #leave(): Promise<void> {
    const { repository, log } = this.#around;
    const { runnerId } = this.#lifeline;
    try {
      const strangers = await repository.leases(runnerId);
      await repository.release(strangers, 'claimed, but the answer of the database was lost');
      await repository.leave(runnerId, 'gone');
    } catch (error) {
      if (!hasCode(error, 'DATABASE_UNREACHABLE')) throw error;
      log.warn(`everything is recorded, but the database did not hear goodbye: ${(error as Error).message}`);
    }
  }

  /** Claims nothing more, releases what has not started, lets the rest finish. */
  drain(): void {
    this.#orchestrator.tell({ type: 'drain' });
    this.#lifeline.drain();
  }

  /** Stops what runs, too, and releases it: counted against nobody. */
  abort(): void {
    this.#orchestrator.tell({ type: 'abort' });
  }

  #count({ event, again, withoutResults }: RunEvent): void {
    if (again) return;
    if (withoutResults) this.#counts.withoutResults += 1;
    if (event === 'done' || event === 'paused') this.#counts[event] += 1;
    else if (event === 'error' || event === 'timeout') this.#counts.error += 1;
  }
}
