import type { Value } from '../../domain/values/column-type.ts';
import { millisecondsOf } from '../../domain/values/timestamp.ts';

/** The fields of the history that tell how long attempts took, in this order. */
export const durationFields = ['experiment_id', 'outcome', 'superseded', 'started_at', 'ended_at'] as const;

/** How long the done attempts of experiments took, asked for by ascending ids: the history passes by once. */
export class DoneDurations {
  readonly #pages: AsyncIterator<readonly (readonly Value[])[]> | undefined;
  /** Of done attempts that were not asked for yet. */
  #ids: number[] = [];
  #seconds: number[] = [];
  #next = 0;
  /** The last experiment that was read. */
  #last = 0;

  /** `pages`: the `durationFields` of all attempts, by experiment. */
  constructor(pages: AsyncIterable<readonly (readonly Value[])[]> | undefined) {
    this.#pages = pages?.[Symbol.asyncIterator]();
  }

  /** Reads what there is of the experiments up to this one. */
  async readTo(id: number): Promise<void> {
    if (this.#last > id) return;
    this.#ids = this.#ids.slice(this.#next);
    this.#seconds = this.#seconds.slice(this.#next);
    this.#next = 0;
    while (this.#last <= id) {
      const result = await this.#pages?.next();
      if (result?.done !== false) this.#last = Infinity;
      else for (const attempt of result.value) this.#add(attempt);
    }
  }

  /** In seconds; those before a reset are not among them. */
  of(id: number): readonly number[] {
    while ((this.#ids[this.#next] ?? Infinity) < id) this.#next += 1;
    const from = this.#next;
    while (this.#ids[this.#next] === id) this.#next += 1;
    return this.#seconds.slice(from, this.#next);
  }

  /** Reads no further. */
  async end(): Promise<void> {
    await this.#pages?.return?.();
  }

  #add([id, outcome, superseded, startedAt, endedAt]: readonly Value[]): void {
    this.#last = Number(id);
    if (outcome !== 'done' || superseded === true || typeof startedAt !== 'string' || typeof endedAt !== 'string')
      return;
    this.#ids.push(this.#last);
    this.#seconds.push(Math.max(0, millisecondsOf(endedAt) - millisecondsOf(startedAt)) / 1_000);
  }
}
