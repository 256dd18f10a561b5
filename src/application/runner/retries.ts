import type { Claimed } from '../../domain/repository/runner-protocol.ts';
import { newId } from '../ports/new-id.ts';
import type { Clock } from '../ports/ports.ts';

/** Seconds before the first retry; doubled for each further one, a minute at most, ± 25 %. */
const FIRST_WAIT_SECONDS = 1;
const LONGEST_WAIT_SECONDS = 60;

/**
 * Failed experiments between two attempts. Each keeps its lease, under the id of the next attempt, so that no other runner
 * starts it before its wait is over. If this runner dies meanwhile, the experiment is reaped like any other.
 */
export class Retries {
  readonly #clock: Clock;
  readonly #onDue: (attemptId: string) => void;
  readonly #most: number;
  /** Failures in this run, by experiment. */
  readonly #failures = new Map<number, number>();
  /** By the id of the next attempt. */
  readonly #waiting = new Map<string, { readonly next: Claimed; readonly callOff: () => void }>();

  constructor(clock: Clock, most: number, onDue: (attemptId: string) => void) {
    this.#clock = clock;
    this.#most = most;
    this.#onDue = onDue;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** The next attempt of an experiment that has just failed. Undefined if it has failed too often. */
  next(failed: Claimed): Claimed | undefined {
    const failures = (this.#failures.get(failed.experimentId) ?? 0) + 1;
    if (failures > this.#most) {
      this.#failures.delete(failed.experimentId);
      return undefined;
    }
    this.#failures.set(failed.experimentId, failures);
    return { ...failed, attemptId: newId(), number: failed.number + 1 };
  }

  /** The experiment has not failed this time. */
  succeeded({ experimentId }: Claimed): void {
    this.#failures.delete(experimentId);
  }

  /** The failure is recorded: the wait begins. */
  wait(next: Claimed): void {
    const failures = this.#failures.get(next.experimentId) ?? 1;
    const seconds =
      Math.min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** (failures - 1)) * (0.75 + 0.5 * Math.random());
    const callOff = this.#clock.after(seconds * 1000, () => this.#onDue(next.attemptId));
    this.#waiting.set(next.attemptId, { next, callOff });
  }

  /** Takes an experiment out, if it still waits. */
  take(attemptId: string): Claimed | undefined {
    const waiting = this.#waiting.get(attemptId);
    waiting?.callOff();
    this.#waiting.delete(attemptId);
    return waiting?.next;
  }

  takeAll(): Claimed[] {
    return [...this.#waiting.keys()].flatMap((attemptId) => this.take(attemptId) ?? []);
  }
}
