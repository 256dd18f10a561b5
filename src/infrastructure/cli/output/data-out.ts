import type { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { visibleLines } from '../../text/terminal-text.ts';

const CHUNK = 64 * 1024;

/**
 * Writes data to a stream. A write waits until the stream has taken the data, so any number of rows needs constant
 * memory. A reader that closed the pipe (`| head`) is no error: `gone` is then true, and the writer can stop. Texts are
 * written unchanged, but on a terminal control characters are made visible.
 */
export class DataOut {
  readonly #stream: Writable;
  readonly #terminal: boolean;
  #waiting = '';
  #gone = false;

  constructor(stream: Writable, terminal = (stream as Partial<WriteStream>).isTTY === true) {
    this.#stream = stream;
    this.#terminal = terminal;
  }

  get gone(): boolean {
    return this.#gone;
  }

  async write(text: string): Promise<void> {
    if (this.add(text)) await this.flush();
  }

  /** Adds a text to the buffer. Returns whether the buffer is full, so that `flush` must be called. */
  add(text: string): boolean {
    this.#waiting += text;
    return this.#waiting.length >= CHUNK;
  }

  /** Writes binary data at once. When it resolves, the bytes may be overwritten. */
  async bytes(bytes: Uint8Array): Promise<void> {
    await this.flush();
    await this.#send(bytes);
  }

  async line(text: string): Promise<void> {
    await this.write(`${text}\n`);
  }

  /** Writes what is buffered. Call it at the end. */
  async flush(): Promise<void> {
    const text = this.#waiting;
    this.#waiting = '';
    // Bytes, because for a text Node allocates three times its size each time.
    if (text !== '') await this.#send(Buffer.from(this.#terminal ? visibleLines(text) : text));
  }

  async #send(data: Uint8Array): Promise<void> {
    if (this.#gone) return;
    const error = await new Promise<NodeJS.ErrnoException | null | undefined>((resolve) =>
      this.#stream.write(data, resolve),
    );
    if (!error) return;
    if (error.code !== 'EPIPE') throw error;
    this.#gone = true;
  }
}

/** Prints one line on stdout. */
export const print = async (text: string): Promise<void> => {
  const out = new DataOut(process.stdout);
  await out.line(text);
  await out.flush();
};

/** A broken pipe or a closed terminal must not end a run. A writer of data gets the error from its own write. */
export const survivePipes = (): void => {
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
};
