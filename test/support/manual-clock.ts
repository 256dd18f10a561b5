import { setImmediate as idle } from 'node:timers/promises';
import type { Clock } from '../../src/application/ports/ports.ts';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that stands still until the test turns it. Nothing fires by itself, so nothing has to be slept for. */
export class ManualClock implements Clock {
  readonly #start: number;
  readonly #timers = new Set<Timer>();
  #now = 0;

  constructor(start = '2026-01-01T00:00:00.000Z') {
    this.#start = Date.parse(start);
  }

  /** Timers that have neither fired nor been called off. */
  get pending(): number {
    return this.#timers.size;
  }

  monotonic(): number {
    return this.#now;
  }

  date(): Date {
    return new Date(this.#start + this.#now);
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, milliseconds), callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /**
   * Turns the clock on. Every timer due in that time fires at its own moment, earliest first, and whatever its callback
   * set in motion comes to rest before the next one: timers it sets fire too if they are due.
   */
  async advance(milliseconds: number): Promise<void> {
    const until = this.#now + milliseconds;
    await idle();
    for (let timer = this.#next(until); timer; timer = this.#next(until)) {
      this.#now = timer.at;
      this.#timers.delete(timer);
      timer.callback();
      await idle();
    }
    this.#now = until;
  }

  /** The earliest timer due by then; of equal ones, the one set first. */
  #next(until: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= until && timer.at < (next?.at ?? Number.POSITIVE_INFINITY)) next = timer;
    }
    return next;
  }
}
