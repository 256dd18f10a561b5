import type { AttemptEnd, AttemptWrite, Claimed } from '../../domain/repository/runner-protocol.ts';
import type { Row } from '../../domain/values/column-type.ts';
import type { Emissions } from '../../domain/experiment/emissions.ts';
import { errorLine } from '../../domain/experiment/error-line.ts';
import type { Log } from '../ports/ports.ts';
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
  /** Its number. */
  readonly attempt: number;
  readonly left: Left;
}

/** What the endings need from outside. */
export interface PendingOutcomesDependencies {
  readonly write: (write: AttemptWrite) => void;
  readonly onEvent: (event: RunEvent) => void;
  readonly log: Log;
}

/** The attempts that have ended and of which the database does not know yet. Only what is recorded is told. */
export class PendingOutcomes {
  readonly #deps: PendingOutcomesDependencies;
  readonly #pending = new Map<string, Ending>();

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
   * It is in the database, and told as it is there: a value that was refused there has made an error of it. Returns the
   * attempt that follows, if one does.
   */
  recorded({ experimentId, attemptId, end }: AttemptWrite): Claimed | undefined {
    const ending = this.#pending.get(attemptId);
    if (ending === undefined || end === undefined) return undefined;
    this.#pending.delete(attemptId);
    const { attempt, left } = ending;
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

  /** It will never be in the database. Returns the attempt that would have followed. */
  forget(attemptId: string): Claimed | undefined {
    const ending = this.#pending.get(attemptId);
    this.#pending.delete(attemptId);
    return ending?.left.next;
  }
}
