/*
 * The functions of the language and of Node that the code around an experiment calls, as they were before the experiment's
 * code was loaded: an experiment that replaces `JSON.stringify`, `Atomics` or `Promise` harms only itself. Code that runs
 * in a worker after that imports these names from here.
 */

const { add, compareExchange, exchange, load, notify, or, store, sub, wait } = Atomics;
export const atomics = { add, compareExchange, exchange, load, notify, or, store, sub, wait } as const;

export const { stringify, parse } = JSON;
export const { isFinite } = Number;
export const { is } = Object;
export const NativePromise = Promise;
export const NativeDate = Date;
export const NativeInt32Array = Int32Array;
export const NativeBigInt64Array = BigInt64Array;
export const NativeSharedArrayBuffer = SharedArrayBuffer;
export const { alloc, allocUnsafe, concat, from: bufferFrom } = Buffer;

const { apply } = Reflect;
const { write } = Buffer.prototype;
/** `buffer.write(text, at)`. */
export const bufferWrite = (buffer: Buffer, text: string, at: number): number => apply(write, buffer, [text, at]);

/** Milliseconds of a clock that never jumps. */
export const monotonic = performance.now.bind(performance);
export const nanoseconds = process.hrtime.bigint;
