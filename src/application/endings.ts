import type { AttemptEnd, AttemptWrite, Claimed } from '../domain/experiment-repository.ts';
import type { Row } from '../domain/column-type.ts';
import type { Emissions } from '../domain/emissions.ts';
import { errorLine } from '../domain/error-line.ts';
import type { Log } from './ports.ts';
import type { RunEvent } from './run-events.ts';

/** What an execution leaves behind. */
export interface Left {
  readonly results: Row;
  readonly milliseconds: number;
  readonly emissions?: Emissions | undefined;
  /** It is done, and none of the declared results was ever reported. */
  readonly withoutResults?: boolean;
  /** The attempt that tries it again, under the same lease. */
  readonly next?: Claimed | undefined;
}

/** An end on its way into the database. */
interface Ending {
  readonly event: RunEvent;
  readonly next: Claimed | undefined;
  /** The whole of it. */
  readonly error: string | null;
}

/** What the endings need from outside. */
export interface EndingsSurroundings {
  readonly write: (write: AttemptWrite) => void;
  readonly onEvent: (event: RunEvent) => void;
  readonly log: Log;
}

/** The attempts that have ended and of which the database does not know yet. Only what is recorded is told. */
export class Endings {
  readonly #around: EndingsSurroundings;
  readonly #endings = new Map<string, Ending>();

  constructor(around: EndingsSurroundings) {
    this.#around = around;
  }

  get size(): number {
    return this.#endings.size;
  }

  has(attemptId: string): boolean {
    return this.#endings.has(attemptId);
  }

  record({ experimentId, attemptId, number }: Claimed, end: AttemptEnd, left: Left): void {
    const { results, milliseconds: ms, emissions, withoutResults, next } = left;
    const message = end.error === null ? undefined : errorLine(end.error);
    const event: RunEvent = {
      event: end.outcome,
      id: experimentId,
      attempt: number,
      ms,
      ...(next && { again: true }),
      ...(withoutResults && { withoutResults: true }),
      ...(message !== undefined && { message }),
    };
    this.#endings.set(attemptId, { event, next, error: end.error });
    const more =
      next || emissions ? { ...(next && { retryAs: next.attemptId }), ...(emissions && { emissions }) } : null;
    this.#around.write({ experimentId, attemptId, results, end: more ? { ...end, ...more } : end });
  }

  /** It is in the database, and told. Returns the attempt that follows, if one does. */
  settle(attemptId: string): Claimed | undefined {
    const ending = this.#endings.get(attemptId);
    if (ending === undefined) return undefined;
    this.#endings.delete(attemptId);
    const { event, error, next } = ending;
    this.#around.onEvent(event);
    if (error !== null) this.#around.log.failed?.(`experiment ${event.id}, attempt ${event.attempt}: ${error}`);
    return next;
  }

  /** It will never be in the database. Returns the attempt that would have followed. */
  forget(attemptId: string): Claimed | undefined {
    const ending = this.#endings.get(attemptId);
    this.#endings.delete(attemptId);
    return ending?.next;
  }
}
