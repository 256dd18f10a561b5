import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { alloc, allocUnsafe, bufferWrite, concat } from '../execution/intrinsics.ts';

/*
 * Values on a byte stream between two processes of the same Node: a mark, four bytes of length, then a structured clone.
 * The mark is random and known to both ends, so that foreign bytes on the descriptor are recognised.
 */

const MARK_BYTES = 32;
const HEAD_BYTES = MARK_BYTES + 4;
/** No message of ours is larger. A larger length is foreign, and its bytes are not waited for. */
const MOST_BYTES = 64 * 1024 * 1024;

/** A new mark, hexadecimal text. */
export const newMark = (): string => randomBytes(MARK_BYTES / 2).toString('hex');

/** One value as its bytes. */
export const frameOf = (mark: string, value: unknown): Buffer => {
  const body = serialize(value);
  const frame = allocUnsafe(HEAD_BYTES + body.length);
  bufferWrite(frame, mark, 0);
  frame.writeUInt32LE(body.length, MARK_BYTES);
  body.copy(frame, HEAD_BYTES);
  return frame;
};

/** Writes one value and returns when the system has taken it: a slow or stopped reader blocks the writer. */
export const writeFrame = (descriptor: number, mark: string, value: unknown): void => {
  const frame = frameOf(mark, value);
  for (let at = 0; at < frame.length;) at += writeSync(descriptor, frame, at);
};

/** Joins the pieces that arrive into frames. */
export class FrameReader {
  readonly #mark: Buffer;
  readonly #onValue: (value: unknown) => void;
  readonly #onForeign: () => void;
  #pieces: Buffer[] = [];
  #length = 0;
  /** Bytes of the next frame, if its length is known. */
  #needed = 0;
  #foreign = false;

  /** `onForeign` is called once, when bytes are no frame. Nothing is read after that. */
  constructor(mark: string, onValue: (value: unknown) => void, onForeign: () => void) {
    this.#mark = Buffer.from(mark);
    this.#onValue = onValue;
    this.#onForeign = onForeign;
  }

  read(piece: Buffer): void {
    if (this.#foreign) return;
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (this.#length < this.#needed) return;
    const rest = this.#taken(concat(this.#pieces));
    this.#pieces = rest.length > 0 ? [rest] : [];
    this.#length = rest.length;
  }

  /** Passes on the complete frames; returns the rest. */
  #taken(bytes: Buffer): Buffer {
    let at = 0;
    for (;;) {
      const left = bytes.subarray(at);
      this.#needed = 0;
      const known = Math.min(left.length, MARK_BYTES);
      if (left.compare(this.#mark, 0, known, 0, known) !== 0) return this.#refuse();
      if (left.length < HEAD_BYTES) return left;
      const length = left.readUInt32LE(MARK_BYTES);
      if (length > MOST_BYTES) return this.#refuse();
      this.#needed = HEAD_BYTES + length;
      if (left.length < this.#needed) return left;
      let value: unknown;
      try {
        value = deserialize(left.subarray(HEAD_BYTES, this.#needed));
      } catch {
        return this.#refuse();
      }
      at += this.#needed;
      this.#onValue(value);
    }
  }

  #refuse(): Buffer {
    this.#foreign = true;
    this.#onForeign();
    return alloc(0);
  }
}
