import { atomics, NativeBigInt64Array, NativeInt32Array, NativeSharedArrayBuffer, nanoseconds } from './intrinsics.ts';

const STARTED = 0;
const RUNNING = 1;
const CHILD = 2;
const ACKNOWLEDGED = 3;
const TAKEN_BACK = 1 << 30;
/** Most weight of messages that the main thread has not handled: then the worker waits instead of filling the memory. */
const MOST_UNACKNOWLEDGED = 1_048_576;

/** A waiting worker is notified after this weight; besides, it checks ten times a second. */
const NOTIFY_EACH = 65_536;

/**
 * The state of one chunk that a worker thread and the main thread share. It is shared memory, which can be read while the
 * worker is in a busy loop, and after its death.
 */
export class ChunkState {
  readonly buffer: SharedArrayBuffer;
  readonly #numbers: Int32Array;
  readonly #begun: BigInt64Array;
  #posted = 0;
  #toNotify = 0;

  constructor(buffer = new NativeSharedArrayBuffer(24)) {
    this.buffer = buffer;
    this.#numbers = new NativeInt32Array(buffer, 0, 4);
    this.#begun = new NativeBigInt64Array(buffer, 16, 1);
  }

  // --- the worker's side

  /** Starts the execution of this index, the one after the last. False: it was taken back. */
  start(index: number): boolean {
    if (atomics.compareExchange(this.#numbers, STARTED, index, index + 1) !== index) return false;
    this.begin(index);
    return true;
  }

  /** Its time counts from now. The time is written before the index: a read in between gives too short a time, never too long. */
  begin(index: number): void {
    atomics.store(this.#begun, 0, nanoseconds());
    atomics.store(this.#numbers, RUNNING, index + 1);
  }

  /** No execution runs. */
  idle(): void {
    atomics.store(this.#numbers, RUNNING, 0);
  }

  /** Called before each message with its weight: blocks the thread while the main thread is far behind. */
  awaitAcknowledgement(weight: number): void {
    this.#posted += weight;
    for (;;) {
      const acknowledged = atomics.load(this.#numbers, ACKNOWLEDGED);
      // both wrap around at 32 bits; a message heavier than the limit waits for all before it
      if (((this.#posted - acknowledged) | 0) <= Math.max(MOST_UNACKNOWLEDGED, weight)) return;
      atomics.wait(this.#numbers, ACKNOWLEDGED, acknowledged, 100);
    }
  }

  // --- the main thread's side

  /** The index that runs and for how long; undefined before the first and after the last. */
  current(): { readonly index: number; readonly milliseconds: number } | undefined {
    const running = atomics.load(this.#numbers, RUNNING);
    if (running === 0) return undefined;
    const passed = nanoseconds() - atomics.load(this.#begun, 0);
    return { index: running - 1, milliseconds: Number(passed) / 1e6 };
  }

  /** From now on nothing is started; returns how many were. One atomic step against the worker's `start`. */
  takeBackUnstarted(): number {
    return atomics.or(this.#numbers, STARTED, TAKEN_BACK) & ~TAKEN_BACK;
  }

  /** How many executions were started. */
  get started(): number {
    return atomics.load(this.#numbers, STARTED) & ~TAKEN_BACK;
  }

  /** The function of the last start was never called: it counts as not started. */
  undoStart(): void {
    atomics.sub(this.#numbers, STARTED, 1);
    this.idle();
  }

  /** Messages of this weight were received: a waiting worker may go on. */
  acknowledge(weight: number): void {
    if (weight === 0) return;
    atomics.add(this.#numbers, ACKNOWLEDGED, weight);
    this.#toNotify -= weight;
    if (this.#toNotify > 0) return;
    this.#toNotify = NOTIFY_EACH;
    atomics.notify(this.#numbers, ACKNOWLEDGED);
  }

  // --- both

  /** The process group of the running command, 0 for none. */
  get child(): number {
    return atomics.load(this.#numbers, CHILD);
  }

  set child(pid: number) {
    atomics.store(this.#numbers, CHILD, pid);
  }
}
