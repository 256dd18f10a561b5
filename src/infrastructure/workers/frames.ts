import { writeSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';

/* Values on a byte stream between two processes of the same Node: four bytes of length, then a structured clone. */

/** Writes one value and returns when it is handed over: whoever reads slowly, or has stopped, makes the writer wait. */
export const writeFrame = (descriptor: number, value: unknown): void => {
  const body = serialize(value);
  const frame = Buffer.allocUnsafe(4 + body.length);
  frame.writeUInt32LE(body.length);
  body.copy(frame, 4);
  for (let at = 0; at < frame.length;) at += writeSync(descriptor, frame, at);
};

/** Puts frames together from the pieces in which they arrive. */
export class FrameReader {
  readonly #onValue: (value: unknown) => void;
  #pieces: Buffer[] = [];
  #length = 0;
  /** Bytes that make the next frame whole. */
  #needed = 4;

  constructor(onValue: (value: unknown) => void) {
    this.#onValue = onValue;
  }

  read(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (this.#length < this.#needed) return;
    const bytes = Buffer.concat(this.#pieces);
    let at = 0;
    for (;;) {
      this.#needed = bytes.length - at < 4 ? 4 : 4 + bytes.readUInt32LE(at);
      if (bytes.length - at < this.#needed) break;
      const value: unknown = deserialize(bytes.subarray(at + 4, at + this.#needed));
      at += this.#needed;
      this.#onValue(value);
    }
    const rest = bytes.subarray(at);
    this.#pieces = rest.length > 0 ? [rest] : [];
    this.#length = rest.length;
  }
}
