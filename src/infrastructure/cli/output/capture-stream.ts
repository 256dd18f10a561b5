type Done = (error?: Error | null) => void;

/** The part of a stream that is replaced. */
export interface CapturedStream {
  write(chunk: string | Uint8Array, done?: Done): boolean;
  write(chunk: string, encoding?: BufferEncoding, done?: Done): boolean;
}

/** A longer line is passed on in pieces. */
const LONGEST_LINE = 64 * 1024;

/**
 * Passes what other code writes to a stream to `onLine`, line by line, so that it does not destroy a live region. Such
 * code is an experiment that prints or a library that warns. Returns a function that restores the stream and passes on
 * the last unfinished line.
 */
export const captureStream = (stream: CapturedStream, onLine: (line: string) => void): (() => void) => {
  const own = stream.write;
  const decoder = new TextDecoder();
  let waiting = '';
  stream.write = (chunk: string | Uint8Array, encoding?: BufferEncoding | Done, callback?: Done) => {
    // Only the new piece is searched, because a line may come in many pieces.
    const lines = (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })).split('\n');
    const rest = lines.pop() ?? '';
    for (const line of lines) {
      onLine((waiting + line).replace(/\r$/, ''));
      waiting = '';
    }
    waiting += rest;
    if (waiting.length > LONGEST_LINE) {
      onLine(waiting);
      waiting = '';
    }
    const done = typeof encoding === 'function' ? encoding : callback;
    if (done) process.nextTick(done);
    return true;
  };
  return () => {
    stream.write = own;
    if (waiting !== '') onLine(waiting);
    waiting = '';
  };
};
