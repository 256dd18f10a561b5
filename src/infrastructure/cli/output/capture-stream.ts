type Done = (error?: Error | null) => void;

/** As much of a stream as is taken over. */
export interface CapturedStream {
  write(chunk: string | Uint8Array, done?: Done): boolean;
  write(chunk: string, encoding?: BufferEncoding, done?: Done): boolean;
}

/** A line that does not end by then is passed on in pieces. */
const LONGEST_LINE = 64 * 1024;

/**
 * What others write to a stream (experiments that print, libraries that warn), a line at a time, so that it does not run
 * into a live region. Returns how to give the stream back; what has no end of line yet is then a line, too.
 */
export const captureStream = (stream: CapturedStream, onLine: (line: string) => void): (() => void) => {
  const own = stream.write;
  const decoder = new TextDecoder();
  let waiting = '';
  stream.write = (chunk: string | Uint8Array, encoding?: BufferEncoding | Done, callback?: Done) => {
    // Only what is new is searched: a line may come in any number of pieces.
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
