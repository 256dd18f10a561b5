import type { Attempt } from '../../domain/experiment/attempt.ts';

/** How long the done attempts of experiments took, asked for by ascending ids: the history passes by once. */
export class DoneDurations {
  readonly #attempts: AsyncIterator<Attempt> | undefined;
  #next: Attempt | undefined;
  #begun = false;

  /** `attempts`: by experiment. */
  constructor(attempts: AsyncIterable<Attempt> | undefined) {
    this.#attempts = attempts?.[Symbol.asyncIterator]();
  }

  /** In seconds; those before a reset are not among them. */
  async of(id: number): Promise<readonly number[]> {
    if (!this.#begun) await this.#advance();
    this.#begun = true;
    const seconds: number[] = [];
    while (this.#next && this.#next.experimentId <= id) {
      const { experimentId, outcome, superseded, startedAt, endedAt } = this.#next;
      const taken = (Date.parse(`${endedAt}Z`) - Date.parse(`${startedAt}Z`)) / 1000;
      if (experimentId === id && outcome === 'done' && !superseded) seconds.push(Math.max(0, taken));
      await this.#advance();
    }
    return seconds;
  }

  /** Reads no further. */
  async end(): Promise<void> {
    await this.#attempts?.return?.();
  }

  async #advance(): Promise<void> {
    const result = await this.#attempts?.next();
    this.#next = result?.done === false ? result.value : undefined;
  }
}
