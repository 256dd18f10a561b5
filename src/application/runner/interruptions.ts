import type { Claimed } from '../../domain/repository/runner-protocol.ts';
import type { Left, Outcome } from './outcomes.ts';
import type { ErrorData } from '../ports/worker-messages.ts';
import type { Clock } from '../ports/ports.ts';

/** An execution that has ended, and how. */
export interface Ended {
  readonly claimed: Claimed;
  readonly end: Outcome;
  readonly startedAt: Date;
  readonly left: Left;
}

/**
 * A signal that is sent to all processes of a job reaches the runner and its programs in any order. For so long an end
 * that may come of it waits for the runner's own signal: a program that a signal has killed is a rare sight, one that
 * failed is not, and had to react before it could end.
 */
const WAIT_MILLISECONDS = { stopSignal: 2_000, exitCode: 100 };
/** For so long after the stop a program that exits with a failure is taken to have reacted to the signal. */
const REACTION_MILLISECONDS = 30_000;

/**
 * Tells the failures of experiments from the ends of programs that were stopped together with their runner: those are
 * released, and executed again later. Nothing is known of the signals that a program gets, only how it ended and when
 * its runner was told to stop.
 */
export class Interruptions {
  readonly #clock: Clock;
  readonly #onDue: (attemptId: string) => void;
  /** By attempt. */
  readonly #held = new Map<string, { readonly ended: Ended; readonly callOff: () => void }>();
  #stoppedAt: number | undefined;

  /** `onDue` hears when an end that was held back is to be taken. */
  constructor(clock: Clock, onDue: (attemptId: string) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Ends that are held back. */
  get size(): number {
    return this.#held.size;
  }

  /** What this end is for certain; undefined: it is held back until `take` or `stop`. `error`: how the program ended. */
  judge(ended: Ended, error: ErrorData | null): Ended | undefined {
    const how = error?.programEnd;
    if (how === undefined || typeof ended.end !== 'object' || ended.end.outcome !== 'error') return ended;
    if (how === 'notStarted') return released(ended);
    if (this.#stoppedAt !== undefined) {
      const reacts = this.#clock.monotonic() - this.#stoppedAt <= REACTION_MILLISECONDS;
      return how === 'stopSignal' || reacts ? released(ended) : ended;
    }
    const { attemptId } = ended.claimed;
    const callOff = this.#clock.after(WAIT_MILLISECONDS[how], () => this.#onDue(attemptId));
    this.#held.set(attemptId, { ended, callOff });
    return undefined;
  }

  /** The runner was not told to stop in time: it is the failure that it seemed to be. */
  take(attemptId: string): Ended | undefined {
    const held = this.#held.get(attemptId);
    this.#held.delete(attemptId);
    return held?.ended;
  }

  /** The runner is told to stop: what was held back is released. */
  stop(): readonly Ended[] {
    this.#stoppedAt ??= this.#clock.monotonic();
    const all = [...this.#held.values()];
    this.#held.clear();
    return all.map(({ ended, callOff }) => {
      callOff();
      return released(ended);
    });
  }
}

const released = (ended: Ended): Ended => ({ ...ended, end: 'released' });
