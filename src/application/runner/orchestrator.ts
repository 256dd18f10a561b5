import type { AttemptRef } from '../../domain/experiment/attempt.ts';
import type { Clock, EmissionsMeter, Log, WorkerPool } from '../ports/ports.ts';
import { Actor } from './actor.ts';
import { Chunks } from './chunks.ts';
import { type ClaimCall, Claimer } from './claimer.ts';
import { InFlight } from './in-flight.ts';
import type { ClaimAnswered, OrchestratorMessage, PersistenceMessage, Recorded } from './messages.ts';
import { Prefetch } from './prefetch.ts';
import type { RunEvent } from './run-events.ts';
import { WorkerReports } from './worker-reports.ts';

/** Time with every worker stuck until the run ends. */
const STUCK_MILLISECONDS = 10_000;
const ADVICE = 'With runner.isolation = "process" every experiment can be killed';
/** With more outcomes than these not committed nothing new starts: memory stays bounded while the database is away. */
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
  /** How many leases of other runners may yet come back. Read when nothing is open. */
  readonly leasesOfUnseenRunners: () => Promise<number>;
  /** Whether a failed claim, or a failed reading of the other runners, may be tried again. */
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
  readonly #prefetch = new Prefetch();
  readonly #claimer: Claimer;
  readonly #inFlight: InFlight;
  readonly #chunks: Chunks;
  readonly #reports: WorkerReports;
  #mode: 'running' | 'draining' | 'faulted' | 'ended' = 'running';
  #trusted = true;

  constructor(deps: OrchestratorDependencies, limits: OrchestratorLimits) {
    super(deps.onFault);
    this.#deps = deps;
    const tell = (message: OrchestratorMessage) => this.tell(message);
    const timeout = limits.timeoutMilliseconds ?? Number.POSITIVE_INFINITY;
    this.#inFlight = new InFlight(deps, limits.retries, (attemptId) => tell({ type: 'retryDue', attemptId }));
    this.#chunks = new Chunks({ ...deps, tell }, timeout);
    const [inFlight, chunks, prefetch] = [this.#inFlight, this.#chunks, this.#prefetch];
    this.#reports = new WorkerReports({ ...deps, inFlight, chunks, prefetch, tell }, timeout);
    this.#claimer = new Claimer(deps.claim, deps.clock, tell, limits.maxExperiments);
  }

  /** Attempts that have ended, and whose outcome is not recorded yet. */
  get unrecorded(): number {
    return this.#inFlight.unrecorded;
  }

  protected override receive(message: OrchestratorMessage): void {
    // After the end only the answers of the persistence actor count: a worker that dies now dies with its pool.
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
        this.#reports.said(message);
        break;
      case 'workerFreed':
        this.#reports.workerFreed(message);
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
        this.#reports.judgementDue(message.attemptId);
        break;
      case 'recorded':
        this.#recorded(message);
        break;
      case 'runnerReplaced':
        // the commit of what has ended already answers whether its lease is lost
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
    // After a fault nothing waits for the database: its writer makes a last try of its own.
    const over =
      this.#mode === 'faulted'
        ? !this.#chunks.busy
        : this.#idle() && (this.#mode === 'draining' || this.#claimer.exhausted);
    if (over && !this.#claimer.claiming) this.#end();
  }

  /** An error that no retry can mend ends the run. */
  #requireTransient(error: unknown): void {
    if (!this.#deps.transient(error)) throw error;
  }

  #idle(): boolean {
    return !this.#chunks.busy && this.#reports.undecided === 0 && this.#inFlight.isEmpty;
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
      // Divided by all workers, not by the free ones: a worker that becomes free next finds work, too.
      const fairShare = Math.ceil(inFlight.queued / this.#deps.pool.size);
      this.#chunks.start(inFlight.next(Math.min(this.#prefetch.chunkSize(), fairShare)));
    }
  }

  /** The worker did not die although it was killed. */
  #abandonStuck(id: number): void {
    const chunk = this.#chunks.get(id);
    if (chunk === undefined) return;
    chunk.stuck = true;
    this.#inFlight.requeue(chunk.takeBackUnstarted());
    this.#reports.unfinished(chunk, null);
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

  // --- leases

  #recorded({ recorded, lost }: Recorded): void {
    this.#inFlight.recorded(recorded);
    this.#revoke(lost);
  }

  /** These attempts hold no lease any more: their executions are stopped. */
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
    this.#reports.drain();
  }
}
