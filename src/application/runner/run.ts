import { hostname } from 'node:os';
import type { AttemptRef, Lease } from '../../domain/experiment/attempt.ts';
import type { RunnerFacts } from '../../domain/experiment/runner.ts';
import type { Claimed } from '../../domain/repository/runner-protocol.ts';
import type { RunnerProtocol } from '../../domain/repository/runner-protocol.ts';
import { hasCode } from '../../domain/errors.ts';
import type { StudyDefinition } from '../../domain/study/study-definition.ts';
import type { ClaimCall } from './claimer.ts';
import { Reaper } from './reaper.ts';
import { newId } from '../ports/new-id.ts';
import { Orchestrator } from './orchestrator.ts';
import { DatabaseOutage } from './database-outage.ts';
import type { RunEnd } from './messages.ts';
import { Persistence } from './persistence.ts';
import type { Clock, EmissionsMeter, Log, OpenStandby, WorkerPool } from '../ports/ports.ts';
import type { RunEvent, RunSummary } from './run-events.ts';
import type { RunnerOptions } from '../ports/runner-options.ts';

/** Claims for the runner of this id. Undefined: the runner is not active any more. */
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
  /** Experiments run in this thread, and may block it. */
  readonly blocking?: boolean;
}

/** How long each step may take that ends a failed run. */
const STEP_MILLISECONDS = 5_000;

/**
 * One runner at work: registers, claims and executes until nothing is open, and deregisters. The caller closes the pool.
 */
export class Run {
  readonly #deps: RunDependencies;
  readonly #orchestrator: Orchestrator;
  readonly #persistence: Persistence;
  readonly #ended = Promise.withResolvers<void>();
  readonly #fault = Promise.withResolvers<never>();
  #faulted = false;
  readonly #counts = { done: 0, error: 0, paused: 0, withoutResults: 0 };

  /**
   * @param only where experiments come from, instead of all open ones of the study. The run then does not wait for the
   * experiments of other runners.
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
    this.#fault.promise.catch(() => {}); // execute() hears of it, if it was called
    const outage = new DatabaseOutage(log, clock);
    const reaper = new Reaper(repository, clock, options.heartbeatSeconds * 1000);
    // An experiment whose next loss would be its last runs alone: if the runner dies then, no other can be the cause.
    const maxLosses = Math.max(0, options.maxAttempts - 2);
    const order = options.randomOrder ? 'random' : 'id';
    const claim: ClaimCall = async (count, solo) => {
      const { runnerId } = this.#persistence;
      const claimed = only
        ? await only(repository, runnerId, count)
        : await repository.claim({ runnerId, count, order, ...(!solo && { maxLosses }) });
      outage.succeeded('claims');
      return claimed;
    };
    this.#persistence = new Persistence(
      {
        repository,
        reaper,
        clock,
        log,
        outage,
        openStandby: deps.openStandby,
        tellOrchestrator: (message) => this.#orchestrator.tell(message),
        onFault,
      },
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
    );
    this.#orchestrator = new Orchestrator(
      {
        pool,
        meter,
        clock,
        log,
        claim,
        leasesOfUnseenRunners: async () => (only ? 0 : reaper.leasesOfUnseenRunners(this.#persistence.runnerId)),
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
  }

  /**
   * Executes until nothing is open or the run is stopped. Call once. Rejects with an error that no retry can mend, after
   * running experiments were stopped and everything that could be recorded was recorded.
   */
  async execute(): Promise<RunSummary> {
    const { clock } = this.#deps;
    const begun = clock.monotonic();
    await this.#persistence.start(this.#deps.blocking ?? false);
    this.#orchestrator.tell({ type: 'claim' });
    try {
      await this.#end('ended');
    } catch (error) {
      await this.#end('failed');
      throw error;
    }
    const seconds = (clock.monotonic() - begun) / 1000;
    const executed = this.#counts.done + this.#counts.error + this.#counts.paused;
    return { executed, ...this.#counts, seconds, perSecond: seconds > 0 ? executed / seconds : 0 };
  }

  /** Nothing starts any more from here on. */
  #fail(error: unknown): void {
    if (this.#faulted) return; // what fails afterwards fails for the same reason, or because of it
    this.#faulted = true;
    this.#fault.reject(error);
    this.#orchestrator.tell({ type: 'faulted' });
  }

  /**
   * The experiments end, what has ended is recorded, and the runner leaves. `ended`: each step takes its time. `failed`:
   * the same steps again, but each takes at most some seconds, and what one of them cannot do is left undone.
   */
  async #end(end: RunEnd): Promise<void> {
    const step = end === 'failed' ? this.#within : this.#unlessFailed;
    await step(this.#ended.promise);
    await step(this.#persistence.stop(end));
    if (end === 'failed') this.#tellUnrecorded();
    await step(this.#leave(end));
  }

  readonly #unlessFailed = async (step: Promise<void>): Promise<void> => Promise.race([step, this.#fault.promise]);

  readonly #within = async (step: Promise<void>): Promise<void> => {
    const limit = Promise.withResolvers<void>();
    const cancel = this.#deps.clock.after(STEP_MILLISECONDS, limit.resolve);
    await Promise.race([step, limit.promise]);
    cancel();
  };

  #tellUnrecorded(): void {
    const { unrecorded } = this.#orchestrator;
    if (unrecorded > 0)
      this.#deps.log.error(`${unrecorded} ended experiments could not be recorded: they will be executed another time`);
  }

  /** Leases that are still held belong to claims whose answer was lost, or after a failure to what could not be recorded. */
  async #leave(end: RunEnd): Promise<void> {
    const { repository, log } = this.#deps;
    const { runnerId } = this.#persistence;
    const failed = end === 'failed';
    try {
      const leases = await repository.leases(runnerId);
      if (failed) await repository.release(this.#traced(leases), 'the run has failed');
      else await repository.release(leases, 'claimed, but the answer of the database was lost');
      await repository.deregister(runnerId);
    } catch (error) {
      const { message } = error as Error;
      if (hasCode(error, 'DATABASE_UNREACHABLE')) {
        const before = failed ? 'the run has failed, and' : 'everything is recorded, but';
        log.warn(`${before} the runner could not be deregistered: ${message}`);
      } else if (failed) {
        log.warn(
          `the leases of runner ${runnerId} could not be released, others will take them when they expire: ${message}`,
        );
      } else throw error;
    }
  }

  /** An attempt that may have been executed, and whose outcome is not recorded, leaves a trace: its number is not used again. */
  #traced(leases: readonly Lease[]): readonly (AttemptRef & { readonly startedAt?: string })[] {
    const { unstarted } = this.#persistence;
    return leases.map(({ experimentId, attemptId, claimedAt }) => ({
      experimentId,
      attemptId,
      ...(!unstarted.has(attemptId) && { startedAt: claimedAt }),
    }));
  }

  /** Claims nothing more, releases what has not started, and lets the rest finish. */
  drain(): void {
    this.#orchestrator.tell({ type: 'drain' });
    this.#persistence.tell({ type: 'drain' });
  }

  /** Also stops running experiments, and releases them: this does not count as a lost attempt. */
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
