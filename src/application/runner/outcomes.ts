import type { AttemptEnd, AttemptWrite, Claimed } from '../../domain/repository/runner-protocol.ts';
import type { Row } from '../../domain/values/column.ts';
import type { Emissions } from '../../domain/experiment/emissions.ts';
import { errorLine } from '../../domain/experiment/error-line.ts';
import { timestamp } from '../../domain/values/date-column.ts';
import type { Log } from '../ports/ports.ts';
import type { ErrorData, Finished } from '../ports/worker-messages.ts';
import type { StopReason } from './chunks.ts';
import type { RunEvent } from './run-events.ts';

/** What becomes of an execution: an end to record, its lease released, or nothing, because another runner holds its lease. */
export type Outcome = AttemptEnd | 'released' | 'lost';

/** The execution ended by itself, perhaps because it was asked to stop. */
export const outcomeOfFinish = (
  finished: Finished,
  stopping: StopReason | null,
  timeoutMilliseconds: number,
): Outcome => {
  const endedAt = new Date(finished.startedAt.getTime() + finished.milliseconds);
  if (stopping === 'lost') return 'lost';
  if (stopping === 'timeout') return timedOut(finished.startedAt, endedAt, timeoutMilliseconds);
  if (stopping === 'aborted' && finished.status === 'error') return 'released';
  return {
    outcome: finished.status,
    status: finished.status,
    error: finished.error && textOf(finished.error),
    startedAt: timestamp(finished.startedAt),
    endedAt: timestamp(endedAt),
  };
};

/** Its worker died, or became free without an outcome of this execution. */
export const outcomeOfDeath = (
  cause: ErrorData | null,
  stopping: StopReason | null,
  startedAt: Date,
  endedAt: Date,
  timeoutMilliseconds: number,
): Outcome => {
  if (stopping === 'lost') return 'lost';
  if (stopping === 'aborted') return 'released';
  if (stopping === 'timeout') return timedOut(startedAt, endedAt, timeoutMilliseconds);
  const error = cause === null ? 'the worker ended without a result of this experiment' : textOf(cause);
  return { outcome: 'error', status: 'error', error, startedAt: timestamp(startedAt), endedAt: timestamp(endedAt) };
};

const timedOut = (startedAt: Date, endedAt: Date, timeoutMilliseconds: number): AttemptEnd => ({
  outcome: 'timeout',
  status: 'error',
  error: `timeout: the experiment ran longer than runner.timeoutSeconds = ${timeoutMilliseconds / 1000} and was stopped`,
  startedAt: timestamp(startedAt),
  endedAt: timestamp(endedAt),
});

/** The stack, which V8 begins with name and message. They are added to a stack without them. */
const textOf = ({ name, message, stack }: ErrorData): string =>
  stack.includes(message) && stack !== '' ? stack : [`${name}: ${message}`, stack].filter(Boolean).join('\n');

/** What an execution leaves, apart from its outcome. */
export interface Left {
  readonly results: Row;
  readonly milliseconds: number;
  readonly emissions?: Emissions | undefined;
  /** It is done, and has reported none of the declared results. */
  readonly withoutResults?: boolean;
  /** The attempt that tries it again, under the same lease. */
  readonly next?: Claimed | undefined;
}

/** An outcome that is not recorded yet. */
interface Pending {
  /** Number of the attempt. */
  readonly attempt: number;
  readonly left: Left;
}

/** What the pending outcomes need from outside. */
export interface PendingOutcomesDependencies {
  readonly write: (write: AttemptWrite) => void;
  readonly onEvent: (event: RunEvent) => void;
  readonly log: Log;
}

/** Attempts that have ended, and whose outcome is not recorded yet. An event is told only once it is recorded. */
export class PendingOutcomes {
  readonly #deps: PendingOutcomesDependencies;
  readonly #pending = new Map<string, Pending>();

  constructor(deps: PendingOutcomesDependencies) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#pending.size;
  }

  has(attemptId: string): boolean {
    return this.#pending.has(attemptId);
  }

  add({ experimentId, attemptId, number }: Claimed, end: AttemptEnd, left: Left): void {
    const { results, emissions, next } = left;
    this.#pending.set(attemptId, { attempt: number, left });
    const more =
      next || emissions ? { ...(next && { retryAs: next.attemptId }), ...(emissions && { emissions }) } : null;
    this.#deps.write({ experimentId, attemptId, results, end: more ? { ...end, ...more } : end });
  }

  /**
   * The outcome is recorded. The event tells it as it is recorded: an error, if the database refused a value. Returns the
   * next attempt, if there is one.
   */
  recorded({ experimentId, attemptId, end }: AttemptWrite): Claimed | undefined {
    const pending = this.#pending.get(attemptId);
    if (pending === undefined || end === undefined) return undefined;
    this.#pending.delete(attemptId);
    const { attempt, left } = pending;
    const { outcome, error } = end;
    this.#deps.onEvent({
      event: outcome,
      id: experimentId,
      attempt,
      ms: left.milliseconds,
      ...(left.next && { again: true }),
      ...(left.withoutResults && outcome === 'done' && { withoutResults: true }),
      ...(error !== null && { message: errorLine(error) }),
    });
    if (error !== null) this.#deps.log.failed?.(`experiment ${experimentId}, attempt ${attempt}: ${error}`);
    return left.next;
  }

  /** The outcome will never be recorded. Returns the attempt that would have followed. */
  forget(attemptId: string): Claimed | undefined {
    const pending = this.#pending.get(attemptId);
    this.#pending.delete(attemptId);
    return pending?.left.next;
  }
}
