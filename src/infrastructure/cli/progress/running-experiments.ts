import type { RunEvent } from '../../../application/runner/run-events.ts';
import type { Row } from '../../../domain/values/column-type.ts';

/** An experiment that this run holds. */
export interface HeldExperiment {
  readonly id: number;
  readonly attempt: number;
  readonly keyfields: Row;
  /** When it was claimed, in milliseconds; it starts up to half a second later. */
  readonly since: number;
  /** What it last said of itself, as JSON text. */
  readonly progress?: string;
}

/** The experiments that a run holds, oldest first. */
export class RunningExperiments {
  readonly #held = new Map<number, HeldExperiment>();

  /** The keyfields of a held experiment. */
  keyfields(id: number): Row | undefined {
    return this.#held.get(id)?.keyfields;
  }

  /**
   * Those that run, as far as can be told: who has said something does, and among the others who has been held longest;
   * what was claimed after them may still wait for a worker.
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
      // it is still held, under its next attempt
      if (held) this.#held.set(id, { id, attempt: attempt + 1, keyfields: held.keyfields, since: now });
    } else this.#held.delete(id);
  }
}
