import { hasCode } from '../../domain/errors.ts';
import type { Clock, Log } from '../ports/ports.ts';

/** What of a runner talks to the database. */
export type Talk = 'heartbeats' | 'claims' | 'commits';

/** A table that is renamed there and back is absent for so long at most. */
const ABSENCE_MILLISECONDS = 30_000;
/** An outage is told again after so long, and then after twice as long as the last time. */
const TOLD_AGAIN_MILLISECONDS = 5 * 60_000;
const LONGEST_SILENCE_MILLISECONDS = 60 * 60_000;

/**
 * Whether the database is away, for everything of a runner that talks to it: one line when it goes, one when it returns,
 * and one now and then as long as it lasts, so that nothing is tried for ever without a word.
 */
export class DatabaseOutage {
  readonly #log: Log;
  readonly #clock: Clock;
  /** What has failed, and not succeeded since. */
  readonly #failing = new Set<Talk>();
  /** Since when what it needs has been absent. */
  readonly #absentSince = new Map<Talk, number>();
  #since = 0;
  #toldAt = 0;
  #silence = TOLD_AGAIN_MILLISECONDS;

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** True if the error may pass, and trying again makes sense. */
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

  /** A table or a column that is absent may be about to return: another program's RENAME takes it away for a moment. */
  #justAbsent(talk: Talk, error: unknown): boolean {
    if (!hasCode(error, 'SCHEMA_MISMATCH')) return false;
    const now = this.#clock.monotonic();
    const since = this.#absentSince.get(talk) ?? now;
    this.#absentSince.set(talk, since);
    return now - since < ABSENCE_MILLISECONDS;
  }
}

/** How long to wait before the next try, in milliseconds: 100, 200, 400 … 5,000, each ± 20 % so that runners do not return in step. */
export const backoff = (failures: number): number =>
  Math.min(5_000, 100 * 2 ** Math.min(failures, 10)) * (0.8 + 0.4 * Math.random());
