import { fileURLToPath } from 'node:url';
import { inspect, types } from 'node:util';
import type { ErrorData } from '../../../application/ports/worker-messages.ts';
import { codeRoot } from '../../system/code-root.ts';
import { isStop, ProgramError } from './program-end.ts';

/** Characters of an error's message that are kept. */
export const MOST_MESSAGE = 16_384;
/** Characters of a stack that are kept, its causes included. */
export const MOST_STACK = 65_536;
/** Longer texts are not read: cutting copies them, and a thread's heap may be too small for that. */
const MOST_TOUCHED = 4_000_000;
const MOST_CAUSES = 8;
/** Frames that are ours, not the user's. */
const MACHINERY = [fileURLToPath(codeRoot), 'node_modules/piscina/dist/'];

/**
 * A thrown value as plain data of limited size. The stack begins with name, code and message, and ends with the causes and
 * the errors of an `AggregateError`. Never throws: an error of a getter, `toString` or proxy is ignored. Text that no
 * database takes (NUL, lone surrogates) is replaced.
 */
export const toErrorData = (thrown: unknown): ErrorData => {
  const { name, message, stack, code } = describe(thrown, new Set());
  const end = endOfProgram(thrown);
  return {
    name,
    message,
    stack: cut(stack, MOST_STACK),
    ...(code !== '' && { code }),
    ...(end && { programEnd: end }),
  };
};

/** An error of the code around an experiment: its stack says nothing to the user. */
export const plainError = (message: string): ErrorData => ({ name: 'Error', message, stack: '' });

/** How a program of an experiment ended, by our own error or by the one that Node throws. */
const endOfProgram = (thrown: unknown, depth = 0): ErrorData['programEnd'] => {
  if (!types.isNativeError(thrown) || depth === MOST_CAUSES) return undefined;
  if (thrown instanceof ProgramError) return thrown.programEnd;
  const [killed, signal, code, status] = ['killed', 'signal', 'code', 'status'].map((key) => get(thrown, key));
  // a program that the experiment itself has killed, as after a timeout, was not stopped with the runner
  if (killed === true || code === 'ETIMEDOUT') return undefined;
  if (isStop(code, signal) || isStop(status, undefined)) return 'stopSignal';
  return endOfProgram(get(thrown, 'cause'), depth + 1);
};

type Description = Required<Omit<ErrorData, 'programEnd'>>;

const describe = (thrown: unknown, seen: Set<unknown>): Description => {
  if (!isErrorLike(thrown)) {
    const message = clean(`something that is no Error was thrown: ${preview(thrown)}`, MOST_MESSAGE);
    return { name: 'Error', message, stack: `Error: ${message}`, code: '' };
  }
  seen.add(thrown);
  const name = clean(read(thrown, 'name'), 256) || 'Error';
  const whole = read(thrown, 'message');
  const message = clean(whole, MOST_MESSAGE);
  const code = clean(read(thrown, 'code'), 256);
  const label = code === '' || message.startsWith(code) || name.includes(code) ? name : `${name} [${code}]`;
  const frames = whole.length > MOST_TOUCHED ? '' : framesOf(read(thrown, 'stack'), whole);
  const stack = `${label}: ${message}${frames}${relatives(thrown, seen)}`;
  return { name, message, stack, code };
};

/** A stack without its header: the place before it (syntax errors) and the frames after it, without our own. */
const framesOf = (stack: string, message: string): string => {
  if (stack.length > MOST_TOUCHED) return '';
  const at = stack.indexOf(message.slice(0, 1_000));
  const place = at < 0 ? '' : stack.slice(0, stack.lastIndexOf('\n', at) + 1).trimEnd();
  const after = at < 0 ? stack : stack.slice(at + message.length);
  const lines = clean(after, MOST_STACK).split('\n');
  const bottom = lines.findLastIndex((line) => line.includes('at AsyncLocalStorage.run (node:')); // our own call of the function
  const frames = lines
    .slice(0, bottom < 0 ? undefined : bottom)
    .filter((line) => /^\s+at /.test(line) && !MACHINERY.some((path) => line.includes(path)));
  return ['', ...(place ? [clean(place, MOST_MESSAGE)] : []), ...frames].join('\n');
};

const relatives = (error: object, seen: Set<unknown>): string => {
  const told = (label: string, value: unknown): string => {
    if (value === undefined || seen.has(value) || seen.size >= MOST_CAUSES) return '';
    return `\n${label}: ${describe(value, seen).stack}`;
  };
  const errors = get(error, 'errors');
  const members = Array.isArray(errors) ? errors.slice(0, MOST_CAUSES) : [];
  return (
    told('caused by', get(error, 'cause')) + members.map((member, index) => told(`errors[${index}]`, member)).join('')
  );
};

const isErrorLike = (thrown: unknown): thrown is object =>
  typeof thrown === 'object' &&
  thrown !== null &&
  (types.isNativeError(thrown) || typeof get(thrown, 'message') === 'string');

const get = (object: object, key: string): unknown => {
  try {
    return (object as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
};

const read = (object: object, key: string): string => {
  const value = get(object, key);
  if (typeof value === 'string') return value;
  return key === 'code' && typeof value === 'number' ? String(value) : '';
};

/** A short text for any value. None of the value's code is executed. */
export const preview = (value: unknown): string => {
  if (typeof value === 'string') return clean(value, 1_000);
  try {
    return cut(
      inspect(value, {
        customInspect: false,
        depth: 2,
        maxArrayLength: 10,
        maxStringLength: 200,
        breakLength: Infinity,
      }),
      1_000,
    );
  } catch {
    return `a value of type ${typeof value} that cannot be shown`;
  }
};

const clean = (text: string, most: number): string => cut(text, most).toWellFormed().replaceAll('\0', '\u2400');

/** The beginning and the end of a text that is too long. */
const cut = (text: string, most: number): string => {
  if (text.length <= most) return text;
  if (text.length > MOST_TOUCHED) return `[… a text of ${text.length} characters …]`;
  const tail = Math.floor(most / 4);
  const note = ` [… ${text.length - most} characters left out …] `;
  return `${text.slice(0, most - tail - note.length)}${note}${text.slice(-tail)}`;
};
