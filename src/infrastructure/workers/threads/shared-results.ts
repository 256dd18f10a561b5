import type { Finished } from '../../../application/ports/worker-messages.ts';
import type { Row } from '../../../domain/values/column.ts';
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
/** Room for the first entry, to which the room for each execution is added. */
const FIRST_BYTES = 1_024;
const ENTRY_BYTES = 192;

/** An entry as JSON. Values that JSON would change are not written here. */
type Entry = readonly [
  experimentId: number,
  attemptId: string,
  status: Finished['status'],
  results: Row,
  startedAt: number,
  milliseconds: number,
];

/**
 * The ends of executions of one chunk that the main thread has not read yet. A message costs both threads as much as a
 * short experiment. In shared memory the worker writes ends, and the main thread takes many at once. They stay readable
 * when the thread dies or hangs in the next execution.
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

  /** Writes an end. False: there is no room for it, or JSON would change its values. */
  put({ experimentId, attemptId, status, results, error, startedAt, milliseconds, usage }: Finished): boolean {
    if (error !== null || usage !== undefined || !isExact(results)) return false;
    const entry: Entry = [experimentId, attemptId, status, results, startedAt.getTime(), milliseconds];
    const text = `${stringify(entry)},`;
    const written = atomics.load(this.#numbers, WRITTEN);
    if (text.length * 3 > this.#bytes.length - written) return false; // no character is longer than three bytes
    const length = bufferWrite(this.#bytes, text, written);
    atomics.store(this.#numbers, WRITTEN, written + length); // from here on it can be read, whole
    return true;
  }

  /** Whether a message must announce the entry: false while the main thread reads without announcements. */
  announce(): boolean {
    return atomics.exchange(this.#numbers, ANNOUNCED, 1) === 0;
  }

  // --- the main thread's side

  /** The entries since the last call, in order. Throws if the memory is damaged. */
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

  /** From now on the next entry is announced. Entries of before may not be announced: read once more after this. */
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
