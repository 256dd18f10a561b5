import { hostname } from 'node:os';
import type { AttemptRef, Lease } from '../../domain/experiment/attempt.ts';
import type { RunnerFacts } from '../../domain/experiment/runner.ts';
import type { Claimed } from '../../domain/repository/runner-protocol.ts';
import type { RunnerProtocol } from '../../domain/repository/runner-protocol.ts';
import { hasCode } from '../../domain/errors.ts';
import type { StudyDefinition } from '../../domain/study/define-study.ts';
import type { ClaimCall } from './claimer.ts';
import { Reaper } from './reaper.ts';
import { Heartbeat } from './heartbeat.ts';
import { newId } from '../ports/new-id.ts';
import { Orchestrator } from './orchestrator.ts';
import { DatabaseOutage } from './database-outage.ts';
import { Persistence } from './persistence.ts';
import type { Clock, EmissionsMeter, Log, OpenStandby, WorkerPool } from '../ports/ports.ts';
import type { RunEvent, RunSummary } from './run-events.ts';
import type { RunnerOptions } from '../ports/runner-options.ts';

/** Claims for the runner of this id; undefined when it is not active any more. */
export type ClaimSource = (
  repository: RunnerProtocol,
  runnerId: string,
  count: number,
) => Promise<readonly Claimed[] | undefined>;

export interface RunDependencies {
  readonly study?: Pick<StudyDefinition, 'resultfields'>;
  readonly repository: RunnerProtocol;
  readonly pool: WorkerPool;
  readonly meter?: EmissionsMeter | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  readonly facts?: RunnerFacts;
  readonly openStandby?: OpenStandby | undefined;
  /** Experiments run in this very thread. */
  readonly blocking?: boolean;
}

/** After a fault: how long each step may take that saves what is left. */
const SALVAGE_MILLISECONDS = 5_000;

/**
 * One runner at work: registers, claims and executes until nothing is open, and says goodbye. The pool is closed by
 * whoever made it.
 */
export class Run {
  readonly #deps: RunDependencies;
  readonly #orchestrator: Orchestrator;
  readonly #persistence: Persistence;
  readonly #heartbeat: Heartbeat;
  readonly #ended = Promise.withResolvers<void>();
  readonly #fault = Promise.withResolvers<never>();
  #faulted = false;
  readonly #counts = { done: 0, error: 0, paused: 0, withoutResults: 0 };

  /**
   * @param only where experiments come from instead of the open ones of the study; the run then ends without waiting for
   * what other runners hold.
   */
  constructor(
    deps: RunDependencies,
    options: RunnerOptions,
    onEvent: (event: RunEvent) => void = () => {},
    only?: ClaimSource,
  ) {
    const { repository, clock, log, pool, meter } = deps;
    this.#deps = deps;
    const onFault = (error: unknown) => this.#fail(error);
    this.#fault.promise.catch(() => {}); // heard by execute(), if it was called
    const outage = new DatabaseOutage(log, clock);
    const fleet = new Reaper(repository, clock, options.heartbeatSeconds * 1000);
    // whoever cannot afford another loss runs alone: what kills its runner then is nobody else
    const maxLosses = Math.max(0, options.maxAttempts - 2);
    const order = options.randomOrder ? 'random' : 'id';
    const claim: ClaimCall = async (count, alone) => {
      const { runnerId } = this.#heartbeat;
      const claimed = only
        ? await only(repository, runnerId, count)
        : await repository.claim({ runnerId, count, order, ...(!alone && { maxLosses }) });
      outage.succeeded('claims');
      return claimed;
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
        leasesOfUnseenRunners: async () => (only ? 0 : fleet.leasesOfUnseenRunners(this.#heartbeat.runnerId)),
        transient: (error) => outage.failed('claims', error),
        tellPersistence: (message) => this.#persistence.tell(message),
        resultsExpected: (deps.study?.resultfields.length ?? 0) > 0,
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
    this.#heartbeat = new Heartbeat(
      { repository, fleet, clock, log, outage, openStandby: deps.openStandby },
      {
        id: newId(),
        name: options.name,
        host: hostname(),
        pid: process.pid,
        workers: pool.size,
        version: deps.version,
        ...(deps.facts && { facts: deps.facts }),
      },
      options,
      (message) => this.#orchestrator.tell(message),
    );
  }

  /**
   * Executes until nothing is open or the run is stopped. Call once. Rejects with what no later try can mend, once what
   * runs has been stopped and what can be saved has been.
   */
  async execute(): Promise<RunSummary> {
    const { clock } = this.#deps;
    const begun = clock.monotonic();
    await this.#heartbeat.start(this.#deps.blocking ?? false, (error) => this.#fail(error));
    try {
      this.#orchestrator.tell({ type: 'claim' });
      await Promise.race([this.#ended.promise, this.#fault.promise]);
      this.#persistence.tell({ type: 'stop' });
      await Promise.race([this.#persistence.stopped, this.#fault.promise]);
    } catch (error) {
      await this.#salvage();
      throw error;
    }
    await this.#heartbeat.stop();
    await this.#leave();
    const seconds = (clock.monotonic() - begun) / 1000;
    const executed = this.#counts.done + this.#counts.error + this.#counts.paused;
    return { executed, ...this.#counts, seconds, perSecond: seconds > 0 ? executed / seconds : 0 };
  }

  /** Nothing starts any more from here on, whoever waits for this run. */
  #fail(error: unknown): void {
    if (this.#faulted) return; // what fails afterwards fails for the same reason, or because of it
    this.#faulted = true;
    this.#fault.reject(error);
    this.#orchestrator.tell({ type: 'faulted' });
  }

  /** After a fault: what runs is stopped, what has ended is recorded and the rest given back, if the database answers. */
  async #salvage(): Promise<void> {
    const { log } = this.#deps;
    await this.#within(this.#ended.promise);
    this.#persistence.tell({ type: 'giveUp' });
    await this.#within(this.#persistence.stopped);
    await this.#within(this.#heartbeat.stop());
    const { unrecorded } = this.#orchestrator;
    if (unrecorded > 0)
      log.error(`${unrecorded} ended experiments could not be recorded: they will be executed another time`);
    const left = this.#leave().catch((error: unknown) =>
      log.warn(
        `the leases of runner ${this.#heartbeat.runnerId} could not be released, others will take them when they expire: ${(error as Error).message}`,
      ),
    );
    await this.#within(left);
  }

  async #within(step: Promise<void>): Promise<void> {
    const limit = Promise.withResolvers<void>();
    const callOff = this.#deps.clock.after(SALVAGE_MILLISECONDS, limit.resolve);
    await Promise.race([step, limit.promise]);
    callOff();
  }

  /** Everything is recorded: what is still held was claimed without our knowing, its answer lost. */
  async #leave(): Promise<void> {
    const { repository, log } = this.#deps;
    const { runnerId } = this.#heartbeat;
    try {
      const leases = await repository.leases(runnerId);
      if (this.#faulted) await repository.release(this.#traced(leases), 'the run has failed');
      else await repository.release(leases, 'claimed, but the answer of the database was lost');
      await repository.deregister(runnerId);
    } catch (error) {
      if (!hasCode(error, 'DATABASE_UNREACHABLE')) throw error;
      const before = this.#faulted ? 'the run has failed, and' : 'everything is recorded, but';
      log.warn(`${before} the database did not hear goodbye: ${(error as Error).message}`);
    }
  }

  /** After a fault: what may have been executed, its end unrecorded, leaves a trace, so that its number is not used again. */
  #traced(leases: readonly Lease[]): readonly (AttemptRef & { readonly startedAt?: string })[] {
    const { unstarted } = this.#persistence;
    return leases.map(({ experimentId, attemptId, claimedAt }) => ({
      experimentId,
      attemptId,
      ...(!unstarted.has(attemptId) && { startedAt: claimedAt }),
    }));
  }

  /** Claims nothing more, releases what has not started, lets the rest finish. */
  drain(): void {
    this.#orchestrator.tell({ type: 'drain' });
    this.#heartbeat.drain();
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
