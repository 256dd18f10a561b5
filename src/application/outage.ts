import { hasCode } from '../domain/errors.ts';
import type { Log } from './ports.ts';

/** Whether the database is away, for everything of a runner that talks to it: one line when it goes, one when it returns. */
export class Outage {
  readonly #log: Log;
  #away = false;

  constructor(log: Log) {
    this.#log = log;
  }

  /** True if the error says that the database cannot be reached, and trying again makes sense. */
  failed(error: unknown): boolean {
    if (!hasCode(error, 'DATABASE_UNREACHABLE')) return false;
    if (!this.#away)
      this.#log.warn(`the database is away, experiments go on, results are kept: ${(error as Error).message}`);
    this.#away = true;
    return true;
  }

  succeeded(): void {
    if (this.#away) this.#log.info('the database is back');
    this.#away = false;
  }
}

/** How long to wait before the next try, in milliseconds: 100, 200, 400 … 5,000, each ± 20 % so that runners do not return in step. */
export const backoff = (failures: number): number =>
  Math.min(5_000, 100 * 2 ** Math.min(failures, 10)) * (0.8 + 0.4 * Math.random());
