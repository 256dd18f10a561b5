import type { Finished } from '../../../application/ports/worker-messages.ts';
import type { Row } from '../../../domain/values/column-type.ts';
import {
  atomics,
  bufferFrom,
  bufferWrite,
  is,
  isFinite,
  NativeInt32Array,
  NativeSharedArrayBuffer,
  parse,
  stringify,
} from '../execution/intrinsics.ts';

const WRITTEN = 0;
const ANNOUNCED = 1;
const HEAD_BYTES = 8;
/** Room for any first entry worth putting, and for as many more as there are executions. */
const FIRST_BYTES = 1_024;
const ENTRY_BYTES = 192;

/** JSON, but for what it would not give back as it was. */
type Entry = readonly [
  experimentId: number,
  attemptId: string,
  status: Finished['status'],
  results: Row,
  startedAt: number,
  milliseconds: number,
];

/**
 * The executions of one chunk that have ended and of which the main thread has not yet heard. A message costs both
 * threads as much as a short experiment; here the worker writes, and many are taken at once. It is shared memory: what
 * is in it outlives a thread that dies or hangs in the next execution.
 */
export class SharedResults {
  readonly buffer: SharedArrayBuffer;
  readonly #numbers: Int32Array;
  readonly #bytes: Buffer;
  #taken = 0;

  /** For a chunk of so many executions; the worker's side is made from the same memory. */
  constructor(of: number | SharedArrayBuffer) {
    this.buffer =
      typeof of === 'number' ? new NativeSharedArrayBuffer(HEAD_BYTES + FIRST_BYTES + of * ENTRY_BYTES) : of;
    this.#numbers = new NativeInt32Array(this.buffer, 0, HEAD_BYTES / 4);
    this.#bytes = bufferFrom(this.buffer, HEAD_BYTES);
  }

  // --- the worker's side

  /** Whether it could be put: there is room for it, and it can be given back to the bit. */
  put({ experimentId, attemptId, status, results, error, startedAt, milliseconds, usage }: Finished): boolean {
    if (error !== null || usage !== undefined || !isExact(results)) return false;
    const entry: Entry = [experimentId, attemptId, status, results, startedAt.getTime(), milliseconds];
    const text = `${stringify(entry)},`;
    const written = atomics.load(this.#numbers, WRITTEN);
    if (text.length * 3 > this.#bytes.length - written) return false; // no character is longer than three bytes
    const length = bufferWrite(this.#bytes, text, written);
    atomics.store(this.#numbers, WRITTEN, written + length); // only now is it there, and whole
    return true;
  }

  /** Whether the main thread must be told to take: true until it looks by itself. */
  announce(): boolean {
    return atomics.exchange(this.#numbers, ANNOUNCED, 1) === 0;
  }

  // --- the main thread's side

  /** What has been put since the last time, in order. Throws if it is not what `put` writes: the memory is damaged. */
  take(): readonly Finished[] {
    const written = atomics.load(this.#numbers, WRITTEN);
    if (written === this.#taken) return [];
    const text = this.#bytes.toString('utf8', this.#taken, written - 1);
    this.#taken = written;
    const entries = parse(`[${text}]`) as readonly Entry[];
    return entries.map(([experimentId, attemptId, status, results, startedAt, milliseconds]) => ({
      type: 'finished',
      experimentId,
      attemptId,
      status,
      results,
      error: null,
      startedAt: new Date(startedAt),
      milliseconds,
    }));
  }

  /** From now on the next entry is announced. What was put before may not have been: look once more. */
  expectAnnouncement(): void {
    atomics.store(this.#numbers, ANNOUNCED, 0);
  }
}

const isExact = (results: Row): boolean => {
  for (const name in results) {
    const value = results[name];
    if (typeof value === 'number' ? !isFinite(value) || is(value, -0) : typeof value === 'bigint') return false;
  }
  return true;
};
