import type { AttemptRef } from '../../domain/experiment/attempt.ts';
import type { AttemptWrite } from '../../domain/repository/experiment-repository.ts';
import { Actor } from './actor.ts';
import type { Chunk } from './chunk.ts';
import { Chunks } from './chunks.ts';
import { type ClaimCall, ClaimDesk } from './claimer.ts';
import { endOfDeath, endOfFinished } from './execution-end.ts';
import { type Ended, Interruptions } from './interruptions.ts';
import { Holdings } from './in-flight.ts';
import type {
  ChunkSettled,
  ClaimAnswered,
  OrchestratorMessage,
  PersistenceMessage,
  Settled,
  WorkerSaid,
} from './messages.ts';
import type { ErrorData, Finished } from '../ports/worker-messages.ts';
import { Pace } from './prefetch.ts';
import type { Clock, EmissionsMeter, Log, WorkerPool } from '../ports/ports.ts';
import type { RunEvent } from './run-events.ts';

/** With no worker that could be killed, until the run gives up. */
const STUCK_MILLISECONDS = 10_000;
const ADVICE = 'With runner.isolation = "process" every experiment can be killed';
/** Ends not yet committed beyond which nothing new is started: memory stays bounded while the database is away. */
const MOST_UNCOMMITTED = 8_192;

/** What the orchestrator needs from outside. */
export interface OrchestratorSurroundings {
  readonly pool: WorkerPool;
  /** Only where emissions are recorded. */
  readonly meter?: EmissionsMeter | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Claims for this runner. Undefined: it is not active any more. */
  readonly claim: ClaimCall;
  /** How many leases of other runners may yet come back; asked when nothing is open. */
  readonly pendingElsewhere: () => Promise<number>;
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
  readonly #around: OrchestratorSurroundings;
  readonly #limits: OrchestratorLimits;
  readonly #pace = new Pace();
  readonly #desk: ClaimDesk;
  readonly #holdings: Holdings;
  readonly #chunks: Chunks;
  readonly #interruptions: Interruptions;
  #mode: 'running' | 'draining' | 'faulted' | 'ended' = 'running';
  #trusted = true;

  constructor(around: OrchestratorSurroundings, limits: OrchestratorLimits) {
    super(around.onFault);
    this.#around = around;
    this.#limits = limits;
    this.#holdings = new Holdings(around, limits.retries, (attemptId) => this.tell({ type: 'retryDue', attemptId }));
    this.#chunks = new Chunks({ ...around, tell: (message) => this.tell(message) }, this.#timeout);
    this.#interruptions = new Interruptions(around.clock, (attemptId) =>
      this.tell({ type: 'judgementDue', attemptId }),
    );
    this.#desk = new ClaimDesk(around.claim, around.clock, (message) => this.tell(message), limits.maxExperiments);
  }

  /** Ended, and not known to be recorded. */
  get unrecorded(): number {
    return this.#holdings.unrecorded;
  }

  protected override receive(message: OrchestratorMessage): void {
    // After the end only what the persistence actor answers: a worker that dies now dies with its pool.
    if (this.#mode === 'ended' && message.type !== 'settled' && message.type !== 'backlogChanged') return;
    switch (message.type) {
      case 'claim':
        this.#desk.reopen();
        break;
      case 'claimAnswered':
        this.#take(message);
        break;
      case 'claimFailed':
        this.#desk.failed();
        this.#requireTransient(message.error);
        break;
      case 'fleetLookFailed':
        this.#requireTransient(message.error);
        break;
      case 'workerSaid':
        this.#hear(message);
        break;
      case 'chunkSettled':
        this.#settleChunk(message);
        break;
      case 'chunkOverdue':
        this.#holdings.putBack(this.#chunks.hurry(message.chunk));
        break;
      case 'chunkStuck':
        this.#giveUp(message.chunk);
        break;
      case 'workersStuck':
        if (this.#mode === 'running' && this.#chunks.allStuck) this.#resign();
        break;
      case 'retryDue':
        this.#holdings.due(message.attemptId);
        break;
      case 'judgementDue':
        this.#judge(this.#interruptions.take(message.attemptId));
        break;
      case 'settled':
        this.#settle(message);
        break;
      case 'runnerReplaced':
        // what has ended already is answered by its own commit
        this.#lose(this.#holdings.allUnended());
        break;
      case 'trustChanged':
        this.#trusted = message.trusted;
        break;
      case 'leasesSeen':
        if (!this.#desk.claiming) this.#holdings.releaseStrangers(message.leases);
        break;
      case 'backlogChanged':
        this.#around.pool.hold?.(message.full);
        break;
      case 'fleetSeen':
        if (message.pending === 0 && this.#desk.dry && this.#idle()) this.#end();
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

  protected override rest(): void {
    if (this.#mode === 'ended') return;
    this.#dispatch();
    this.#claimMore();
    // After a fault nothing waits for the database: what it may still record is up to the last try of its writer.
    const over =
      this.#mode === 'faulted'
        ? !this.#chunks.busy
        : this.#idle() && (this.#mode === 'draining' || this.#desk.exhausted);
    if (over && !this.#desk.claiming) this.#end();
  }

  /** What no later try can mend is not tried again: nothing would end the process. */
  #requireTransient(error: unknown): void {
    if (!this.#around.transient(error)) throw error;
  }

  #idle(): boolean {
    return !this.#chunks.busy && this.#interruptions.size === 0 && this.#holdings.settled;
  }

  #end(): void {
    this.#mode = 'ended';
    this.#desk.close();
    this.#around.onEnd();
  }

  // --- claiming

  #claimMore(): void {
    if (this.#mode !== 'running' || !this.#trusted) return;
    const prefetch = this.#pace.prefetch(this.#around.pool.size);
    const { free } = this.#chunks;
    const { queued } = this.#holdings;
    if (queued < free || queued < prefetch / 2) this.#desk.ask(free + prefetch - queued, this.#idle());
  }

  #take(answer: ClaimAnswered): void {
    this.#desk.answered(answer);
    this.#holdings.take(answer.claimed ?? []);
    if (this.#mode !== 'running' || !this.#desk.dry) return;
    this.#around.pendingElsewhere().then(
      (pending) => this.tell({ type: 'fleetSeen', pending }),
      (error: unknown) => this.tell({ type: 'fleetLookFailed', error }),
    );
  }

  // --- dispatching

  #dispatch(): void {
    const holdings = this.#holdings;
    while (holdings.queued > 0 && this.#chunks.free > 0 && this.#trusted && holdings.unrecorded < MOST_UNCOMMITTED) {
      // Of all workers, not of those that are free: whoever is free next shall find something, too.
      const fairShare = Math.ceil(holdings.queued / this.#around.pool.size);
      this.#chunks.start(holdings.next(Math.min(this.#pace.chunkSize(), fairShare)));
    }
  }

  get #timeout(): number {
    return this.#limits.timeoutMilliseconds ?? Number.POSITIVE_INFINITY;
  }

  /** Its worker was killed and lives on. */
  #giveUp(id: number): void {
    const chunk = this.#chunks.get(id);
    if (chunk === undefined) return;
    chunk.stuck = true;
    this.#holdings.putBack(chunk.curtail());
    this.#concludeUnfinished(chunk, null);
    this.#around.log.warn(
      `a worker could not be killed: it sits in a blocking native call, and its place stays taken until that returns. ${ADVICE}`,
    );
    if (this.#mode === 'running' && this.#chunks.allStuck)
      this.#around.clock.after(STUCK_MILLISECONDS, () => this.tell({ type: 'workersStuck' }));
  }

  #resign(): void {
    this.#around.log.error(
      `no worker can be killed any more, so nothing can be executed here: the run ends. ${ADVICE}`,
    );
    this.#drain();
  }

  // --- what workers say

  #hear({ chunk: id, message }: WorkerSaid): void {
    const { experimentId, attemptId } = message;
    if (message.type === 'finished') {
      this.#finish(id, message);
      return;
    }
    const claimed = this.#holdings.unended(attemptId);
    if (!claimed) return; // lost, or concluded, in the meantime
    const ref = { experimentId, attemptId };
    switch (message.type) {
      case 'reported':
        this.#holdings.reported(claimed, message.results);
        this.#write({ ...ref, results: message.results });
        break;
      case 'logged':
        this.#write({ ...ref, logs: [{ logtable: message.logtable, row: message.row, date: message.date }] });
        break;
      case 'progressed':
        this.#write({ ...ref, progress: message.progress });
        this.#around.onEvent({
          event: 'progress',
          id: experimentId,
          attempt: claimed.number,
          progress: message.progress,
        });
        break;
      default:
        message satisfies never;
    }
  }

  #finish(id: number, finished: Finished): void {
    const chunk = this.#chunks.get(id);
    const claimed = this.#holdings.unended(finished.attemptId);
    chunk?.finish(finished.attemptId);
    this.#pace.measured(finished.milliseconds);
    if (claimed === undefined) return;
    const end = endOfFinished(finished, chunk?.stopping ?? null, this.#timeout);
    const emissions = chunk?.metering?.consumed(finished);
    const { results, startedAt, milliseconds } = finished;
    this.#conclude({ claimed, end, startedAt, left: { results, milliseconds, emissions } }, finished.error);
  }

  #settleChunk({ chunk: id, cause }: ChunkSettled): void {
    const chunk = this.#chunks.settle(id);
    if (chunk === undefined) return;
    this.#holdings.putBack(chunk.curtail());
    this.#concludeUnfinished(chunk, cause);
    chunk.metering?.end();
  }

  #concludeUnfinished(chunk: Chunk, cause: ErrorData | null): void {
    const milliseconds = chunk.run.current()?.milliseconds ?? 0;
    const now = this.#around.clock.date();
    const startedAt = new Date(now.getTime() - milliseconds);
    for (const claimed of chunk.unfinished()) {
      chunk.finish(claimed.attemptId);
      if (!this.#holdings.unended(claimed.attemptId)) continue;
      const end = endOfDeath(cause, chunk.stopping, startedAt, now, this.#timeout);
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
    if (ended && this.#holdings.unended(ended.claimed.attemptId))
      this.#holdings.conclude(ended.claimed, ended.end, ended.startedAt, ended.left);
  }

  #settle({ recorded, lost }: Settled): void {
    this.#holdings.settle(recorded);
    this.#lose(lost);
  }

  /** Whatever still runs of these is stopped. */
  #lose(attempts: readonly AttemptRef[]): void {
    const ids = this.#holdings.lose(attempts);
    if (ids.size > 0) this.#holdings.putBack(this.#chunks.lose(ids));
  }

  // --- draining

  #drain(): void {
    if (this.#mode !== 'running') return;
    this.#mode = 'draining';
    this.#desk.close();
    this.#holdings.drain(this.#chunks.curtail());
    for (const failed of this.#interruptions.stop()) this.#judge(failed);
  }

  #write(write: AttemptWrite): void {
    this.#around.tellPersistence({ type: 'write', write });
  }
}
