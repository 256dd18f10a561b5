/* What a runner's main thread and the thread that stands by for it both see. */

const BEATEN_AT = 0;
const SENT = 1;
const ENDED = 2;

/** Nanoseconds, on a clock that all threads of a process share and that never jumps. */
const now = (): bigint => process.hrtime.bigint();

/** The memory they share; every access is atomic. */
export class StandbyCell {
  readonly buffer: SharedArrayBuffer;
  readonly #words: BigInt64Array;

  /** Without a buffer: a new one, of a runner that has just beaten. */
  constructor(buffer?: SharedArrayBuffer) {
    this.buffer = buffer ?? new SharedArrayBuffer(3 * BigInt64Array.BYTES_PER_ELEMENT);
    this.#words = new BigInt64Array(this.buffer);
    if (buffer === undefined) this.beaten();
  }

  // --- the main thread

  /** It has beaten. Answers how many heartbeats were sent in its stead since the last time. */
  beaten(): number {
    Atomics.store(this.#words, BEATEN_AT, now());
    return Number(Atomics.exchange(this.#words, SENT, 0n));
  }

  /** It has decided to end. */
  end(): void {
    Atomics.store(this.#words, ENDED, 1n);
  }

  // --- the thread that stands by

  get ended(): boolean {
    return Atomics.load(this.#words, ENDED) === 1n;
  }

  /** For how long the main thread has not beaten. */
  get silentMilliseconds(): number {
    return Number(now() - Atomics.load(this.#words, BEATEN_AT)) / 1e6;
  }

  sent(): void {
    Atomics.add(this.#words, SENT, 1n);
  }
}
