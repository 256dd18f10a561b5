/* State that the main thread of a runner and its standby thread share. */

const BEATEN_AT = 0;
const SENT = 1;
const ENDED = 2;

/** Nanoseconds of a clock that all threads of a process share and that never jumps. */
const now = (): bigint => process.hrtime.bigint();

/** The shared memory. Every access is atomic. */
export class StandbyCell {
  readonly buffer: SharedArrayBuffer;
  readonly #words: BigInt64Array;

  /** Without a buffer: creates one, with a heartbeat of the main thread now. */
  constructor(buffer?: SharedArrayBuffer) {
    this.buffer = buffer ?? new SharedArrayBuffer(3 * BigInt64Array.BYTES_PER_ELEMENT);
    this.#words = new BigInt64Array(this.buffer);
    if (buffer === undefined) this.beaten();
  }

  // --- the main thread

  /** The main thread has sent a heartbeat. Returns how many heartbeats the standby thread sent since the last call. */
  beaten(): number {
    Atomics.store(this.#words, BEATEN_AT, now());
    return Number(Atomics.exchange(this.#words, SENT, 0n));
  }

  /** The runner has decided to end. */
  end(): void {
    Atomics.store(this.#words, ENDED, 1n);
  }

  // --- the standby thread

  get ended(): boolean {
    return Atomics.load(this.#words, ENDED) === 1n;
  }

  /** Time since the last heartbeat of the main thread. */
  get silentMilliseconds(): number {
    return Number(now() - Atomics.load(this.#words, BEATEN_AT)) / 1e6;
  }

  sent(): void {
    Atomics.add(this.#words, SENT, 1n);
  }
}
