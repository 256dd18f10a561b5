import { hasCode } from '../../domain/errors.ts';
import type { Clock, Log } from '../ports/ports.ts';

/** The parts of a runner that call the database. */
export type Talk = 'heartbeats' | 'claims' | 'commits';

/** The longest time that a table may be absent while it is renamed there and back. */
const ABSENCE_MILLISECONDS = 30_000;
/** Time until an outage is told again; doubled each time. */
const TOLD_AGAIN_MILLISECONDS = 5 * 60_000;
const LONGEST_SILENCE_MILLISECONDS = 60 * 60_000;

/**
 * Whether the database is away, for all parts of a runner: one log line when it goes, one when it returns, and some while
 * it is away, so that a runner which tries again and again says so.
 */
export class DatabaseOutage {
  readonly #log: Log;
  readonly #clock: Clock;
  /** What has failed and has not succeeded since. */
  readonly #failing = new Set<Talk>();
  /** Since when the table that it needs has been absent. */
  readonly #absentSince = new Map<Talk, number>();
  #since = 0;
  #toldAt = 0;
  #silence = TOLD_AGAIN_MILLISECONDS;

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** True if the error may pass, so that a retry makes sense. */
  failed(talk: Talk, error: unknown): boolean {
    if (!hasCode(error, 'DATABASE_UNREACHABLE') && !this.#justAbsent(talk, error)) return false;
    this.#tell((error as Error).message);
    this.#failing.add(talk);
    return true;
  }

  succeeded(talk: Talk): void {
    this.#absentSince.delete(talk);
    if (this.#failing.delete(talk) && this.#failing.size === 0) this.#log.info('the database is back');
  }

  #tell(message: string): void {
    const now = this.#clock.monotonic();
    if (this.#failing.size === 0) {
      this.#log.warn(`the database is away, experiments go on, results are kept: ${message}`);
      this.#since = now;
      this.#silence = TOLD_AGAIN_MILLISECONDS;
    } else {
      if (now - this.#toldAt < this.#silence) return;
      const minutes = Math.round((now - this.#since) / 60_000);
      this.#log.warn(`the database has been away for ${minutes} minutes, the runner goes on trying: ${message}`);
      this.#silence = Math.min(2 * this.#silence, LONGEST_SILENCE_MILLISECONDS);
    }
    this.#toldAt = now;
  }

  /** A table or a column that is absent may return soon: another program may be renaming it. */
  #justAbsent(talk: Talk, error: unknown): boolean {
    if (!hasCode(error, 'SCHEMA_MISMATCH')) return false;
    const now = this.#clock.monotonic();
    const since = this.#absentSince.get(talk) ?? now;
    this.#absentSince.set(talk, since);
    return now - since < ABSENCE_MILLISECONDS;
  }
}

/** Milliseconds before the next try: 100, 200, 400 … 5,000, each ± 20 % so that runners do not retry at the same time. */
export const backoff = (failures: number): number =>
  Math.min(5_000, 100 * 2 ** Math.min(failures, 10)) * (0.8 + 0.4 * Math.random());
