import type { AttemptRef } from '../domain/attempt.ts';
import type { AttemptEnd, AttemptWrite, Claimed } from '../domain/experiment-repository.ts';
import { timestamp } from '../domain/timestamp.ts';
import { Actor } from './actor.ts';
import type { Chunk } from './chunk.ts';
import { Chunks } from './chunks.ts';
import { type ClaimCall, ClaimDesk } from './claim-desk.ts';
import { Endings, type Left } from './endings.ts';
import { endOfDeath, endOfFinished, type ExecutionEnd } from './execution-end.ts';
import type {
  ChunkSettled,
  ClaimAnswered,
  ErrorData,
  Finished,
  OrchestratorMessage,
  PersistenceMessage,
  Settled,
  WorkerSaid,
} from './messages.ts';
import { Pace } from './pace.ts';
import type { Clock, EmissionsMeter, Log, WorkerPool } from './ports.ts';
import { Retries } from './retries.ts';
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
  /** Whether a failed claim may be tried again. */
  readonly transient: (error: unknown) => boolean;
  readonly tellPersistence: (message: PersistenceMessage) => void;
  readonly onEvent: (event: RunEvent) => void;
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
 * Claims experiments, hands them to workers, and decides how each execution ended. Its state is what it holds:
 *
 *     claim ─► queue ─► chunk (running) ─► ending ─► settled
 *                ▲          │ unstarted rest         │ failed, to be tried again
 *                └──────────┘◄─────── waiting ◄──────┘
 *
 * It never waits for the database: claims and commits answer with messages.
 */
export class Orchestrator extends Actor<OrchestratorMessage> {
  readonly #around: OrchestratorSurroundings;
  readonly #limits: OrchestratorLimits;
  readonly #pace = new Pace();
  readonly #desk: ClaimDesk;
  /** Everything under a lease of ours, by attempt. */
  readonly #held = new Map<string, Claimed>();
  #queue: Claimed[] = [];
  readonly #chunks: Chunks;
  readonly #endings: Endings;
  readonly #retries: Retries;
  #mode: 'running' | 'draining' | 'ended' = 'running';
  #trusted = true;

  constructor(around: OrchestratorSurroundings, limits: OrchestratorLimits) {
    super(around.onFault);
    this.#around = around;
    this.#limits = limits;
    this.#retries = new Retries(around.clock, limits.retries, (attemptId) =>
      this.tell({ type: 'retryDue', attemptId }),
    );
    this.#endings = new Endings({ ...around, write: (write) => this.#write(write) });
    this.#chunks = new Chunks({ ...around, tell: (message) => this.tell(message) }, this.#timeout);
    this.#desk = new ClaimDesk(around.claim, around.clock, (message) => this.tell(message), limits.maxExperiments);
  }

  protected override receive(message: OrchestratorMessage): void {
    switch (message.type) {
      case 'claim':
        this.#desk.reopen();
        break;
      case 'claimAnswered':
        this.#take(message);
        break;
      case 'claimFailed':
        // What no later try can mend is not tried again: nothing would end the process.
        if (!this.#around.transient(message.error)) throw message.error;
        this.#desk.failed();
        break;
      case 'workerSaid':
        this.#hear(message);
        break;
      case 'chunkSettled':
        this.#settleChunk(message);
        break;
      case 'chunkOverdue':
        this.#requeue(this.#chunks.hurry(message.chunk));
        break;
      case 'chunkStuck':
        this.#giveUp(message.chunk);
        break;
      case 'workersStuck':
        if (this.#mode === 'running' && this.#chunks.allStuck) this.#resign();
        break;
      case 'retryDue':
        this.#enqueue(this.#retries.take(message.attemptId));
        break;
      case 'settled':
        this.#settle(message);
        break;
      case 'runnerReplaced':
        // what has ended already is answered by its own commit
        this.#lose([...this.#held.values()].filter(({ attemptId }) => !this.#endings.has(attemptId)));
        break;
      case 'trustChanged':
        this.#trusted = message.trusted;
        break;
      case 'leasesSeen':
        this.#returnStrangers(message.leases);
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
      default:
        message satisfies never;
    }
  }

  protected override rest(): void {
    if (this.#mode === 'ended') return;
    this.#dispatch();
    this.#claimMore();
    if (this.#idle() && !this.#desk.claiming && (this.#mode === 'draining' || this.#desk.exhausted)) this.#end();
  }

  #idle(): boolean {
    return !this.#chunks.busy && this.#queue.length + this.#endings.size + this.#retries.size === 0;
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
    const queued = this.#queue.length;
    if (queued < free || queued < prefetch / 2) this.#desk.ask(free + prefetch - queued, this.#idle());
  }

  #take(answer: ClaimAnswered): void {
    this.#desk.answered(answer);
    for (const claimed of answer.claimed ?? []) {
      this.#held.set(claimed.attemptId, claimed);
      const { experimentId: id, number: attempt, keyfields } = claimed;
      this.#around.onEvent({ event: 'claimed', id, attempt, keyfields });
    }
    this.#queue.push(...(answer.claimed ?? []));
    if (this.#mode !== 'running') this.#releaseQueue();
    else if (this.#desk.dry) {
      this.#around.pendingElsewhere().then(
        (pending) => this.tell({ type: 'fleetSeen', pending }),
        (error: unknown) => this.tell({ type: 'claimFailed', error }),
      );
    }
  }

  /** A claim whose answer was lost left leases that nobody here knows: they are given back. */
  #returnStrangers(leases: readonly AttemptRef[]): void {
    if (this.#desk.claiming) return;
    const strangers = leases.filter(({ attemptId }) => !this.#held.has(attemptId));
    if (strangers.length > 0) this.#release(strangers, 'claimed, but the answer of the database was lost');
  }

  // --- dispatching

  #dispatch(): void {
    while (this.#queue.length > 0 && this.#chunks.free > 0 && this.#trusted && this.#endings.size < MOST_UNCOMMITTED) {
      // Of all workers, not of those that are free: whoever is free next shall find something, too.
      const fairShare = Math.ceil(this.#queue.length / this.#around.pool.size);
      this.#chunks.start(this.#queue.splice(0, Math.min(this.#pace.chunkSize(), fairShare)));
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
    this.#requeue(chunk.curtail());
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

  #enqueue(due: Claimed | undefined): void {
    if (due) this.#queue.push(due);
  }

  #requeue(unstarted: readonly Claimed[]): void {
    this.#queue.unshift(...unstarted);
    if (this.#mode !== 'running') this.#releaseQueue();
  }

  // --- what workers say

  #hear({ chunk: id, message }: WorkerSaid): void {
    const { experimentId, attemptId } = message;
    if (message.type === 'finished') {
      this.#finish(id, message);
      return;
    }
    const claimed = this.#held.get(attemptId);
    if (!claimed || this.#endings.has(attemptId)) return; // lost, or concluded, in the meantime
    const ref = { experimentId, attemptId };
    switch (message.type) {
      case 'reported':
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
    const claimed = this.#held.get(finished.attemptId);
    chunk?.finish(finished.attemptId);
    this.#pace.measured(finished.milliseconds);
    if (claimed === undefined || this.#endings.has(finished.attemptId)) return;
    const end = endOfFinished(finished, chunk?.stopping ?? null, this.#timeout);
    const emissions = chunk?.metering?.consumed(finished);
    const { results, startedAt, milliseconds } = finished;
    this.#conclude(claimed, end, startedAt, { results, milliseconds, emissions });
  }

  #settleChunk({ chunk: id, cause }: ChunkSettled): void {
    const chunk = this.#chunks.settle(id);
    if (chunk === undefined) return;
    this.#requeue(chunk.curtail());
    this.#concludeUnfinished(chunk, cause);
    chunk.metering?.end();
  }

  #concludeUnfinished(chunk: Chunk, cause: ErrorData | null): void {
    const milliseconds = chunk.run.current()?.milliseconds ?? 0;
    const now = this.#around.clock.date();
    const startedAt = new Date(now.getTime() - milliseconds);
    for (const claimed of chunk.unfinished()) {
      chunk.finish(claimed.attemptId);
      if (!this.#held.has(claimed.attemptId)) continue;
      const end = endOfDeath(cause, chunk.stopping, startedAt, now, this.#timeout);
      const emissions = chunk.metering?.consumed({ attemptId: claimed.attemptId, milliseconds });
      this.#conclude(claimed, end, startedAt, { results: {}, milliseconds, emissions });
    }
  }

  // --- ends

  #conclude(claimed: Claimed, end: ExecutionEnd, startedAt: Date, left: Left): void {
    const { experimentId, attemptId } = claimed;
    if (end === 'lost') {
      this.#held.delete(attemptId);
      return;
    }
    if (end === 'released') {
      this.#release([{ experimentId, attemptId, startedAt: timestamp(startedAt) }], 'stopped by its runner');
      return;
    }
    this.#endings.record(claimed, end, { ...left, next: this.#nextAttempt(claimed, end) });
  }

  #nextAttempt(claimed: Claimed, { outcome }: AttemptEnd): Claimed | undefined {
    if (this.#mode !== 'running' || (outcome !== 'error' && outcome !== 'timeout')) return undefined;
    const next = this.#retries.next(claimed);
    if (next) this.#held.set(next.attemptId, next);
    return next;
  }

  #settle({ recorded, lost }: Settled): void {
    for (const { attemptId } of recorded) {
      this.#held.delete(attemptId);
      const next = this.#endings.settle(attemptId);
      if (next && this.#mode === 'running') this.#retries.wait(next);
      else if (next) this.#release([next], 'the runner is stopping');
    }
    this.#lose(lost);
  }

  /** These attempts hold no lease any more: whatever of them still runs is stopped, nothing of it will be recorded. */
  #lose(attempts: readonly AttemptRef[]): void {
    const ids = new Set<string>();
    for (const { attemptId, experimentId } of attempts) {
      const claimed = this.#held.get(attemptId);
      if (!this.#held.delete(attemptId)) continue;
      ids.add(attemptId);
      const next = this.#endings.forget(attemptId);
      if (next) this.#held.delete(next.attemptId);
      this.#retries.take(attemptId);
      this.#around.log.warn(
        `experiment ${experimentId}: the lease of attempt ${attemptId} is lost, its outcome is not recorded`,
      );
      this.#around.onEvent({ event: 'lost', id: experimentId, attempt: claimed?.number ?? 0 });
    }
    if (ids.size === 0) return;
    this.#queue = this.#queue.filter(({ attemptId }) => !ids.has(attemptId));
    this.#requeue(this.#chunks.lose(ids).filter(({ attemptId }) => this.#held.has(attemptId)));
  }

  // --- draining

  #drain(): void {
    if (this.#mode === 'ended') return;
    this.#mode = 'draining';
    this.#desk.close();
    this.#queue.push(...this.#chunks.curtail(), ...this.#retries.takeAll());
    this.#releaseQueue();
  }

  #releaseQueue(): void {
    if (this.#queue.length > 0) this.#release(this.#queue.splice(0), 'the runner is stopping');
  }

  #release(attempts: readonly (AttemptRef & { readonly startedAt?: string })[], reason: string): void {
    for (const { attemptId, experimentId } of attempts) {
      const claimed = this.#held.get(attemptId);
      if (claimed) this.#around.onEvent({ event: 'released', id: experimentId, attempt: claimed.number });
      this.#held.delete(attemptId);
    }
    this.#around.tellPersistence({ type: 'release', attempts, reason });
  }

  #write(write: AttemptWrite): void {
    this.#around.tellPersistence({ type: 'write', write });
  }
}
