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
 * A signal to all processes of a job reaches the runner and its programs in any order. So long an outcome that such a
 * signal may have caused waits for the runner's own signal. A program killed by a signal is rare, so it may wait long. A
 * failed program is common, and it takes time to react to a signal, so it waits only a short time.
 */
const WAIT_MILLISECONDS = { stopSignal: 2_000, exitCode: 100 };
/** A program that fails so soon after the stop is taken to have reacted to the signal. */
const REACTION_MILLISECONDS = 30_000;

/**
 * Distinguishes failures of experiments from programs that were stopped together with their runner. The latter are
 * released, and executed again later. The runner does not know the signals that a program gets, only how the program
 * ended and when the runner itself was told to stop.
 */
export class Interruptions {
  readonly #clock: Clock;
  readonly #onDue: (attemptId: string) => void;
  /** By attempt. */
  readonly #held = new Map<string, { readonly ended: Ended; readonly callOff: () => void }>();
  #stoppedAt: number | undefined;

  /** `onDue`: an outcome that was held back must be taken. */
  constructor(clock: Clock, onDue: (attemptId: string) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Outcomes that are held back. */
  get size(): number {
    return this.#held.size;
  }

  /** Returns the certain outcome. Undefined: it is held back until `take` or `stop`. `error`: how the program ended. */
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

  /** The runner was not told to stop in time: it was a failure. */
  take(attemptId: string): Ended | undefined {
    const held = this.#held.get(attemptId);
    this.#held.delete(attemptId);
    return held?.ended;
  }

  /** The runner is told to stop: everything that was held back is released. */
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
