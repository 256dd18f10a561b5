import type { AttemptRef } from '../../domain/experiment/attempt.ts';
import type { AttemptWrite, Claimed } from '../../domain/repository/runner-protocol.ts';
import { Actor } from './actor.ts';
import type { Chunk } from './chunk.ts';
import { Chunks } from './chunks.ts';
import { type ClaimCall, Claimer } from './claimer.ts';
import { outcomeOfDeath, outcomeOfFinish } from './execution-end.ts';
import { type Ended, Interruptions } from './interruptions.ts';
import { InFlight } from './in-flight.ts';
import type {
  WorkerFreed,
  ClaimAnswered,
  OrchestratorMessage,
  PersistenceMessage,
  Recorded,
  WorkerSaid,
} from './messages.ts';
import { type ErrorData, type Finished, heartbeatProgress } from '../ports/worker-messages.ts';
import { Prefetch } from './prefetch.ts';
import type { Clock, EmissionsMeter, Log, WorkerPool } from '../ports/ports.ts';
import type { RunEvent } from './run-events.ts';

/** With no worker that could be killed, until the run gives up. */
const STUCK_MILLISECONDS = 10_000;
const ADVICE = 'With runner.isolation = "process" every experiment can be killed';
/** Ends not yet committed beyond which nothing new is started: memory stays bounded while the database is away. */
const MOST_UNCOMMITTED = 8_192;

/** What the orchestrator needs from outside. */
export interface OrchestratorDependencies {
  readonly pool: WorkerPool;
  /** Only where emissions are recorded. */
  readonly meter?: EmissionsMeter | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Claims for this runner. Undefined: it is not active any more. */
  readonly claim: ClaimCall;
  /** How many leases of other runners may yet come back; asked when nothing is open. */
  readonly leasesOfUnseenRunners: () => Promise<number>;
  /** Whether what failed, a claim or a look at the other runners, may be tried again. */
  readonly transient: (error: unknown) => boolean;
  readonly tellPersistence: (message: PersistenceMessage) => void;
  readonly onEvent: (event: RunEvent) => void;
  /** The study declares results. */
  readonly resultsExpected?: boolean;
  /** Nothing is open, or everything has stopped. Called once. */
  readonly onEnd: () => void;
  readonly onFault: (error: unknown) => void;
}

export interface OrchestratorLimits {
  readonly maxExperiments: number | null;
  readonly timeoutMilliseconds: number | null;
  readonly retries: number;
}

/**
 * Claims experiments, hands them to workers, and decides how each execution ended. It never waits for the database:
 * claims and commits answer with messages.
 */
export class Orchestrator extends Actor<OrchestratorMessage> {
  readonly #deps: OrchestratorDependencies;
  readonly #limits: OrchestratorLimits;
  readonly #prefetch = new Prefetch();
  readonly #claimer: Claimer;
  readonly #inFlight: InFlight;
  readonly #chunks: Chunks;
  readonly #interruptions: Interruptions;
  #mode: 'running' | 'draining' | 'faulted' | 'ended' = 'running';
  #trusted = true;

  constructor(deps: OrchestratorDependencies, limits: OrchestratorLimits) {
    super(deps.onFault);
    this.#deps = deps;
    this.#limits = limits;
    this.#inFlight = new InFlight(deps, limits.retries, (attemptId) => this.tell({ type: 'retryDue', attemptId }));
    this.#chunks = new Chunks({ ...deps, tell: (message) => this.tell(message) }, this.#timeout);
    this.#interruptions = new Interruptions(deps.clock, (attemptId) => this.tell({ type: 'judgementDue', attemptId }));
    this.#claimer = new Claimer(deps.claim, deps.clock, (message) => this.tell(message), limits.maxExperiments);
  }

  /** Ended, and not known to be recorded. */
  get unrecorded(): number {
    return this.#inFlight.unrecorded;
  }

  protected override receive(message: OrchestratorMessage): void {
    // After the end only what the persistence actor answers: a worker that dies now dies with its pool.
    if (this.#mode === 'ended' && message.type !== 'recorded' && message.type !== 'backpressureChanged') return;
    switch (message.type) {
      case 'claim':
        this.#claimer.wake();
        break;
      case 'claimAnswered':
        this.#take(message);
        break;
      case 'claimFailed':
        this.#claimer.failed();
        this.#requireTransient(message.error);
        break;
      case 'readingOtherRunnersFailed':
        this.#requireTransient(message.error);
        break;
      case 'workerSaid':
        this.#hear(message);
        break;
      case 'workerFreed':
        this.#workerFreed(message);
        break;
      case 'chunkOverdue':
        this.#inFlight.requeue(this.#chunks.checkOverdue(message.chunk));
        break;
      case 'chunkStuck':
        this.#abandonStuck(message.chunk);
        break;
      case 'workersStuck':
        if (this.#mode === 'running' && this.#chunks.allStuck) this.#endWithoutWorkers();
        break;
      case 'retryDue':
        this.#inFlight.retryDue(message.attemptId);
        break;
      case 'judgementDue':
        this.#judge(this.#interruptions.take(message.attemptId));
        break;
      case 'recorded':
        this.#recorded(message);
        break;
      case 'runnerReplaced':
        // what has ended already is answered by its own commit
        this.#revoke(this.#inFlight.allUnended());
        break;
      case 'trustChanged':
        this.#trusted = message.trusted;
        break;
      case 'leasesRead':
        if (!this.#claimer.claiming) this.#inFlight.releaseUnknown(message.leases);
        break;
      case 'backpressureChanged':
        this.#deps.pool.setPaused?.(message.full);
        break;
      case 'otherRunnersRead':
        if (message.pending === 0 && this.#claimer.nothingOpen && this.#idle()) this.#end();
        break;
      case 'drain':
        this.#drain();
        break;
      case 'abort':
        this.#drain();
        this.#chunks.abort();
        break;
      case 'faulted':
        this.#drain();
        this.#chunks.abort();
        this.#mode = 'faulted';
        break;
      default:
        message satisfies never;
    }
  }

  protected override onIdle(): void {
    if (this.#mode === 'ended') return;
    this.#dispatch();
    this.#claimMore();
    // After a fault nothing waits for the database: what it may still record is up to the last try of its writer.
    const over =
      this.#mode === 'faulted'
        ? !this.#chunks.busy
        : this.#idle() && (this.#mode === 'draining' || this.#claimer.exhausted);
    if (over && !this.#claimer.claiming) this.#end();
  }

  /** What no later try can mend is not tried again: nothing would end the process. */
  #requireTransient(error: unknown): void {
    if (!this.#deps.transient(error)) throw error;
  }

  #idle(): boolean {
    return !this.#chunks.busy && this.#interruptions.size === 0 && this.#inFlight.isEmpty;
  }

  #end(): void {
    this.#mode = 'ended';
    this.#claimer.stop();
    this.#deps.onEnd();
  }

  // --- claiming

  #claimMore(): void {
    if (this.#mode !== 'running' || !this.#trusted) return;
    const prefetch = this.#prefetch.experiments(this.#deps.pool.size);
    const { free } = this.#chunks;
    const { queued } = this.#inFlight;
    if (queued < free || queued < prefetch / 2) this.#claimer.claimIfDue(free + prefetch - queued, this.#idle());
  }

  #take(answer: ClaimAnswered): void {
    this.#claimer.answered(answer);
    this.#inFlight.add(answer.claimed ?? []);
    if (this.#mode !== 'running' || !this.#claimer.nothingOpen) return;
    this.#deps.leasesOfUnseenRunners().then(
      (pending) => this.tell({ type: 'otherRunnersRead', pending }),
      (error: unknown) => this.tell({ type: 'readingOtherRunnersFailed', error }),
    );
  }

  // --- dispatching

  #dispatch(): void {
    const inFlight = this.#inFlight;
    while (inFlight.queued > 0 && this.#chunks.free > 0 && this.#trusted && inFlight.unrecorded < MOST_UNCOMMITTED) {
      // Of all workers, not of those that are free: whoever is free next shall find something, too.
      const fairShare = Math.ceil(inFlight.queued / this.#deps.pool.size);
      this.#chunks.start(inFlight.next(Math.min(this.#prefetch.chunkSize(), fairShare)));
    }
  }

  get #timeout(): number {
    return this.#limits.timeoutMilliseconds ?? Number.POSITIVE_INFINITY;
  }

  /** Its worker was killed and lives on. */
  #abandonStuck(id: number): void {
    const chunk = this.#chunks.get(id);
    if (chunk === undefined) return;
    chunk.stuck = true;
    this.#inFlight.requeue(chunk.takeBackUnstarted());
    this.#concludeUnfinished(chunk, null);
    this.#deps.log.warn(
      `a worker could not be killed: it sits in a blocking native call, and its place stays taken until that returns. ${ADVICE}`,
    );
    if (this.#mode === 'running' && this.#chunks.allStuck)
      this.#deps.clock.after(STUCK_MILLISECONDS, () => this.tell({ type: 'workersStuck' }));
  }

  #endWithoutWorkers(): void {
    this.#deps.log.error(`no worker can be killed any more, so nothing can be executed here: the run ends. ${ADVICE}`);
    this.#drain();
  }

  // --- what workers say

  #hear({ chunk: id, message }: WorkerSaid): void {
    const { experimentId, attemptId } = message;
    if (message.type === 'finished') {
      this.#finish(id, message);
      return;
    }
    const claimed = this.#inFlight.unended(attemptId);
    if (!claimed) return; // lost, or concluded, in the meantime
    const ref = { experimentId, attemptId };
    switch (message.type) {
      case 'reported':
        this.#inFlight.reported(claimed, message.results);
        this.#write({ ...ref, results: message.results });
        break;
      case 'logged':
        this.#write({ ...ref, logs: [{ logtable: message.logtable, row: message.row, date: message.date }] });
        break;
      case 'progressed':
        this.#write({ ...ref, progress: message.progress });
        this.#progressed(claimed, message.progress);
        break;
      case 'heartbeatReceived':
        this.#deps.tellPersistence(message);
        this.#progressed(claimed, heartbeatProgress(message.at));
        break;
      default:
        message satisfies never;
    }
  }

  #progressed({ experimentId: id, number: attempt }: Claimed, progress: string): void {
    this.#deps.onEvent({ event: 'progress', id, attempt, progress });
  }

  #finish(id: number, finished: Finished): void {
    const chunk = this.#chunks.get(id);
    const claimed = this.#inFlight.unended(finished.attemptId);
    chunk?.finish(finished.attemptId);
    this.#prefetch.measured(finished.milliseconds);
    if (claimed === undefined) return;
    const end = outcomeOfFinish(finished, chunk?.stopping ?? null, this.#timeout);
    const emissions = chunk?.metering?.consumed(finished);
    const { results, startedAt, milliseconds } = finished;
    this.#conclude({ claimed, end, startedAt, left: { results, milliseconds, emissions } }, finished.error);
  }

  #workerFreed({ chunk: id, cause }: WorkerFreed): void {
    const chunk = this.#chunks.workerFreed(id);
    if (chunk === undefined) return;
    this.#inFlight.requeue(chunk.takeBackUnstarted());
    this.#concludeUnfinished(chunk, cause);
    chunk.metering?.end();
  }

  #concludeUnfinished(chunk: Chunk, cause: ErrorData | null): void {
    const milliseconds = chunk.run.current()?.milliseconds ?? 0;
    const now = this.#deps.clock.date();
    const startedAt = new Date(now.getTime() - milliseconds);
    for (const claimed of chunk.unfinished()) {
      chunk.finish(claimed.attemptId);
      if (!this.#inFlight.unended(claimed.attemptId)) continue;
      const end = outcomeOfDeath(cause, chunk.stopping, startedAt, now, this.#timeout);
      const emissions = chunk.metering?.consumed({ attemptId: claimed.attemptId, milliseconds });
      this.#conclude({ claimed, end, startedAt, left: { results: {}, milliseconds, emissions } }, cause);
    }
  }

  // --- ends

  #conclude(ended: Ended, error: ErrorData | null): void {
    const end = this.#interruptions.judge(ended, error);
    if (end) this.#judge(end);
  }

  /** Its end is certain now. */
  #judge(ended: Ended | undefined): void {
    // it may have been lost while its end was held back
    if (ended && this.#inFlight.unended(ended.claimed.attemptId))
      this.#inFlight.finish(ended.claimed, ended.end, ended.startedAt, ended.left);
  }

  #recorded({ recorded, lost }: Recorded): void {
    this.#inFlight.recorded(recorded);
    this.#revoke(lost);
  }

  /** Whatever still runs of these is stopped. */
  #revoke(attempts: readonly AttemptRef[]): void {
    const ids = this.#inFlight.revoke(attempts);
    if (ids.size > 0) this.#inFlight.requeue(this.#chunks.revoke(ids));
  }

  // --- draining

  #drain(): void {
    if (this.#mode !== 'running') return;
    this.#mode = 'draining';
    this.#claimer.stop();
    this.#inFlight.drain(this.#chunks.takeBackUnstarted());
    for (const failed of this.#interruptions.stop()) this.#judge(failed);
  }

  #write(write: AttemptWrite): void {
    this.#deps.tellPersistence({ type: 'write', write });
  }
}
