import type { AttemptRef } from '../../domain/experiment/attempt.ts';
import type { AttemptWrite, Claimed } from '../../domain/repository/runner-protocol.ts';
import type { Clock } from '../ports/ports.ts';
import { type ErrorData, type Finished, heartbeatProgress } from '../ports/worker-messages.ts';
import type { Chunk, Chunks } from './chunks.ts';
import type { InFlight } from './in-flight.ts';
import { type Ended, Interruptions } from './interruptions.ts';
import type { JudgementDue, PersistenceMessage, WorkerFreed, WorkerSaid } from './messages.ts';
import { outcomeOfDeath, outcomeOfFinish } from './outcomes.ts';
import type { Prefetch } from './prefetch.ts';
import type { RunEvent } from './run-events.ts';

export interface WorkerReportsDependencies {
  readonly clock: Clock;
  readonly chunks: Chunks;
  readonly inFlight: InFlight;
  /** Learns how long executions take. */
  readonly prefetch: Prefetch;
  readonly tell: (message: JudgementDue) => void;
  readonly tellPersistence: (message: PersistenceMessage) => void;
  readonly onEvent: (event: RunEvent) => void;
}

/** What workers say about their executions, and how each execution ended. */
export class WorkerReports {
  readonly #deps: WorkerReportsDependencies;
  readonly #timeout: number;
  readonly #interruptions: Interruptions;

  /** `timeout`: of each execution, in milliseconds; infinite for none. */
  constructor(deps: WorkerReportsDependencies, timeout: number) {
    this.#deps = deps;
    this.#timeout = timeout;
    this.#interruptions = new Interruptions(deps.clock, (attemptId) => deps.tell({ type: 'judgementDue', attemptId }));
  }

  /** Executions that have ended, and whose outcome is not decided yet. */
  get undecided(): number {
    return this.#interruptions.size;
  }

  said({ chunk, message }: WorkerSaid): void {
    if (message.type === 'finished') {
      this.#finished(this.#deps.chunks.get(chunk), message);
      return;
    }
    const { experimentId, attemptId } = message;
    const claimed = this.#deps.inFlight.unended(attemptId);
    if (!claimed) return; // its lease was lost, or its outcome decided, in the meantime
    const ref = { experimentId, attemptId };
    switch (message.type) {
      case 'reported':
        this.#deps.inFlight.reported(claimed, message.results);
        this.#write(ref, { results: message.results });
        break;
      case 'logged':
        this.#write(ref, { logs: [{ logtable: message.logtable, row: message.row, date: message.date }] });
        break;
      case 'progressed':
        this.#write(ref, { progress: message.progress });
        this.#tellProgress(claimed, message.progress);
        break;
      case 'heartbeatReceived':
        this.#deps.tellPersistence(message);
        this.#tellProgress(claimed, heartbeatProgress(message.at));
        break;
      default:
        message satisfies never;
    }
  }

  /** The worker of a chunk is free or dead. */
  workerFreed({ chunk: id, cause }: WorkerFreed): void {
    const chunk = this.#deps.chunks.workerFreed(id);
    if (chunk === undefined) return;
    this.#deps.inFlight.requeue(chunk.takeBackUnstarted());
    this.unfinished(chunk, cause);
    chunk.metering?.end();
  }

  /** The executions of this chunk that were started have no outcome, and their worker will tell none. */
  unfinished(chunk: Chunk, cause: ErrorData | null): void {
    const milliseconds = chunk.run.current()?.milliseconds ?? 0;
    const now = this.#deps.clock.date();
    const startedAt = new Date(now.getTime() - milliseconds);
    for (const claimed of chunk.unfinished()) {
      chunk.finish(claimed.attemptId);
      if (!this.#deps.inFlight.unended(claimed.attemptId)) continue;
      const end = outcomeOfDeath(cause, chunk.stopping, startedAt, now, this.#timeout);
      const emissions = chunk.metering?.consumed({ attemptId: claimed.attemptId, milliseconds });
      this.#ended({ claimed, end, startedAt, left: { results: {}, milliseconds, emissions } }, cause);
    }
  }

  /** An outcome was held back long enough. */
  judgementDue(attemptId: string): void {
    this.#decided(this.#interruptions.take(attemptId));
  }

  /** The runner is told to stop: outcomes that were held back are decided. */
  drain(): void {
    for (const ended of this.#interruptions.stop()) this.#decided(ended);
  }

  #finished(chunk: Chunk | undefined, finished: Finished): void {
    const { attemptId, results, startedAt, milliseconds, error } = finished;
    const claimed = this.#deps.inFlight.unended(attemptId);
    chunk?.finish(attemptId);
    this.#deps.prefetch.measured(milliseconds);
    if (claimed === undefined) return;
    const end = outcomeOfFinish(finished, chunk?.stopping ?? null, this.#timeout);
    const emissions = chunk?.metering?.consumed(finished);
    this.#ended({ claimed, end, startedAt, left: { results, milliseconds, emissions } }, error);
  }

  #ended(ended: Ended, error: ErrorData | null): void {
    this.#decided(this.#interruptions.judge(ended, error));
  }

  #decided(ended: Ended | undefined): void {
    // its lease may have been lost while its outcome was held back
    if (ended && this.#deps.inFlight.unended(ended.claimed.attemptId))
      this.#deps.inFlight.finish(ended.claimed, ended.end, ended.startedAt, ended.left);
  }

  #tellProgress({ experimentId: id, number: attempt }: Claimed, progress: string): void {
    this.#deps.onEvent({ event: 'progress', id, attempt, progress });
  }

  #write(ref: AttemptRef, what: Omit<AttemptWrite, keyof AttemptRef>): void {
    this.#deps.tellPersistence({ type: 'write', write: { ...ref, ...what } });
  }
}
