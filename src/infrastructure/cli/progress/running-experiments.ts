import type { RunEvent } from '../../../application/runner/run-events.ts';
import type { Row } from '../../../domain/values/column.ts';

/** An experiment that this run has claimed and that has not ended. */
export interface HeldExperiment {
  readonly id: number;
  readonly attempt: number;
  readonly keyfields: Row;
  /** When it was claimed, in milliseconds; it starts up to half a second later. */
  readonly since: number;
  /** The last progress that it reported, as JSON text. */
  readonly progress?: string;
}

/** The experiments that a run has claimed and that have not ended, oldest first. */
export class RunningExperiments {
  readonly #held = new Map<number, HeldExperiment>();

  /** The keyfields of a claimed experiment. */
  keyfields(id: number): Row | undefined {
    return this.#held.get(id)?.keyfields;
  }

  /**
   * The experiments that probably run. An experiment that reported progress runs. Of the others those that were claimed
   * first run; the rest may still wait for a worker.
   */
  first(count: number): readonly HeldExperiment[] {
    if (this.#held.size <= count) return [...this.#held.values()];
    const speaking = this.#held.values().filter(({ progress }) => progress !== undefined);
    const silent = this.#held.values().filter(({ progress }) => progress === undefined);
    const chosen = [...speaking.take(count), ...silent.take(count)].slice(0, count);
    return chosen.sort((one, other) => one.since - other.since || one.id - other.id);
  }

  follow({ event, id, attempt, again, keyfields = {}, progress }: RunEvent, now: number): void {
    if (event === 'claimed') {
      this.#held.set(id, { id, attempt, keyfields, since: now });
      return;
    }
    const held = this.#held.get(id);
    if (event === 'progress') {
      if (held) this.#held.set(id, { ...held, attempt, ...(progress !== undefined && { progress }) });
    } else if (again) {
      // it is still claimed, with its next attempt
      if (held) this.#held.set(id, { id, attempt: attempt + 1, keyfields: held.keyfields, since: now });
    } else this.#held.delete(id);
  }
}
