import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** What happens to output that is not read, above a limit: messages are dropped, data make the program wait. */
export type Beyond = 'drop' | 'wait';

/** Standard output or standard error. */
export type Output = Writable & { readonly fd: number };

const LIMIT_BYTES = { drop: 1024 * 1024, wait: 8 * 1024 * 1024 } as const;
const LONGEST_PAUSE_MILLISECONDS = 50;
/** How long the program waits at its end for a reader that takes nothing. */
const PATIENCE_MILLISECONDS = 60_000;

type Done = (error?: Error | null) => void;

const outputs = new Map<Output, NonBlockingOutput>();

/**
 * Makes writes to this stream non-blocking. Otherwise a stopped terminal (Ctrl-S, a hanging connection) or a pipe whose
 * reader sleeps would block the program. Output that is not taken waits in memory, up to a limit.
 */
export const makeNonBlocking = (stream: Output, beyond: Beyond): void => {
  if (outputs.has(stream)) return;
  const after = beyond === 'wait' ? [...outputs.keys()].find((other) => sameFile(other, stream)) : undefined;
  outputs.set(stream, new NonBlockingOutput(stream, beyond, after));
};

const sameFile = (one: Output, other: Output): boolean => {
  const [first, second] = [fstatSync(one.fd), fstatSync(other.fd)];
  return first.dev === second.dev && first.ino === second.ino;
};

/** Waits until everything is written. A stream that takes nothing for a minute is given up. */
export const flushOutputs = async (patience = PATIENCE_MILLISECONDS): Promise<void> => {
  const left = await Promise.all(
    [...outputs].map(async ([{ fd }, output]) => [fd, await output.flushed(patience)] as const),
  );
  for (const [descriptor, bytes] of left) {
    if (descriptor !== 1 || bytes === 0) continue;
    const seconds = Math.round(patience / 1000);
    process.stderr.write(`ts-experimenter: standard output took nothing for ${seconds} s: ${bytes} bytes are lost\n`);
  }
};

interface Current {
  readonly bytes: Uint8Array;
  /** The first byte that is not written yet. */
  from: number;
  readonly done: Done;
}

/**
 * Replaces how a stream writes. Node writes to terminals with blocking calls. This class opens the terminal again,
 * without blocking, because the original descriptor is shared with the shell and with children.
 */
class NonBlockingOutput {
  readonly #stream: Output;
  readonly #beyond: Beyond;
  readonly #descriptor: number | undefined;
  readonly #after: Output | undefined;
  #current: Current | undefined;
  #timer: NodeJS.Timeout | undefined;
  #pause = 1;
  #written = 0;
  #dropped = 0;

  constructor(stream: Output, beyond: Beyond, after: Output | undefined) {
    this.#stream = stream;
    this.#beyond = beyond;
    this.#after = after;
    this.#descriptor = reopened(stream.fd);
    if (this.#descriptor !== undefined) {
      stream._write = (chunk: string | Uint8Array, encoding, done): void => this.#write(chunk, encoding, done);
      (stream as { _writev?: unknown })._writev = undefined;
    }
    this.#limit();
  }

  /** Resolves when nothing waits, or when nothing was taken for `patience`. Returns the bytes that still wait. */
  async flushed(patience: number): Promise<number> {
    let [seen, since] = ['', 0];
    while (this.#stream.writableLength > 0) {
      const standing = `${this.#stream.writableLength} ${this.#written}`;
      if (standing !== seen) [seen, since] = [standing, performance.now()];
      if (performance.now() - since > patience) break;
      await sleep(LONGEST_PAUSE_MILLISECONDS);
    }
    clearTimeout(this.#timer);
    return this.#stream.writableLength;
  }

  #write(chunk: string | Uint8Array, encoding: BufferEncoding, done: Done): void {
    this.#current = { bytes: typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk, from: 0, done };
    this.#next(this.#current);
  }

  /** If both streams go to the same terminal, data follow the messages that were written before. */
  #next(current: Current): void {
    if (this.#after !== undefined && this.#after.writableLength > 0) this.#again(current);
    else this.#attempt(current);
  }

  /** Writes as much as the descriptor takes now, and tries the rest later. */
  #attempt(current: Current): void {
    let failure: Error | undefined;
    try {
      while (current.from < current.bytes.length) {
        const taken = writeSync(this.#descriptor ?? -1, current.bytes, current.from);
        current.from += taken;
        this.#written += taken;
        this.#pause = 1;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return this.#again(current);
      failure = error as Error;
    }
    this.#current = undefined;
    current.done(failure); // the next write comes from in here
  }

  #again(current: Current): void {
    this.#timer = setTimeout(() => this.#next(current), this.#pause);
    this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE_MILLISECONDS);
  }

  #limit(): void {
    const write = this.#stream.write.bind(this.#stream);
    const most = LIMIT_BYTES[this.#beyond];
    this.#stream.write = (chunk: string | Uint8Array, encoding?: BufferEncoding | Done, callback?: Done): boolean => {
      // After the first dropped message all are dropped until the stream drains; then one line says how many.
      if (this.#stream.writableLength > most || this.#dropped > 0) {
        if (this.#beyond === 'drop') return this.#drop(chunk, typeof encoding === 'function' ? encoding : callback);
        this.#wait(most);
      }
      return typeof encoding === 'function' ? write(chunk, encoding) : write(chunk, encoding ?? 'utf8', callback);
    };
    this.#stream.on('drain', () => {
      if (this.#dropped === 0) return;
      write(`ts-experimenter: ${this.#dropped} lines are not shown here: they were not read for too long\n`);
      this.#dropped = 0;
    });
  }

  #drop(chunk: string | Uint8Array, done: Done | undefined): boolean {
    this.#dropped += Math.max(1, Buffer.from(chunk).toString('latin1').split('\n').length - 1);
    if (done) process.nextTick(done);
    return false;
  }

  /** Blocks this thread, like a write to a full pipe. Only for streams that this class writes itself. */
  #wait(most: number): void {
    while (this.#current && this.#stream.writableLength > most / 2) {
      clearTimeout(this.#timer);
      this.#attempt(this.#current);
      if (this.#current) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, this.#pause);
    }
  }
}

/** A second descriptor for the same terminal or pipe; undefined if that is not possible. */
const reopened = (descriptor: number): number | undefined => {
  if (process.platform !== 'linux') return undefined;
  const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
  try {
    const found = fstatSync(descriptor);
    if (!found.isCharacterDevice() && !found.isFIFO()) return undefined;
    return openSync(`/proc/self/fd/${descriptor}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    return undefined; // another user's terminal, after su; no /proc
  }
};
